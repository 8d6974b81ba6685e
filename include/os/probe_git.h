/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "policy/host.h"

/*
 * Finds the real git directory of a workspace that is a linked worktree or a submodule, where .git
 * is a file that names it (gitrepository-layout(5)). A name alone gives no right to a directory
 * of the host: that directory must point back at this workspace, as git makes it.
 * Returns 0, also for an ordinary repository and for none; -EINVAL for a .git that lies.
 */
int probe_git(struct host *host, struct err *e);
