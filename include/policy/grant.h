/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "policy/host.h"

/*
 * Why no profile can give a box the path of @grant, or NULL: it can. The names alone are judged
 * here; that a path is another name of such a place is for probe_grants() to see. The sentence
 * lies in @arena.
 */
const char *grant_refused(const struct host_grant *grant, const struct host *host,
			  struct arena *arena);
