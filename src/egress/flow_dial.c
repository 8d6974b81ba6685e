/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "egress/egress.h"

/*
 * How a flow gets its other side: the name is resolved, each address judged, one connected to.
 *
 * Behind a proxy (upstream-proxy=) it is the proxy that resolves names, so what they lead to cannot
 * be judged here: that nobody is led inside is then the proxy's to see to. A literal address is
 * judged all the same; one that is not public, to which a rule must have opened the way, is this
 * machine's or its network's, and is connected to from here.
 */

void flow_unreachable(struct flow *f, const char *reason)
{
	flow_tell(f);
	f->decision.reason = reason;
	flow_tell_failed(f);
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
	if (f->state == FLOW_RELAY)
		return; /* in a moment */
	f->protocol = PROTOCOL_TCP;
	f->heard = true;
	flow_go_on(f);
}

static bool goes_through(const struct flow *f)
{
	return f->egress->upstream_proxy.used && (f->name >= 0 || !addr_special(&f->addr));
}

/* Whom to connect to. */
static struct destination destination(const struct flow *f)
{
	return f->through ? f->egress->upstream_proxy.at
			  : (struct destination){ f->addr, f->name, f->port };
}

static void ask(struct upstream *u, struct buf *out)
{
	const struct flow *f = container_of(u, struct flow, upstream);
	const char *name = names_text(&f->egress->names, f->name);
	const struct str authorization = f->egress->upstream_proxy.authorization;
	struct authority to = { .addr = f->addr, .port = f->port };
	char space[HOST_MAX + 16];
	struct buf text = BUF(space);

	if (name)
		memcpy(to.host, name, strlen(name) + 1);
	url_write_authority(&to, &text);
	buf_printf(out, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n", text.p, text.p);
	if (authorization.n)
		buf_printf(out, "Proxy-Authorization: %.*s\r\n", (int)authorization.n,
			   authorization.p);
	buf_puts(out, "\r\n");
}

void flow_dial_done(struct upstream *u, int error)
{
	struct flow *f = container_of(u, struct flow, upstream);

	if (error) {
		if (!u->failed)
			resolver_forget(&f->egress->resolver, destination(f).name);
		flow_unreachable(f, u->failed	 ? u->failed
				    : f->through ? "the upstream proxy cannot be reached"
						 : why_unreachable(error));
		return;
	}
	f->relay.server = (struct stream){ .watch = { .fd = u->watch.fd, .ready = server_spoke } };
	if (loop_replace(&f->egress->loop, &u->watch, &f->relay.server.watch, EPOLLIN) < 0) {
		flow_end(f, -ENOMEM);
		return;
	}
	f->dialled = true;
	if (!f->through)
		f->addr = u->addr[u->at];
	if (flow_is_https(f))
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
		decision = rules_decide_address(&f->edition->policy.rules, &request, f->decision);
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
		flow_unreachable(f, f->through
					    ? "the name of the upstream proxy cannot be looked up"
					    : resolved->failed);
	else if (!f->through && !judge_addresses(f, resolved))
		flow_refuse(f, TLS_ALERT_ACCESS_DENIED, 403);
	else
		upstream_connect(&f->upstream, resolved->addr, resolved->n, destination(f).port);
}

void flow_dial(struct flow *f)
{
	const struct resolved *known;
	struct destination to;

	f->through = goes_through(f);
	f->upstream.ask = f->through ? ask : NULL;
	to = destination(f);
	if (to.name < 0) {
		upstream_connect(&f->upstream, &to.addr, 1, to.port);
		return;
	}
	known = resolver_ask(&f->egress->resolver, to.name, &f->waiter);
	if (known)
		flow_dial_answered(&f->waiter, known);
}
