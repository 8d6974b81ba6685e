/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/resolver.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/*
 * A table of lookups: those under way, each with its waiters, and those answered a short while ago.
 * All who ask for one name while it is being looked up share one question.
 */

static struct lookup *find(struct resolver *r, int32_t name)
{
	for (size_t i = 0; i < RESOLVER_LOOKUPS; i++)
		if (r->lookup[i].state != LOOKUP_FREE && r->lookup[i].name == name)
			return &r->lookup[i];
	return NULL;
}

static void forget(struct lookup *l)
{
	deadline_clear(&l->deadline);
	l->state = LOOKUP_FREE;
}

/* One that is free; else the one that has been known for longest; else NULL. */
static struct lookup *room(struct resolver *r)
{
	struct deadline *oldest = r->cache.head.next;
	struct lookup *l = NULL;

	for (size_t i = 0; i < RESOLVER_LOOKUPS && !l; i++)
		if (r->lookup[i].state == LOOKUP_FREE)
			l = &r->lookup[i];
	if (!l && oldest != &r->cache.head) {
		l = container_of(oldest, struct lookup, deadline);
		forget(l);
	}
	return l;
}

/*
 * Tells all who wait. Whoever is told may leave, ask anew (and is answered at once), or have the
 * lookup forgotten, so that even its place may be another's when he returns.
 */
static void tell(struct lookup *l)
{
	const uint32_t id = l->id;

	l->state = LOOKUP_KNOWN;
	while (l->id == id && l->waiters.next != &l->waiters) {
		struct waiter *w = l->waiters.next;

		resolver_leave(w);
		w->answered(w, &l->resolved);
	}
	if (l->id == id && l->resolved.failed)
		forget(l); /* the next one who asks may have more luck */
}

static void fail(struct lookup *l, const char *why)
{
	deadline_clear(&l->deadline);
	l->resolved = (struct resolved){ .failed = why };
	tell(l);
}

static void timed_out(struct deadline *d)
{
	fail(container_of(d, struct lookup, deadline), "looking up its name took too long");
}

static void outlived(struct deadline *d)
{
	forget(container_of(d, struct lookup, deadline));
}

/* The process has gone, or says what it never would: it is not to be believed any more. */
static void lost(struct resolver *r)
{
	r->gone = true;
	loop_set(r->loop, &r->watch, 0);
	for (size_t i = 0; i < RESOLVER_LOOKUPS; i++)
		if (r->lookup[i].state == LOOKUP_ASKED)
			fail(&r->lookup[i], "the resolver has ended");
}

static void take(struct resolver *r, struct lookup *l, const struct resolver_answer *answer)
{
	static const char *const failed[N_RESOLVER_STATUS] = {
		[RESOLVER_FAILED] = "its name could not be looked up",
		[RESOLVER_UNKNOWN] = "there is no such host",
		[RESOLVER_UNREACHABLE] = "the name servers of this machine do not answer",
		[RESOLVER_TOO_MANY] = "its name has too many addresses",
	};

	l->resolved = (struct resolved){ .failed = failed[answer->status], .n = answer->n };
	memcpy(l->resolved.addr, answer->addr, answer->n * sizeof(*answer->addr));
	deadline_clear(&l->deadline);
	if (!l->resolved.failed)
		deadline_set(r->loop, &r->cache, &l->deadline);
	tell(l);
}

static void ready(struct watch *w, uint32_t events)
{
	struct resolver *r = container_of(w, struct resolver, watch);
	struct resolver_answer answer;
	ssize_t n = recv(w->fd, &answer, sizeof(answer), MSG_DONTWAIT);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n != (ssize_t)sizeof(answer) || answer.status >= N_RESOLVER_STATUS ||
	    answer.n > RESOLVER_ADDRS || (answer.status == RESOLVER_FOUND) != (answer.n > 0)) {
		lost(r);
		return;
	}
	for (size_t i = 0; i < RESOLVER_LOOKUPS; i++) {
		struct lookup *l = &r->lookup[i];

		if (l->state == LOOKUP_ASKED && l->id == answer.id) {
			take(r, l, &answer);
			return;
		}
	}
}

int resolver_start(struct resolver *r, int sock)
{
	r->watch = (struct watch){ .fd = sock, .ready = ready };
	r->timeout = (struct timers){ .ms = RESOLVER_TIMEOUT_MS, .expired = timed_out };
	r->cache = (struct timers){ .ms = RESOLVER_CACHE_MS, .expired = outlived };
	loop_add_timers(r->loop, &r->timeout);
	loop_add_timers(r->loop, &r->cache);
	return loop_set(r->loop, &r->watch, EPOLLIN);
}

static int ask(struct resolver *r, struct lookup *l, int32_t name)
{
	struct resolver_question question = { .id = ++r->last_id };
	const char *host = names_text(r->names, name);

	memcpy(question.host, host, strlen(host));
	if (send(r->watch.fd, &question, sizeof(question), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return -errno;
	l->state = LOOKUP_ASKED;
	l->name = name;
	l->id = question.id;
	l->waiters.next = l->waiters.prev = &l->waiters;
	deadline_set(r->loop, &r->timeout, &l->deadline);
	return 0;
}

const struct resolved *resolver_ask(struct resolver *r, int32_t name, struct waiter *w)
{
	static const struct resolved busy = { .failed = "too many names are being looked up" };
	static const struct resolved gone = { .failed = "the resolver has ended" };
	struct lookup *l = find(r, name);

	if (l && l->state == LOOKUP_KNOWN)
		return &l->resolved;
	if (r->gone)
		return &gone;
	if (!l) {
		l = room(r);
		if (!l || ask(r, l, name) < 0)
			return &busy;
	}
	w->next = &l->waiters;
	w->prev = l->waiters.prev;
	w->prev->next = l->waiters.prev = w;
	return NULL;
}

void resolver_leave(struct waiter *w)
{
	if (!w->next)
		return;
	w->next->prev = w->prev;
	w->prev->next = w->next;
	w->next = w->prev = NULL;
}

void resolver_forget(struct resolver *r, int32_t name)
{
	struct lookup *l = find(r, name);

	if (l && l->state == LOOKUP_KNOWN && l->waiters.next == &l->waiters)
		forget(l);
}
