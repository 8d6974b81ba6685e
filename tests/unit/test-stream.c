/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "suite.h"

/* What the two kinds of sockets that flows have do alike: the box's, and this process's own. */

static void tcp_pair(int fd[2])
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int listener = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof(at);

	ck_assert_int_eq(bind(listener, (const struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&at, &len), 0);
	fd[0] = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(fd[0], (const struct sockaddr *)&at, sizeof(at)), 0);
	fd[1] = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	ck_assert_int_ge(fd[1], 0);
	close(listener);
}

static void unix_pair(int fd[2])
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
}

static void (*const pairs[])(int fd[2]) = { tcp_pair, unix_pair };

static const char *peeked(struct stream *s)
{
	static char space[100];
	struct str in;
	const ssize_t n = stream_peek(s, space, sizeof(space) - 1, &in);

	if (n <= 0)
		return n == 0 ? "end" : n == -EAGAIN ? "nothing" : "error";
	space[n] = '\0';
	return space;
}

START_TEST(test_take)
{
	struct stream ours;
	int fd[2];

	pairs[_i](fd);
	ours = (struct stream){ .watch.fd = fd[1] };
	ck_assert_int_eq(send(fd[0], "first second", 12, 0), 12);
	ck_assert_str_eq(peeked(&ours), "first second");
	stream_take(&ours, 6);
	ck_assert_str_eq(peeked(&ours), "second");
	ck_assert_int_eq(stream_drop(&ours, 100), 6);
	ck_assert_int_eq(stream_drop(&ours, 100), -EAGAIN);
	ck_assert_str_eq(peeked(&ours), "nothing");
	close(fd[0]);
	ck_assert_int_eq(stream_drop(&ours, 100), 0);
	stream_close(&ours, false);
}
END_TEST

/* More than is dropped at a time. */
START_TEST(test_take_much)
{
	static char much[100000];
	struct stream ours;
	int fd[2], size = 2 * sizeof(much);

	pairs[_i](fd);
	ours = (struct stream){ .watch.fd = fd[1] };
	setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	ck_assert_int_eq(send(fd[0], much, sizeof(much), 0), sizeof(much));
	ck_assert_int_eq(send(fd[0], "rest", 4, 0), 4);
	stream_take(&ours, sizeof(much));
	ck_assert_str_eq(peeked(&ours), "rest");
	close(fd[0]);
	stream_close(&ours, false);
}
END_TEST

/* What was not there yet when the rest was looked at counts, even if nothing follows it. */
START_TEST(test_wait)
{
	struct stream ours;
	struct pollfd end = { .events = POLLRDHUP };
	int fd[2];

	pairs[_i](fd);
	ours = (struct stream){ .watch.fd = end.fd = fd[1] };
	ck_assert_int_eq(send(fd[0], "head", 4, 0), 4);
	ck_assert_int_eq(stream_wait(&ours, 4), 0);
	ck_assert_int_eq(send(fd[0], "er", 2, 0), 2);
	shutdown(fd[0], SHUT_WR);
	ck_assert_int_eq(poll(&end, 1, 10000), 1);
	ck_assert_int_eq(stream_wait(&ours, 4), 1);
	ck_assert_str_eq(peeked(&ours), "header");
	ck_assert_int_eq(stream_wait(&ours, 6), -ECONNABORTED);
	close(fd[0]);
	stream_close(&ours, false);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_take, 0, LEN(pairs));
	tcase_add_loop_test(tc, test_take_much, 0, LEN(pairs));
	tcase_add_loop_test(tc, test_wait, 0, LEN(pairs));
}

int main(void)
{
	return suite_run("stream", add);
}
