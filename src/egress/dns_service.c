/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/dns_service.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/dns.h"
#include "wire/pool.h"

/*
 * Theory of operation
 *
 * No question leaves the machine: a name becomes the next address of the pool, and is resolved
 * outside when the box connects to that address and a rule allows it. So names carry nothing out,
 * and the connection, whatever its protocol, has a name to be judged by.
 *
 * Names that no rule allows get an address too. The connection that follows is refused with an
 * explanation that the client shows, and the log learns the port; "no such host" would send people
 * looking for a broken network. The first question for such a name is an event of its own, because
 * nothing more may follow it.
 *
 * Only A and AAAA have answers. HTTPS (RFC 9460) above all must have none, or clients would be told
 * of QUIC and of encrypted ClientHellos, neither of which can be judged.
 */

/* Returns the index of a name of the pool, or -1: there is no room for it. */
static int32_t index_of(struct dns_service *s, const char *host)
{
	const struct request request = { .host = host };
	int32_t index = names_find(s->names, host);
	struct decision decision;
	struct event ev;

	if (index >= 0)
		return index;
	decision = rules_decide(s->rules, &request);
	index = names_add(s->names, host, decision.verdict == VERDICT_ALLOW);
	if (decision.verdict != VERDICT_ALLOW && index >= 0) {
		ev = events_judged(EVENT_DNS_QUERY, &request, &decision);
		events_send(s->events, &ev);
	}
	return index;
}

/* RFC 6761, 6.3: what is asked for localhost stays in the box. */
static bool is_localhost(const char *host)
{
	return str_is(str_of(host), "localhost") || str_ends(str_of(host), ".localhost");
}

static enum dns_rcode addresses(struct dns_service *s, const struct dns_query *q,
				struct addr addr[2])
{
	static const struct addr loopback[] = {
		{ { [10] = 0xff, 0xff, 127, 0, 0, 1 } },
		{ { [15] = 1 } },
	};
	int32_t index;

	if (q->name[0] == '\0')
		return DNS_NXDOMAIN;
	if (is_localhost(q->name)) {
		memcpy(addr, loopback, sizeof(loopback));
		return DNS_NOERROR;
	}
	if (q->type != DNS_A && q->type != DNS_AAAA)
		return DNS_NOERROR;
	index = index_of(s, q->name);
	if (index < 0)
		return DNS_REFUSED;
	addr[0] = pool_addr4((uint32_t)index);
	addr[1] = pool_addr6((uint32_t)index);
	return DNS_NOERROR;
}

/* Adds the answer to @message, if it has one. */
static void answer(struct dns_service *s, struct str message, struct buf *out)
{
	struct addr addr[2] = { 0 };
	struct dns_query q;
	int rcode = dns_parse(&q, message);

	if (rcode < 0)
		return;
	if (rcode == DNS_NOERROR)
		rcode = (int)addresses(s, &q, addr);
	dns_answer(&q, (enum dns_rcode)rcode, addr, q.type == DNS_A || s->ipv6 ? 2 : 0, DNS_TTL,
		   out);
}

/*
 * The answer leaves from the address that the question was sent to, which is any: a socket bound to
 * all of them would choose its own, and the resolver would drop the answer. Through which interface
 * is left to the route.
 */
static void answer_from(struct msghdr *header)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
			((struct in6_pktinfo *)(void *)CMSG_DATA(c))->ipi6_ifindex = 0;
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo *info = (void *)CMSG_DATA(c);

			info->ipi_spec_dst = info->ipi_addr;
			info->ipi_ifindex = 0;
		}
	}
}

/* Returns false when there is nothing more to read. What cannot be answered is dropped: it is UDP.
 */
static bool serve_datagram(struct dns_service *s)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control;
	char in[DNS_QUERY_MAX], space[DNS_ANSWER_MAX];
	struct buf out = BUF(space);
	struct sockaddr_storage from;
	struct iovec iov = { .iov_base = in, .iov_len = sizeof(in) };
	struct msghdr header = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};
	ssize_t n = recvmsg(s->udp.fd, &header, 0);

	if (n < 0)
		return false;
	if (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return true;
	answer(s, (struct str){ in, (size_t)n }, &out);
	answer_from(&header);
	iov = (struct iovec){ .iov_base = out.p, .iov_len = out.n };
	if (out.n)
		sendmsg(s->udp.fd, &header, MSG_NOSIGNAL);
	return true;
}

/* A few at a time: a flood of questions must not keep connections waiting. */
static void udp_ready(struct watch *w, uint32_t events)
{
	struct dns_service *s = container_of(w, struct dns_service, udp);

	(void)events;
	for (int i = 0; i < 32 && serve_datagram(s); i++)
		;
}

static void conn_close(struct dns_conn *conn)
{
	struct dns_service *s = conn->service;

	loop_forget(s->loop, &conn->watch);
	close(conn->watch.fd);
	deadline_clear(&conn->deadline);
	*conn = (struct dns_conn){ 0 };
	loop_set(s->loop, &s->tcp, EPOLLIN);
}

/* Answers the question at the start of what was read. Returns 0; or -1: this connection is over. */
static int serve_stream(struct dns_conn *conn)
{
	const size_t size = (size_t)conn->in[0] << 8 | conn->in[1];
	char space[2 + DNS_ANSWER_MAX];
	struct buf out = buf_over(space + 2, DNS_ANSWER_MAX);

	answer(conn->service, (struct str){ (char *)conn->in + 2, size }, &out);
	if (out.n == 0)
		return -1;
	space[0] = (char)(out.n >> 8);
	space[1] = (char)out.n;
	if (send(conn->watch.fd, space, 2 + out.n, MSG_NOSIGNAL) != (ssize_t)(2 + out.n))
		return -1; /* it asks without reading */
	conn->n -= 2 + size;
	memmove(conn->in, conn->in + 2 + size, conn->n);
	return 0;
}

/* Several questions may come at once (RFC 7766, 6.2.1.1); one that is too long ends it. */
static int conn_serve(struct dns_conn *conn)
{
	ssize_t n = recv(conn->watch.fd, conn->in + conn->n, sizeof(conn->in) - conn->n, 0);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (n == 0)
		return -1;
	conn->n += (size_t)n;
	while (conn->n >= 2) {
		size_t size = (size_t)conn->in[0] << 8 | conn->in[1];

		if (size > DNS_QUERY_MAX)
			return -1;
		if (conn->n < 2 + size)
			break;
		if (serve_stream(conn) < 0)
			return -1;
		deadline_set(conn->service->loop, &conn->service->idle, &conn->deadline);
	}
	return 0;
}

static void conn_ready(struct watch *w, uint32_t events)
{
	struct dns_conn *conn = container_of(w, struct dns_conn, watch);

	(void)events;
	if (conn_serve(conn) < 0)
		conn_close(conn);
}

static void conn_idle(struct deadline *d)
{
	conn_close(container_of(d, struct dns_conn, deadline));
}

static void reopen(struct deadline *d)
{
	struct dns_service *s = container_of(d, struct dns_service, reopen);

	loop_set(s->loop, &s->tcp, EPOLLIN);
}

/* Who waits would be reported again and again, while there is no descriptor for it. */
static void close_for_now(struct dns_service *s)
{
	loop_set(s->loop, &s->tcp, 0);
	deadline_set(s->loop, &s->retry, &s->reopen);
}

static void tcp_ready(struct watch *w, uint32_t events)
{
	struct dns_service *s = container_of(w, struct dns_service, tcp);
	struct dns_conn *conn = s->conn;
	int fd;

	(void)events;
	while (conn < s->conn + DNS_CONNS && conn->service)
		conn++;
	if (conn == s->conn + DNS_CONNS) {
		loop_set(s->loop, w, 0); /* until conn_close() */
		return;
	}
	fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0) {
		if (errno != EAGAIN)
			close_for_now(s);
		return;
	}
	*conn = (struct dns_conn){ .service = s, .watch = { .fd = fd, .ready = conn_ready } };
	deadline_set(s->loop, &s->idle, &conn->deadline);
	if (loop_set(s->loop, &conn->watch, EPOLLIN) < 0)
		conn_close(conn);
}

int dns_service_start(struct dns_service *s, int udp, int tcp)
{
	int on = 1, r = 0;

	/* else IPv6 answers leave only from addresses that the interface was given (ip(7)) */
	setsockopt(udp, IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof(on));
	s->udp = (struct watch){ .fd = udp, .ready = udp_ready };
	s->tcp = (struct watch){ .fd = tcp, .ready = tcp_ready };
	s->idle = (struct timers){ .ms = DNS_IDLE_MS, .expired = conn_idle };
	s->retry = (struct timers){ .ms = DNS_RETRY_MS, .expired = reopen };
	loop_add_timers(s->loop, &s->idle);
	loop_add_timers(s->loop, &s->retry);
	if (udp >= 0)
		r = loop_set(s->loop, &s->udp, EPOLLIN);
	if (r == 0 && tcp >= 0)
		r = loop_set(s->loop, &s->tcp, EPOLLIN);
	return r;
}
