/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/environment.h"

#include <string.h>

/* ld.so(8) and the loaders of other systems' libraries: never passed. */
static const char *const loaders[] = {
	"LD_", "DYLD_", "GCONV_PATH", "LOCPATH", "MALLOC_", "GLIBC_"
};

/* Code that a program runs when it starts, or a door to somebody's agent or token. */
static const char *const delicate[] = {
	"BASH_ENV", "BASH_FUNC_",  "ENV",	 "PROMPT_COMMAND",    "GIT_",	     "PYTHON",
	"NODE_",    "PERL",	   "RUBY",	 "JAVA_TOOL_OPTIONS", "SSH_",	     "GPG_",
	"DBUS_",    "XDG_RUNTIME", "ACTIONS_",	 "GITHUB_",	      "CI_",	     "AWS_",
	"AZURE_",   "GOOGLE_",	   "KUBECONFIG", "DOCKER_",	      "npm_config_", "NPM_",
};

static bool starts_with_any(struct str name, const char *const *prefixes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_starts(name, prefixes[i]))
			return true;
	return false;
}

bool environment_is_loader(struct str name)
{
	return starts_with_any(name, loaders, LEN(loaders));
}

/*
 * What makes programs load code or act on somebody's behalf (BASH_ENV, SSH_AUTH_SOCK, ...): a
 * wildcard does not pass it, it has to be named in full.
 */
static bool is_delicate(struct str name)
{
	return environment_is_loader(name) || starts_with_any(name, delicate, LEN(delicate));
}

static bool passes(struct str name, const char *pattern)
{
	size_t n = strlen(pattern);

	if (environment_is_loader(name))
		return false;
	if (n && pattern[n - 1] == '*')
		return name.n >= n - 1 && !memcmp(name.p, pattern, n - 1) && !is_delicate(name);
	return str_is(name, pattern);
}

static void put(struct environment *env, struct str name, char *entry)
{
	for (size_t i = 0; i < env->n; i++)
		if (!strncmp(env->entry[i], name.p, name.n) && env->entry[i][name.n] == '=') {
			env->entry[i] = entry;
			return;
		}
	*arena_push(env->arena, env->entry, env->n) = entry;
}

void environment_pass(struct environment *env, char *const *from, const struct items *names)
{
	struct str name, value;

	for (char *const *at = from; at && *at; at++) {
		if (!str_cut(str_of(*at), '=', &name, &value) || name.n == 0)
			continue;
		for (size_t i = 0; i < names->n; i++)
			if (passes(name, names->item[i].text)) {
				put(env, name, arena_strdup(env->arena, *at));
				break;
			}
	}
}

void environment_set(struct environment *env, const char *name, const char *value)
{
	put(env, str_of(name), arena_printf(env->arena, "%s=%s", name, value));
}

void environment_set_items(struct environment *env, const struct items *assignments)
{
	struct str name, value;

	for (size_t i = 0; i < assignments->n; i++)
		if (str_cut(str_of(assignments->item[i].text), '=', &name, &value))
			put(env, name, arena_strdup(env->arena, assignments->item[i].text));
}

char **environment_list(struct environment *env)
{
	*arena_push(env->arena, env->entry, env->n) = NULL;
	env->n--;
	return env->entry;
}
