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
	stream_wake(&f->relay.client);
	deadline_clear(&f->deadline);
}

/*
 * Whether a protocol without requests that could be read may pass: if the whole of the host is
 * allowed. Otherwise the flow is refused.
 */
static bool may_pass_whole(struct flow *f, enum scheme scheme)
{
	const struct rules *rules = &f->edition->policy.rules;
	struct request request = flow_request(f);

	if (!f->by_request)
		return true;
	request.scheme = scheme;
	f->decision = rules_decide(rules, &request);
	if (f->decision.verdict == VERDICT_ALLOW && rules_need_request(rules, &request)) {
		f->decision.verdict = VERDICT_DENY;
		f->decision.pass = rules->audit;
		f->decision.reason = "the profile denies some requests to this host, and those "
				     "in here cannot be read";
	}
	if (!f->decision.pass)
		flow_refuse(f, TLS_ALERT_ACCESS_DENIED, 403);
	return f->decision.pass;
}

/* The judges return true if they have to see more. */
static bool judge_tcp(struct flow *f, struct str in)
{
	(void)in;
	if (!f->decision.pass)
		flow_answer(f);
	else if (!f->other_port)
		flow_refuse_words(f, "only TLS is spoken on this port", TLS_ALERT_NONE);
	else if (may_pass_whole(f, SCHEME_NONE))
		flow_go_on(f);
	return false;
}

/* Whether the requests in there have to be read. */
static bool has_to_open(const struct flow *f)
{
	const struct rules *rules = &f->edition->policy.rules;
	struct request request = flow_request(f);

	request.scheme = SCHEME_HTTPS;
	return f->egress->terminator &&
	       (rules_need_request(rules, &request) || rules_inspect(rules, &request));
}

static void judge_name(struct flow *f, const struct tls_hello *hello)
{
	const struct request request = flow_request(f);
	const bool open = has_to_open(f);
	const char *reason = judge_hello(hello, &request, open);

	if (!open && !may_pass_whole(f, SCHEME_HTTPS))
		return;
	if (reason && !f->edition->policy.rules.audit) {
		flow_refuse_words(f, reason, TLS_ALERT_ACCESS_DENIED);
		return;
	}
	if (reason) {
		f->decision.verdict = VERDICT_DENY;
		f->decision.reason = reason;
	}
	if (open)
		flow_open(f);
	else
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
	if (f->port == PORT_HTTPS && f->protocol == PROTOCOL_HTTP) {
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

/* Returns true if there is more to look at already. */
static bool judge(struct flow *f, struct str in)
{
	static bool (*const judges[])(struct flow *, struct str) = {
		[PROTOCOL_TCP] = judge_tcp,
		[PROTOCOL_TLS] = judge_tls,
		[PROTOCOL_HTTP] = judge_http,
		[PROTOCOL_HTTPS] = judge_http,
	};

	static_assert(LEN(judges) == N_PROTOCOLS, "every protocol has a judge");
	int more;

	if (f->protocol == PROTOCOL_HTTPS || f->inward ||
	    judge_protocol(in, f->port, &f->protocol)) {
		f->heard = true;
		if (!judges[f->protocol](f, in))
			return false;
	}
	more = stream_wait(&f->relay.client, in.n);
	if (more >= 0)
		return more;
	if (f->decision.pass)
		flow_refuse_words(f, "the client ended before it said what it wants",
				  TLS_ALERT_DECODE_ERROR);
	else
		flow_answer(f);
	return false;
}

void flow_head_ready(struct flow *f, uint32_t events)
{
	struct str in;
	ssize_t n;

	do
		n = stream_peek(&f->relay.client, f->egress->peek, EGRESS_PEEK, &in);
	while (n > 0 && !(events & EPOLLPRI) && judge(f, in));
	if (n == -EAGAIN)
		return;
	if (events & EPOLLPRI) {
		flow_refuse_words(f, "urgent data (TCP) cannot be judged",
				  TLS_ALERT_UNEXPECTED_MESSAGE);
		return;
	}
	if (n > 0)
		return;
	if (f->decision.pass)
		f->decision.reason = "the client left without a word";
	flow_end(f, (int)n);
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
