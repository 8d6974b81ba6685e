/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "inventory/compare.h"
#include "inventory/components.h"

/* Adds what is installed in the trees that @s has found below @workspace. */
void installed_after(struct components *all, const struct snapshot *s, int workspace);

/*
 * The same for a task that begins, of the trees that @fd lists: the time it began, in ns, then the
 * inode and the path of each, all ended by NUL. What may have come later is left out. Returns 0 or
 * a negative errno.
 */
int installed_before(struct components *all, int workspace, int fd, struct err *e);

/* Adds the packages that came: @fd has the lines of the log that say so. Returns 0 or -errno. */
int installed_fetched(struct components *all, int fd, struct err *e);

/*
 * Finds out which of all, sorted, are untracked: they are installed, and neither were there before,
 * nor came through agentbox. Reports them as @policy wants it.
 */
void installed_judge(struct components *all, const struct policy *policy,
		     struct reporter *reporter);
