/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <limits.h>

#include "cli/options.h"
#include "os/profiles.h"
#include "policy/host.h"
#include "policy/plan.h"
#include "policy/policy.h"
#include "supervise/audit.h"

/*
 * What verbs about a task that is not there yet have in common: options, and what follows from
 * them.
 */
struct task_setup {
	const char *profile, *workspace; /* NULL: not named */
	char *const *argv;		 /* the command */
	struct items variables;		 /* of -e: NAME or NAME=VALUE */
	struct arena arena;
	struct profiles profiles;
	char state_dir[PATH_MAX];
	char id[TASK_ID_MAX];
	struct policy policy;
	struct host host;
	struct plan plan;
};

/* Rows of options: of each of these verbs, and of those that run a command or would. */
#define TASK_OPTIONS(setup)                                                                        \
	{ "profile", 'p', .text = &(setup)->profile },                                             \
	{                                                                                          \
		"workspace", 'w', .text = &(setup)->workspace                                      \
	}
#define TASK_ENV(setup)                                                                            \
	{                                                                                          \
		"env", 'e', .take = task_take_variable, .of = (setup)                              \
	}

const char *task_take_variable(void *of, const char *text);

/* Reads the options and the command. Returns 0, or what the verb has to return. */
int task_parse(struct task_setup *setup, const struct verb *verb, const struct verb_option *options,
	       char **argv);

/* From profile to plan. Returns 0, or the status to exit with; @e has what was not said yet. */
int task_load(struct task_setup *setup, struct err *e);

/* member @reload of struct task, whose @of is a setup that was loaded */
int task_reload(const void *of, struct policy *out, struct err *e);

void task_fini(struct task_setup *setup);
