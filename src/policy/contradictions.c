/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/contradictions.h"

#include <string.h>

#include "policy/sink.h"
#include "policy/value.h"

/* Each contradiction is told with both of its lines, at the one that asks for more. */

static void check_relay(const struct policy *p, size_t i, struct complaints *c)
{
	const struct rule *against = rules_against_relay(&p->rules, i);
	const struct rule *relay = &p->rules.tls[i].at;

	if (against)
		complaint_add(c, relay->where, "relay = %s: %s:%u needs its TLS to be opened: %s",
			      relay->text, against->where.file, against->where.line, against->text);
}

/* The rule because of which @port of the box leads to its egress, or NULL. */
static const struct rule *rule_of_port(const struct policy *p, uint16_t port)
{
	for (size_t i = 0; i < p->rules.n; i++)
		if (p->rules.rule[i].port == port)
			return &p->rules.rule[i];
	return NULL;
}

/* A port of the box is served either by the box or by its egress. */
static void check_inside(const struct policy *p, const struct item *item, uint16_t port,
			 struct complaints *c)
{
	const struct rule *rule = rule_of_port(p, port);

	if (policy_has_egress(p) && (port == 80 || port == 443))
		complaint_add(c, item->where,
			      "publish = %s: ports 80 and 443 of the box lead to its egress",
			      item->text);
	else if (port == p->proxy_port)
		complaint_add(c, item->where, "publish = %s: port %u of the box is its proxy",
			      item->text, port);
	else if (rule)
		complaint_add(c, item->where,
			      "publish = %s: by %s:%u, port %u of the box leads to its egress",
			      item->text, rule->where.file, rule->where.line, port);
}

static void check_publish(const struct policy *p, size_t i, struct complaints *c)
{
	const struct item *item = &p->publish.item[i];
	const struct published at = value_published(item->text);

	check_inside(p, item, at.port, c);
	for (size_t j = 0; j < i; j++) {
		const struct item *other = &p->publish.item[j];

		if (value_published(other->text).host_port == at.host_port)
			complaint_add(
				c, item->where,
				"publish = %s: %s:%u leads the same port of the host elsewhere",
				item->text, other->where.file, other->where.line);
	}
	if (i == PUBLISH_MAX)
		complaint_add(c, item->where, "more than %d ports are published", PUBLISH_MAX);
}

static void check_proxy(const struct policy *p, struct complaints *c)
{
	const struct rule *rule = p->proxy_port ? rule_of_port(p, (uint16_t)p->proxy_port) : NULL;

	if (rule)
		complaint_add(c, policy_where(p, "egress", "proxy-port"),
			      "proxy-port = %u: %s:%u needs that port", rule->port,
			      rule->where.file, rule->where.line);
}

static const struct item *named(const struct items *items, const char *of)
{
	for (size_t i = 0; i < items->n; i++)
		if (!strcmp(items->item[i].of, of))
			return &items->item[i];
	return NULL;
}

/* A registry has both an ecosystem and a URL. */
static void check_registry(const struct policy *p, const struct items *has, struct complaints *c)
{
	for (size_t i = 0; i < has->n; i++) {
		const struct item *item = &has->item[i];
		const struct item *ecosystem = named(&p->registries.ecosystem, item->of);

		if (!ecosystem || !named(&p->registries.url, item->of))
			complaint_add(c, item->where, "[registry %s] has no %s=", item->of,
				      ecosystem ? "url" : "ecosystem");
		else if (has == &p->registries.scope && strcmp(ecosystem->text, "npm") != 0)
			complaint_add(c, item->where, "scope = %s: only npm has scopes",
				      item->text);
	}
}

static void check_registries(const struct policy *p, struct complaints *c)
{
	const struct items *const parts[] = { &p->registries.ecosystem, &p->registries.url,
					      &p->registries.scope, &p->registries.internal,
					      &p->registries.ca };

	for (size_t i = 0; i < LEN(parts); i++)
		check_registry(p, parts[i], c);
}

/* What is asked for by a rule that allows every host below a domain, or NULL. */
static const struct rule *widest(const struct rules *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		if (rules->rule[i].subdomains && rules->rule[i].verdict == VERDICT_ALLOW &&
		    !rules->rule[i].path)
			return &rules->rule[i];
	return NULL;
}

/* Who changes what others get must be able to do little else. */
static void check_release(const struct policy *p, struct complaints *c)
{
	static const char start[] = "publish = allow: a task that may publish";
	const struct where where = policy_where(p, "packages", "publish");
	const struct rule *wide = widest(&p->rules);

	if (p->intent != INTENT_RELEASE)
		complaint_add(c, where, "%s says so: [task] intent = release", start);
	if (p->access == ACCESS_WRITE)
		complaint_add(c, where, "%s does not write the source: [workspace] access = read",
			      start);
	if (p->egress_mode == EGRESS_AUDIT)
		complaint_add(c, where, "%s is held to its rules: [egress] mode = enforce", start);
	if (wide)
		complaint_add(c, where, "%s names the hosts it needs, and %s:%u allows all of %s",
			      start, wide->where.file, wide->where.line, wide->text);
}

static void check_sinks(const struct policy *p, struct complaints *c)
{
	if (p->sinks.n > SINKS_MAX)
		complaint_add(c, p->sinks.item[SINKS_MAX].where, "more than %d sinks", SINKS_MAX);
}

void policy_contradictions(const struct policy *p, struct complaints *c)
{
	for (size_t i = 0; i < p->rules.n_tls; i++)
		check_relay(p, i, c);
	for (size_t i = 0; i < p->publish.n; i++)
		check_publish(p, i, c);
	check_proxy(p, c);
	check_registries(p, c);
	check_sinks(p, c);
	if (p->packages.terms.publish == VERDICT_ALLOW)
		check_release(p, c);
	if (p->upstream_auth && !p->upstream)
		complaint_add(
			c, policy_where(p, "egress", "upstream-proxy-auth"),
			"upstream-proxy-auth = %s: there is no upstream-proxy=", p->upstream_auth);
}
