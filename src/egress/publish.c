/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/publish.h"

#include <errno.h>
#include <linux/nsfs.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "egress/confine.h"
#include "egress/events.h"
#include "egress/relay.h"
#include "egress/upstream.h"
#include "os/handover.h"
#include "os/sys.h"

/*
 * Theory of operation
 *
 * publish= lets the host use a server of the box. The way there is a process of its own, with a
 * foot on each side: its listeners were opened on the host; then it joined the box's user and
 * network namespaces, for good, so there is nothing else than the box that it could connect to.
 * It keeps its pid and mount namespaces, in which the box does not see it, and is confined like
 * the egress process before it accepts anything.
 *
 * Of what passes nothing is read. Each connection of the host becomes one to the box's loopback:
 * over IPv4, or over IPv6 if nothing listens there. It is told to the log when it ends.
 */

enum {
	VISITS_MAX = 1024,
	VISIT_FDS = 2,
	OTHER_FDS = LISTENERS_MAX + 64,
	RETRY_MS = 100,
};

struct publisher;

/* A connection of the host. All-zero: there is none. */
struct visit {
	struct publisher *publisher;
	bool connected; /* relay.server is there */
	uint16_t host_port, port;
	int64_t since; /* ms */
	struct upstream upstream;
	struct relay relay;
};

struct entrance {
	struct publisher *publisher;
	struct watch watch;
	uint16_t host_port, port;
};

struct publisher {
	struct loop loop;
	struct events events;
	struct relays relays;
	struct upstreams upstreams;
	struct watch task; /* readable: the task is over */
	struct entrance entrance[LISTENERS_MAX];
	size_t n_entrances;
	struct timers retry;
	struct deadline reopen; /* set: the entrances are closed, for want of room */
	struct visit visit[VISITS_MAX];
	size_t max, n_live;
};

static void tell(const struct visit *v, int error)
{
	struct event ev = event_new(EVENT_NET_VISIT);

	event_num(&ev, FIELD_HOST_PORT, v->host_port);
	event_num(&ev, FIELD_PORT, v->port);
	event_num(&ev, FIELD_BYTES_UP, v->relay.down.bytes);
	event_num(&ev, FIELD_BYTES_DOWN, v->relay.up.bytes);
	event_num(&ev, FIELD_MS, (uint64_t)(v->publisher->loop.now - v->since));
	if (!v->connected && error == -ECONNREFUSED)
		event_text(&ev, FIELD_REASON, STR("nothing in the box listens on this port"));
	else if (error)
		event_text(&ev, FIELD_REASON, str_of(strerror(-error)));
	events_send(&v->publisher->events, &ev);
}

static void end(struct visit *v, int error)
{
	struct publisher *p = v->publisher;

	tell(v, error);
	upstream_stop(&v->upstream);
	loop_forget(&p->loop, &v->relay.client.watch);
	loop_forget(&p->loop, &v->relay.server.watch);
	relay_stop(&v->relay);
	stream_close(&v->relay.client, error);
	if (v->connected)
		stream_close(&v->relay.server, error);
	*v = (struct visit){ 0 };
	p->n_live--;
}

static void relay_over(struct relay *r, int error)
{
	end(container_of(r, struct visit, relay), error);
}

static void dialled(struct upstream *u, int error)
{
	struct visit *v = container_of(u, struct visit, upstream);

	if (!error) {
		v->relay.server.watch.fd = u->watch.fd;
		error = loop_replace(u->all->loop, &u->watch, &v->relay.server.watch, EPOLLIN);
		v->connected = !error;
	}
	if (error)
		end(v, error);
	else
		relay_start(&v->relay, UINT64_MAX);
}

static void begin(const struct entrance *at, int fd)
{
	static const struct addr loopback[] = {
		{ { [10] = 0xff, 0xff, 127, 0, 0, 1 } },
		{ { [15] = 1 } },
	};
	struct publisher *p = at->publisher;
	struct visit *v = p->visit;

	while (v->publisher)
		v++;
	p->n_live++;
	*v = (struct visit){
		.publisher = p,
		.host_port = at->host_port,
		.port = at->port,
		.since = p->loop.now,
		.upstream = { .all = &p->upstreams, .done = dialled },
		.relay = { .relays = &p->relays,
			   .client = { .watch.fd = fd },
			   .server = { .watch.fd = -1 },
			   .over = relay_over },
	};
	upstream_connect(&v->upstream, loopback, LEN(loopback), at->port);
}

static void set_entrances(struct publisher *p, uint32_t events)
{
	for (size_t i = 0; i < p->n_entrances; i++)
		loop_set(&p->loop, &p->entrance[i].watch, events);
}

static void reopen(struct deadline *d)
{
	set_entrances(container_of(d, struct publisher, reopen), EPOLLIN);
}

/* Who comes while there is no room waits in the kernel. */
static void close_for_now(struct publisher *p)
{
	set_entrances(p, 0);
	deadline_set(&p->loop, &p->retry, &p->reopen);
}

static void knocked(struct watch *w, uint32_t events)
{
	struct entrance *entrance = container_of(w, struct entrance, watch);
	struct publisher *p = entrance->publisher;
	int fd = -1;

	(void)events;
	if (p->n_live < p->max)
		fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0)
		begin(entrance, fd);
	else if (p->n_live == p->max || errno != EAGAIN)
		close_for_now(p);
}

static void task_ready(struct watch *w, uint32_t events)
{
	struct publisher *p = container_of(w, struct publisher, task);

	(void)events;
	for (size_t i = 0; i < p->max; i++)
		if (p->visit[i].publisher)
			end(&p->visit[i], 0);
	p->loop.stop = true;
}

/* The owner of a namespace may enter it, with every capability in it: user_namespaces(7). */
static int enter(int box, struct err *e)
{
	_cleanup_fd_ int user = ioctl(box, NS_GET_USERNS);

	if (user < 0 || setns(user, CLONE_NEWUSER) < 0 || setns(box, CLONE_NEWNET) < 0)
		return err_set(e, -errno, "enter the network of the box");
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a change of namespace has cleared it */
	return 0;
}

static size_t visits_max(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur < OTHER_FDS + VISIT_FDS)
		return 1;
	if (files.rlim_cur > OTHER_FDS + VISIT_FDS * VISITS_MAX)
		return VISITS_MAX;
	return (files.rlim_cur - OTHER_FDS) / VISIT_FDS;
}

static int init(struct publisher *p, int events, struct err *e)
{
	int r = loop_init(&p->loop);

	if (r < 0)
		return err_set(e, r, "make an epoll instance");
	p->events = (struct events){ .fd = events, .loop = &p->loop };
	events_init(&p->events);
	p->max = visits_max();
	p->retry = (struct timers){ .ms = RETRY_MS, .expired = reopen };
	loop_add_timers(&p->loop, &p->retry);
	upstreams_init(&p->upstreams, &p->loop);
	p->task = (struct watch){ .fd = events, .ready = task_ready };
	return relays_init(&p->relays, &p->loop, e);
}

static uint16_t own_port(int fd)
{
	struct sockaddr_storage at = { 0 };
	socklen_t len = sizeof(at);

	getsockname(fd, (struct sockaddr *)&at, &len);
	return ntohs(at.ss_family == AF_INET ? ((struct sockaddr_in *)&at)->sin_port
					     : ((struct sockaddr_in6 *)&at)->sin6_port);
}

/* When the events end, the supervisor does not wait any more, and the ports are free again. */
static int serve(struct publisher *p, const struct listener *listeners, size_t n, struct err *e)
{
	int r = loop_set(&p->loop, &p->task, EPOLLIN | EPOLLRDHUP);

	for (size_t i = 0; i < n && r == 0; i++) {
		struct entrance *entrance = &p->entrance[p->n_entrances++];

		*entrance = (struct entrance){
			.publisher = p,
			.watch = { .fd = listeners[i].fd, .ready = knocked },
			.host_port = own_port(listeners[i].fd),
			.port = listeners[i].port,
		};
		r = loop_set(&p->loop, &entrance->watch, EPOLLIN);
	}
	if (r == 0)
		r = loop_run(&p->loop);
	for (size_t i = 0; i < n; i++)
		close(listeners[i].fd);
	return r < 0 ? err_set(e, r, "serve the listeners") : 0;
}

int publish_run(int box, int listeners, int events, struct err *e)
{
	static struct publisher p; /* too large for a stack; unused pages cost nothing */
	struct listener list[LISTENERS_MAX];
	char space[64];
	struct buf missing = BUF(space);
	size_t n;
	int r = enter(box, e);

	if (r == 0)
		r = confine_process(e);
	if (r == 0)
		r = init(&p, events, e);
	if (r == 0)
		r = confine_egress(&missing, e);
	if (r == 0)
		r = handover_receive(listeners, list, &n, e);
	return r < 0 ? r : serve(&p, list, n, e);
}
