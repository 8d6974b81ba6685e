/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/seal.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "task.h"

static struct seal_key open_key(void)
{
	struct seal_key key;
	struct err e = { 0 };

	ck_assert_msg(seal_key_open(&key, state, &e) == 0 && !e.text[0], "%s", e.text);
	return key;
}

static void key_path(char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/seal.key", state);
}

START_TEST(test_key)
{
	struct seal_key first, again;
	char path[PATH_MAX];
	struct stat st;
	struct err e;

	ck_assert_int_eq(seal_key_read(&first, state, &e), -ENOENT);
	first = open_key();
	again = open_key();
	ck_assert_mem_eq(&first, &again, sizeof(first));
	key_path(path);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFREG | 0600);
	ck_assert_uint_eq(st.st_nlink, 1);
}
END_TEST

/* Many tasks of a new user end at once: one key, and nothing else is left. */
START_TEST(test_race)
{
	enum { TASKS = 24 };
	struct seal_key *keys = mmap(NULL, TASKS * sizeof(*keys), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char command[PATH_MAX];
	int gate[2], status;
	char byte;

	ck_assert(keys != MAP_FAILED && pipe(gate) == 0);
	for (size_t i = 0; i < TASKS; i++) {
		if (fork() == 0) {
			close(gate[1]);
			struct err e;

			(void)!read(gate[0], &byte, 1);
			_exit(seal_key_open(&keys[i], state, &e) < 0);
		}
	}
	close(gate[1]);
	while (wait(&status) > 0)
		ck_assert_int_eq(status, 0);
	for (size_t i = 1; i < TASKS; i++)
		ck_assert_mem_eq(&keys[0], &keys[i], sizeof(keys[0]));
	snprintf(command, sizeof(command), "test \"$(ls -A %s)\" = seal.key", state);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

static const struct {
	const char *content;
	size_t n;
	mode_t mode;
	int want;
} bad[] = {
	{ "", 0, 0600, -EINVAL },
	{ "short", 5, 0600, -EINVAL },
	{ "long.............................................................", 65, 0600, -EINVAL },
	{ "................................................................", 64, 0640, -EPERM },
	{ "................................................................", 64, 0604, -EPERM },
};

START_TEST(test_bad_key)
{
	struct seal_key key;
	char path[PATH_MAX];
	struct err e;
	int fd;

	key_path(path);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	ck_assert(fd >= 0 && write(fd, bad[_i].content, bad[_i].n) == (ssize_t)bad[_i].n);
	ck_assert(fchmod(fd, bad[_i].mode) == 0 && close(fd) == 0);
	ck_assert_int_eq(seal_key_open(&key, state, &e), bad[_i].want);
	ck_assert_int_eq(remove(path), 0);
	ck_assert_int_eq(symlink("/etc/passwd", path), 0);
	ck_assert_int_eq(seal_key_open(&key, state, &e), -ELOOP);
}
END_TEST

/* Every bit of key, signature and head counts, and so does the case of digits. */
START_TEST(test_fits)
{
	char public[SEAL_PUBLIC_HEX], signature[SEAL_SIGNATURE_HEX];
	struct seal_key key = open_key();
	struct chain chain, other;

	chain_start(&chain, STR("task"));
	other = chain;
	seal_key_public(&key, public);
	seal_sign(&key, &chain, signature);
	ck_assert(seal_fits(&chain, str_of(public), str_of(signature)));
	for (size_t i = 0; i < CHAIN_HASH; i++) {
		other.head[i] ^= 1;
		ck_assert(!seal_fits(&other, str_of(public), str_of(signature)));
		other.head[i] ^= 1;
	}
	for (size_t i = 0; i < SEAL_PUBLIC_HEX - 1; i++) {
		public[i] ^= 1;
		ck_assert(!seal_fits(&chain, str_of(public), str_of(signature)));
		public[i] ^= 1;
	}
	for (size_t i = 0; i < SEAL_SIGNATURE_HEX - 1; i++) {
		signature[i] ^= 1;
		ck_assert(!seal_fits(&chain, str_of(public), str_of(signature)));
		signature[i] ^= 1;
	}
	*strpbrk(signature, "abcdef") &= ~0x20;
	ck_assert(!seal_fits(&chain, str_of(public), str_of(signature)));
	ck_assert(!seal_fits(&chain, STR(""), STR("")));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, make_state, remove_state);
	tcase_add_test(tc, test_key);
	tcase_add_test(tc, test_race);
	tcase_add_loop_test(tc, test_bad_key, 0, LEN(bad));
	tcase_add_test(tc, test_fits);
}

int main(void)
{
	return suite_run("seal", add);
}
