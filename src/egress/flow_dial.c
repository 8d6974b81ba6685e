/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "egress/egress.h"

/* How a flow gets its other side: the name is resolved, each address judged, one connected to. */

void flow_unreachable(struct flow *f, const char *reason)
{
	f->decision.reason = reason;
	flow_refuse(f, TLS_ALERT_INTERNAL_ERROR, 502);
}

static const char *why_unreachable(int error)
{
	switch (-error) {
	case ECONNREFUSED:
		return "the host refused the connection";
	case ETIMEDOUT:
		return "the host did not answer";
	case ENETUNREACH:
	case EHOSTUNREACH:
	case EADDRNOTAVAIL:
		return "this machine has no route to the host";
	default:
		return "the connection to the host failed";
	}
}

/* While the client is silent: a server that speaks first speaks neither TLS nor HTTP. */
static void server_spoke(struct watch *w, uint32_t events)
{
	struct flow *f = container_of(w, struct flow, relay.server.watch);

	(void)events;
	f->protocol = PROTOCOL_TCP;
	f->heard = true;
	flow_go_on(f);
}

void flow_dial_done(struct upstream *u, int error)
{
	struct flow *f = container_of(u, struct flow, upstream);

	if (error) {
		resolver_forget(&f->egress->resolver, f->name);
		flow_unreachable(f, why_unreachable(error));
		return;
	}
	f->relay.server = (struct stream){ .watch = { .fd = u->watch.fd, .ready = server_spoke } };
	if (loop_replace(&f->egress->loop, &u->watch, &f->relay.server.watch, EPOLLIN) < 0) {
		flow_end(f, -ENOMEM);
		return;
	}
	f->dialled = true;
	f->addr = u->addr[u->at];
	if (f->relay.client.tls)
		flow_open_server(f);
	else if (f->state == FLOW_DIAL)
		flow_go_on(f);
}

/* One address that must not be connected to refuses all: such an answer is not to be trusted. */
static bool judge_addresses(struct flow *f, const struct resolved *resolved)
{
	struct request request = flow_request(f);
	struct decision decision;

	request.resolved = true;
	for (size_t i = 0; i < resolved->n; i++) {
		request.addr = resolved->addr[i];
		decision = rules_decide_address(&f->egress->policy.rules, &request, f->decision);
		if (decision.pass)
			continue;
		f->decision = decision;
		f->addr = request.addr;
		flow_tell_about(f, &request);
		return false;
	}
	return true;
}

void flow_dial_answered(struct waiter *w, const struct resolved *resolved)
{
	struct flow *f = container_of(w, struct flow, waiter);

	if (resolved->failed)
		flow_unreachable(f, resolved->failed);
	else if (!judge_addresses(f, resolved))
		flow_refuse(f, TLS_ALERT_ACCESS_DENIED, 403);
	else
		upstream_connect(&f->upstream, resolved->addr, resolved->n, f->port);
}

void flow_dial(struct flow *f)
{
	const struct resolved *known;

	if (f->name < 0) {
		upstream_connect(&f->upstream, &f->addr, 1, f->port);
		return;
	}
	known = resolver_ask(&f->egress->resolver, f->name, &f->waiter);
	if (known)
		flow_dial_answered(&f->waiter, known);
}
