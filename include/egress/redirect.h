/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "egress/gate.h"

/*
 * Whether a URL leads to what @gate is about, as its registry or another one of the profile has it:
 * the same kind of thing, of the same package, and, if @version has one, of that version.
 */
bool redirect_is_own(const struct gate *gate, enum package_kind kind, struct str url,
		     struct str version);

/* The same of the artifact that metadata has at @url, which may be relative to that. */
bool redirect_link_is_own(const struct gate *gate, struct str url, struct str version);

/*
 * The answer to a request about packages leads elsewhere: it may where that will be judged as the same.
 * Returns 0, or -EPROTO: it was refused.
 */
int redirect_judge(struct flow *f, const struct http_response *res);
