/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/watcher.h"

#include <linux/if_packet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "wire/pool.h"
#include "wire/read.h"

enum { PACKET_MAX = 128, IP6_HEADER = 40 };

/* Reads target and port from an IP packet. Returns 0, or -1: it is none that we understand. */
static int read_packet(struct str packet, struct watcher_target *target)
{
	struct reader r = { .rest = packet };
	uint8_t first = read_u8(&r);
	size_t header = IP6_HEADER;
	struct str bytes;

	*target = (struct watcher_target){ 0 };
	target->family = first >> 4;
	if (target->family == 4) {
		header = (size_t)(first & 15) * 4;
		read_bytes(&r, 8);
		target->protocol = read_u8(&r);
		read_bytes(&r, 6);
		target->addr = (struct addr){ { [10] = 0xff, 0xff } };
		bytes = read_bytes(&r, 4);
		memcpy(target->addr.b + 12, bytes.p, bytes.n);
	} else if (target->family == 6) {
		read_bytes(&r, 5);
		target->protocol = read_u8(&r);
		read_bytes(&r, 17);
		bytes = read_bytes(&r, 16);
		memcpy(target->addr.b, bytes.p, bytes.n);
	} else {
		return -1;
	}
	if (target->protocol == IPPROTO_TCP || target->protocol == IPPROTO_UDP) {
		r.rest = packet;
		read_bytes(&r, header + 2);
		target->port = read_u16(&r);
	}
	if (pool_index(&target->addr) >= 0) /* a name has two: it is one target */
		target->addr = pool_addr4((uint32_t)pool_index(&target->addr));
	return r.bad ? -1 : 0;
}

static bool same(const struct watcher_target *a, const struct watcher_target *b)
{
	return a->port == b->port && a->protocol == b->protocol &&
	       memcmp(&a->addr, &b->addr, sizeof(a->addr)) == 0;
}

static struct watcher_target *find_or_oldest(struct watcher *w, const struct watcher_target *target)
{
	struct watcher_target *oldest = &w->target[0];

	for (size_t i = 0; i < WATCHER_TARGETS; i++) {
		struct watcher_target *t = &w->target[i];

		if (t->told && same(t, target))
			return t;
		if (t->told < oldest->told)
			oldest = t;
	}
	return oldest;
}

/* Not reported is what was a moment ago, or when there is too much: it is counted. */
static bool is_news(struct watcher *w, const struct watcher_target *target)
{
	struct watcher_target *t = find_or_oldest(w, target);
	bool again = t->told && same(t, target) && w->loop->now - t->told < WATCHER_AGAIN_MS;

	if (again && t->family != target->family)
		return false; /* a program tries both addresses of a name */
	if (again || w->n_told == WATCHER_BURST) {
		w->lost++;
		return false;
	}
	*t = *target;
	t->told = w->loop->now;
	w->n_told++;
	return true;
}

static const char *protocol_name(uint8_t protocol, char space[16])
{
	if (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP)
		return protocol == IPPROTO_TCP ? "tcp" : "udp";
	snprintf(space, 16, "ip-%u", protocol);
	return space;
}

/* A rule could open another TCP port, but nothing opens another protocol. */
static struct event event_for(const struct watcher *w, const struct watcher_target *target)
{
	const struct request request = {
		.host = names_text(w->names, pool_index(&target->addr)),
		.addr = target->addr,
		.port = target->port,
	};
	struct decision decision;

	if (target->protocol != IPPROTO_TCP)
		return events_refused(EVENT_NET_REFUSED, w->rules, &request,
				      "only TCP leaves the box");
	decision = rules_decide(w->rules, &request);
	if (decision.verdict == VERDICT_ALLOW)
		return events_refused(EVENT_NET_REFUSED, w->rules, &request,
				      "nothing serves this port");
	return events_judged(EVENT_NET_REFUSED, &request, &decision);
}

static void report(struct watcher *w, struct str packet)
{
	struct watcher_target target;
	struct event ev;
	char space[16];

	if (read_packet(packet, &target) < 0) {
		w->lost++;
	} else if (is_news(w, &target)) {
		ev = event_for(w, &target);
		event_text(&ev, FIELD_PROTOCOL, str_of(protocol_name(target.protocol, space)));
		events_send(w->events, &ev);
	}
	if (!w->deadline.next)
		deadline_set(w->loop, &w->period, &w->deadline);
}

/* Returns false when there is nothing more. */
static bool read_one(struct watcher *w)
{
	char packet[PACKET_MAX];
	ssize_t n = recv(w->watch.fd, packet, sizeof(packet), MSG_DONTWAIT);

	if (n < 0)
		return false;
	report(w, (struct str){ packet, (size_t)n });
	return true;
}

static void ready(struct watch *watch, uint32_t events)
{
	struct watcher *w = container_of(watch, struct watcher, watch);

	(void)events;
	for (int i = 0; i < 64 && read_one(w); i++)
		;
}

/* Also what the kernel dropped because we did not read it in time; asking sets its count to zero.
 */
static void report_lost(struct watcher *w)
{
	struct tpacket_stats stats = { 0 };
	socklen_t len = sizeof(stats);
	struct event ev;

	if (getsockopt(w->watch.fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len) == 0)
		w->lost += stats.tp_drops;
	if (w->lost) {
		ev = event_new(EVENT_NET_LOST);
		event_num(&ev, FIELD_COUNT, w->lost);
		events_send(w->events, &ev);
	}
	w->lost = 0;
	w->n_told = 0;
}

/* A period starts with a packet, so there is no timer while nothing comes. */
static void period_over(struct deadline *d)
{
	report_lost(container_of(d, struct watcher, deadline));
}

int watcher_start(struct watcher *w, int fd)
{
	w->watch = (struct watch){ .fd = fd, .ready = ready };
	w->period = (struct timers){ .ms = WATCHER_AGAIN_MS, .expired = period_over };
	loop_add_timers(w->loop, &w->period);
	return loop_set(w->loop, &w->watch, EPOLLIN);
}

void watcher_finish(struct watcher *w)
{
	while (read_one(w))
		;
	report_lost(w);
}
