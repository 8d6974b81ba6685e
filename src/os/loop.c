/* SPDX-License-Identifier: Apache-2.0 */
#include "os/loop.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "os/sys.h"

int loop_init(struct loop *l)
{
	*l = (struct loop){ .epoll = epoll_create1(EPOLL_CLOEXEC), .now = now_ms() };
	return l->epoll < 0 ? -errno : 0;
}

void loop_fini(struct loop *l)
{
	if (l->epoll >= 0)
		close(l->epoll);
	l->epoll = -1;
}

/*
 * A callback may end what another entry of the same batch belongs to: its memory is gone, or in use
 * again, when the turn of that entry comes.
 */
void loop_forget(struct loop *l, struct watch *w)
{
	for (int i = l->at + 1; i < l->n; i++)
		if (l->batch[i].data.ptr == w)
			l->batch[i].data.ptr = NULL;
	w->events = 0;
}

static int control(struct loop *l, int op, struct watch *w, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = w };

	return epoll_ctl(l->epoll, op, w->fd, &event) < 0 ? -errno : 0;
}

int loop_set(struct loop *l, struct watch *w, uint32_t events)
{
	int r;

	if (events == w->events)
		return 0;
	if (events == 0) {
		loop_forget(l, w);
		control(l, EPOLL_CTL_DEL, w, 0);
		return 0;
	}
	r = control(l, w->events ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, w, events);
	if (r == 0)
		w->events = events;
	return r;
}

int loop_replace(struct loop *l, struct watch *from, struct watch *to, uint32_t events)
{
	int r = control(l, EPOLL_CTL_MOD, to, events);

	if (r == 0) {
		loop_forget(l, from);
		to->events = events;
	}
	return r;
}

void loop_add_timers(struct loop *l, struct timers *t)
{
	t->head.next = t->head.prev = &t->head;
	t->next = l->timers;
	l->timers = t;
}

void deadline_clear(struct deadline *d)
{
	if (!d->next)
		return;
	d->next->prev = d->prev;
	d->prev->next = d->next;
	*d = (struct deadline){ 0 };
}

void deadline_set(struct loop *l, struct timers *t, struct deadline *d)
{
	struct deadline *last;

	deadline_clear(d);
	last = t->head.prev;
	*d = (struct deadline){ .next = &t->head, .prev = last, .at = l->now + t->ms };
	last->next = d;
	t->head.prev = d;
}

/* Milliseconds until the first deadline, as epoll_wait() wants them; -1: there is none. */
static int time_left(const struct loop *l)
{
	int64_t left = INT_MAX;
	bool any = false;

	for (const struct timers *t = l->timers; t; t = t->next) {
		if (t->head.next == &t->head)
			continue;
		any = true;
		if (t->head.next->at - l->now < left)
			left = t->head.next->at - l->now;
	}
	if (!any)
		return -1;
	return left < 0 ? 0 : (int)left;
}

/* Moves those whose time has come to @due, a list that may lose members at any time as well. */
static void take_due(struct timers *t, int64_t now, struct deadline *due)
{
	while (t->head.next != &t->head && t->head.next->at <= now) {
		struct deadline *d = t->head.next, *last = due->prev;
		int64_t at = d->at;

		deadline_clear(d);
		*d = (struct deadline){ .next = due, .prev = last, .at = at };
		last->next = d;
		due->prev = d;
	}
}

/* What is set meanwhile is for the next time, even if no time is left: others come first. */
static void expire(struct loop *l)
{
	struct deadline due = { .next = &due, .prev = &due };

	for (struct timers *t = l->timers; t; t = t->next) {
		take_due(t, l->now, &due);
		while (due.next != &due) {
			struct deadline *d = due.next;

			deadline_clear(d);
			t->expired(d);
		}
	}
}

int loop_run(struct loop *l)
{
	while (!l->stop) {
		l->n = epoll_wait(l->epoll, l->batch, LOOP_BATCH, time_left(l));
		if (l->n < 0 && errno != EINTR)
			return -errno;
		l->now = now_ms();
		for (l->at = 0; l->at < l->n; l->at++) {
			struct watch *w = l->batch[l->at].data.ptr;

			if (w)
				w->ready(w, l->batch[l->at].events);
		}
		l->n = 0;
		expire(l);
	}
	return 0;
}
