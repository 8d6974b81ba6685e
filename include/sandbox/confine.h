/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "policy/plan.h"

/* The steps after which a process can do less, and never more again. Each returns 0 or -errno. */
int confine_limit(const struct step *step, struct err *e);

/* Gives up every capability for good, also what uid 0 would gain by an exec, and privileged exec.
 */
int confine_drop(struct err *e);

/* Rules of what is there by now; what of the three standard descriptors is writable, stays so. */
int confine_landlock(const struct landlock *landlock, struct err *e);

int confine_seccomp(const struct filter *filter, struct err *e);
