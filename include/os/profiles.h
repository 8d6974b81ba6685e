/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "policy/policy.h"

enum { PROFILE_DIRS = 3 };

/* The directories in which a profile name is looked up, and the files that were read from them. */
struct profiles {
	struct arena arena;
	const char *dir[PROFILE_DIRS]; /* the user's, the system's, the vendor's; NULL: none */
	const char **file;	       /* canonical paths of what was read */
	size_t n_files;
	const char *trusted; /* the directory that was found trustworthy last */
};

/*
 * A profile NAME is the first NAME.ini in $XDG_CONFIG_HOME/agentbox (~/.config/agentbox),
 * /etc/agentbox and the vendor's directory.
 */
void profiles_init(struct profiles *p);

/*
 * Reads profiles for policy_load(). It takes regular files of at most 1 MiB that belong to root or
 * to the caller and that nobody else can write or replace. @p keeps account of them.
 */
struct policy_source profiles_source(struct profiles *p);

/*
 * Whether nothing that was read lies in @dir, which is canonical and which a box can write: what
 * ran in one box would choose the policy of the next. Returns 0, or -EPERM with a sentence.
 */
int profiles_outside(const struct profiles *p, const char *dir, struct err *e);

/* A profile that can be named, as it lies there: not read yet. */
struct profile_entry {
	const char *name, *dir;
	bool shadowed; /* an earlier directory has one of that name */
};

/* All of them, in the order of directories and then of names. The list is in p->arena. */
size_t profiles_list(struct profiles *p, const struct profile_entry **out);

void profiles_fini(struct profiles *p);
