/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "policy/policy.h"

/*
 * Whether a task that was started under @first can go on under @next. Only rules of [egress] and
 * [ports] host-port= can change, as far as what was made for the task serves them: its listeners,
 * its egress process, and the hosts that its authority can vouch for. Returns 0, or -EINVAL with
 * what cannot change.
 */
int policy_reload_check(const struct policy *first, const struct policy *next, struct err *e);
