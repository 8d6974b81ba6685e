/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "policy/rules.h"

/* What a rule names, and what is asked for: parts of rules_decide(). */

bool rule_covers_target(const struct rule *rule, const struct request *request);

/* As far as the port and the scheme are known. */
bool rule_covers_service(const struct rule *rule, const struct request *request);

/* Greater for the more specific one; literal addresses are all equally specific. */
size_t rule_specificity(const struct rule *rule);

/* Is there a host and a port that both name? */
bool rules_overlap(const struct rule *a, const struct rule *b);
