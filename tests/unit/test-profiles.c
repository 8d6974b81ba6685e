/* SPDX-License-Identifier: Apache-2.0 */
#include "os/profiles.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "suite.h"

static char top[64];

static const char *below(const char *path)
{
	static char full[4][256];
	static unsigned next;
	char *out = full[next++ % LEN(full)];

	snprintf(out, sizeof(full[0]), "%s/%s", top, path);
	return out;
}

static void put(const char *path, const char *text, mode_t mode)
{
	int fd = open(below(path), O_WRONLY | O_CREAT | O_EXCL, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

static void mkdir_mode(const char *path, mode_t mode)
{
	ck_assert_int_eq(mkdir(below(path), 0700), 0);
	ck_assert_int_eq(chmod(below(path), mode), 0);
}

/* Those of a user whose directory that is, and what is read of them. */
static struct profiles profiles;
static struct policy_source source;
static struct arena arena;
static struct str text;
static struct err e;

static void set_up(void)
{
	strcpy(top, "/tmp/test-profiles.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	setenv("XDG_CONFIG_HOME", top, 1);
	mkdir_mode("agentbox", 0755);
	put("agentbox/good.ini", "[task]\n", 0644);
	put("agentbox/open.ini", "", 0666);
	put("agentbox/group.ini", "", 0620);
	mkdir_mode("agentbox/dir.ini", 0755);
	ck_assert_int_eq(mkfifo(below("agentbox/fifo.ini"), 0600), 0);
	ck_assert_int_eq(symlink("/dev/zero", below("agentbox/zero.ini")), 0);
	ck_assert_int_eq(symlink("loop.ini", below("agentbox/loop.ini")), 0);
	ck_assert_int_eq(symlink("gone", below("agentbox/default.ini")), 0);
	put("agentbox/.hidden.ini", "", 0644);
	put("agentbox/no-profile.txt", "", 0644);
	put("agentbox/huge.ini", "", 0644);
	ck_assert_int_eq(truncate(below("agentbox/huge.ini"), (1 << 20) + 1), 0);
	mkdir_mode("shared", 0777);
	put("shared/mine.ini", "", 0644);
	ck_assert_int_eq(symlink("../agentbox/good.ini", below("shared/link.ini")), 0);
	ck_assert_int_eq(symlink("../shared/mine.ini", below("agentbox/shared.ini")), 0);
	mkdir_mode("shared/deep", 0755);
	put("shared/deep/mine.ini", "", 0644);
	mkdir_mode("sticky", 01777);
	put("sticky/mine.ini", "", 0644);
	mkdir_mode("work", 0755);
	put("work/inside.ini", "", 0644);
	ck_assert_int_eq(symlink("../work/inside.ini", below("agentbox/inside.ini")), 0);
	profiles_init(&profiles);
	source = profiles_source(&profiles);
}

static void tear_down(void)
{
	char command[100];

	profiles_fini(&profiles);
	arena_fini(&arena);
	snprintf(command, sizeof(command), "rm -rf %s", top);
	ck_assert_int_eq(system(command), 0);
}

static int read_profile(const char *name)
{
	const char *file;

	return source.read(&source, name, &arena, &file, &text, &e);
}

/* A profile's name, or a path below the test's directory if it has a slash; a part of the error. */
static const struct {
	const char *name;
	int ret;
	const char *says;
} cases[] = {
	{ "good", 0, NULL },
	{ "agentbox/good.ini", 0, NULL },
	{ "agentbox/../agentbox/good.ini", 0, NULL },
	{ "sticky/mine.ini", 0, NULL },
	{ "work/inside.ini", 0, NULL },
	{ "open", -EPERM, "agentbox/open.ini: other users can write it" },
	{ "group", -EPERM, "chmod go-w" },
	{ "dir", -EINVAL, "is a directory, not a file" },
	{ "fifo", -EINVAL, "is a FIFO, not a file" },
	{ "zero", -EINVAL, "is a device, not a file" },
	{ "loop", -ELOOP, "loop.ini: " },
	{ "huge", -EFBIG, "larger than 1 MiB" },
	{ "shared/mine.ini", -EPERM, "shared, above profile" },
	{ "shared/link.ini", -EPERM, "shared, above profile" },
	{ "shared/deep/mine.ini", -EPERM, "shared, above profile" },
	{ "shared", -EPERM, "shared, above profile" },
	{ "default", -ENOENT, "open profile" },
	{ "nonesuch", -ENOENT, "there is no profile \"nonesuch\" in /tmp/" },
	{ "nonesuch.ini", -ENOENT, "./nonesuch.ini" },
	{ "nonesuch/x.ini", -ENOENT, "open profile" },
	{ "", -EINVAL, "a profile's name" },
	{ "..", -EINVAL, "a profile's name" },
	{ ".hidden", -EINVAL, "a profile's name" },
	{ "-p", -EINVAL, "a profile's name" },
	{ "a b", -EINVAL, "a profile's name" },
	{ "a\nb", -EINVAL, "a profile's name" },
};

START_TEST(test_read)
{
	const char *name = strchr(cases[_i].name, '/') ? below(cases[_i].name) : cases[_i].name;

	for (int again = 0; again < 2; again++)
		ck_assert_int_eq(read_profile(name), cases[_i].ret);
	if (cases[_i].says)
		ck_assert_msg(strstr(e.text, cases[_i].says), "%s", e.text);
	else
		ck_assert(strstr(name, "good") ? str_is(text, "[task]\n") : text.n == 0);
}
END_TEST

START_TEST(test_other_owner)
{
	if (geteuid() != 0)
		return; /* nobody else can give a file away */
	ck_assert_int_eq(chown(below("agentbox/good.ini"), 12345, 0), 0);
	ck_assert_int_eq(read_profile("good"), -EPERM);
	ck_assert_ptr_nonnull(strstr(e.text, "belongs to another user"));
	ck_assert_int_eq(chown(below("agentbox/good.ini"), 0, 0), 0);
	ck_assert_int_eq(chown(below("agentbox"), 12345, 0), 0);
	ck_assert_int_eq(read_profile("good"), -EPERM);
	ck_assert_ptr_nonnull(strstr(e.text, "agentbox, above profile"));
}
END_TEST

START_TEST(test_outside)
{
	ck_assert_int_eq(read_profile("good"), 0);
	ck_assert_int_eq(profiles_outside(&profiles, below("work"), &e), 0);
	ck_assert_int_eq(profiles_outside(&profiles, below("agent"), &e), 0);
	ck_assert_int_eq(profiles_outside(&profiles, top, &e), -EPERM);
	ck_assert_int_eq(profiles_outside(&profiles, "/", &e), -EPERM);
	ck_assert_int_eq(read_profile("inside"), 0);
	ck_assert_int_eq(profiles_outside(&profiles, below("work"), &e), -EPERM);
	ck_assert_ptr_nonnull(strstr(e.text, "work/inside.ini lies in"));
}
END_TEST

START_TEST(test_list)
{
	static const char *const want[] = { "default", "dir",  "fifo", "good",	 "group", "huge",
					    "inside",  "loop", "open", "shared", "zero" };
	const struct profile_entry *list;

	profiles.dir[1] = profiles.dir[0];
	profiles.dir[2] = NULL;
	ck_assert_uint_eq(profiles_list(&profiles, &list), 2 * LEN(want));
	for (size_t i = 0; i < 2 * LEN(want); i++) {
		ck_assert_str_eq(list[i].name, want[i % LEN(want)]);
		ck_assert_str_eq(list[i].dir, below("agentbox"));
		ck_assert_int_eq(list[i].shadowed, i >= LEN(want));
	}
}
END_TEST

START_TEST(test_user_directory)
{
	struct profiles p;

	setenv("HOME", "/home/x", 1);
	profiles_init(&p);
	ck_assert_str_eq(p.dir[0], below("agentbox"));
	profiles_fini(&p);
	setenv("XDG_CONFIG_HOME", "relative", 1);
	profiles_init(&p);
	ck_assert_str_eq(p.dir[0], "/home/x/.config/agentbox");
	profiles_fini(&p);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, test_read, 0, LEN(cases));
	tcase_add_test(tc, test_other_owner);
	tcase_add_test(tc, test_outside);
	tcase_add_test(tc, test_list);
	tcase_add_test(tc, test_user_directory);
}

int main(void)
{
	return suite_run("profiles", add);
}
