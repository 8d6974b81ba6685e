/* SPDX-License-Identifier: Apache-2.0 */
#include "os/processes.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "os/ends.h"
#include "suite.h"

static int listen_at(int family, struct sockaddr_in6 *at, socklen_t *len)
{
	const int fd = socket(family, SOCK_STREAM, 0);

	*at = (struct sockaddr_in6){ .sin6_family = (sa_family_t)family };
	if (family == AF_INET)
		((struct sockaddr_in *)(void *)at)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		at->sin6_addr = in6addr_loopback;
	*len = sizeof(*at);
	if (fd < 0 || bind(fd, (struct sockaddr *)at, *len) < 0 || listen(fd, 1) < 0 ||
	    getsockname(fd, (struct sockaddr *)at, len) < 0)
		return -1;
	return fd;
}

static uint32_t inode_of(int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	return (uint32_t)st.st_ino;
}

static const int families[] = { AF_INET, AF_INET6 };

/* The client's socket is found by what the server knows, until it is closed. */
START_TEST(test_ends)
{
	const int search = ends_open();
	struct sockaddr_in6 at;
	struct ends ends;
	socklen_t len;
	int listener = listen_at(families[_i], &at, &len), client, server;

	ck_assert_int_ge(search, 0);
	if (listener < 0)
		return; /* a machine without IPv6 */
	client = socket(families[_i], SOCK_STREAM, 0);
	ck_assert_int_eq(connect(client, (struct sockaddr *)&at, len), 0);
	server = accept(listener, NULL, NULL);
	ck_assert_int_eq(ends_read(server, true, &ends.client, &ends.client_port), 0);
	ck_assert_int_eq(ends_read(server, false, &ends.server, &ends.server_port), 0);
	ck_assert_uint_eq(ends_find(search, &ends), inode_of(client));
	ends.client_port ^= 1;
	ck_assert_uint_ne(ends_find(search, &ends), inode_of(client));
	ends.client_port ^= 1;
	close(client);
	ck_assert_uint_eq(ends_find(search, &ends), 0);
}
END_TEST

START_TEST(test_no_ends)
{
	struct addr addr;
	uint16_t port;
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_lt(ends_read(pair[0], true, &addr, &port), 0);
	ck_assert_int_lt(ends_read(socket(AF_INET, SOCK_STREAM, 0), true, &addr, &port), 0);
	ck_assert_uint_eq(ends_find(pair[0], &(struct ends){ 0 }), 0);
}
END_TEST

/* A child and its child, named @name; the latter has @fd, which nobody else has any more. */
static pid_t spawn(const char *name, int fd, pid_t *inner)
{
	int ready[2];
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		pid_t own;

		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			own = getpid();
			(void)!write(ready[1], &own, sizeof(own));
			pause();
		}
		prctl(PR_SET_NAME, name);
		close(fd);
		(void)!write(ready[1], inner, sizeof(*inner));
		pause();
	}
	for (int i = 0; i < 2; i++) {
		pid_t got = 0;

		ck_assert_int_eq(read(ready[0], &got, sizeof(got)), sizeof(got));
		*inner = got ? got : *inner;
	}
	return pid;
}

static const struct {
	const char *name, *shown;
} names[] = {
	{ "plain", "plain" },
	{ ") S 1 (", ")?S?1?(" },
	{ "a[1] b", "a?1]?b" },
	{ "\n\033[2J", "???2J" },
};

START_TEST(test_found)
{
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	const uint32_t inode = inode_of(fd);
	char space[4096], want[64];
	struct buf out = BUF(space);
	struct processes all;
	size_t left = 10000, one = 1;
	pid_t inner = 0, outer = spawn(names[_i].name, fd, &inner);

	close(fd);
	ck_assert_int_eq(processes_below(getpid(), SIZE_MAX, &all), 0);
	ck_assert_uint_eq(all.n, 3);
	ck_assert_int_eq(all.pid[1], outer);
	ck_assert_int_eq(all.pid[2], inner);
	processes_free(&all);
	ck_assert(process_has_socket(inner, inode, &left));
	ck_assert(!process_has_socket(outer, inode, &left));
	ck_assert(!process_has_socket(inner, inode, &one));
	ck_assert_uint_eq(one, 0);
	process_add_parents(inner, getpid(), &out);
	snprintf(want, sizeof(want), "%s[%d]", names[_i].shown, outer);
	ck_assert_str_eq(out.p, want);
	out.n = 0;
	process_add_exe(inner, &out);
	ck_assert_msg(strstr(out.p, "/test-processes"), "%s", out.p);
	kill(outer, SIGKILL);
	waitpid(outer, NULL, 0);
	out.n = 0;
	process_add_argv(outer, &out);
	process_add_exe(outer, &out);
	process_add_parents(outer, 1, &out);
	ck_assert_uint_eq(out.n, 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_ends, 0, LEN(families));
	tcase_add_test(tc, test_no_ends);
	tcase_add_loop_test(tc, test_found, 0, LEN(names));
}

int main(void)
{
	return suite_run("processes", add);
}
