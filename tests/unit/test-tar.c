/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/tar.h"

#include <stdio.h>

#include "suite.h"

static const struct {
	const char *path, *target, *content;
	unsigned mode;
} cases[] = {
	{ "package-lock.json", "", "{}", 0644 },
	{ "empty", "", "", 0600 },
	{ "link", "../somewhere", "", 0777 },
	{ "a b\n\xff/x", "", "newline and no UTF-8", 0755 },
	{ "1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678"
	  "901234567890",
	  "", "a path of 100 bytes", 0644 },
	{ "1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678"
	  "9012345678901",
	  "", "one of 101", 0644 },
	{ "long",
	  "1234567890123456789012345678901234567890123456789012345678901234567890123456789"
	  "012345678901234567890123456789",
	  "", 0777 },
};

static size_t write_entry(char *space, size_t cap, size_t i)
{
	static const char zeros[TAR_BLOCK];
	const struct tar_entry entry = {
		.path = str_of(cases[i].path),
		.target = str_of(cases[i].target),
		.mode = cases[i].mode,
		.size = strlen(cases[i].content),
		.mtime = 1700000000,
	};
	struct buf out = buf_over(space, cap);

	tar_head(&entry, &out);
	buf_puts(&out, cases[i].content);
	buf_add(&out, zeros, tar_padding(entry.size));
	ck_assert(!out.full);
	ck_assert_uint_eq(out.n % TAR_BLOCK, 0);
	return out.n;
}

START_TEST(test_reads_back)
{
	char space[8192];
	const size_t n = write_entry(space, sizeof(space), (size_t)_i);
	struct str rest = guarded_bytes(space, n), content;
	struct tar_entry entry;

	ck_assert_int_eq(tar_next(&rest, &entry, &content), 0);
	ck_assert(str_is(entry.path, cases[_i].path));
	ck_assert(str_is(entry.target, cases[_i].target));
	ck_assert(str_is(content, cases[_i].content));
	ck_assert_uint_eq(entry.mode, cases[_i].mode);
	ck_assert_uint_eq(entry.mtime, 1700000000);
	ck_assert_int_eq(tar_next(&rest, &entry, &content), TAR_E_END);
}
END_TEST

/* Whatever is cut off or altered in a header is found; nothing is read beyond the end. */
START_TEST(test_damaged)
{
	char space[8192];
	const size_t n = write_entry(space, sizeof(space), (size_t)_i);
	struct tar_entry entry;
	struct str content;

	for (size_t cut = 0; cut < n; cut += 7) {
		struct str rest = guarded_bytes(space, cut);

		ck_assert_int_ne(tar_next(&rest, &entry, &content), 0);
	}
	for (size_t at = 0; at < 500; at += 3) {
		struct str rest;

		space[at] ^= 1;
		rest = guarded_bytes(space, n);
		ck_assert_int_ne(tar_next(&rest, &entry, &content), 0);
		space[at] ^= 1;
	}
}
END_TEST

/* tar(1) reads what is written here. */
START_TEST(test_tar_reads_it)
{
	static const char end[2 * TAR_BLOCK];
	char space[65536], name[] = "/tmp/test-tar.XXXXXX", command[128], listed[4096] = "";
	int fd = mkstemp(name);
	FILE *tar;

	ck_assert_int_ge(fd, 0);
	for (size_t i = 0; i < LEN(cases); i++) {
		const size_t n = write_entry(space, sizeof(space), i);

		ck_assert_int_eq(write(fd, space, n), (ssize_t)n);
	}
	ck_assert_int_eq(write(fd, end, sizeof(end)), sizeof(end));
	close(fd);
	snprintf(command, sizeof(command), "tar -tf %s --quoting-style=c", name);
	tar = popen(command, "r");
	ck_assert(tar != NULL);
	ck_assert(fread(listed, 1, sizeof(listed) - 1, tar) > 0);
	ck_assert_int_eq(pclose(tar), 0);
	unlink(name);
	ck_assert(strstr(listed, "\"package-lock.json\"") && strstr(listed, "\"a b\\n\\377/x\"") &&
		  strstr(listed, cases[5].path));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_reads_back, 0, LEN(cases));
	tcase_add_loop_test(tc, test_damaged, 0, LEN(cases));
	tcase_add_test(tc, test_tar_reads_it);
}

int main(void)
{
	return suite_run("tar", add);
}
