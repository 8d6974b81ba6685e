/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/rules.h"

#include <assert.h>
#include <string.h>

#include "policy/rules_match.h"
#include "policy/rules_path.h"

enum { PORT_HTTP = 80, PORT_HTTPS = 443 };

const char *verdict_name(enum verdict v)
{
	static const char *const names[] = {
		[VERDICT_DENY] = "deny",
		[VERDICT_ALLOW] = "allow",
		[VERDICT_ASK] = "ask",
	};

	static_assert(LEN(names) == N_VERDICTS, "every verdict has a name");
	return names[v];
}

/*
 * A change of protocol is never allowed by the way, because nothing is judged after it; but it is a
 * GET as well, for rules that deny those.
 */
static bool covers_method(const struct rule *rule, const struct request *request)
{
	uint32_t method = rules_method(request->method);

	if (request->upgrade)
		method = rule->verdict == VERDICT_ALLOW ? METHOD_UPGRADE : method | METHOD_UPGRADE;
	return rule->methods ? rule->methods & method
			     : rule->verdict != VERDICT_ALLOW || !request->upgrade;
}

static bool covers_request(const struct rule *rule, const struct request *request)
{
	if (!covers_method(rule, request))
		return false;
	if (!rule->path)
		return true;
	return request->path.p &&
	       glob_covers(rule->path, request->path, rule->verdict != VERDICT_ALLOW);
}

static bool covers(const struct rule *rule, const struct request *request)
{
	return rule_covers_service(rule, request) && rule_covers_target(rule, request) &&
	       covers_request(rule, request);
}

/* The most specific rule of @verdict that covers the request, or RULE_NONE. */
static int find(const struct rules *rules, enum verdict verdict, const struct request *request)
{
	int best = RULE_NONE;

	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *rule = &rules->rule[i];

		if (rule->verdict == verdict && covers(rule, request) &&
		    (best < 0 || rule_specificity(rule) > rule_specificity(&rules->rule[best])))
			best = (int)i;
	}
	return best;
}

/* Is there a rule that allows some of the requests that this may be? */
static bool may_allow(const struct rules *rules, const struct request *request)
{
	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *rule = &rules->rule[i];

		if (rule->path && rule->verdict == VERDICT_ALLOW &&
		    rule_covers_service(rule, request) && rule_covers_target(rule, request))
			return true;
	}
	return false;
}

static const char *why_none(const struct rules *rules, const struct request *request)
{
	struct request plain = *request;

	plain.upgrade = false;
	if (request->upgrade && find(rules, VERDICT_ALLOW, &plain) != RULE_NONE)
		return "no rule of the profile allows a change to WebSocket";
	if (may_allow(rules, request))
		return request->path.p ? "the profile allows other requests to this host only"
				       : "the profile allows some requests to this host only";
	for (size_t i = 0; i < rules->n; i++)
		if (rules->rule[i].verdict != VERDICT_DENY &&
		    rule_covers_target(&rules->rule[i], request))
			return "the profile allows it on other ports only";
	return request->host ? "no rule of the profile allows this host"
			     : "no rule of the profile allows this address";
}

static struct decision decide_port(const struct rules *rules, const struct request *request)
{
	static const struct {
		enum verdict verdict;
		const char *reason;
	} order[] = {
		{ VERDICT_DENY, "a rule of the profile denies it" },
		{ VERDICT_ASK, "nobody has been asked yet" },
		{ VERDICT_ALLOW, "a rule of the profile allows it" },
	};
	struct decision d = { .rule = RULE_NONE };

	for (size_t i = 0; i < LEN(order); i++) {
		d.rule = find(rules, order[i].verdict, request);
		if (d.rule != RULE_NONE) {
			d.verdict = order[i].verdict;
			d.reason = order[i].reason;
			return d;
		}
	}
	d.reason = why_none(rules, request);
	return d;
}

/*
 * Without a port: the first answer, among the ports that the rules know, by which something may be
 * allowed; else a denial.
 */
static struct decision decide_any_port(const struct rules *rules, const struct request *request)
{
	uint16_t ports[RULES_PORTS_MAX];
	size_t n = rules_ports(rules, ports, LEN(ports));
	struct decision d = { 0 }, first = { 0 };
	struct request on_port = *request;

	for (size_t i = 0; i < n; i++) {
		on_port.port = ports[i];
		d = decide_port(rules, &on_port);
		if (d.rule == RULE_NONE && may_allow(rules, &on_port)) {
			d.verdict = VERDICT_ALLOW;
			d.reason = "a rule of the profile allows some requests";
		}
		if (d.verdict == VERDICT_ALLOW)
			return d;
		if (i == 0 || (first.rule == RULE_NONE && d.rule != RULE_NONE))
			first = d;
	}
	return first;
}

/* @d is the answer for what was asked, @by_address that for the address alone. */
static struct decision join(const struct rules *rules, const struct request *request,
			    struct decision d, struct decision by_address)
{
	if (by_address.verdict == VERDICT_ALLOW)
		return d;
	if (by_address.rule != RULE_NONE) {
		by_address.pass = rules->audit;
		d = by_address;
	}
	d.special = addr_special(&request->addr);
	if (!d.special)
		return d;
	d.pass = false;
	if (d.verdict == VERDICT_ALLOW)
		d = (struct decision){ .rule = RULE_NONE, .special = d.special };
	if (d.rule == RULE_NONE)
		d.reason = "its address is not public, and the profile does not name that address";
	return d;
}

struct decision rules_decide_address(const struct rules *rules, const struct request *request,
				     struct decision d)
{
	const struct request literal = { .addr = request->addr, .port = request->port };

	d = join(rules, request, d, decide_port(rules, &literal));
	d.rules = rules;
	return d;
}

struct decision rules_decide(const struct rules *rules, const struct request *request)
{
	struct decision d =
		request->port ? decide_port(rules, request) : decide_any_port(rules, request);

	d.pass = d.verdict == VERDICT_ALLOW || rules->audit;
	if (!request->host)
		d = join(rules, request, d, d);
	else if (request->resolved)
		d = rules_decide_address(rules, request, d);
	d.rules = rules;
	return d;
}

/* Is there a rule by which some of the requests that @by allows are denied, or capped otherwise? */
static bool may_differ(const struct rules *rules, const struct rule *by,
		       const struct request *request)
{
	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *rule = &rules->rule[i];

		if (rule->path &&
		    (rule->verdict != VERDICT_ALLOW || rule->caps.set || by->caps.set) &&
		    rule_covers_service(rule, request) && rule_covers_target(rule, request))
			return true;
	}
	return false;
}

bool rules_need_request(const struct rules *rules, const struct request *request)
{
	struct request connection = *request;
	struct decision d;

	connection.path = connection.method = (struct str){ 0 };
	connection.upgrade = false;
	d = decide_port(rules, &connection);
	if (d.rule == RULE_NONE)
		return may_allow(rules, &connection);
	return d.verdict == VERDICT_ALLOW && may_differ(rules, &rules->rule[d.rule], &connection);
}

/* Inserts @port into the sorted @ports. Returns their number. */
static size_t add_port(uint16_t *ports, size_t n, size_t max, uint16_t port)
{
	size_t i = 0;

	while (i < n && ports[i] < port)
		i++;
	if (n == max || (i < n && ports[i] == port))
		return n;
	memmove(ports + i + 1, ports + i, (n - i) * sizeof(*ports));
	ports[i] = port;
	return n + 1;
}

size_t rules_ports(const struct rules *rules, uint16_t *ports, size_t max)
{
	size_t n = 0;

	n = add_port(ports, n, max, PORT_HTTP);
	n = add_port(ports, n, max, PORT_HTTPS);
	for (size_t i = 0; i < rules->n; i++)
		if (rules->rule[i].port)
			n = add_port(ports, n, max, rules->rule[i].port);
	return n;
}
