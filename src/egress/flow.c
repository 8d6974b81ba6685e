/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/flow.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "egress/denial.h"
#include "egress/egress.h"
#include "egress/judge.h"
#include "wire/pool.h"
#include "wire/tls.h"

/*
 * Theory of operation
 *
 * A flow is one connection of the box. The address that it went to stands for a name, or it is a
 * literal one; with the port that is enough for the rules. But the refusal shall be one that the
 * client shows, and what is allowed must also be what the client means: so its first words are
 * looked at in any case.
 *
 *   FLOW_HEAD    They are looked at, not taken (MSG_PEEK): what is relayed later is untouched, and
 * a client that dribbles costs no memory here. As long as they are not complete, the kernel wakes
 * us only for more (SO_RCVLOWAT). Nothing has been sent to anybody. On ports other than 80 and 443
 * the server may be the one who speaks first, so it is connected to at the same time. If it speaks
 * first, it is neither TLS nor HTTP. FLOW_DIAL    The client may go on. The host is resolved, each
 * of its addresses judged, one of them connected to: exactly the one that was judged. FLOW_RELAY
 * The log has been told; bytes pass, until both sides have ended (relay.c). FLOW_LINGER  The client
 * was refused in its own protocol: an alert, an answer. It has been sent the end of the stream, and
 * we read on for a moment, because closing a socket with unread bytes in it is a reset, which may
 * overtake what was written before.
 *
 * From each state a flow may end at once. Every flow is told to the log exactly once, at the latest
 * when it ends, and one that reached FLOW_RELAY once more with what it moved.
 *
 * In mode=audit a denial is written down (decision.verdict) and passed (decision.pass): all that is
 * done here follows the latter.
 */

enum {
	HEAD_MS = 30000, /* for the first words; people type none */
	LINGER_MS = 2000,
	PORT_HTTP = 80,
	PORT_HTTPS = 443,
};

static const char *const protocol_names[] = {
	[PROTOCOL_TCP] = "tcp",
	[PROTOCOL_TLS] = "tls",
	[PROTOCOL_HTTP] = "http",
};
static_assert(LEN(protocol_names) == N_PROTOCOLS, "every protocol has a name");

static void dial(struct flow *f);
static void client_ready(struct watch *w, uint32_t events);

static struct loop *loop_of(const struct flow *f)
{
	return &f->egress->loop;
}

static struct request request_of(const struct flow *f)
{
	return (struct request){
		.host = names_text(&f->egress->names, f->name),
		.addr = f->addr,
		.resolved = f->dialled,
		.port = f->port,
	};
}

static void reset_on_close(int fd)
{
	const struct linger now = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

static void tell_about(struct flow *f, const struct request *request)
{
	struct event ev = events_judged(EVENT_NET_CONNECT, request, &f->decision);

	event_num(&ev, FIELD_FLOW, f->number);
	event_text(&ev, FIELD_PROTOCOL, str_of(protocol_names[f->protocol]));
	events_send(&f->egress->events, &ev);
	f->told = true;
}

void flow_tell(struct flow *f)
{
	const struct request request = request_of(f);

	if (!f->told)
		tell_about(f, &request);
}

static void tell_closed(const struct flow *f, int error)
{
	struct event ev = event_new(EVENT_NET_CLOSE);
	const struct request request = request_of(f);

	event_num(&ev, FIELD_FLOW, f->number);
	if (request.host)
		event_text(&ev, FIELD_HOST, str_of(request.host));
	event_num(&ev, FIELD_PORT, f->port);
	event_num(&ev, FIELD_BYTES_UP, f->relay.up.bytes);
	event_num(&ev, FIELD_BYTES_DOWN, f->relay.down.bytes);
	event_num(&ev, FIELD_MS, (uint64_t)(loop_of(f)->now - f->since));
	if (error)
		event_text(&ev, FIELD_REASON, str_of(strerror(-error)));
	events_send(&f->egress->events, &ev);
}

/* A flow that failed is reset on both sides, so that neither takes what it got for complete. */
static void end(struct flow *f, int error)
{
	struct egress *eg = f->egress;
	struct flows *flows = &eg->flows;

	flow_tell(f);
	if (f->state == FLOW_RELAY)
		tell_closed(f, error);
	relay_stop(&f->relay);
	upstream_stop(&f->upstream);
	resolver_leave(&f->waiter);
	deadline_clear(&f->deadline);
	if (error)
		reset_on_close(f->relay.client.fd);
	close(f->relay.client.fd);
	if (f->dialled && error)
		reset_on_close(f->relay.server.fd);
	if (f->dialled)
		close(f->relay.server.fd);
	*f = (struct flow){ .next_free = flows->free };
	flows->free = (uint32_t)(f - flows->flow) + 1;
	flows->n_live--;
	egress_reopen(eg);
}

/* What the client says is read from now on, no longer only looked at. */
static void stop_peeking(struct flow *f)
{
	int one = 1;

	if (f->more)
		setsockopt(f->relay.client.fd, SOL_SOCKET, SO_RCVLOWAT, &one, sizeof(one));
	f->more = false;
	deadline_clear(&f->deadline);
}

/* The client has all that it gets: what it still says is thrown away for a moment. */
static void linger(struct flow *f)
{
	if (shutdown(f->relay.client.fd, SHUT_WR) < 0 ||
	    loop_set(loop_of(f), &f->relay.client, EPOLLIN) < 0) {
		end(f, -ECONNABORTED);
		return;
	}
	f->state = FLOW_LINGER;
	deadline_set(loop_of(f), &f->egress->flows.linger, &f->deadline);
}

/* Sends the client its answer. Without one it is reset: its protocol has no word for it. */
static void answer(struct flow *f, struct str bytes)
{
	stop_peeking(f);
	upstream_stop(&f->upstream);
	resolver_leave(&f->waiter);
	if (bytes.n == 0 || send(f->relay.client.fd, bytes.p, bytes.n, MSG_NOSIGNAL) < 0)
		end(f, -ECONNREFUSED);
	else
		linger(f);
}

/* It is refused as f->decision says, with @alert if it speaks TLS and @status if HTTP. */
static void refuse(struct flow *f, enum tls_alert alert, unsigned status)
{
	const struct request request = request_of(f);
	char space[DENIAL_MAX];
	struct buf out = BUF(space);

	flow_tell(f);
	if (f->protocol == PROTOCOL_TLS)
		tls_write_alert(alert, &out);
	else if (f->protocol == PROTOCOL_HTTP)
		denial_http(status, &request, &f->decision, &f->egress->policy.rules, true, &out);
	answer(f, (struct str){ out.p, out.n });
}

/* What it says is refused, although a rule allows the host: that rule stays in the decision. */
static void refuse_words(struct flow *f, const char *reason, enum tls_alert alert)
{
	if (f->decision.pass) {
		f->decision.verdict = VERDICT_DENY;
		f->decision.pass = false;
		f->decision.reason = reason;
	}
	refuse(f, alert, 403);
}

/* It may, but it cannot be served. */
static void unreachable(struct flow *f, const char *reason)
{
	f->decision.reason = reason;
	refuse(f, TLS_ALERT_INTERNAL_ERROR, 502);
}

/* f->http says with what, and the log has it already. */
static void refuse_request(struct flow *f)
{
	flow_tell(f);
	f->decision.verdict = VERDICT_DENY;
	f->decision.reason = f->http.reason;
	refuse(f, TLS_ALERT_NONE, f->http.status);
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

/* The server's side is done with. */
static void hang_up(struct flow *f, int error)
{
	tell_closed(f, error);
	f->state = FLOW_LINGER;
	relay_stop(&f->relay);
	f->relay.client.ready = client_ready;
	close(f->relay.server.fd);
	f->dialled = false;
}

static void relay_over(struct relay *r, int error)
{
	struct flow *f = container_of(r, struct flow, relay);

	if (f->protocol != PROTOCOL_HTTP || (error && !f->http.status)) {
		end(f, error);
		return;
	}
	hang_up(f, 0);
	if (error)
		refuse_request(f);
	else
		linger(f);
}

/* Both sides are there, and the client's words were judged. */
static void pass(struct flow *f)
{
	flow_tell(f);
	f->state = FLOW_RELAY;
	f->relay.over = relay_over;
	f->relay.ask = f->protocol == PROTOCOL_HTTP ? http_ask : NULL;
	relay_start(&f->relay, f->protocol == PROTOCOL_HTTP ? 0 : UINT64_MAX);
}

/* The client's words were judged: it may go on. */
static void go_on(struct flow *f)
{
	stop_peeking(f);
	loop_set(loop_of(f), &f->relay.client, 0);
	f->state = FLOW_DIAL;
	if (f->dialled)
		pass(f);
	else if (!f->other_port)
		dial(f);
}

/* On another port than 80 and 443 the server spoke first, while the client was silent. */
static void server_spoke(struct watch *w, uint32_t events)
{
	struct flow *f = container_of(w, struct flow, relay.server);

	(void)events;
	f->protocol = PROTOCOL_TCP;
	go_on(f);
}

static void connected(struct upstream *u, int fd)
{
	struct flow *f = container_of(u, struct flow, upstream);

	if (fd < 0) {
		resolver_forget(&f->egress->resolver, f->name);
		unreachable(f, why_unreachable(fd));
		return;
	}
	f->dialled = true;
	f->addr = u->addr[u->at];
	f->relay.server = (struct watch){ .fd = fd, .ready = server_spoke };
	if (f->state == FLOW_DIAL)
		pass(f);
	else if (loop_set(loop_of(f), &f->relay.server, EPOLLIN) < 0)
		end(f, -ENOMEM);
}

/* One address that must not be connected to refuses all of them: it has no business in the answer.
 */
static bool judge_addresses(struct flow *f, const struct resolved *resolved)
{
	struct request request = request_of(f);
	struct decision decision;

	request.resolved = true;
	for (size_t i = 0; i < resolved->n; i++) {
		request.addr = resolved->addr[i];
		decision = rules_decide(&f->egress->policy.rules, &request);
		if (decision.pass)
			continue;
		f->decision = decision;
		f->addr = request.addr;
		tell_about(f, &request);
		return false;
	}
	return true;
}

static void answered(struct waiter *w, const struct resolved *resolved)
{
	struct flow *f = container_of(w, struct flow, waiter);

	if (resolved->failed)
		unreachable(f, resolved->failed);
	else if (!judge_addresses(f, resolved))
		refuse(f, TLS_ALERT_ACCESS_DENIED, 403);
	else
		upstream_connect(&f->upstream, resolved->addr, resolved->n, f->port);
}

static void dial(struct flow *f)
{
	const struct resolved *known;

	if (f->name < 0) {
		upstream_connect(&f->upstream, &f->addr, 1, f->port);
		return;
	}
	known = resolver_ask(&f->egress->resolver, f->name, &f->waiter);
	if (known)
		answered(&f->waiter, known);
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
	if (!f->other_port)
		refuse_words(f, "only TLS is spoken on this port", TLS_ALERT_NONE);
	else if (!f->decision.pass)
		refuse(f, TLS_ALERT_NONE, 403);
	else
		go_on(f);
	return false;
}

static void judge_name(struct flow *f, const struct tls_hello *hello)
{
	const struct request request = request_of(f);
	const char *reason = judge_hello(hello, request.host);

	if (!f->decision.pass || (reason && !f->egress->policy.rules.audit)) {
		refuse_words(f, reason, TLS_ALERT_ACCESS_DENIED);
		return;
	}
	if (reason) {
		f->decision.verdict = VERDICT_DENY;
		f->decision.reason = reason;
	}
	go_on(f);
}

static bool judge_tls(struct flow *f, struct str in)
{
	struct tls_hello hello;
	int r = tls_read_hello(&hello, in);

	if (r == 0)
		judge_name(f, &hello);
	else if (r == TLS_E_BAD)
		refuse_words(f, hello.reason, hello.alert);
	else if (r == TLS_E_ALIEN)
		refuse_words(f, "only TLS is spoken on this port", TLS_ALERT_NONE);
	return r == TLS_E_MORE;
}

static bool judge_http(struct flow *f, struct str in)
{
	int r;

	if (!f->decision.pass) {
		refuse(f, TLS_ALERT_NONE, 403);
		return false;
	}
	if (f->port == PORT_HTTPS) {
		refuse_words(f, "only TLS is spoken on this port", TLS_ALERT_NONE);
		return false;
	}
	r = http_judge_first(f, in);
	if (r == HTTP_E_BAD)
		refuse_request(f);
	else if (r == 0)
		go_on(f);
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
	if (judge_protocol(in, f->port, &f->protocol) && !judges[f->protocol](f, in))
		return;
	if (ended)
		refuse_words(f, "the client ended before it said what it wants",
			     TLS_ALERT_DECODE_ERROR);
	else
		wait_for_more(f, in.n);
}

static void head_ready(struct flow *f, uint32_t events)
{
	char *peek = f->egress->peek;
	ssize_t n = recv(f->relay.client.fd, peek, EGRESS_PEEK, MSG_PEEK);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		judge(f, (struct str){ peek, (size_t)n }, events & (EPOLLRDHUP | EPOLLHUP));
		return;
	}
	if (f->decision.pass)
		f->decision.reason = "the client left without a word";
	end(f, n < 0 ? -errno : 0);
}

static void linger_ready(struct flow *f)
{
	ssize_t n = recv(f->relay.client.fd, NULL, EGRESS_PEEK, MSG_TRUNC);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		end(f, 0);
}

static void client_ready(struct watch *w, uint32_t events)
{
	struct flow *f = container_of(w, struct flow, relay.client);

	if (f->state == FLOW_HEAD)
		head_ready(f, events);
	else
		linger_ready(f);
}

static void head_late(struct deadline *d)
{
	refuse_words(container_of(d, struct flow, deadline),
		     "the client did not say in time what it wants", TLS_ALERT_DECODE_ERROR);
}

static void linger_over(struct deadline *d)
{
	end(container_of(d, struct flow, deadline), 0);
}

/* The socket's own address is the one that the box connected to. Returns 0 or -errno. */
static int read_destination(struct flow *f)
{
	struct sockaddr_in6 sin6;
	socklen_t len = sizeof(sin6);

	if (getsockname(f->relay.client.fd, (struct sockaddr *)&sin6, &len) < 0)
		return -errno;
	memcpy(f->addr.b, &sin6.sin6_addr, 16);
	if (sin6.sin6_family == AF_INET) {
		f->addr = (struct addr){ { [10] = 0xff, 0xff } };
		memcpy(f->addr.b + 12, &((struct sockaddr_in *)(void *)&sin6)->sin_addr, 4);
	}
	f->name = pool_index(&f->addr);
	if (f->name >= 0 && !names_text(&f->egress->names, f->name))
		f->name = -1;
	return 0;
}

/* The protocol is what the port stands for, until the client has said more. */
static void decide(struct flow *f)
{
	const struct request request = request_of(f);

	f->other_port = f->port != PORT_HTTP && f->port != PORT_HTTPS;
	f->protocol = f->port == PORT_HTTPS  ? PROTOCOL_TLS
		      : f->port == PORT_HTTP ? PROTOCOL_HTTP
					     : PROTOCOL_TCP;
	f->decision = rules_decide(&f->egress->policy.rules, &request);
	if (!f->decision.pass)
		flow_tell(f);
	else if (f->other_port)
		dial(f);
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

void flow_begin(struct egress *eg, int fd, uint16_t port)
{
	struct flow *f = take(&eg->flows);

	*f = (struct flow){
		.egress = eg,
		.state = FLOW_HEAD,
		.port = port,
		.number = ++eg->flows.n_ever,
		.since = eg->loop.now,
		.waiter.answered = answered,
		.upstream = { .all = &eg->upstreams, .done = connected },
		.relay = { .relays = &eg->relays, .client = { .fd = fd, .ready = client_ready } },
	};
	if (read_destination(f) < 0 ||
	    loop_set(&eg->loop, &f->relay.client, EPOLLIN | EPOLLRDHUP) < 0) {
		end(f, -ECONNABORTED);
		return;
	}
	deadline_set(&eg->loop, &eg->flows.head, &f->deadline);
	decide(f);
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
		.head = { .ms = HEAD_MS, .expired = head_late },
		.linger = { .ms = LINGER_MS, .expired = linger_over },
	};
	loop_add_timers(loop, &flows->head);
	loop_add_timers(loop, &flows->linger);
	return 0;
}

void flows_end(struct egress *eg)
{
	for (uint32_t i = 0; i < eg->flows.n_used; i++)
		if (eg->flows.flow[i].state != FLOW_FREE)
			end(&eg->flows.flow[i], 0);
}
