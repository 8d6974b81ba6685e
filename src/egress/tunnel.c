/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "egress/stream.h"
#include "egress/upstream.h"
#include "wire/http.h"

/*
 * The way to a host through a proxy: CONNECT (RFC 9110, 9.3.6). Of the answer its head is taken and
 * nothing more, for what comes behind it may be the host's first words already. A refusal is the
 * end: another address of the same proxy would say the same.
 */

enum { ASK_MAX = 2048 };

static void fail(struct upstream *u, const char *reason)
{
	u->failed = reason;
	upstream_stop(u);
	u->done(u, -ECONNREFUSED);
}

static const char *why_refused(unsigned status)
{
	if (status == 407)
		return "the upstream proxy wants other credentials (407)";
	if (status == 403)
		return "the upstream proxy does not allow it (403)";
	if (status == 502 || status == 503 || status == 504)
		return "the upstream proxy cannot reach the host";
	return "the upstream proxy refuses the connection";
}

/* Reads the answer. Returns 0, HTTP_E_MORE, or HTTP_E_BAD with the reason. */
static int read_answer(struct str in, size_t *size, const char **reason)
{
	struct http_response res;
	int r = http_read_response(&res, in, STR("CONNECT"));

	*size = res.head.size;
	if (r == HTTP_E_BAD) {
		*reason = "the upstream proxy does not speak HTTP";
	} else if (r == 0 && res.status / 100 != 2) {
		*reason = why_refused(res.status);
		r = HTTP_E_BAD;
	}
	return r;
}

static void answered(struct watch *w, uint32_t events)
{
	struct upstream *u = container_of(w, struct upstream, watch);
	struct stream s = { .watch.fd = w->fd, .wake_at = 1 };
	char space[HTTP_HEAD_MAX + 1];
	const char *reason = "the upstream proxy closed the connection";
	struct str in;
	size_t size;
	ssize_t n = stream_peek(&s, space, sizeof(space), &in);
	int r;

	(void)events;
	if (n == -EAGAIN)
		return;
	r = n > 0 ? read_answer(in, &size, &reason) : HTTP_E_BAD;
	if (r == HTTP_E_MORE && stream_wait(&s, in.n) >= 0)
		return;
	if (r != 0) {
		fail(u, reason);
		return;
	}
	stream_wake(&s);
	stream_take(&s, size);
	deadline_clear(&u->deadline);
	u->done(u, 0);
}

void tunnel_late(struct deadline *d)
{
	fail(container_of(d, struct upstream, deadline), "the upstream proxy did not answer");
}

/* The socket is new: what it is asked for fits, or it is broken. */
void tunnel_start(struct upstream *u)
{
	struct stream s = { .watch.fd = u->watch.fd };
	char space[ASK_MAX];
	struct buf out = BUF(space);

	u->ask(u, &out);
	if (out.full || stream_write(&s, (struct str){ out.p, out.n }) != (ssize_t)out.n ||
	    loop_set(u->all->loop, &u->watch, EPOLLIN | EPOLLRDHUP) < 0) {
		fail(u, "the upstream proxy closed the connection");
		return;
	}
	u->watch.ready = answered;
	deadline_set(u->all->loop, &u->all->answer, &u->deadline);
}
