/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/rules_match.h"

#include <string.h>

#include "policy/rules_path.h"

enum { PORT_HTTP = 80, PORT_HTTPS = 443 };

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

bool rule_covers_target(const struct rule *rule, const struct request *request)
{
	if (!request->host != !rule->host)
		return false;
	return rule->host ? covers_host(rule, request->host)
			  : same_addr(&rule->addr, &request->addr);
}

bool rule_covers_service(const struct rule *rule, const struct request *request)
{
	bool port = rule->port ? rule->port == request->port : is_web(request->port);

	return port && (!rule->scheme || !request->scheme || rule->scheme == request->scheme);
}

size_t rule_specificity(const struct rule *rule)
{
	size_t n = rule->host ? strlen(rule->host) : 0;
	size_t of_host = (rule->subdomains ? 0 : 2 * (HOST_MAX + 1)) + 2 * n + (rule->port != 0);
	size_t of_path = rule->path ? 1 + 2 * glob_literal(rule->path) + (rule->methods != 0) : 0;

	return (of_host << 32) + of_path;
}

static bool share_host(const struct rule *a, const struct rule *b)
{
	if (!a->host || !b->host)
		return !a->host && !b->host && same_addr(&a->addr, &b->addr);
	if (a->subdomains == b->subdomains && !strcmp(a->host, b->host))
		return true;
	return (a->subdomains && covers_host(a, b->host)) ||
	       (b->subdomains && covers_host(b, a->host));
}

static bool share_port(const struct rule *a, const struct rule *b)
{
	if (a->port && b->port)
		return a->port == b->port;
	return a->port == b->port || is_web(a->port ? a->port : b->port);
}

bool rules_overlap(const struct rule *a, const struct rule *b)
{
	return share_port(a, b) && share_host(a, b);
}
