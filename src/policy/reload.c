/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/reload.h"

#include <errno.h>
#include <string.h>

#include "policy/keys.h"
#include "policy/rules_match.h"

/* What the egress process looks up whenever it judges something; and what enforces nothing. */
static const struct {
	const char *section, *name;
} changeable[] = {
	{ "profile", "description" }, { "profile", "extends" }, { "egress", "mode" },
	{ "egress", "allow" },	      { "egress", "deny" },	{ "egress", "inspect" },
	{ "egress", "relay" },	      { "ports", "host-port" },
};

static bool can_change(const struct key *key)
{
	for (size_t i = 0; i < LEN(changeable); i++)
		if (!strcmp(key->section, changeable[i].section) &&
		    !strcmp(key->name, changeable[i].name))
			return true;
	return false;
}

static bool same(const struct policy *a, const struct policy *b, const struct key *key)
{
	const struct items *x = (const void *)((const char *)a + key->at);
	const struct items *y = (const void *)((const char *)b + key->at);

	if (!key_is_list(key))
		return item_same_text(a->single[key - keys].text, b->single[key - keys].text);
	if (x->n != y->n)
		return false;
	for (size_t i = 0; i < x->n; i++)
		if (strcmp(x->item[i].text, y->item[i].text) != 0 ||
		    !item_same_text(x->item[i].of, y->item[i].of))
			return false;
	return true;
}

static int check_keys(const struct policy *first, const struct policy *next, struct err *e)
{
	for (size_t i = 0; i < keys_count(); i++)
		if (!can_change(&keys[i]) && !same(first, next, &keys[i]))
			return err_say(e, -EINVAL, "%s= of [%s] cannot change while the task runs",
				       keys[i].name, keys[i].section);
	return 0;
}

static bool has_port(const struct policy *p, uint16_t port)
{
	uint16_t ports[RULES_PORTS_MAX];
	size_t n = rules_ports(&p->rules, ports, LEN(ports));

	for (size_t i = 0; i < n; i++)
		if (ports[i] == port)
			return true;
	return false;
}

static int complain(struct err *e, const struct rule *rule, const char *why)
{
	return err_say(e, -EINVAL, "%s:%u: %s: %s", rule->where.file ? rule->where.file : "policy",
		       rule->where.line, rule->text, why);
}

static int check_ports(const struct policy *first, const struct policy *next, struct err *e)
{
	for (size_t i = 0; i < next->rules.n; i++) {
		const struct rule *rule = &next->rules.rule[i];

		if (rule->port && !has_port(first, rule->port))
			return complain(e, rule,
					"nothing in the box listens for that port: it was in no "
					"rule when the task was started");
	}
	return 0;
}

/* Whether the authority made for @by vouches for what @rule names: a host, and all below it. */
static bool vouches(const struct rule *by, const struct rule *rule)
{
	const struct rule below = { .host = by->host, .addr = by->addr, .subdomains = true };
	const struct request request = { .host = rule->host, .addr = rule->addr };

	return rule_covers_target(&below, &request) ||
	       (by->host && rule->host && !strcmp(by->host, rule->host));
}

static bool is_vouched_for(const struct policy *first, const struct rule *rule)
{
	const struct rules *rules = &first->rules;

	for (size_t i = 0; i < rules->n; i++)
		if (rule_opens_tls(&rules->rule[i]) && vouches(&rules->rule[i], rule))
			return true;
	for (size_t i = 0; i < rules->n_tls; i++)
		if (rules->tls[i].inspect && vouches(&rules->tls[i].at, rule))
			return true;
	return false;
}

static int check_tls(const struct policy *first, const struct policy *next, struct err *e)
{
	static const char why[] = "the box trusts no authority for that host: no rule of the task "
				  "opened its TLS when it was started";

	for (size_t i = 0; i < next->rules.n; i++)
		if (rule_opens_tls(&next->rules.rule[i]) &&
		    !is_vouched_for(first, &next->rules.rule[i]))
			return complain(e, &next->rules.rule[i], why);
	for (size_t i = 0; i < next->rules.n_tls; i++)
		if (next->rules.tls[i].inspect && !is_vouched_for(first, &next->rules.tls[i].at))
			return complain(e, &next->rules.tls[i].at, why);
	return 0;
}

int policy_reload_check(const struct policy *first, const struct policy *next, struct err *e)
{
	int r = check_keys(first, next, e);

	if (r == 0 && !policy_has_egress(first))
		r = err_say(e, -EINVAL,
			    "the task was started without a way out: it has no egress "
			    "process that could follow another policy");
	if (r == 0)
		r = check_ports(first, next, e);
	return r == 0 ? check_tls(first, next, e) : r;
}
