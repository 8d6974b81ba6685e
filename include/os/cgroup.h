/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* A cgroup (version 2) of its own for one box, below the caller's. */
struct cgroup {
	int home;   /* directory of the caller's cgroup */
	int dir;    /* of the box's; -1: there is none */
	bool moved; /* the caller went into a leaf of its cgroup, so that there can be others */
};

#define CGROUP_NONE ((struct cgroup){ .home = -1, .dir = -1 })

/*
 * Makes it, with a limit of @memory bytes and, if not 0, of @processes. Removes what earlier
 * callers left when they were killed. To be called before the caller has children, and from its
 * only thread. Returns 0 or a negative errno: -ENOENT, -EBUSY and others mean that no cgroup is
 * delegated here, and nothing has changed. cgroup_remove() it in either case.
 */
int cgroup_make(struct cgroup *cg, uint64_t memory, uint64_t processes, struct err *e);

/* Whether the kernel killed something in it for want of memory. */
bool cgroup_ran_out(const struct cgroup *cg);

/* After the last process in it. */
void cgroup_remove(struct cgroup *cg);
