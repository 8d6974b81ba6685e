/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/connection.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include "egress/stream.h"
#include "os/loop.h"
#include "suite.h"
#include "wire/http_fields.h"

/*
 * The two roles of a terminator, connected to each other: what is asked of the one is what the
 * other has a certificate for.
 */
static struct mint mint;
static struct roots roots;
static struct terminator_openssl terminator;
static struct stream box, host; /* the terminator's ends: towards a host, and towards a box */

static const struct request there = { .host = "a.test", .port = 443 };

/* Of all authorities, the host's end trusts that of the task. */
static void set_up(void)
{
	static struct arena arena;
	struct rule rule;
	const struct rule *permitted[] = { &rule };
	const struct mint_terms terms = { .now = time(NULL),
					  .permitted = permitted,
					  .n_permitted = 1 };
	char space[4096];
	struct buf pem = BUF(space);
	struct err e = { 0 };

	ck_assert_ptr_null(rule_parse(STR("a.test"), &arena, &rule));
	ck_assert_int_eq(mint_init(&mint, &terms, &e), 0);
	mint_write_ca(&mint, &pem);
	ck_assert_int_eq(roots_init(&roots, (struct str){ pem.p, pem.n }, &e), 0);
	ck_assert_uint_eq(roots.n, 1);
	ck_assert_int_eq(terminator_init(&terminator, &mint, &roots, &e), 0);
}

static void pair(const struct request *asked, const struct request *served)
{
	int fd[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
	box = (struct stream){ .watch.fd = fd[0] };
	host = (struct stream){ .watch.fd = fd[1] };
	box.tls = terminator.face.call(&terminator.face, fd[0], asked);
	host.tls = terminator.face.serve(&terminator.face, fd[1], served);
	ck_assert(box.tls && host.tls);
}

/* Returns how the one that asks got on. */
static int shake_hands(void)
{
	int b = -EAGAIN, h = -EAGAIN;

	for (int i = 0; i < 20 && (b == -EAGAIN || h == -EAGAIN); i++) {
		if (b == -EAGAIN)
			b = box.tls->ops->handshake(box.tls);
		if (h == -EAGAIN)
			h = host.tls->ops->handshake(host.tls);
	}
	return b;
}

static void connect_both(void)
{
	set_up();
	pair(&there, &there);
	ck_assert_int_eq(shake_hands(), 0);
}

static void send_all(struct stream *s, const char *text)
{
	ck_assert_int_eq(stream_write(s, str_of(text)), (ssize_t)strlen(text));
}

static const char *peeked(struct stream *s)
{
	static char space[64 * 1024];
	struct str in;
	ssize_t n = stream_peek(s, NULL, sizeof(space), &in);

	if (n <= 0)
		return n == 0 ? "end" : n == -EAGAIN ? "nothing" : "error";
	ck_assert_int_eq(n, (ssize_t)in.n);
	memcpy(space, in.p, in.n);
	space[in.n] = '\0';
	return space;
}

START_TEST(test_look_and_take)
{
	connect_both();
	ck_assert_str_eq(peeked(&host), "nothing");
	ck_assert(!stream_holds(&host));
	send_all(&box, "first second");
	ck_assert_str_eq(peeked(&host), "first second");
	ck_assert(!stream_holds(&host)); /* it was all shown */
	ck_assert_int_eq(stream_wait(&host, 12), 0);
	send_all(&box, " third");
	ck_assert_int_eq(stream_wait(&host, 12), 1);
	ck_assert_str_eq(peeked(&host), "first second third");
	stream_take(&host, 6);
	ck_assert(stream_holds(&host)); /* as something else it was not */
	ck_assert_str_eq(peeked(&host), "second third");
	stream_take(&host, 12);
	ck_assert(!stream_holds(&host));
	ck_assert_str_eq(peeked(&host), "nothing");
}
END_TEST

/* Several records in one reading: what OpenSSL has, the kernel has no more. */
START_TEST(test_read_ahead)
{
	char space[8];

	connect_both();
	for (int i = 0; i < 4; i++)
		send_all(&box, "12345678");
	ck_assert_int_eq(stream_read(&host, space, 4), 4);
	ck_assert(stream_holds(&host));
	ck_assert_int_eq(recv(host.watch.fd, space, 1, MSG_PEEK), -1);
	for (int left = 28; left > 0; left -= 4)
		ck_assert_int_eq(stream_read(&host, space, 4), 4);
	ck_assert(!stream_holds(&host));
	ck_assert_int_eq(stream_read(&host, space, 4), -EAGAIN);
}
END_TEST

/* What was looked at comes first, then the rest; as much as the buffers between take at once. */
START_TEST(test_bulk)
{
	enum { N = 3 << 20 };
	static char out[N], in[N];
	size_t sent = 0, got = 0;
	ssize_t n;

	connect_both();
	for (size_t i = 0; i < N; i++)
		out[i] = (char)(i * 7 + i / 977);
	while (got < N) {
		n = sent < N ? stream_write(&box, (struct str){ out + sent, N - sent }) : 0;
		ck_assert(n >= 0 || n == -EAGAIN);
		sent += n > 0 ? (size_t)n : 0;
		if (n > 0 && sent < N)
			continue;
		if (got == 0)
			ck_assert_ptr_nonnull(peeked(&host));
		while ((n = stream_read(&host, in + got, N - got)) > 0)
			got += (size_t)n;
		ck_assert(n == -EAGAIN || got == N);
	}
	ck_assert_int_eq(memcmp(in, out, N), 0);
}
END_TEST

/* A head that is longer than any may be is not held. */
START_TEST(test_bound)
{
	char space[HTTP_HEAD_MAX * 2];
	struct str in;

	connect_both();
	memset(space, 'x', sizeof(space));
	for (size_t sent = 0; sent < sizeof(space);)
		sent += (size_t)stream_write(&box,
					     (struct str){ space + sent, sizeof(space) - sent });
	for (int i = 0; i < 10 && stream_wait(&host, 0) > 0; i++)
		;
	ck_assert_int_eq(stream_peek(&host, NULL, 1 << 20, &in), HTTP_HEAD_MAX);
}
END_TEST

START_TEST(test_end)
{
	char space[8];

	connect_both();
	send_all(&box, "last");
	ck_assert_int_eq(stream_end(&box), 0);
	ck_assert_str_eq(peeked(&host), "last");
	ck_assert(stream_holds(&host)); /* the end was read with it, and nothing else will come */
	stream_take(&host, 4);
	ck_assert_str_eq(peeked(&host), "end");
	ck_assert_int_eq(stream_read(&host, space, 8), 0);
	send_all(&host, "answer"); /* the other direction goes on */
	ck_assert_str_eq(peeked(&box), "answer");
}
END_TEST

/* A connection that is only closed: an end between messages, but not of what it interrupts. */
START_TEST(test_cut)
{
	char space[8];

	connect_both();
	ck_assert_int_eq(shutdown(box.watch.fd, SHUT_WR), 0);
	ck_assert_int_eq(stream_read(&host, space, 8), -ECONNABORTED);
	ck_assert_str_eq(peeked(&host), "end");
	ck_assert_int_eq(stream_wait(&host, 0), -ECONNABORTED);
}
END_TEST

START_TEST(test_garbage)
{
	char space[8];

	connect_both();
	ck_assert_int_eq(send(box.watch.fd, "GET / HTTP/1.1\r\n\r\n", 18, 0), 18);
	ck_assert_int_eq(stream_read(&host, space, 8), -EPROTO);
}
END_TEST

static const struct {
	struct request asked, served;
	const char *failed; /* NULL: it did not */
} names[] = {
	{ { .host = "a.test", .port = 443 }, { .host = "a.test", .port = 443 }, NULL },
	{ { .host = "x.a.test", .port = 443 }, { .host = "x.a.test", .port = 443 }, NULL },
	{ { .host = "a.test", .port = 443 },
	  { .host = "x.a.test", .port = 443 },
	  "the certificate of the host is for another name" },
	{ { .host = "b.test", .port = 443 },
	  { .host = "b.test", .port = 443 },
	  "the certificate of the host is not valid" }, /* beyond the authority's names */
	{ { .addr = { { [10] = 0xff, 0xff, 192, 0, 2, 7 } }, .port = 443 },
	  { .host = "a.test", .port = 443 },
	  "the certificate of the host is for another address" },
};

START_TEST(test_names)
{
	set_up();
	pair(&names[_i].asked, &names[_i].served);
	if (!names[_i].failed) {
		ck_assert_int_eq(shake_hands(), 0);
		return;
	}
	ck_assert_int_lt(shake_hands(), 0);
	ck_assert_str_eq(box.tls->failed, names[_i].failed);
}
END_TEST

static bool resumed(struct stream *s)
{
	return SSL_session_reused(container_of(s->tls, struct connection, tls)->ssl);
}

/* A session is for one host and port; it lasts, however its connection ended. */
START_TEST(test_resumption)
{
	static const struct request other_port = { .host = "a.test", .port = 444 };

	connect_both();
	ck_assert(!resumed(&box));
	send_all(&host, "x");
	ck_assert_str_eq(peeked(&box), "x"); /* with the ticket */
	stream_close(&box, true);
	stream_close(&host, true);
	pair(&other_port, &there);
	ck_assert_int_eq(shake_hands(), 0);
	ck_assert(!resumed(&box));
	stream_close(&box, true);
	stream_close(&host, true);
	pair(&there, &there);
	ck_assert_int_eq(shake_hands(), 0);
	ck_assert(resumed(&box));
}
END_TEST

/* Of more hosts than it has room for, it forgets those that were not used for longest. */
START_TEST(test_forgets)
{
	char name[32];
	struct request to = { .host = name, .port = 443 };

	set_up();
	for (int i = 0; i < 2 * KNOWN_MAX; i++) {
		struct tls *tls;

		snprintf(name, sizeof(name), "x%d.a.test", i);
		tls = terminator.face.serve(&terminator.face, -1, i % 2 ? &there : &to);
		ck_assert_ptr_nonnull(tls);
		tls->ops->free(tls);
	}
	for (size_t i = 0; i < KNOWN_MAX; i++) {
		if (!strcmp(terminator.known[i].key, "a.test:443"))
			return;
	}
	ck_abort_msg("the host that was used all the time was forgotten");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_look_and_take);
	tcase_add_test(tc, test_read_ahead);
	tcase_add_test(tc, test_bulk);
	tcase_add_test(tc, test_bound);
	tcase_add_test(tc, test_end);
	tcase_add_test(tc, test_cut);
	tcase_add_test(tc, test_garbage);
	tcase_add_loop_test(tc, test_names, 0, LEN(names));
	tcase_add_test(tc, test_resumption);
	tcase_add_test(tc, test_forgets);
}

int main(void)
{
	return suite_run("connection", add);
}
