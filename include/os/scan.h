/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "policy/host.h"
#include "policy/policy.h"

/*
 * Finds what the patterns of hide= and protect= match in the workspace and adds it to
 * host->matches: in one pass over its directories, which does not look at files, and not at all
 * when every pattern is a plain path and nothing is watched. What is watched goes to host->watched. Returns 0 or a negative errno.
 */
int scan_workspace(struct host *host, const struct policy *policy, struct err *e);
