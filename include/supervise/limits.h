/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "os/cgroup.h"
#include "policy/plan.h"

enum { LIMITS_TMPFS = 16 };

/* The limits that are kept from outside of the box: deadline= and memory=. */
struct limits {
	const struct step *deadline, *memory; /* of the plan, or NULL: no such limit */
	struct cgroup cgroup;		      /* keeps memory=, if one is delegated */
	int timer;			      /* readable when the deadline has passed; -1: never */
	int ticker;		 /* readable when memory is to be looked at; -1: never */
	int tmpfs[LIMITS_TMPFS]; /* of the box, whose content counts */
	size_t n_tmpfs;
	uint64_t used; /* when it was looked at last */
};

#define LIMITS_NONE ((struct limits){ .cgroup = CGROUP_NONE, .timer = -1, .ticker = -1 })

/*
 * Finds out what @plan limits and by what means. To be called before there are children. Returns 0
 * or a negative errno: memory can neither be given a cgroup nor be watched. limits_end() it in
 * either case, after the box.
 */
int limits_prepare(struct limits *l, const struct plan *plan, struct err *e);

/* How memory= is kept: "cgroup", "watched", or NULL without that limit. */
const char *limits_means(const struct limits *l);

/* Opens what has to be looked at, below the root of the box, before the command runs. 0 or -errno.
 */
int limits_open(struct limits *l, const struct plan *plan, int root, struct err *e);

/* From now on the time counts. Returns 0 or -errno. */
int limits_start(struct limits *l, struct err *e);

/* When the ticker is readable: whether the box whose init is @pid holds more than it may. */
bool limits_too_large(struct limits *l, pid_t pid);

/* Until when what follows the command may take: a moment after the deadline. now_ms(). */
int64_t limits_until(const struct limits *l);

void limits_end(struct limits *l);
