/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "policy/host.h"

struct policy;

/*
 * Looks at the machine and fills in what plan_build() has to know; everything is allocated in
 * host->arena. @workspace is the directory as the caller named it, or NULL for the current one.
 * Returns 0 or a negative errno, with the sentence that says what is wrong with the workspace.
 */
int probe_host(struct host *host, const struct policy *policy, const char *workspace,
	       struct err *e);

/* Frees what probe_host() allocated. */
void host_fini(struct host *host);
