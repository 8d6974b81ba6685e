/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/rules_match.h"

/* Where TLS ends in the egress. */

bool rules_inspect(const struct rules *rules, const struct request *request)
{
	const struct tls_rule *best = NULL;

	for (size_t i = 0; i < rules->n_tls; i++) {
		const struct tls_rule *rule = &rules->tls[i];

		if (rule_covers_service(&rule->at, request) &&
		    rule_covers_target(&rule->at, request) &&
		    (!best || rule_specificity(&rule->at) > rule_specificity(&best->at)))
			best = rule;
	}
	return best && best->inspect;
}

bool rules_open_tls(const struct rules *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		if (rule_opens_tls(&rules->rule[i]))
			return true;
	for (size_t i = 0; i < rules->n_tls; i++)
		if (rules->tls[i].inspect)
			return true;
	return false;
}

static bool contradicts(const struct tls_rule *a, const struct tls_rule *b)
{
	return a->inspect != b->inspect && rule_specificity(&a->at) == rule_specificity(&b->at) &&
	       rules_overlap(&a->at, &b->at);
}

const struct rule *rules_against_relay(const struct rules *rules, size_t i)
{
	const struct tls_rule *relay = &rules->tls[i];

	if (relay->inspect)
		return NULL;
	for (size_t j = 0; j < rules->n; j++)
		if (rule_opens_tls(&rules->rule[j]) && rules_overlap(&relay->at, &rules->rule[j]))
			return &rules->rule[j];
	for (size_t j = 0; j < rules->n_tls; j++)
		if (contradicts(relay, &rules->tls[j]))
			return &rules->tls[j].at;
	return NULL;
}
