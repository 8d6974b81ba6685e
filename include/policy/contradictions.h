/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "policy/policy.h"

/* Complains of lines that are right by themselves and cannot hold together. p->rules are made. */
void policy_contradictions(const struct policy *p, struct complaints *c);
