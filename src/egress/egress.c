/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/egress.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/ends.h"
#include "os/sys.h"

/*
 * Theory of operation
 *
 * One thread, one loop. What comes in: connections at the doors (flow.c), questions for names
 * (dns_service.c), packets that nobody wanted (watcher.c), answers of the resolver's process
 * (resolver.c). What goes out: events, which wait for room in the supervisor's socket, because
 * what cannot be recorded does not happen.
 *
 * Everything is bounded: flows are an array, buffers a pool, names a table. When there is little
 * room for flows, more are told so; when there is none, the doors are closed and connections wait
 * in the kernel's backlog.
 *
 * What comes down from the supervisor, over the event socket, is another policy, if the task gets
 * one (edition.h), and that a search is over (search.h). The task is over when the supervisor ends
 * its half of that socket: what is queued at that moment is still reported, and what is open is
 * closed. When nobody takes the events, the process ends without further ado, and with it the box's
 * network.
 */

enum {
	FLOWS_MAX = 16384,
	FLOW_FDS = 2,
	OTHER_FDS = 512, /* listeners, and pipes: without them, bytes are copied */
	ACCEPTS = 64,	 /* before others have their turn */
	RETRY_MS = 100,
};

static void set_doors(struct egress *eg, uint32_t events)
{
	for (size_t i = 0; i < eg->n_doors; i++)
		loop_set(&eg->loop, &eg->door[i].watch, events);
	eg->closed = events == 0;
}

void egress_reopen(struct egress *eg)
{
	if (eg->closed && eg->flows.n_live < eg->flows.max)
		set_doors(eg, EPOLLIN);
}

static void reopen(struct deadline *d)
{
	egress_reopen(container_of(d, struct egress, reopen));
}

/*
 * The socket's own address is the one that the box connected to. That of a proxy is no destination.
 * What was reset since is over.
 */
static void begin(struct door *door, int fd)
{
	struct egress *eg = door->egress;
	struct destination to;
	struct addr addr;
	uint16_t port;

	if (door->proxy) {
		proxy_accept(&eg->proxy, fd);
		return;
	}
	if (ends_read(fd, false, &addr, &port) < 0) {
		close(fd);
		return;
	}
	to = flow_destination(eg, &addr, door->port);
	flow_begin(eg, fd, &to);
}

/* Returns false if there is no other one, or none can be taken now. */
static bool accept_one(struct door *door)
{
	struct egress *eg = door->egress;
	int fd;

	if (eg->flows.n_live == eg->flows.max) {
		set_doors(eg, 0);
		return false;
	}
	fd = accept4(door->watch.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			set_doors(eg, 0);
			deadline_set(&eg->loop, &eg->retry, &eg->reopen);
		}
		return errno == ECONNABORTED || errno == EINTR;
	}
	begin(door, fd);
	return true;
}

static void door_ready(struct watch *w, uint32_t events)
{
	struct door *door = container_of(w, struct door, watch);

	(void)events;
	for (int i = 0; i < ACCEPTS && accept_one(door); i++)
		;
}

/* Also what the kernel has accepted by now: whoever tried is in the log. */
static void finish(struct egress *eg)
{
	for (size_t i = 0; i < eg->n_doors; i++)
		while (accept_one(&eg->door[i]))
			;
	flows_end(eg);
	if (eg->watcher.watch.fd >= 0)
		watcher_finish(&eg->watcher);
	eg->loop.stop = true;
}

void egress_say_ready(struct egress *eg)
{
	struct event ev = event_new(EVENT_EGRESS_READY);
	const char *digest = eg->edition->policy.rules.digest;

	if (digest)
		event_text(&ev, FIELD_POLICY, str_of(digest));
	event_text(&ev, FIELD_LEVEL, eg->missing[0] ? STR("reduced") : STR("full"));
	if (eg->missing[0])
		event_text(&ev, FIELD_MISSING, str_of(eg->missing));
	events_send(&eg->events, &ev);
}

static void follow(struct egress *eg)
{
	eg->events.policy = &eg->edition->policy;
	eg->dns.rules = &eg->edition->policy.rules;
	eg->watcher.rules = &eg->edition->policy.rules;
}

/*
 * The supervisor has checked it, so one that cannot be read is the end: nothing is served by guess.
 */
static void take_policy(struct egress *eg, int fd)
{
	struct edition *before = eg->edition, *next;
	struct event ev = event_new(EVENT_EGRESS_FAILED);
	struct err e = { 0 };

	next = edition_read(fd, "policy", before, &e);
	if (!next) {
		event_text(&ev, FIELD_REASON, str_of(e.text));
		events_send(&eg->events, &ev);
		finish(eg);
		return;
	}
	eg->edition = next;
	follow(eg);
	edition_leave(before);
	egress_say_ready(eg);
}

/*
 * What can be said to us there is another policy, what lock files name, or how many searches are
 * over. Its end is that of the task, or of the supervisor;
 * without one it is no socket, and this is a signal.
 */
static void task_ready(struct watch *w, uint32_t events)
{
	struct egress *eg = container_of(w, struct egress, task);
	union {
		char word; /* with a descriptor */
		uint64_t n_over;
	} message;
	size_t n = 1;
	ssize_t r;
	int fd;

	(void)events;
	r = fds_receive(w->fd, &message, sizeof(message), &fd, &n);
	if (r == -EAGAIN)
		return;
	if (r == sizeof(message) && n == 0) {
		search_over(&eg->search, message.n_over);
		return;
	}
	if (r != 1 || n != 1) {
		finish(eg);
		return;
	}
	if (message.word == SAY_LOCKED) {
		if (lockfiles_read(&eg->lockfiles, &eg->loop, fd) < 0)
			finish(eg);
		return;
	}
	take_policy(eg, fd);
	close(fd);
}

static uint32_t flows_max(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur < OTHER_FDS + FLOW_FDS)
		return 1;
	if (files.rlim_cur > OTHER_FDS + FLOW_FDS * FLOWS_MAX)
		return FLOWS_MAX;
	return (uint32_t)(files.rlim_cur - OTHER_FDS) / FLOW_FDS;
}

/* Its name is resolved like any other; that gives the box no more than an address of the pool. */
static void init_proxy(struct egress *eg)
{
	const char *upstream = eg->edition->policy.upstream;
	struct str url = str_of(upstream ? upstream : "");
	const size_t n = strlen("http://");
	struct authority at;
	int r;

	if (!url.n)
		return;
	r = url_authority((struct str){ url.p + n, url.n - n }, &at);
	assert(r == 0);
	eg->upstream_proxy.used = true;
	eg->upstream_proxy.at = (struct destination){
		.addr = at.addr,
		.name = at.host[0] ? names_add(&eg->names, at.host, true) : -1,
		.port = at.port,
	};
}

int egress_init(struct egress *eg, int resolver, struct err *e)
{
	int r = loop_init(&eg->loop);

	if (r < 0)
		return err_set(e, r, "make an epoll instance");
	eg->events.policy = &eg->edition->policy;
	events_init(&eg->events);
	r = names_init(&eg->names, e);
	if (r == 0)
		r = relays_init(&eg->relays, &eg->loop, e);
	if (r == 0)
		r = flows_init(&eg->flows, &eg->loop, flows_max(), e);
	if (r < 0)
		return r;
	upstreams_init(&eg->upstreams, &eg->loop);
	init_proxy(eg);
	search_init(&eg->search, &eg->loop);
	eg->retry = (struct timers){ .ms = RETRY_MS, .expired = reopen };
	loop_add_timers(&eg->loop, &eg->retry);
	eg->resolver.loop = &eg->loop;
	eg->resolver.names = &eg->names;
	r = resolver_start(&eg->resolver, resolver);
	return r < 0 ? err_set(e, r, "wait for the resolver") : 0;
}

/*
 * Accepted sockets inherit TCP_NODELAY. The listeners are ours alone, but may come from somebody
 * who did not make them non-blocking.
 */
static int open_door(struct egress *eg, const struct listener *l)
{
	struct door *door = &eg->door[eg->n_doors++];
	int on = 1;

	*door = (struct door){
		.egress = eg,
		.watch = { .fd = l->fd, .ready = door_ready },
		.port = l->port,
		.proxy = l->kind == LISTENER_PROXY,
	};
	if (door->proxy && !eg->proxy.egress)
		proxy_init(&eg->proxy, eg, l->port);
	setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return loop_set(&eg->loop, &door->watch, EPOLLIN);
}

static bool has_ipv6(int fd)
{
	struct sockaddr_storage at = { 0 };
	socklen_t len = sizeof(at);

	return getsockname(fd, (struct sockaddr *)&at, &len) == 0 && at.ss_family == AF_INET6;
}

static int serve_names(struct egress *eg, int udp, int tcp)
{
	eg->dns.loop = &eg->loop;
	eg->dns.names = &eg->names;
	eg->dns.events = &eg->events;
	eg->dns.ipv6 = has_ipv6(udp >= 0 ? udp : tcp);
	return dns_service_start(&eg->dns, udp, tcp);
}

static int watch_packets(struct egress *eg, int fd)
{
	eg->watcher.watch.fd = fd;
	if (fd < 0)
		return 0;
	eg->watcher.loop = &eg->loop;
	eg->watcher.names = &eg->names;
	eg->watcher.events = &eg->events;
	return watcher_start(&eg->watcher, fd);
}

static int start(struct egress *eg, const struct listener *listeners, size_t n)
{
	int one_of[N_LISTENER_KINDS] = { -1, -1, -1, -1, -1, -1 };
	int r = 0;

	follow(eg);
	for (size_t i = 0; i < n && r == 0; i++) {
		fcntl(listeners[i].fd, F_SETFL, O_NONBLOCK);
		one_of[listeners[i].kind] = listeners[i].fd;
		if (listeners[i].kind == LISTENER_TCP || listeners[i].kind == LISTENER_PROXY)
			r = open_door(eg, &listeners[i]);
	}
	if (r == 0)
		r = serve_names(eg, one_of[LISTENER_DNS_UDP], one_of[LISTENER_DNS_TCP]);
	if (r == 0)
		r = watch_packets(eg, one_of[LISTENER_WATCH]);
	eg->task.ready = task_ready;
	return r < 0 ? r : loop_set(&eg->loop, &eg->task, EPOLLIN | EPOLLRDHUP);
}

int egress_run(struct egress *eg, const struct listener *listeners, size_t n, struct err *e)
{
	int r = start(eg, listeners, n);

	if (r < 0)
		return err_set(e, r, "serve the listeners");
	r = loop_run(&eg->loop);
	if (r < 0)
		return err_set(e, r, "wait for events");
	events_flush(&eg->events);
	if (eg->events.broken)
		return err_say(e, -EPIPE, "nobody takes the events");
	return 0;
}
