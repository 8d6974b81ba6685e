/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/rules.h"

#include <assert.h>
#include <string.h>

enum { PORT_DNS = 53, PORT_HTTP = 80, PORT_HTTPS = 443 };
enum { LITERAL_MAX = ADDR_TEXT_MAX + 2 };

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

static bool is_web(uint16_t port)
{
	return port == PORT_HTTP || port == PORT_HTTPS;
}

static bool same_addr(const struct addr *a, const struct addr *b)
{
	return !memcmp(a->b, b->b, sizeof(a->b));
}

static bool covers_host(const struct rule *rule, const char *host)
{
	size_t n_rule = strlen(rule->host), n = strlen(host);

	if (!rule->subdomains)
		return !strcmp(rule->host, host);
	return n > n_rule + 1 && host[n - n_rule - 1] == '.' &&
	       !strcmp(host + n - n_rule, rule->host);
}

static bool covers_target(const struct rule *rule, const struct request *request)
{
	if (!request->host != !rule->host)
		return false;
	return rule->host ? covers_host(rule, request->host)
			  : same_addr(&rule->addr, &request->addr);
}

static bool covers_port(const struct rule *rule, uint16_t port)
{
	return rule->port ? rule->port == port : is_web(port);
}

/* Literal addresses are all equally specific. */
static size_t specificity(const struct rule *rule)
{
	size_t n = rule->host ? strlen(rule->host) : 0;

	return (rule->subdomains ? 0 : 2 * (HOST_MAX + 1)) + 2 * n + (rule->port != 0);
}

/* The most specific rule of @verdict that covers the request, or RULE_NONE. */
static int find(const struct rules *rules, enum verdict verdict, const struct request *request)
{
	int best = RULE_NONE;

	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *rule = &rules->rule[i];

		if (rule->verdict == verdict && covers_port(rule, request->port) &&
		    covers_target(rule, request) &&
		    (best < 0 || specificity(rule) > specificity(&rules->rule[best])))
			best = (int)i;
	}
	return best;
}

static const char *why_none(const struct rules *rules, const struct request *request)
{
	for (size_t i = 0; i < rules->n; i++)
		if (rules->rule[i].verdict != VERDICT_DENY &&
		    covers_target(&rules->rule[i], request))
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

/* Without a port: the first allowing answer among the ports that the rules know, else a denial. */
static struct decision decide_any_port(const struct rules *rules, const struct request *request)
{
	uint16_t ports[RULES_PORTS_MAX];
	size_t n = rules_ports(rules, ports, LEN(ports));
	struct decision d = { 0 }, first = { 0 };
	struct request on_port = *request;

	for (size_t i = 0; i < n; i++) {
		on_port.port = ports[i];
		d = decide_port(rules, &on_port);
		if (d.verdict == VERDICT_ALLOW)
			return d;
		if (i == 0 || (first.rule == RULE_NONE && d.rule != RULE_NONE))
			first = d;
	}
	return first;
}

/* @d is the answer for the name: may it be connected to at this address? */
static struct decision judge_address(const struct rules *rules, const struct request *request,
				     struct decision d)
{
	struct request literal = { .addr = request->addr, .port = request->port };
	struct decision by_address = decide_port(rules, &literal);

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

struct decision rules_decide(const struct rules *rules, const struct request *request)
{
	struct decision d =
		request->port ? decide_port(rules, request) : decide_any_port(rules, request);

	d.pass = d.verdict == VERDICT_ALLOW || rules->audit;
	if (!request->host || request->resolved)
		d = judge_address(rules, request, d);
	return d;
}

/* As it stands in a rule: IPv6 in brackets. */
static void literal_text(const struct addr *a, char out[LITERAL_MAX])
{
	struct buf text = { .p = out, .cap = LITERAL_MAX };
	char address[ADDR_TEXT_MAX];

	addr_text(a, address);
	buf_printf(&text, addr_is_v4(a) ? "%s" : "[%s]", address);
}

/* "HOST:PORT", "[v6]:PORT": what stands before the last ':' that is outside of brackets. */
static const char *cut_port(struct str *host, uint16_t *port)
{
	const char *colon = host->n ? memrchr(host->p, ':', host->n) : NULL;
	bool bracket = str_starts(*host, "[");
	unsigned long value;
	struct str digits;

	*port = 0;
	if (!colon || (bracket && str_ends(*host, "]")))
		return NULL;
	if (!bracket && memchr(host->p, ':', (size_t)(colon - host->p)))
		return "an IPv6 address stands in brackets: [2001:db8::1] or [2001:db8::1]:443";
	digits = (struct str){ colon + 1, (size_t)(host->p + host->n - colon) - 1 };
	if (str_to_ulong(digits, UINT16_MAX, &value) < 0 || value == 0)
		return "a port is a number from 1 to 65535";
	if (value == PORT_DNS)
		return "port 53 belongs to the box's own name server";
	host->n -= digits.n + 1;
	*port = (uint16_t)value;
	return NULL;
}

static const char *parse_name(struct str host, struct arena *arena, struct rule *rule)
{
	char canonical[HOST_MAX + 1];

	if (str_starts(host, "*.")) {
		host = (struct str){ host.p + 2, host.n - 2 };
		rule->subdomains = true;
	}
	if (str_is(host, "*"))
		return "every host at once cannot be named";
	if (host.n && memchr(host.p, '*', host.n))
		return "a '*' can only stand for what is below a domain: *.example.com";
	if (host_canon(host, canonical) < 0)
		return "not a host name (an international one is written in its xn-- form) or a "
		       "plain address";
	if (rule->subdomains && !strchr(canonical, '.'))
		return "everything below a top-level domain cannot be named";
	rule->host = arena_strdup(arena, canonical);
	return NULL;
}

const char *rule_parse(struct str text, struct arena *arena, struct rule *rule)
{
	char address[LITERAL_MAX];
	struct str host = text;
	const char *wrong;

	*rule = (struct rule){ 0 };
	if (memmem(text.p, text.n, "://", 3) || (text.n && memchr(text.p, '/', text.n)))
		return "a host alone, without scheme and path: example.com or example.com:8443";
	wrong = cut_port(&host, &rule->port);
	if (wrong)
		return wrong;
	if (addr_parse(host, &rule->addr) == 0) {
		literal_text(&rule->addr, address);
		rule->text = arena_strdup(arena, address);
	} else {
		wrong = parse_name(host, arena, rule);
		if (wrong)
			return wrong;
		rule->text = arena_printf(arena, "%s%s", rule->subdomains ? "*." : "", rule->host);
	}
	if (rule->port)
		rule->text = arena_printf(arena, "%s:%u", rule->text, rule->port);
	return NULL;
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

void rules_hint(const struct request *request, struct buf *out)
{
	char address[LITERAL_MAX];

	if (!request->host)
		literal_text(&request->addr, address);
	buf_printf(out, "allow = %s", request->host ? request->host : address);
	if (request->port && !is_web(request->port))
		buf_printf(out, ":%u", request->port);
}
