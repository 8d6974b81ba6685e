/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "policy/plan.h"

/* The namespaces of a box that runs, in which something is mounted. */
struct amend {
	int user, mnt;
};

#define AMEND_NONE ((struct amend){ .user = -1, .mnt = -1 })

void amend_close(struct amend *a);

enum amended {
	AMEND_DONE,
	AMEND_COVERED, /* it was covered already, or is a link, which cannot be */
	AMEND_GONE,    /* there is nothing */
};

/*
 * Covers what is at the dst of each STEP_HIDE, STEP_PROTECT and STEP_PLACEHOLDER and lost its
 * cover, or is new. What covers it follows from its type; src is not used. @result gets an enum
 * amended or a negative errno for each step. Returns 0, or a negative errno: nothing is known.
 */
int amend(const struct amend *a, const struct step *const *steps, int *result, size_t n);
