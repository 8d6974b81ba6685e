/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/environment.h"
#include "policy/plan_steps.h"

/*
 * Theory of operation
 *
 * A cache that tasks share is a way from one to the next: what is found in it is used without a
 * question to the registry. So each task has its own, in memory, and a seed is the lower layer of
 * an overlay: nothing in it can be changed, whatever a client does. Clients are told by variables,
 * which a profile may set to something else.
 */

static const char top[] = "/var/cache/agentbox";

static const struct {
	const char *variable, *dir;
} caches[] = {
	{ "npm_config_cache", "npm" }, /* pnpm keeps its store elsewhere */
	{ "YARN_CACHE_FOLDER", "yarn" }, { "PIP_CACHE_DIR", "pip" }, { "UV_CACHE_DIR", "uv" },
	{ "CARGO_HOME", "cargo" },	 { "GOMODCACHE", "go-mod" }, { "GOCACHE", "go-build" },
	{ "CCACHE_DIR", "ccache" },
};

void plan_cache(struct plan *plan, const struct policy *policy, const struct host *host)
{
	struct step *step;

	if (!policy_has_cache(policy))
		return;
	step = plan_add_tmpfs(plan, top, 0700, "caches of this task alone");
	step->where = policy_where(policy, "filesystem", "cache");
	if (host->seed) {
		step->kind = STEP_OVERLAY;
		step->src = host->seed;
		step->why = "caches, of which only what changes is kept, for this task alone";
	}
}

void plan_cache_variables(struct environment *env, const struct policy *policy)
{
	for (size_t i = 0; policy_has_cache(policy) && i < LEN(caches); i++)
		environment_set(env, caches[i].variable,
				arena_printf(env->arena, "%s/%s", top, caches[i].dir));
}
