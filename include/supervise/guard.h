/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "sandbox/amend.h"
#include "supervise/placeholders.h"
#include "supervise/watch.h"
#include "wire/event.h"

/* Keeps covered what is hidden or protected while the box runs: see guard.c. */
struct guard {
	const struct host *host;
	struct amend amend;
	struct watch watch;
	struct placeholders *placeholders;
	struct listening {
		void (*tell)(void *of, const struct event *ev);
		void *of;
	} to;
	unsigned covered; /* since the start */
	bool told;	  /* that it cannot */
};

#define GUARD_NONE ((struct guard){ .watch = WATCH_NONE })

/*
 * Begins to watch; the first guard_look() is due at once. @amend is borrowed, and what happens is
 * told to @to.
 */
void guard_start(struct guard *g, const struct plan *plan, const struct host *host,
		 const struct amend *amend, struct placeholders *placeholders, struct listening to);

/* What to poll(2) for. */
int guard_fd(const struct guard *g);

/*
 * Sees to what has happened. Returns 0, or a negative errno with a sentence: something cannot be
 * covered, and the task must not go on.
 */
int guard_look(struct guard *g, struct err *e);

/*
 * The box is gone: says what programs outside run or obey and was not there at the start. The
 * workspace is looked at again for that if something was missed.
 */
void guard_finish(struct guard *g, const struct plan *plan);

/*
 * The same for a box that was not guarded, with what another look at the workspace has found, or
 * with the negative errno @missed.
 */
void guard_report(const struct plan *plan, const struct host *host, const struct host *now,
		  int missed, struct listening to);
