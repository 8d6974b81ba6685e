/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "policy/host.h"
#include "policy/policy.h"

/*
 * Looks up the paths of [filesystem] and adds those that exist to host->grants. The home, the
 * workspace and its git directory are known by then. Returns 0, or a negative errno with a
 * sentence: a path that no box gets, or a missing one that was to be written.
 */
int probe_grants(struct host *host, const struct policy *policy, struct err *e);
