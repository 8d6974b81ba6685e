/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/search.h"

#include "egress/egress.h"
#include "os/ends.h"

/* A supervisor that has other things to do holds nobody up for long. */
enum { PATIENCE_MS = 300 };

static void late(struct deadline *d)
{
	struct search *search = container_of(d, struct search, late);

	search_over(search, search->n_begun);
}

void search_init(struct search *search, struct loop *loop)
{
	search->patience = (struct timers){ .ms = PATIENCE_MS, .expired = late };
	loop_add_timers(loop, &search->patience);
}

/* What this process has made itself (fetch.c) has no client. */
void search_begin(struct flow *f)
{
	struct egress *eg = f->egress;
	const int fd = f->relay.client.watch.fd;
	struct client_note note = { .flow = f->number };
	struct ends *ends = &note.ends;

	if (f->search || f->inward || eg->events.json ||
	    ends_read(fd, true, &ends->client, &ends->client_port) < 0 ||
	    ends_read(fd, false, &ends->server, &ends->server_port) < 0)
		return;
	f->search = ++eg->search.n_begun;
	events_note(&eg->events, &note);
}

static bool runs(const struct flow *f)
{
	return f->search > f->egress->search.n_over;
}

bool search_await(struct gate *gate, bool first)
{
	struct egress *eg = gate->flow->egress;

	if (!runs(gate->flow))
		return false;
	if (!first) {
		gate_wait(gate, &gate->flow->relay.up, &eg->search.waiting);
		deadline_set(&eg->loop, &eg->search.patience, &eg->search.late);
	}
	return true;
}

void search_over(struct search *search, uint64_t n)
{
	struct gate *next;

	if (n > search->n_begun || n <= search->n_over)
		return;
	search->n_over = n;
	for (struct gate *gate = search->waiting; gate; gate = next) {
		next = gate->next;
		if (!runs(gate->flow))
			gate_resume(gate);
	}
	if (!search->waiting)
		deadline_clear(&search->late);
}
