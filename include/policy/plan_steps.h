/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "policy/plan.h"

/* How steps are added, for the files that build a plan. Each lasts until the next one is added. */
struct step *plan_add(struct plan *plan, enum step_kind kind, const char *why);
void plan_add_dir(struct plan *plan, const char *dst, unsigned mode, const char *why);
struct step *plan_add_link(struct plan *plan, const char *dst, const char *target, const char *why);
struct step *plan_add_tmpfs(struct plan *plan, const char *dst, unsigned mode, const char *why);
struct step *plan_add_bind(struct plan *plan, const char *path, unsigned flags, const char *why);
struct step *plan_add_protect(struct plan *plan, const char *path, const char *why);
struct step *plan_add_hide(struct plan *plan, const char *path, enum path_kind kind,
			   const char *why);

/* Adds to what the level lacks. */
void plan_lacks(struct plan *plan, const char *text);

/* What of the system and of /proc is not for the box, and the paths to ask about: plan_parts.c. */
void plan_parts(struct plan *plan, const struct host *host);
void plan_parts_asks(struct host *host, const char ***paths, size_t *n);

/* How programs of the box come to trust the task's authority: see plan_trust.c. */
struct environment;
void plan_trust(struct plan *plan, const struct policy *policy, const struct host *host);
void plan_trust_variables(struct environment *env, const struct policy *policy,
			  const struct host *host);
void plan_trust_asks(struct host *host, const struct policy *policy, const char ***paths,
		     size_t *n);

/* The ways into the egress, and how programs of the box find its proxy, if it has one. */
void plan_network(struct plan *plan, const struct policy *policy);
void plan_proxy_variables(struct environment *env, const struct policy *policy);

/* Where package managers and compilers keep what they may use again: see plan_cache.c. */
void plan_cache(struct plan *plan, const struct policy *policy, const struct host *host);
void plan_cache_variables(struct environment *env, const struct policy *policy);

/* What the box sees of the host beyond the system: see plan_workspace.c. Returns 0 or -errno. */
int plan_workspace(struct plan *plan, const struct policy *policy, const struct host *host,
		   struct err *e);
void plan_workspace_variables(struct environment *env, const struct host *host);

/* The second wall, and what is missing of it: see plan_landlock.c. */
void plan_landlock(struct plan *plan, const struct policy *policy, const struct host *host);
