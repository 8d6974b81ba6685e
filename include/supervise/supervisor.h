/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "policy/host.h"
#include "policy/plan.h"
#include "policy/policy.h"
#include "sandbox/spaces.h"

/* What `agentbox exec` was asked to do; all of it is borrowed. */
struct task {
	const struct policy *policy;
	const struct host *host;
	struct plan *plan;
	struct spaces *spaces; /* for its box */
	const char *state_dir; /* where tasks/ID/ is made */
	const char *parent;    /* id of the task in whose box we are, or NULL */
	bool quiet;	       /* no lines about denials on stderr */

	/* Reads the profile again, as it was read for @policy, into @out: 0 or a negative errno. */
	int (*reload)(const void *of, struct policy *out, struct err *e);
	const void *of;
	int head_fd; /* takes the last hash of the log; 0: it was not asked for */
};

/*
 * Runs the task from the first event to the last and returns the status agentbox exits with
 * (cli/verb.h). What went wrong before the command ran is in @e; its text is empty otherwise.
 */
int supervise(const struct task *task, struct err *e);
