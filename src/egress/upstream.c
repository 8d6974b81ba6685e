/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/upstream.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/sys.h"

/*
 * The C library has sorted the addresses (RFC 6724). They are tried in its order and one at a time:
 * a family that the host has no route to fails at once, an address that does not answer has two
 * seconds. Several at a time (RFC 8305) would be faster by those, and would knock at hosts for
 * nothing.
 */

enum { KEEPALIVE = 300 }; /* seconds: shorter than a NAT forgets (RFC 5382, REQ-5: two hours) */

static int start_connect(int fd, const struct addr *addr, uint16_t port)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };
	int r;

	memcpy(&sin6.sin6_addr, addr->b, 16);
	memcpy(&sin.sin_addr, addr->b + 12, 4);
	if (addr_is_v4(addr))
		r = connect(fd, (const struct sockaddr *)&sin, sizeof(sin));
	else
		r = connect(fd, (const struct sockaddr *)&sin6, sizeof(sin6));
	return r < 0 && errno != EINPROGRESS ? -errno : 0;
}

/* Small messages are not held back (Nagle), and a peer that vanished is noticed in the end. */
static int open_socket(const struct addr *addr)
{
	int on = 1, idle = KEEPALIVE;
	int fd = socket(addr_is_v4(addr) ? AF_INET : AF_INET6,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	return fd;
}

static int attempt(struct upstream *u)
{
	const struct addr *addr = &u->addr[u->at];
	_cleanup_fd_ int fd = open_socket(addr);
	int r;

	if (fd < 0)
		return fd;
	r = start_connect(fd, addr, u->port);
	if (r < 0)
		return r;
	u->watch.fd = fd;
	r = loop_set(u->all->loop, &u->watch, EPOLLOUT);
	if (r < 0)
		return r;
	deadline_set(u->all->loop, u->at + 1 < u->n ? &u->all->next : &u->all->last, &u->deadline);
	fd_steal(&fd);
	return 0;
}

/* Starts with the address at @at; the last failure is the one that is told. */
static void try_from(struct upstream *u, unsigned at)
{
	int r = -EADDRNOTAVAIL;

	for (u->at = (uint8_t)at; u->at < u->n; u->at++) {
		r = attempt(u);
		if (r == 0)
			return;
	}
	u->done(u, r);
}

static void failed(struct upstream *u, int error)
{
	upstream_stop(u);
	if (u->at + 1 < u->n)
		try_from(u, u->at + 1u);
	else
		u->done(u, error);
}

static void ready(struct watch *w, uint32_t events)
{
	struct upstream *u = container_of(w, struct upstream, watch);
	socklen_t len = sizeof(int);
	int error = 0;

	if (events & (EPOLLERR | EPOLLHUP))
		getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error) {
		failed(u, -error);
		return;
	}
	deadline_clear(&u->deadline);
	if (u->ask)
		tunnel_start(u);
	else
		u->done(u, 0);
}

static void timed_out(struct deadline *d)
{
	failed(container_of(d, struct upstream, deadline), -ETIMEDOUT);
}

void upstreams_init(struct upstreams *all, struct loop *loop)
{
	all->loop = loop;
	all->next = (struct timers){ .ms = UPSTREAM_NEXT_MS, .expired = timed_out };
	all->last = (struct timers){ .ms = UPSTREAM_LAST_MS, .expired = timed_out };
	all->answer = (struct timers){ .ms = TUNNEL_MS, .expired = tunnel_late };
	loop_add_timers(loop, &all->answer);
	loop_add_timers(loop, &all->next);
	loop_add_timers(loop, &all->last);
}

void upstream_connect(struct upstream *u, const struct addr *addr, size_t n, uint16_t port)
{
	u->watch = (struct watch){ .fd = -1, .ready = ready };
	u->n = n < UPSTREAM_ADDRS ? (uint8_t)n : UPSTREAM_ADDRS;
	u->port = port;
	memcpy(u->addr, addr, u->n * sizeof(*addr));
	try_from(u, 0);
}

void upstream_stop(struct upstream *u)
{
	if (u->watch.events) {
		loop_forget(u->all->loop, &u->watch);
		close(u->watch.fd);
	}
	u->watch.fd = -1;
	deadline_clear(&u->deadline);
}
