/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "policy/policy.h"

/* A denial explains itself where people look: in what their client prints. */

/*
 * Adds the line of the profile that would allow what was denied. False: there is none, because a
 * rule that denies is not outdone by one that allows.
 */
bool denial_hint(const struct request *request, const struct decision *decision, struct buf *out);

enum { DENIAL_MAX = 8192 };

struct denial {
	unsigned status;
	const struct request *request;
	const struct decision *decision;
	const struct policy *policy;
	bool head;     /* the answer to HEAD has no body */
	unsigned wait; /* seconds, for 429 */
	bool json;     /* the client asked for JSON: as npm and Yarn read it */
};

/*
 * Adds an HTTP answer that says in its reason phrase and body what was refused, by which rule, and
 * which line of the profile would allow it: clients show the one or the other.
 */
void denial_http(const struct denial *denial, struct buf *out);
