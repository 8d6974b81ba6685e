/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "egress/egress.h"

/*
 * FLOW_OPEN: the requests of a flow hang on what is asked for, so its TLS ends here. First the
 * handshake with the box; then the request is read and judged; only then the host is connected to,
 * and has to prove who it is before it gets to see any of it. What goes wrong there is an answer to
 * the request: there is no way back to relaying untouched.
 */

/* Waits for what the handshake waits for. */
static int wait_for(struct flow *f, struct stream *s)
{
	return loop_set(&f->egress->loop, &s->watch,
			stream_wants_room(s) ? EPOLLOUT : EPOLLIN | EPOLLRDHUP);
}

/* OpenSSL has sent the client an alert, if there was one to send. */
static void client_failed(struct flow *f, const char *reason)
{
	f->decision.verdict = VERDICT_DENY;
	f->decision.pass = false;
	f->decision.reason = reason;
	flow_tell(f);
	flow_linger(f);
}

void flow_open(struct flow *f)
{
	struct terminator *t = f->egress->terminator;
	const struct request request = flow_request(f);

	flow_drop_server(f); /* who was connected to early was not asked to prove anything */
	stream_wake(&f->relay.client);
	f->relay.client.tls = t->serve(t, f->relay.client.watch.fd, &request);
	if (!f->relay.client.tls) {
		flow_refuse_words(f, "no memory for TLS", TLS_ALERT_INTERNAL_ERROR);
		return;
	}
	f->state = FLOW_OPEN;
	f->protocol = PROTOCOL_HTTPS;
	flow_open_ready(f);
}

/* The first request may be here already, read by OpenSSL: the kernel would not tell. */
void flow_open_ready(struct flow *f)
{
	struct tls *tls = f->relay.client.tls;
	int r = tls->ops->handshake(tls);

	if (r == -EAGAIN) {
		if (wait_for(f, &f->relay.client) < 0)
			flow_end(f, -ENOMEM);
		return;
	}
	if (r < 0) {
		client_failed(f, tls->failed);
		return;
	}
	f->state = FLOW_HEAD;
	if (wait_for(f, &f->relay.client) < 0)
		flow_end(f, -ENOMEM);
	else
		flow_head_ready(f, 0);
}

static void server_ready(struct watch *w, uint32_t events)
{
	struct flow *f = container_of(w, struct flow, relay.server.watch);
	struct tls *tls = f->relay.server.tls;
	int r = tls->ops->handshake(tls);

	(void)events;
	if (r == -EAGAIN) {
		if (wait_for(f, &f->relay.server) < 0)
			flow_end(f, -ENOMEM);
		return;
	}
	deadline_clear(&f->deadline);
	if (r < 0)
		flow_unreachable(f, tls->failed);
	else
		flow_go_on(f);
}

void flow_open_late(struct deadline *d)
{
	flow_unreachable(container_of(d, struct flow, deadline),
			 "the host did not finish the TLS handshake in time");
}

void flow_open_server(struct flow *f)
{
	struct terminator *t = f->egress->terminator;
	const struct request request = flow_request(f);
	struct stream *s = &f->relay.server;

	s->tls = t->call(t, s->watch.fd, &request);
	if (!s->tls) {
		flow_unreachable(f, "no memory for TLS");
		return;
	}
	s->watch.ready = server_ready;
	deadline_set(&f->egress->loop, &f->egress->flows.handshake, &f->deadline);
	server_ready(&s->watch, 0);
}
