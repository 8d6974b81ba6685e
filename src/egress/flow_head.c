/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <sys/socket.h>

#include "egress/egress.h"
#include "egress/judge.h"

/*
 * FLOW_HEAD: the client's first words are looked at until they are complete, then judged. A client
 * that was refused already gets here to be answered in its own protocol.
 */

enum { PORT_HTTPS = 443 };

void flow_stop_peeking(struct flow *f)
{
	int one = 1;

	if (f->more)
		setsockopt(f->relay.client.fd, SOL_SOCKET, SO_RCVLOWAT, &one, sizeof(one));
	f->more = false;
	deadline_clear(&f->deadline);
}

/* Wakes us again when there is more than the @n bytes that were seen. */
static void wait_for_more(struct flow *f, size_t n)
{
	int bytes = (int)n + 1;

	setsockopt(f->relay.client.fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof(bytes));
	f->more = true;
}

/* The judges return true if they have to see more. */
static bool judge_tcp(struct flow *f, struct str in)
{
	(void)in;
	if (!f->decision.pass)
		flow_answer(f);
	else if (!f->other_port)
		flow_refuse_words(f, "only TLS is spoken on this port", TLS_ALERT_NONE);
	else
		flow_go_on(f);
	return false;
}

static void judge_name(struct flow *f, const struct tls_hello *hello)
{
	const struct request request = flow_request(f);
	const char *reason = judge_hello(hello, request.host);

	if (reason && !f->egress->policy.rules.audit) {
		flow_refuse_words(f, reason, TLS_ALERT_ACCESS_DENIED);
		return;
	}
	if (reason) {
		f->decision.verdict = VERDICT_DENY;
		f->decision.reason = reason;
	}
	flow_go_on(f);
}

static bool judge_tls(struct flow *f, struct str in)
{
	struct tls_hello hello;
	int r = tls_read_hello(&hello, in);

	if (r == TLS_E_MORE)
		return true;
	if (!f->decision.pass)
		flow_answer(f);
	else if (r == 0)
		judge_name(f, &hello);
	else if (r == TLS_E_BAD)
		flow_refuse_words(f, hello.reason, hello.alert);
	else
		flow_refuse_words(f, "only TLS is spoken on this port", TLS_ALERT_NONE);
	return false;
}

static bool judge_http(struct flow *f, struct str in)
{
	int r;

	if (!f->decision.pass) {
		flow_answer(f);
		return false;
	}
	if (f->port == PORT_HTTPS) {
		flow_refuse_words(f, "only TLS is spoken on this port", TLS_ALERT_NONE);
		return false;
	}
	r = http_judge_first(f, in);
	if (r == HTTP_E_BAD)
		flow_refuse_request(f);
	else if (r == 0)
		flow_go_on(f);
	return r == HTTP_E_MORE;
}

static void judge(struct flow *f, struct str in, bool ended)
{
	static bool (*const judges[])(struct flow *, struct str) = {
		[PROTOCOL_TCP] = judge_tcp,
		[PROTOCOL_TLS] = judge_tls,
		[PROTOCOL_HTTP] = judge_http,
	};

	static_assert(LEN(judges) == N_PROTOCOLS, "every protocol has a judge");
	if (judge_protocol(in, f->port, &f->protocol)) {
		f->heard = true;
		if (!judges[f->protocol](f, in))
			return;
	}
	if (!ended)
		wait_for_more(f, in.n);
	else if (f->decision.pass)
		flow_refuse_words(f, "the client ended before it said what it wants",
				  TLS_ALERT_DECODE_ERROR);
	else
		flow_answer(f);
}

void flow_head_ready(struct flow *f, uint32_t events)
{
	char *peek = f->egress->peek;
	ssize_t n = recv(f->relay.client.fd, peek, EGRESS_PEEK, MSG_PEEK);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (events & EPOLLPRI) {
		flow_refuse_words(f, "urgent data (TCP) cannot be judged",
				  TLS_ALERT_UNEXPECTED_MESSAGE);
		return;
	}
	if (n > 0) {
		judge(f, (struct str){ peek, (size_t)n }, events & (EPOLLRDHUP | EPOLLHUP));
		return;
	}
	if (f->decision.pass)
		f->decision.reason = "the client left without a word";
	flow_end(f, n < 0 ? -errno : 0);
}

void flow_head_late(struct deadline *d)
{
	struct flow *f = container_of(d, struct flow, deadline);

	if (f->decision.pass)
		flow_refuse_words(f, "the client did not say in time what it wants",
				  TLS_ALERT_DECODE_ERROR);
	else
		flow_end(f, -ECONNREFUSED);
}
