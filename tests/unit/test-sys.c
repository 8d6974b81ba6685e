/* SPDX-License-Identifier: Apache-2.0 */
#include "os/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>

#include "suite.h"

static int open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void pair(int sock[2])
{
	assert(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sock) == 0);
}

/* What is sent with how many descriptors, and what is received with room for how many. */
static const struct {
	size_t len, n, cap, room;
	ssize_t ret;
} messages[] = {
	{ 5, 0, 8, 0, 5 },	   { 5, 2, 8, 2, 5 },	       { 5, 16, 8, 16, 5 },
	{ 8, 1, 8, 16, 8 },	   { 9, 0, 8, 0, -EMSGSIZE },  { 9, 2, 8, 2, -EMSGSIZE },
	{ 5, 2, 8, 1, -EMSGSIZE }, { 5, 16, 8, 0, -EMSGSIZE },
};

START_TEST(test_fds)
{
	char out[16] = "abcdefghijklmno", in[16];
	int sock[2], sent[16], got[16], before;
	size_t n = messages[_i].room;
	ssize_t r;

	pair(sock);
	for (size_t i = 0; i < LEN(sent); i++)
		sent[i] = sock[0];
	before = open_fds();
	ck_assert_int_eq(fds_send(sock[0], out, messages[_i].len, sent, messages[_i].n), 0);
	r = fds_receive(sock[1], in, messages[_i].cap, got, &n);
	ck_assert_int_eq(r, messages[_i].ret);
	if (r >= 0) {
		ck_assert_uint_eq(n, messages[_i].n);
		ck_assert_mem_eq(in, out, (size_t)r);
	}
	for (size_t i = 0; r >= 0 && i < n; i++) {
		ck_assert_int_eq(fcntl(got[i], F_GETFD), FD_CLOEXEC);
		close(got[i]);
	}
	ck_assert_int_eq(open_fds(), before);
	close(sock[0]);
	ck_assert_int_eq(fds_receive(sock[1], in, sizeof(in), got, &n), 0);
	close(sock[1]);
}
END_TEST

START_TEST(test_send_to_nobody)
{
	int sock[2];

	pair(sock);
	close(sock[1]);
	ck_assert_int_eq(fds_send(sock[0], "x", 1, NULL, 0), -EPIPE);
	close(sock[0]);
}
END_TEST

static const struct {
	size_t size, max;
	int ret;
} files[] = {
	{ 0, 0, 0 },	      { 10, 10, 0 },	      { 11, 10, -EFBIG },
	{ 4096, 4096, 0 },    { 4097, 4096, -EFBIG }, { 4097, 100000, 0 },
	{ 99999, 100000, 0 },
};

START_TEST(test_read_whole)
{
	struct arena arena = { 0 };
	size_t size = files[_i].size;
	char *content = malloc(size + 1);
	FILE *file = tmpfile();
	struct str got = { 0 };
	int fd = fileno(file);

	memset(content, 'x', size);
	ck_assert_int_eq(write_all(fd, content, size), 0);
	lseek(fd, 0, SEEK_SET);
	ck_assert_int_eq(read_whole(fd, files[_i].max, &arena, &got), files[_i].ret);
	if (files[_i].ret == 0) {
		ck_assert(str_eq(got, (struct str){ content, size }));
		ck_assert_int_eq(got.p[got.n], '\0');
	}
	fclose(file);
	free(content);
	arena_fini(&arena);
}
END_TEST

START_TEST(test_read_and_write_errors)
{
	struct arena arena = { 0 };
	struct str got;

	ck_assert_int_eq(read_whole(-1, 10, &arena, &got), -EBADF);
	ck_assert_int_eq(write_all(-1, "x", 1), -EBADF);
	arena_fini(&arena);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_fds, 0, LEN(messages));
	tcase_add_test(tc, test_send_to_nobody);
	tcase_add_loop_test(tc, test_read_whole, 0, LEN(files));
	tcase_add_test(tc, test_read_and_write_errors);
}

int main(void)
{
	return suite_run("sys", add);
}
