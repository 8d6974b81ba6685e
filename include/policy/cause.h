/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "policy/plan.h"

/*
 * Why a machine refuses a part of a box, and what its owner can do: one table for `agentbox
 * doctor`, which tries each part alone, and for `exec`, which met a refusal.
 */

/* The parts, in the order in which a box needs them; those after STAGE_SECCOMP it can do without.
 */
enum stage {
	STAGE_NONE,
	STAGE_USER_NAMESPACE,
	STAGE_NAMESPACE, /* any of the others */
	STAGE_IDS,
	STAGE_HOSTNAME,
	STAGE_LOOPBACK,
	STAGE_LISTEN,
	STAGE_WATCH,
	STAGE_ROOT,
	STAGE_BIND,
	STAGE_PROC,
	STAGE_DEVPTS,
	STAGE_PIVOT,
	STAGE_TERMINAL,
	STAGE_DROP,
	STAGE_SECCOMP,
	STAGE_EGRESS,
	STAGE_LANDLOCK,
	STAGE_CGROUP,
	STAGE_CHILDREN, /* /proc/PID/task/TID/children, by which memory is watched */
	STAGE_OVERLAY,
	STAGE_NOTIFY,
	STAGE_IPV6,
	N_STAGES
};

/* The part that a step of a plan belongs to, or STAGE_NONE: it can fail, but nobody refused it. */
enum stage stage_of(const struct step *step);

/* What is known of the caller's surroundings, and tells causes of one errno apart. */
enum fact {
	FACT_FILTERED = 1 << 0,	       /* a seccomp filter is loaded already */
	FACT_NESTED = 1 << 1,	       /* in a user namespace other than the first */
	FACT_CONFINED = 1 << 2,	       /* under an AppArmor profile */
	FACT_APPARMOR_USERNS = 1 << 3, /* kernel.apparmor_restrict_unprivileged_userns=1 */
	FACT_CLONE_OFF = 1 << 4,       /* kernel.unprivileged_userns_clone=0 */
	FACT_NONE_ALLOWED = 1 << 5,    /* user.max_user_namespaces=0 */
};

struct cause {
	enum stage first, last; /* stages that it explains */
	int error;		/* positive errno; 0: any */
	unsigned facts;		/* all of which have to hold */
	const char *text;	/* "the kernel was built without them" */
	const char *remedy;
};

/* The likeliest cause of -@error at @stage, or NULL when the table has none: then nobody refused.
 */
const struct cause *cause_find(enum stage stage, int error, unsigned facts);
