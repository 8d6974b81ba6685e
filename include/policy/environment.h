/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/mem.h"
#include "policy/policy.h"

/* The environment of the workload: what was named, nothing else. All-zero but the arena is empty.
 */
struct environment {
	struct arena *arena;
	char **entry; /* "NAME=VALUE" */
	size_t n;
};

/* Takes from @from the variables that an item names, exactly or as a prefix with '*' at its end. */
void environment_pass(struct environment *env, char *const *from, const struct items *names);

/* Sets @name, replacing what was there. */
void environment_set(struct environment *env, const char *name, const char *value);

/* Sets each "NAME=VALUE". */
void environment_set_items(struct environment *env, const struct items *assignments);

/* The list for execve(2), NULL-ended, in the arena. */
char **environment_list(struct environment *env);

/* The dynamic loader's variables are never passed. */
bool environment_is_loader(struct str name);
