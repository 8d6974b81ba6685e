/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "policy/host.h"
#include "policy/plan.h"
#include "supervise/journal.h"

/* The placeholders of a task: one for each STEP_PLACEHOLDER of its plan. */
struct placeholders {
	const struct host *host;
	const char *state_dir;
	struct journal journal;
	struct arena arena;
	struct held *held;
	size_t n;
};

#define PLACEHOLDERS_NONE ((struct placeholders){ .journal = { .dir = -1, .file = -1 } })

bool placeholders_wanted(const struct plan *plan);

/*
 * Sees to it that something is there at each. What is there already stays and is not ours, unless
 * another task has made it. Returns 0 or a negative errno; placeholders_remove() them in either
 * case.
 */
int placeholders_make(struct placeholders *p, const struct plan *plan, const struct host *host,
		      const char *state_dir, struct err *e);

/* Removes what was made and is still as it was, unless another task counts on it. */
void placeholders_remove(struct placeholders *p);

/*
 * Makes one more while the task runs, where a STEP_PROTECT or STEP_PLACEHOLDER was and is nothing
 * any more. Returns 0 or a negative errno.
 */
int placeholders_restore(struct placeholders *p, const struct step *step);

/*
 * Removes what is left of tasks that were killed with their keepers. With others, it takes a
 * second.
 */
void placeholders_recover(const char *state_dir);
