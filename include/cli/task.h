/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <limits.h>

#include "cli/verb.h"
#include "os/profiles.h"
#include "policy/host.h"
#include "policy/plan.h"
#include "policy/policy.h"
#include "supervise/audit.h"

/* What `exec` and `plan` have in common: the options that describe a task, and what follows from
 * them. */
struct task_setup {
	const char *profile, *workspace;
	bool quiet, json;
	int head_fd;		/* 0: none */
	char *const *argv;	/* the command */
	struct items variables; /* of -e: NAME or NAME=VALUE */
	struct arena arena;
	struct profiles profiles;
	char state_dir[PATH_MAX];
	char id[TASK_ID_MAX];
	struct policy policy;
	struct host host;
	struct plan plan;
};

/* Reads the options and the command. Returns 0, or the status to exit with: it was said why. */
int task_parse(struct task_setup *setup, const struct verb *verb, int argc, char **argv);

/* From profile to plan. Returns 0, or the status to exit with; what is not on stderr yet is in @e.
 */
int task_load(struct task_setup *setup, struct err *e);

/* member @reload of struct task, whose @of is a setup that was loaded */
int task_reload(const void *of, struct policy *out, struct err *e);

void task_fini(struct task_setup *setup);
