/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "policy/rules.h"

/* A denial explains itself where people look: in what their client prints. */

/*
 * Adds the line of the profile that would allow what was denied. False: there is none, because a
 * rule that denies is not outdone by one that allows.
 */
bool denial_hint(const struct request *request, const struct decision *decision, struct buf *out);

enum { DENIAL_MAX = 4096 };

/*
 * Adds an HTTP answer with @status that says in its reason phrase and body what was refused, by
 * which rule, and which line of the profile would allow it. @with_body: not for HEAD.
 */
void denial_http(unsigned status, const struct request *request, const struct decision *decision,
		 const struct rules *rules, bool with_body, struct buf *out);
