/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/flow.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "egress/egress.h"
#include "wire/pool.h"

/*
 * Theory of operation
 *
 * A flow is one connection of the box. The address that it went to stands for a name, or it is a
 * literal one; with the port that is enough for the rules. But the refusal shall be one that the
 * client shows, and what is allowed must also be what the client means: so its first words are
 * looked at in any case.
 *
 *   FLOW_HEAD    They are looked at, not taken (MSG_PEEK): what is relayed later is untouched, and
 *                a client that dribbles costs no memory here. As long as they are not complete, the
 *                kernel wakes us only for more (SO_RCVLOWAT). Nothing has been sent to anybody. On
 *                ports other than 80 and 443 the server may be the one who speaks first, so it is
 *                connected to at the same time; if it does, it is neither TLS nor HTTP.
 *   FLOW_OPEN    Only where requests inside of TLS are judged: the handshake with the client.
 *                Then it is FLOW_HEAD again, for the first request (flow_open.c).
 *   FLOW_DIAL    The client may go on. The host is resolved, each of its addresses judged, one of
 *                them connected to: exactly the one that was judged.
 *   FLOW_RELAY   The log is told; then bytes pass, until both sides have ended (relay.c).
 *   FLOW_LINGER  The client was refused in its own protocol: an alert, an answer. It has been sent
 *                the end of the stream, and we read on for a moment, because closing a socket with
 *                unread bytes in it is a reset, which may overtake what was written before.
 *
 * From each state a flow may end at once. Every flow is told to the log exactly once, at the latest
 * when it ends, and one that reached FLOW_RELAY once more with what it moved.
 *
 * In mode=audit a denial is written down (decision.verdict) and passed (decision.pass): all that is
 * done here follows the latter.
 */

enum {
	HEAD_MS = 30000,      /* for the first words; people type none */
	GRACE_MS = 250,	      /* for those of a client that was refused before */
	HANDSHAKE_MS = 20000, /* with a host that was connected to */
	REQUEST_MS = 30000,   /* for the head of a later request, from its first byte on */
	STALL_MS = 900000,    /* while a request is under way and nothing moves: models think */
	LINGER_MS = 2000,
	SPARE = 64, /* flows, to be refused with a word when there is no room */
	PORT_HTTP = 80,
	PORT_HTTPS = 443,
};

static const char *const protocol_names[] = {
	[PROTOCOL_TCP] = "tcp",
	[PROTOCOL_TLS] = "tls",
	[PROTOCOL_HTTP] = "http",
	[PROTOCOL_HTTPS] = "https",
};
static_assert(LEN(protocol_names) == N_PROTOCOLS, "every protocol has a name");

struct request flow_request(const struct flow *f)
{
	return (struct request){
		.host = names_text(&f->egress->names, f->name),
		.addr = f->addr,
		.resolved = f->dialled && !f->through,
		.port = f->port,
	};
}

static void tell(struct flow *f, const struct request *request,
		 void (*send)(struct events *, const struct event *))
{
	struct event ev = events_judged(EVENT_NET_CONNECT, request, &f->decision);

	event_num(&ev, FIELD_FLOW, f->number);
	event_text(&ev, FIELD_PROTOCOL, str_of(protocol_names[f->protocol]));
	if (f->decision.verdict == VERDICT_DENY)
		search_begin(f);
	send(&f->egress->events, &ev);
	f->told = true;
}

void flow_tell_about(struct flow *f, const struct request *request)
{
	tell(f, request, events_send);
}

void flow_tell(struct flow *f)
{
	const struct request request = flow_request(f);

	if (!f->told)
		flow_tell_about(f, &request);
}

/* More was to be moved, or in mode=audit was moved, than a cap of the rule allows. */
static bool is_over(const struct flow *f, int error)
{
	const struct meter *meter = f->relay.meter;

	return error == -EDQUOT || (!f->relay.ask && meter && meter->bytes > meter->max);
}

/* About a connection that was told before. */
static struct event further(const struct flow *f, enum event_kind kind)
{
	struct event ev = event_new(kind);
	const struct request request = flow_request(f);
	const char *digest = f->edition->policy.rules.digest;

	if (digest)
		event_text(&ev, FIELD_POLICY, str_of(digest));
	event_num(&ev, FIELD_FLOW, f->number);
	events_target(&ev, &request);
	return ev;
}

void flow_tell_failed(struct flow *f)
{
	struct event ev = further(f, EVENT_NET_FAILED);

	event_text(&ev, FIELD_REASON, str_of(f->decision.reason));
	events_send(&f->egress->events, &ev);
}

static void tell_closed(const struct flow *f, int error)
{
	struct event ev = further(f, EVENT_NET_CLOSE);

	event_num(&ev, FIELD_BYTES_UP, f->relay.up.bytes);
	event_num(&ev, FIELD_BYTES_DOWN, f->relay.down.bytes);
	event_num(&ev, FIELD_MS, (uint64_t)(f->egress->loop.now - f->since));
	if (is_over(f, error)) {
		event_num(&ev, FIELD_VERDICT, VERDICT_DENY);
		event_num(&ev, FIELD_RULE, (uint64_t)f->decision.rule);
		event_text(&ev, FIELD_REASON, str_of(f->http.over ? f->http.over : caps_no_bytes));
	} else if (error) {
		event_text(&ev, FIELD_REASON, str_of(strerror(-error)));
	}
	events_send_soon(&f->egress->events, &ev);
}

/* A flow that failed is reset on both sides, so that neither takes what it got for complete. */
void flow_end(struct flow *f, int error)
{
	struct egress *eg = f->egress;
	struct flows *flows = &eg->flows;

	flow_tell(f);
	http_record_end(f, 0);
	gate_end(f);
	if (f->state == FLOW_RELAY)
		tell_closed(f, error);
	loop_forget(&eg->loop, &f->relay.client.watch);
	loop_forget(&eg->loop, &f->relay.server.watch);
	relay_stop(&f->relay);
	upstream_stop(&f->upstream);
	resolver_leave(&f->waiter);
	deadline_clear(&f->deadline);
	stream_close(&f->relay.client, error);
	if (f->dialled)
		stream_close(&f->relay.server, error);
	edition_leave(f->edition);
	*f = (struct flow){ .next_free = flows->free };
	flows->free = (uint32_t)(f - flows->flow) + 1;
	flows->n_live--;
	if (flows->n_live < flows->max / 2)
		flows->crowded = false;
	egress_reopen(eg);
}

static void client_ready(struct watch *w, uint32_t events)
{
	struct flow *f = container_of(w, struct flow, relay.client.watch);

	if (f->state == FLOW_HEAD)
		flow_head_ready(f, events);
	else if (f->state == FLOW_OPEN)
		flow_open_ready(f);
	else if (f->state == FLOW_DIAL && (events & (EPOLLERR | EPOLLHUP)))
		flow_end(f, -ECONNRESET);
	else if (f->state == FLOW_LINGER)
		flow_linger_ready(f);
}

static bool speaks_http(const struct flow *f)
{
	return f->protocol == PROTOCOL_HTTP || f->protocol == PROTOCOL_HTTPS;
}

static void relay_over(struct relay *r, int error)
{
	struct flow *f = container_of(r, struct flow, relay);

	if (error == -EDQUOT && f->relay.ask)
		error = http_cut(f);
	if (!speaks_http(f) || (error && !f->http.status)) {
		flow_end(f, error);
		return;
	}
	http_record_end(f, f->http.answer_status);
	tell_closed(f, 0);
	f->state = FLOW_LINGER;
	f->relay.client.watch.ready = client_ready;
	gate_leave(f);
	flow_drop_server(f);
	if (error)
		flow_refuse_request(f);
	else
		flow_linger(f);
}

/*
 * Both sides are there, and the client's words were judged. The log is told at the end of the
 * batch, at once of all flows that have got so far in it; until then, their watches are passed
 * over.
 */
static void pass(struct flow *f)
{
	const struct request request = flow_request(f);

	if (!f->told)
		tell(f, &request, events_send_soon);
	f->state = FLOW_RELAY;
	deadline_set(&f->egress->loop, &f->egress->flows.passed, &f->deadline);
}

static void relay(struct deadline *d)
{
	struct flow *f = container_of(d, struct flow, deadline);

	events_flush(&f->egress->events);
	f->relay.over = relay_over;
	f->relay.ask = speaks_http(f) ? http_ask : NULL;
	f->relay.meter = speaks_http(f) ? NULL : caps_meter(&f->edition->caps, f->decision.rule);
	relay_start(&f->relay, speaks_http(f) ? 0 : UINT64_MAX);
}

/*
 * On other ports the host is connected to from the beginning, unless it depends on a request
 * whether it may be; in mode=audit nothing does.
 */
static bool dials_early(const struct flow *f)
{
	return f->other_port && !f->inward && (!f->by_request || f->edition->policy.rules.audit);
}

void flow_go_on(struct flow *f)
{
	bool dialling = (dials_early(f) && !f->relay.client.tls) || f->state == FLOW_DIAL;

	flow_stop_peeking(f);
	f->state = FLOW_DIAL;
	if (f->dialled) {
		pass(f);
		return;
	}
	if (f->relay.client.tls) /* only whether it is gone */
		loop_set(&f->egress->loop, &f->relay.client.watch, EPOLLERR);
	if (!dialling)
		flow_dial(f);
}

struct destination flow_destination(const struct egress *eg, const struct addr *addr, uint16_t port)
{
	struct destination to = { .addr = *addr, .name = pool_index(addr), .port = port };

	if (to.name >= 0 && !names_text(&eg->names, to.name))
		to.name = -1;
	return to;
}

/* What the rules say before the client has said a word. */
static struct decision decide(const struct egress *eg, const struct request *request,
			      bool *by_request)
{
	struct decision decision = rules_decide(&eg->edition->policy.rules, request);

	*by_request = rules_need_request(&eg->edition->policy.rules, request);
	if (*by_request)
		decision = (struct decision){
			.verdict = VERDICT_ALLOW,
			.pass = true,
			.rule = decision.rule,
			.rules = decision.rules,
			.reason = "each of its requests is judged",
		};
	else
		caps_judge(&eg->edition->caps, &decision);
	return decision;
}

bool flow_may_begin(const struct egress *eg, const struct destination *to)
{
	const struct request request = {
		.host = names_text(&eg->names, to->name),
		.addr = to->addr,
		.port = to->port,
	};
	bool by_request;

	return decide(eg, &request, &by_request).pass;
}

/* The last few are there to say so; the log has it once. */
static bool has_room(struct flow *f)
{
	struct flows *flows = &f->egress->flows;
	const uint32_t spare = flows->max / 8 < SPARE ? flows->max / 8 : SPARE;

	if (flows->n_live <= flows->max - spare)
		return true;
	f->told = flows->crowded;
	flows->crowded = true;
	return false;
}

/* The protocol is what the port stands for, until the client has said more. */
static void begin(struct flow *f)
{
	const struct request request = flow_request(f);

	f->other_port = f->port != PORT_HTTP && f->port != PORT_HTTPS;
	f->protocol = f->port == PORT_HTTPS  ? PROTOCOL_TLS
		      : f->port == PORT_HTTP ? PROTOCOL_HTTP
					     : PROTOCOL_TCP;
	if (f->inward)
		f->protocol = f->inward == INWARD_HTTPS ? PROTOCOL_HTTPS : PROTOCOL_HTTP;
	f->decision = decide(f->egress, &request, &f->by_request);
	if (packages_has_host(&f->edition->policy.packages, &request))
		search_begin(f);
	if (!f->decision.pass)
		flow_refuse(f, TLS_ALERT_ACCESS_DENIED, 403);
	else if (!has_room(f))
		flow_crowded(f);
	else if (dials_early(f))
		flow_dial(f);
}

static struct flow *take(struct flows *flows)
{
	struct flow *f = &flows->flow[flows->n_used];

	if (flows->free) {
		f = &flows->flow[flows->free - 1];
		flows->free = f->next_free;
	} else {
		flows->n_used++;
	}
	flows->n_live++;
	return f;
}

void flow_begin(struct egress *eg, int fd, const struct destination *to)
{
	struct flow *f = take(&eg->flows);

	*f = (struct flow){
		.egress = eg,
		.edition = eg->edition,
		.state = FLOW_HEAD,
		.port = to->port,
		.name = to->name,
		.addr = to->addr,
		.inward = to->inward,
		.number = ++eg->flows.n_ever,
		.since = eg->loop.now,
		.waiter.answered = flow_dial_answered,
		.upstream = { .all = &eg->upstreams, .done = flow_dial_done },
		.relay = { .relays = &eg->relays,
			   .client.watch = { .fd = fd, .ready = client_ready } },
	};
	f->edition->n_users++;
	/* All that is there is looked at each time; once it is judged, what comes can wait. */
	if (loop_set(&eg->loop, &f->relay.client.watch, EPOLLIN | EPOLLRDHUP | EPOLLPRI | EPOLLET) <
	    0) {
		flow_end(f, -ECONNABORTED);
		return;
	}
	deadline_set(&eg->loop, &eg->flows.head, &f->deadline);
	begin(f);
}

int flows_init(struct flows *flows, struct loop *loop, uint32_t max, struct err *e)
{
	void *memory = mmap(NULL, max * sizeof(struct flow), PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return err_set(e, -errno, "reserve memory for %u connections", max);
	*flows = (struct flows){
		.flow = memory,
		.max = max,
		.head = { .ms = HEAD_MS, .expired = flow_head_late },
		.grace = { .ms = GRACE_MS, .expired = flow_head_late },
		.handshake = { .ms = HANDSHAKE_MS, .expired = flow_open_late },
		.request = { .ms = REQUEST_MS, .expired = http_late },
		.stall = { .ms = STALL_MS, .expired = http_late },
		.linger = { .ms = LINGER_MS, .expired = flow_linger_over },
		.passed = { .expired = relay },
	};
	loop_add_timers(loop, &flows->head);
	loop_add_timers(loop, &flows->grace);
	loop_add_timers(loop, &flows->handshake);
	loop_add_timers(loop, &flows->request);
	loop_add_timers(loop, &flows->stall);
	loop_add_timers(loop, &flows->linger);
	loop_add_timers(loop, &flows->passed);
	return 0;
}

void flows_end(struct egress *eg)
{
	for (uint32_t i = 0; i < eg->flows.n_used; i++)
		if (eg->flows.flow[i].state != FLOW_FREE)
			flow_end(&eg->flows.flow[i], 0);
}
