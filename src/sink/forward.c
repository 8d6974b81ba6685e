/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation
 *
 * The process of a sink is a reader of the log like any other: it follows the file, so whatever the
 * receiver does, nothing of the record is lost and nobody waits for it. It sends lines in batches
 * and, when the receiver has confirmed one, notes in its own file how far it has come. After a
 * failure it goes on behind what was confirmed: a line may arrive twice, never not at all; its task
 * and number tell.
 *
 * While the task runs it tries again for ever, ever more rarely. When the task is over, which the
 * seal or the lock of the log says, it tries once more at most; its parent kills it after a while.
 * If the parent was killed it does that itself: the kernel sends a signal, and main.c sets an
 * alarm.
 */
#include "sink/forward.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "os/loop.h"
#include "os/sys.h"

#define STUCK "it takes nothing"

enum { FIRST_MS = 100, LONGEST_MS = 30000, LOOK_MS = 500 };

void forward_stuck(struct channel *c)
{
	struct forward *f = container_of(c, struct forward, channel);

	if (strcmp(f->delivery.failed, STUCK) != 0)
		delivery_write(f->state, &f->delivery, STUCK);
}

/* What cannot be read is no event: see agentbox log verify. */
static int send_line(struct forward *f, struct str line, struct err *e)
{
	struct entry entry;

	if (entry_read(&entry, line) != 0) {
		f->batch.refused++;
		err_say(e, 0, "it is not a line of a log that this version knows");
		return 0;
	}
	origin_learn(&f->origin, &entry);
	f->over |= entry.ev.kind == EVENT_LOG_SEAL;
	return f->form->add(&(struct message){ line, { &entry, &f->origin }, f->host }, &f->batch,
			    &f->channel, e);
}

static int confirm(struct forward *f, size_t n, struct err *e)
{
	int r = n ? f->form->confirm(&f->batch, &f->channel, e) : 0;

	if (r < 0 || n == 0)
		return r;
	f->delivery.done += n;
	f->delivery.refused += f->batch.refused;
	f->batch.refused = 0;
	delivery_write(f->state, &f->delivery, e->text[0] || !f->delivery.refused ? e->text : NULL);
	return 0;
}

/* All that is there. Back to what was confirmed last if it fails. */
static int send_present(struct forward *f, struct err *e)
{
	off_t confirmed = record_tell(&f->record);
	struct str line;
	size_t n = 0;
	int r;

	while ((r = record_next(&f->record, false, &line, e)) > 0) {
		r = send_line(f, line, e);
		if (r == 0 && ++n == FORM_BATCH) {
			r = confirm(f, n, e);
			n = 0;
			confirmed = record_tell(&f->record);
		}
		if (r < 0)
			break;
	}
	if (r == 0)
		r = confirm(f, n, e);
	if (r < 0) {
		record_seek(&f->record, confirmed);
		f->batch = (struct batch){ .out = buf_over(f->batch.out.p, f->batch.out.cap) };
	}
	return r;
}

/* Until the log changes, if @for_changes, or @ms have passed; or the task is over. */
static void wait_for(struct forward *f, int64_t ms, bool for_changes)
{
	const int64_t until = now_ms() + ms;
	struct pollfd fd = { .fd = f->changes, .events = POLLIN };
	char events[4096];
	int64_t left;

	while ((left = until - now_ms()) > 0 && !f->over) {
		if (poll(&fd, 1, (int)left) > 0)
			while (read(f->changes, events, sizeof(events)) > 0)
				;
		if (for_changes)
			return;
		f->over = !record_running(&f->record);
	}
}

/* Returns 0 to try again, or -1: it is not worth it. */
static int back_off(struct forward *f, int64_t *pause, bool stale)
{
	if (stale)
		return 0;
	if (f->over)
		return -1;
	wait_for(f, *pause, false);
	*pause = *pause * 2 < LONGEST_MS ? *pause * 2 : LONGEST_MS;
	return 0;
}

/* Lines that were confirmed before this process was started. */
static int skip(struct forward *f, struct err *e)
{
	struct entry entry;
	struct str line;
	int r = 1;

	for (uint64_t i = 0; i < f->delivery.done && r > 0; i++) {
		r = record_next(&f->record, false, &line, e);
		if (r > 0 && entry_read(&entry, line) == 0)
			origin_learn(&f->origin, &entry);
	}
	return r < 0 ? r : 0;
}

int forward_run(struct forward *f, struct err *e)
{
	int64_t pause = FIRST_MS;
	int r = skip(f, e);

	while (r == 0) {
		const bool running = record_running(&f->record);
		const bool stale = f->channel.proven;

		*e = (struct err){ 0 };
		r = send_present(f, e);
		if (r == 0) {
			pause = FIRST_MS;
			if (f->over || !running)
				break;
			wait_for(f, f->changes < 0 ? LOOK_MS : LONGEST_MS, true);
			continue;
		}
		channel_close(&f->channel);
		f->over |= !running;
		delivery_write(f->state, &f->delivery, e->text);
		r = back_off(f, &pause, stale) < 0 ? r : 0;
	}
	channel_close(&f->channel);
	return r;
}
