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

/*
 * Whether a variable makes programs load code or act on somebody's behalf (LD_PRELOAD, BASH_ENV,
 * SSH_AUTH_SOCK, ...): a wildcard does not pass those, they have to be named in full, and the
 * dynamic loader's are never passed.
 */
bool environment_is_loader(struct str name);
bool environment_is_delicate(struct str name);
