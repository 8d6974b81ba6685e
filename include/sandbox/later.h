/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "policy/plan.h"

enum {
	LATER_MAX = 4,
	LATER_MS = 10000, /* at most, until all is heard */
};

/* The files of a plan that are STEP_LATER, as init holds them until they are complete. */
struct later {
	struct plan *plan;
	struct str machine; /* authorities beside the task's, PEM */
	int trust;	    /* where it hears of that (os/trust.h), or -1: there are none */
	int tree;	    /* the root they lie in, which can be written here alone, or -1 */
	int file[LATER_MAX];
	size_t n;
	int64_t until; /* on the clock of now_ms() */
};

#define LATER_NONE ((struct later){ .trust = -1, .tree = -1 })

/* To be called while the root is the working directory. Returns 0 or -errno. */
int later_open(struct later *l, struct err *e);

/*
 * From here on, who opens one of them waits. To be called with the right to write what nobody may.
 * Returns 0; 1 where that cannot be had: they are to be completed now; or -errno.
 */
int later_hold(struct later *l, struct err *e);

/* How many milliseconds there are to wait until l->trust can be read; -1: no limit. */
int later_ms(const struct later *l);

/*
 * Completes them with what is heard, for which it waits until later_ms() is over, and lets go of
 * them; or returns -errno and does not.
 */
int later_complete(struct later *l, struct err *e);
