/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/proxy.h"

#include <errno.h>
#include <string.h>

#include "egress/denial.h"
#include "egress/egress.h"
#include "wire/http.h"
#include "wire/socks.h"

/*
 * Theory of operation
 *
 * Every connection of the box is served whatever it goes to, so no program needs a proxy. This one
 * is for those that insist on one: SOCKS 5, HTTP CONNECT and plain HTTP with whole URLs as targets,
 * told apart by their first byte.
 *
 * All it finds out is where a client wants to go. Then the connection becomes a flow like any
 * other, which knows nothing of all this: the rules, the log, and what is answered to the client's
 * first words are the flow's. As without a proxy, a connection that may begin is told to be there
 * before anybody was connected to. One that may not becomes a flow as well, to be refused and
 * recorded by it: a CONNECT is left unread, so that it is the flow that answers it; SOCKS has its
 * reply.
 *
 * What a client says is looked at, and only what was meant for the proxy is taken: bytes that came
 * behind it in one segment are the flow's first.
 */

static void client_free(struct proxy_client *c)
{
	deadline_clear(&c->deadline);
	*c = (struct proxy_client){ 0 };
}

static void client_drop(struct proxy_client *c, bool abort)
{
	loop_forget(&c->proxy->egress->loop, &c->stream.watch);
	stream_close(&c->stream, abort);
	client_free(c);
}

/* It has until then to read the answer: closing with unread bytes would be a reset. */
static void client_linger(struct proxy_client *c)
{
	c->over = true;
	stream_wake(&c->stream);
	deadline_set(&c->proxy->egress->loop, &c->proxy->linger, &c->deadline);
	if (stream_end(&c->stream) < 0)
		client_drop(c, true);
}

static void answer(struct proxy_client *c, const struct buf *out)
{
	stream_write(&c->stream, (struct str){ out->p, out->n });
}

/* What nobody can make a destination of is refused and told here. */
static void tell_refused(const struct proxy_client *c, const struct request *request,
			 const char *reason)
{
	const struct event ev = events_refused(
		EVENT_NET_CONNECT, &c->proxy->egress->edition->policy.rules, request, reason);

	events_send(&c->proxy->egress->events, &ev);
}

static const struct addr loopback = { { [10] = 0xff, 0xff, 127, 0, 0, 1 } };

static struct request itself(const struct proxy *p)
{
	return (struct request){ .addr = loopback, .port = p->port };
}

static void refuse_http(struct proxy_client *c, unsigned status, const char *reason)
{
	const struct request request = itself(c->proxy);
	const struct decision decision = { .rule = RULE_NONE, .reason = reason };
	const struct denial denial = {
		.status = status,
		.request = &request,
		.decision = &decision,
		.policy = &c->proxy->egress->edition->policy,
	};
	char space[DENIAL_MAX];
	struct buf out = BUF(space);

	tell_refused(c, &request, reason);
	denial_http(&denial, &out);
	answer(c, &out);
	client_linger(c);
}

static void refuse_socks(struct proxy_client *c, enum socks_reply reply, const char *reason)
{
	const struct request request = itself(c->proxy);
	char space[16];
	struct buf out = BUF(space);

	tell_refused(c, &request, reason);
	if (c->greeted)
		socks_write_reply(reply, &out);
	else
		socks_write_method(SOCKS_NO_METHOD, &out);
	answer(c, &out);
	client_linger(c);
}

/*
 * Where @to leads, as if the box had connected to there: a name gets its index, "localhost" is what
 * it is everywhere (RFC 6761, 6.3), and an address of the pool stands for its name. Returns false
 * if there is no room for another name, or another flow.
 */
static bool locate(struct egress *eg, const struct authority *to, struct destination *out)
{
	const struct request request = { .host = to->host };
	const bool local = strcmp(to->host, "localhost") == 0;
	bool allowed;

	if (eg->flows.n_live == eg->flows.max)
		return false;
	*out = flow_destination(eg, local ? &loopback : &to->addr, to->port);
	if (!to->host[0] || local)
		return true;
	out->name = names_find(&eg->names, to->host);
	if (out->name < 0) {
		allowed = rules_decide(&eg->edition->policy.rules, &request).pass;
		out->name = names_add(&eg->names, to->host, allowed);
	}
	return out->name >= 0;
}

/* From here on it is a flow. */
static void hand_over(struct proxy_client *c, const struct destination *to)
{
	struct egress *eg = c->proxy->egress;
	int fd = c->stream.watch.fd;

	stream_wake(&c->stream);
	loop_set(&eg->loop, &c->stream.watch, 0);
	client_free(c);
	flow_begin(eg, fd, to);
}

static const char no_room[] = "there is no room for another connection or name";

static void begin_http(struct proxy_client *c, const struct http_request *req)
{
	static const char made[] = "HTTP/1.1 200 Connection established\r\n\r\n";
	struct egress *eg = c->proxy->egress;
	struct authority to = req->authority;
	struct destination destination;

	if (to.port == 0)
		to.port = 80;
	if (!locate(eg, &to, &destination)) {
		refuse_http(c, 503, no_room);
		return;
	}
	if (req->form == HTTP_AUTHORITY && flow_may_begin(eg, &destination)) {
		stream_take(&c->stream, req->head.size);
		stream_write(&c->stream, STR(made));
	}
	hand_over(c, &destination);
}

/* The readers return true if they have to see more than is in @in. */
static bool read_http(struct proxy_client *c, struct str *in)
{
	struct http_request *req = &c->proxy->egress->request;
	int r = http_read_request(req, *in);

	if (r == HTTP_E_MORE)
		return true;
	if (r != 0)
		refuse_http(c, req->head.status, req->head.reason);
	else if (req->form == HTTP_AUTHORITY || req->form == HTTP_ABSOLUTE)
		begin_http(c, req);
	else
		refuse_http(c, 400, "this is a proxy: a request to it names a whole URL");
	return false;
}

static void begin_socks(struct proxy_client *c, const struct socks *s)
{
	struct egress *eg = c->proxy->egress;
	struct destination destination;
	char space[16];
	struct buf out = BUF(space);

	if (!locate(eg, &s->authority, &destination)) {
		refuse_socks(c, SOCKS_FAILED, no_room);
		return;
	}
	stream_take(&c->stream, s->size);
	socks_write_reply(flow_may_begin(eg, &destination) ? SOCKS_DONE : SOCKS_DENIED, &out);
	answer(c, &out);
	hand_over(c, &destination);
}

static bool read_socks(struct proxy_client *c, struct str *in)
{
	char space[16];
	struct buf out = BUF(space);
	struct socks s;
	int r = c->greeted ? socks_read_request(&s, *in) : socks_read_greeting(&s, *in);

	if (r == SOCKS_E_MORE)
		return true;
	if (r != 0) {
		refuse_socks(c, s.reply, s.reason);
		return false;
	}
	if (c->greeted) {
		begin_socks(c, &s);
		return false;
	}
	c->greeted = true;
	stream_take(&c->stream, s.size);
	socks_write_method(SOCKS_DONE, &out);
	answer(c, &out);
	*in = (struct str){ in->p + s.size, in->n - s.size };
	return read_socks(c, in);
}

/* No method of HTTP begins with a control character, and every version of SOCKS does. */
static bool is_socks(const struct proxy_client *c, struct str in)
{
	return c->greeted || (unsigned char)in.p[0] < ' ';
}

static void client_read(struct proxy_client *c)
{
	struct str in;
	ssize_t n = stream_peek(&c->stream, c->proxy->egress->peek, EGRESS_PEEK, &in);

	if (n == -EAGAIN)
		return;
	if (n <= 0)
		client_drop(c, n < 0);
	else if ((is_socks(c, in) ? read_socks(c, &in) : read_http(c, &in)) &&
		 stream_wait(&c->stream, in.n) < 0)
		client_drop(c, true);
}

/* It was refused: what it still sends is thrown away. */
static void client_drain(struct proxy_client *c)
{
	const ssize_t n = stream_drop(&c->stream, EGRESS_PEEK);

	if (n <= 0 && n != -EAGAIN)
		client_drop(c, false);
}

static void client_ready(struct watch *w, uint32_t events)
{
	struct proxy_client *c = container_of(w, struct proxy_client, stream.watch);

	if (c->over)
		client_drain(c);
	else if (events & EPOLLPRI)
		client_drop(c, true); /* urgent data: see flow_head.c */
	else
		client_read(c);
}

static void client_late(struct deadline *d)
{
	struct proxy_client *c = container_of(d, struct proxy_client, deadline);

	client_drop(c, !c->over);
}

/* One that is free, or that of the client which has taken longest to say what it wants. */
static struct proxy_client *room(struct proxy *p)
{
	const struct timers *longest =
		p->patience.head.next != &p->patience.head ? &p->patience : &p->linger;
	struct proxy_client *c = p->client;

	while (c < p->client + PROXY_CLIENTS && c->proxy)
		c++;
	if (c < p->client + PROXY_CLIENTS)
		return c;
	c = container_of(longest->head.next, struct proxy_client, deadline);
	client_drop(c, true);
	return c;
}

void proxy_accept(struct proxy *p, int fd)
{
	struct proxy_client *c = room(p);

	*c = (struct proxy_client){ p, { .watch = { .fd = fd, .ready = client_ready } } };
	deadline_set(&p->egress->loop, &p->patience, &c->deadline);
	if (loop_set(&p->egress->loop, &c->stream.watch, EPOLLIN | EPOLLRDHUP | EPOLLPRI) < 0)
		client_drop(c, true);
}

void proxy_init(struct proxy *p, struct egress *eg, uint16_t port)
{
	*p = (struct proxy){
		.egress = eg,
		.port = port,
		.patience = { .ms = PROXY_MS, .expired = client_late },
		.linger = { .ms = PROXY_LINGER_MS, .expired = client_late },
	};
	loop_add_timers(&eg->loop, &p->patience);
	loop_add_timers(&eg->loop, &p->linger);
}
