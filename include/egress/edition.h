/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "egress/caps.h"
#include "policy/policy.h"

/*
 * The policy as it was read, and what is counted by its rules. When the task gets another one,
 * flows that have begun keep the one that they began under, and what it says of them stays what it
 * was.
 */
struct edition {
	struct policy policy;
	struct caps_used caps;
	struct arena text;
	char digest[65];
	uint32_t n_users; /* flows, and the process as long as it is the latest one */
};

/*
 * Reads canonical text from @fd, which messages call @name. A first line "# policy DIGEST" says
 * what the policy is called in events. What was counted @before, if not NULL, still counts. Returns
 * NULL if it is none.
 */
struct edition *edition_read(int fd, const char *name, const struct edition *before, struct err *e);

/* One user less: it is freed with the last one. */
void edition_leave(struct edition *edition);
