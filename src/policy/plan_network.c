/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "policy/environment.h"
#include "policy/plan_steps.h"

enum { DNS_PORT = 53 };

static void add_listener(struct plan *plan, enum listener_kind kind, uint16_t port, const char *why)
{
	struct step *step = plan_add(plan, STEP_LISTEN, why);

	step->n = port;
	step->m = kind;
}

void plan_network(struct plan *plan, const struct policy *policy)
{
	uint16_t ports[RULES_PORTS_MAX];
	struct step *step = plan_add(plan, STEP_LOOPBACK, "own network namespace");
	size_t n;

	if (!policy_has_egress(policy)) {
		step->why = "own network namespace, no way out";
		return;
	}
	step->n = 1;
	n = rules_ports(&policy->rules, ports, LEN(ports));
	add_listener(plan, LISTENER_DNS_UDP, DNS_PORT, "names are answered from outside");
	add_listener(plan, LISTENER_DNS_TCP, DNS_PORT, "names are answered from outside");
	for (size_t i = 0; i < n; i++)
		if (ports[i] != DNS_PORT)
			add_listener(plan, LISTENER_TCP, ports[i],
				     "served by agentbox-egress from outside");
	if (policy->proxy_port)
		add_listener(plan, LISTENER_PROXY, (uint16_t)policy->proxy_port,
			     "a proxy, for programs that insist on one");
	add_listener(plan, LISTENER_WATCH, 0, "attempts at other ports are recorded");
}

/*
 * In both cases of letters: curl reads http_proxy in small ones alone, Bundler nothing but it. Not
 * ALL_PROXY with SOCKS, for which many a Python has no library, and fails; nor "[::1]" in brackets,
 * over which another one stumbles. Yarn from 2 on reads variables of its own, Node has to be told.
 */
void plan_proxy_variables(struct environment *env, const struct policy *policy)
{
	static const char *const names[] = {
		"HTTP_PROXY",  "HTTPS_PROXY",	  "http_proxy",
		"https_proxy", "YARN_HTTP_PROXY", "YARN_HTTPS_PROXY",
	};
	static const char direct[] = "localhost,127.0.0.1,::1";
	char *url = arena_printf(env->arena, "http://127.0.0.1:%" PRIu64, policy->proxy_port);

	if (!policy->proxy_port || !policy_has_egress(policy))
		return;
	for (size_t i = 0; i < LEN(names); i++)
		environment_set(env, names[i], url);
	environment_set(env, "NO_PROXY", direct);
	environment_set(env, "no_proxy", direct);
	environment_set(env, "NODE_USE_ENV_PROXY", "1");
}
