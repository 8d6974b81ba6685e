/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "egress/denial.h"
#include "egress/egress.h"

/*
 * How a flow is refused: see flow.c for the states. On ports other than 80 and 443 a denial may
 * come before the client has said a word; then it has a moment to, so that it is answered in its
 * own protocol, and is reset if it does not.
 */

void flow_drop_server(struct flow *f)
{
	upstream_stop(&f->upstream);
	resolver_leave(&f->waiter);
	if (!f->dialled)
		return;
	loop_forget(&f->egress->loop, &f->relay.server.watch);
	stream_close(&f->relay.server, false);
	f->dialled = false;
}

void flow_linger(struct flow *f)
{
	if (stream_end(&f->relay.client) < 0 ||
	    loop_set(&f->egress->loop, &f->relay.client.watch, EPOLLIN) < 0) {
		flow_end(f, -ECONNABORTED);
		return;
	}
	f->state = FLOW_LINGER;
	deadline_set(&f->egress->loop, &f->egress->flows.linger, &f->deadline);
}

void flow_linger_ready(struct flow *f)
{
	const ssize_t n = stream_drop(&f->relay.client, EGRESS_PEEK);

	if (n <= 0 && n != -EAGAIN)
		flow_end(f, 0);
}

void flow_linger_over(struct deadline *d)
{
	flow_end(container_of(d, struct flow, deadline), 0);
}

/* An answer always fits into what the kernel buffers for a connection. */
void flow_answer(struct flow *f)
{
	const struct request request = f->http.refused ? http_request(f) : flow_request(f);
	const struct denial denial = {
		.status = f->status,
		.request = &request,
		.decision = &f->decision,
		.policy = &f->edition->policy,
		.head = f->http.head,
		.json = f->http.json,
		.wait = f->http.wait,
	};
	char space[DENIAL_MAX];
	struct buf out = BUF(space);

	flow_stop_peeking(f);
	if (f->protocol == PROTOCOL_TLS)
		tls_write_alert(f->alert, &out);
	else if (f->protocol == PROTOCOL_HTTP || f->protocol == PROTOCOL_HTTPS)
		denial_http(&denial, &out);
	if (out.n == 0 || stream_write(&f->relay.client, (struct str){ out.p, out.n }) < 0)
		flow_end(f, -ECONNREFUSED); /* a reset: its protocol has no word for it */
	else
		flow_linger(f);
}

void flow_refuse(struct flow *f, enum tls_alert alert, unsigned status)
{
	struct flows *flows = &f->egress->flows;

	flow_tell(f);
	f->decision.pass = false;
	f->alert = alert;
	f->status = status;
	flow_drop_server(f);
	if (f->heard)
		flow_answer(f);
	else
		deadline_set(&f->egress->loop,
			     f->other_port || status == 503 ? &flows->grace : &flows->head,
			     &f->deadline);
}

void flow_crowded(struct flow *f)
{
	f->decision.reason = "there is no room for another connection";
	flow_refuse(f, TLS_ALERT_INTERNAL_ERROR, 503);
}

/* What it says is refused, although a rule allows the host: that rule stays in the decision. */
void flow_refuse_words(struct flow *f, const char *reason, enum tls_alert alert)
{
	f->heard = true;
	f->decision.verdict = VERDICT_DENY;
	f->decision.reason = reason;
	flow_refuse(f, alert, 403);
}

/* The log has it already. */
void flow_refuse_request(struct flow *f)
{
	flow_refuse(f, TLS_ALERT_NONE, f->http.status);
}
