/* SPDX-License-Identifier: Apache-2.0 */
#include "os/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "os/sys.h"
#include "suite.h"

static void pair(int sock[2])
{
	assert(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sock) == 0);
}

static const size_t counts[] = { 0, 1, 15, 16, 17, 32, LISTENERS_MAX };

START_TEST(test_crosses)
{
	struct listener sent[LISTENERS_MAX], got[LISTENERS_MAX];
	size_t n = counts[_i], n_got = 99;
	struct err e = { 0 };
	int sock[2];

	pair(sock);
	for (size_t i = 0; i < n; i++)
		sent[i] = (struct listener){ LISTENER_TCP + i % 4, (uint16_t)(65535 - i),
					     STDERR_FILENO };
	ck_assert_int_eq(handover_send(sock[0], sent, n, &e), 0);
	ck_assert_int_eq(handover_receive(sock[1], got, &n_got, &e), 0);
	ck_assert_uint_eq(n_got, n);
	for (size_t i = 0; i < n; i++) {
		ck_assert_int_eq(got[i].kind, sent[i].kind);
		ck_assert_uint_eq(got[i].port, sent[i].port);
		ck_assert_int_eq(fcntl(got[i].fd, F_GETFD), FD_CLOEXEC);
		close(got[i].fd);
	}
	close(sock[0]);
	close(sock[1]);
}
END_TEST

/* Rows of (kind, port) as they are on the wire, with their descriptors; then the sender leaves. */
static const struct {
	uint16_t rows[4];
	size_t len, n_fds;
} foreign[] = {
	{ { 0 }, 0, 0 },		 /* end of file before the end mark */
	{ { LISTENER_TCP, 443 }, 8, 1 }, /* the same after a listener */
	{ { LISTENER_TCP, 443 }, 4, 1 }, /* no closing row */
	{ { LISTENER_TCP, 443 }, 8, 0 }, /* a row too many */
	{ { LISTENER_TCP, 443 }, 8, 2 }, /* a descriptor too many */
	{ { LISTENER_NONE, 443 }, 8, 1 },
	{ { N_LISTENER_KINDS, 443 }, 8, 1 },
	{ { LISTENER_TCP, 443 }, 7, 1 },
};

START_TEST(test_refuses)
{
	struct listener got[LISTENERS_MAX];
	struct err e = { 0 };
	int sock[2], fds[2];
	size_t n;

	pair(sock);
	fds[0] = fds[1] = STDERR_FILENO;
	if (foreign[_i].len)
		ck_assert_int_eq(fds_send(sock[0], foreign[_i].rows, foreign[_i].len, fds,
					  foreign[_i].n_fds),
				 0);
	close(sock[0]);
	ck_assert_int_eq(handover_receive(sock[1], got, &n, &e), -EPROTO);
	ck_assert_int_eq(e.code, -EPROTO);
	for (size_t i = 0; i < n; i++)
		close(got[i].fd);
	close(sock[1]);
}
END_TEST

START_TEST(test_too_many)
{
	struct listener sent[LISTENERS_MAX], got[LISTENERS_MAX];
	struct err e = { 0 };
	uint16_t row[4] = { LISTENER_TCP, 1 };
	int sock[2];
	size_t n;

	pair(sock);
	for (size_t i = 0; i < LISTENERS_MAX; i++)
		sent[i] = (struct listener){ LISTENER_TCP, (uint16_t)i, STDERR_FILENO };
	for (size_t at = 0; at < LISTENERS_MAX; at++)
		ck_assert_int_eq(fds_send(sock[0], row, sizeof(row), &(int){ STDERR_FILENO }, 1),
				 0);
	ck_assert_int_eq(handover_send(sock[0], sent, 1, &e), 0);
	ck_assert_int_eq(handover_receive(sock[1], got, &n, &e), -EPROTO);
	ck_assert_uint_eq(n, LISTENERS_MAX);
	for (size_t i = 0; i < n; i++)
		close(got[i].fd);
	close(sock[0]);
	close(sock[1]);
}
END_TEST

static const struct {
	size_t n;
	int asked; /* which of them, or -1 */
	bool received, want;
} asked[] = {
	{ 0, -1, false, false }, { 1, -1, false, true },   { 15, -1, false, true },
	{ 15, 0, false, false }, { 15, 14, false, false }, { 16, -1, false, false },
	{ 15, -1, true, false },
};

/* Looking changes nothing. */
START_TEST(test_quiet)
{
	struct listener sent[16], got[LISTENERS_MAX];
	struct err e = { 0 };
	size_t n_got = 0;
	int sock[2];

	pair(sock);
	for (size_t i = 0; i < asked[_i].n; i++)
		sent[i] =
			(struct listener){ LISTENER_TCP, 1, eventfd(asked[_i].asked == (int)i, 0) };
	ck_assert_int_eq(handover_send(sock[0], sent, asked[_i].n, &e), 0);
	if (asked[_i].received)
		ck_assert_int_eq(handover_receive(sock[1], got, &n_got, &e), 0);
	for (int twice = 0; twice < 2; twice++)
		ck_assert_int_eq(handover_quiet(sock[1]), asked[_i].want);
	if (!asked[_i].received)
		ck_assert_int_eq(handover_receive(sock[1], got, &n_got, &e), 0);
	ck_assert_uint_eq(n_got, asked[_i].n);
	for (size_t i = 0; i < n_got; i++) {
		close(sent[i].fd);
		close(got[i].fd);
	}
	close(sock[0]);
	close(sock[1]);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_crosses, 0, LEN(counts));
	tcase_add_loop_test(tc, test_refuses, 0, LEN(foreign));
	tcase_add_test(tc, test_too_many);
	tcase_add_loop_test(tc, test_quiet, 0, LEN(asked));
}

int main(void)
{
	return suite_run("handover", add);
}
