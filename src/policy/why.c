/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/why.h"

#include <assert.h>
#include <fnmatch.h>
#include <string.h>

#include "policy/syscalls_tables.h"
#include "policy/value.h"

/*
 * Theory of operation
 *
 * The answers are read off the plan and the policy, by the functions that decide while a task runs;
 * nothing is decided here. Of the steps that mount something at a path or above it, the last one is
 * what is seen there, as in the kernel.
 *
 * Only what exists when a task starts is hidden or protected by a step. A path that a pattern
 * names, but no step, is not there yet: the answer says so.
 */

enum { LINKS_MAX = 40 }; /* as in the kernel (path_resolution(7)) */

/* @path with "." and ".." and double slashes taken out, in the arena. */
static char *clean(struct arena *a, const char *path)
{
	char *out = arena_strdup(a, "");
	struct str rest = str_of(path), part;

	while (rest.n) {
		str_cut(rest, '/', &part, &rest);
		if (part.n == 0 || str_is(part, "."))
			continue;
		if (!str_is(part, ".."))
			out = arena_printf(a, "%s/%.*s", out, (int)part.n, part.p);
		else if (*out)
			*strrchr(out, '/') = '\0';
	}
	return *out ? out : arena_strdup(a, "/");
}

/* Where a link of the plan's own leads. */
static const char *follow(const struct plan *plan, const char *path, struct arena *a)
{
	for (int n = 0; n < LINKS_MAX; n++) {
		const struct step *link = NULL;
		const char *slash;

		for (size_t i = 0; i < plan->n && !link; i++)
			if (plan->step[i].kind == STEP_LINK &&
			    path_is_below(path, plan->step[i].dst))
				link = &plan->step[i];
		if (!link || !strncmp(link->text, "/proc/", strlen("/proc/")))
			break;
		slash = link->text[0] == '/' ? link->dst : strrchr(link->dst, '/') + 1;
		path = clean(a, arena_printf(a, "%.*s%s%s", (int)(slash - link->dst), link->dst,
					     link->text, path + strlen(link->dst)));
	}
	return path;
}

/* What is seen at @path: the last step that mounts something there, or makes exactly that. */
static const struct step *find_step(const struct plan *plan, const char *path)
{
	const struct step *found = NULL;

	for (size_t i = 0; i < plan->n; i++) {
		const struct step *step = &plan->step[i];
		const bool mount = step->kind == STEP_TMPFS || step->kind == STEP_BIND ||
				   step->kind == STEP_OVERLAY || step->kind == STEP_PROC ||
				   step->kind == STEP_DEVPTS || step->kind == STEP_HIDE ||
				   step->kind == STEP_PLACEHOLDER ||
				   (step->kind == STEP_PROTECT && step->flags & STEP_READONLY);
		const bool made = step->kind == STEP_FILE || step->kind == STEP_DIR ||
				  step->kind == STEP_LINK;

		if ((mount && path_is_below(path, step->dst)) || (made && !strcmp(path, step->dst)))
			found = step;
	}
	return found;
}

/* The pattern that will cover what is made at @path, once another task starts. */
static const struct pattern *find_pattern(const struct host *host, const char *path)
{
	const char *relative = path + strlen(host->workspace);
	struct str rest = str_of(relative), part;

	if (!path_is_below(path, host->workspace) || *relative == '\0')
		return NULL;
	for (size_t i = 0; i < host->matcher.n_paths; i++)
		if (fnmatch(host->matcher.path[i].glob.p, relative + 1,
			    FNM_PATHNAME | FNM_LEADING_DIR | FNM_CASEFOLD) == 0)
			return &host->matcher.path[i];
	while (rest.n) {
		const struct pattern *found;

		str_cut(rest, '/', &part, &rest);
		if (match_dir(part))
			return NULL;
		found = match_name(&host->matcher, part);
		if (found)
			return found;
	}
	return NULL;
}

static bool landlock_refuses(const struct plan *plan, const char *path)
{
	if (!plan->landlock.rights)
		return false;
	for (size_t i = 0; i < plan->landlock.n; i++)
		if (path_is_below(path, plan->landlock.rule[i].path))
			return false;
	return true;
}

static void not_there(const char *path, struct arena *a, struct answer *out)
{
	static const char *const own[] = { "/proc", "/sys", "/dev", "/run", "/tmp" };

	out->verdict = "not there";
	out->hint = arena_printf(a, "[filesystem] read = %s", path);
	for (size_t i = 0; i < LEN(own); i++)
		if (path_is_below(path, own[i]))
			out->hint = NULL;
}

static void answer_bind(const struct step *step, const char *path, const struct host *host,
			struct arena *a, struct answer *out)
{
	const struct pattern *pattern = find_pattern(host, path);

	out->open = true;
	out->verdict = step->flags & STEP_READONLY ? "read-only" : "writable";
	out->reason = step->why;
	if (step->flags & STEP_DEVICE) {
		out->verdict = "writable";
	} else if (step->flags & STEP_SYSTEM) {
		out->reason = "the system is as on the host";
	} else if (step->flags & STEP_READONLY) {
		out->hint = path_is_below(path, host->workspace)
				    ? "[workspace] access = write"
				    : arena_printf(a, "[filesystem] write = %s", path);
	} else if (pattern) {
		out->where = pattern->where;
		out->reason = pattern->hide ? "hide= names it, but when a task starts now there is "
					      "nothing to cover"
					    : "protect= names it, but when a task starts now there "
					      "is nothing to cover";
	}
}

static void answer_tmpfs(const struct step *step, const char *path, struct arena *a,
			 struct answer *out)
{
	not_there(path, a, out);
	out->open = !strcmp(path, step->dst);
	if (out->open) {
		out->verdict = "writable";
		out->hint = NULL;
	} else {
		out->reason = arena_printf(a, "%s is the box's own, and empty at first", step->dst);
	}
}

static void answer_step(const struct step *step, const char *path, const struct host *host,
			struct arena *a, struct answer *out)
{
	out->where = step->where;
	out->reason = step->why;
	switch ((unsigned)step->kind) {
	case STEP_BIND:
		answer_bind(step, path, host, a, out);
		break;
	case STEP_HIDE:
		out->verdict = "hidden";
		if (step->where.file)
			out->reason = "hide= names it";
		break;
	case STEP_PROTECT:
	case STEP_PLACEHOLDER:
		out->open = true;
		out->verdict = "protected";
		if (step->where.file)
			out->reason = "protect= names it";
		break;
	case STEP_TMPFS:
		answer_tmpfs(step, path, a, out);
		break;
	case STEP_OVERLAY:
		out->open = true;
		out->verdict = "writable";
		out->reason = arena_printf(a, "changes are kept for the task, over %s", step->src);
		break;
	case STEP_FILE:
	case STEP_DIR:
	case STEP_LINK:
		out->open = true;
		out->verdict = "read-only";
		out->reason = step->why ? step->why : "made for the box";
		break;
	default: /* /proc and /dev/pts */
		out->open = true;
		out->verdict = "the box's own";
		break;
	}
}

void why_path(const struct plan *plan, const struct host *host, const char *path,
	      struct arena *arena, struct answer *answer)
{
	const char *seen = follow(plan, clean(arena, path), arena);
	const struct step *step = find_step(plan, seen);

	*answer =
		(struct answer){ .reason = "nothing of the host is there but what the plan names" };
	if (step) {
		answer->step = plan_step_name(step->kind);
		answer_step(step, seen, host, arena, answer);
	} else if (!strcmp(seen, "/")) {
		*answer = (struct answer){ .open = true,
					   .verdict = "read-only",
					   .step = "root",
					   .reason = "private root" };
	} else {
		not_there(seen, arena, answer);
	}
	if (step && strcmp(answer->verdict, "writable") != 0 && step->kind != STEP_TMPFS)
		answer->walls = landlock_refuses(plan, seen) ? "mounts, Landlock" : "mounts";
}

/* The method of "METHOD URL"; where there is none, one that only asks. */
static struct str method_of(struct str text)
{
	struct str method, rest;

	return str_cut(text, ' ', &method, &rest) ? method : STR("GET");
}

static bool is_loopback(const struct request *request)
{
	static const struct addr own[] = {
		{ { [10] = 0xff, 0xff, 127, 0, 0, 1 } },
		{ { [15] = 1 } },
	};

	if (request->host)
		return !strcmp(request->host, "localhost");
	return !memcmp(&request->addr, &own[0], sizeof(own[0])) ||
	       !memcmp(&request->addr, &own[1], sizeof(own[1]));
}

/* What no rule allows is the loopback of the box, where the host may be a guest. */
static void answer_loopback(const struct policy *policy, uint16_t port, struct arena *arena,
			    struct answer *answer)
{
	answer->hint = arena_printf(arena, "[ports] host-port = %u", port);
	for (size_t i = 0; i < policy->publish.n; i++) {
		const struct item *item = &policy->publish.item[i];
		const struct published at = value_published(item->text);

		if (at.port != port)
			continue;
		*answer = (struct answer){
			.open = true,
			.verdict = "published",
			.where = item->where,
			.reason = arena_printf(
				arena,
				"the box's own port, reached at port %u of the host's loopback",
				at.host_port),
		};
	}
}

const char *why_host(const struct policy *policy, struct str text, struct arena *arena,
		     struct answer *answer)
{
	char space[RULES_HINT_MAX];
	struct buf hint = BUF(space);
	struct request request = { 0 };
	struct decision d;
	struct rule rule;
	const char *wrong = rule_parse(text, arena, &rule);

	if (wrong)
		return wrong;
	if (rule.subdomains || (rule.path && strchr(rule.path, '*')) || rule.caps.set)
		return "one host or request, without '*' and caps";
	request.host = rule.host;
	request.addr = rule.addr;
	request.port = rule.port ? rule.port : rule.scheme == SCHEME_HTTP ? 80 : 443;
	if (rule.path) {
		request.scheme = rule.scheme;
		request.path = str_of(rule.path);
		request.method = method_of(text);
	}
	d = rules_decide(&policy->rules, &request);
	*answer = (struct answer){
		.open = d.pass,
		.verdict = d.pass && d.verdict == VERDICT_DENY ? "deny, but audited only"
							       : verdict_name(d.verdict),
		.reason = d.reason,
	};
	if (d.rule != RULE_NONE)
		answer->where = policy->rules.rule[d.rule].where;
	if (!rule.path && rules_need_request(&policy->rules, &request)) {
		answer->open = true;
		answer->verdict = "by request";
		answer->reason = "each request is judged: ask about one";
		return NULL;
	}
	if (d.verdict == VERDICT_ALLOW) {
		if (rule.path)
			why_registry(policy, &request, arena, answer);
		return NULL;
	}
	rules_hint(&request, &hint);
	if (d.rule == RULE_NONE)
		answer->hint = arena_printf(arena, "[egress] %s", hint.p);
	if (d.rule == RULE_NONE && is_loopback(&request))
		answer_loopback(policy, request.port, arena, answer);
	return NULL;
}

static bool why_group(const struct policy *policy, struct str name, struct arena *a,
		      struct answer *answer)
{
	for (size_t i = 0; i < n_syscall_groups; i++) {
		const struct syscall_group *g = &syscall_groups[i];
		const struct standing s = syscalls_standing(policy, g);

		if (!str_is(name, g->name))
			continue;
		*answer = (struct answer){
			.open = !s.denied,
			.verdict = s.denied ? "deny" : "allow",
			.reason = g->text,
			.where = s.item ? s.item->where : (struct where){ 0 },
		};
		if (s.denied && !s.item && g->preset != GROUP_NEVER)
			answer->hint = arena_printf(a, "[syscalls] allow = %s", g->name);
		return true;
	}
	return false;
}

bool why_syscall(const struct policy *policy, struct str name, struct arena *arena,
		 struct answer *answer)
{
	const struct syscall_outcome *outcome = NULL;
	size_t n;

	if (str_starts(name, "@"))
		return why_group(policy, name, arena, answer);
	n = syscalls_outcomes(policy, arch_native, arena, &outcome);
	while (n > 0 && !str_is(name, outcome->name)) {
		outcome++;
		n--;
	}
	if (n == 0)
		return false;
	*answer = (struct answer){
		.open = !strcmp(outcome->result, "allow") ||
			!strcmp(outcome->result, "by argument"),
		.verdict = outcome->result,
		.reason = outcome->reason ? outcome->reason : "no group of the filter names it",
		.where = outcome->where,
	};
	/* What a line denies, none allows. */
	if (outcome->group && !outcome->where.file && strcmp(outcome->result, "allow") != 0 &&
	    !syscalls_check(str_of(outcome->group), true))
		answer->hint = arena_printf(arena, "[syscalls] allow = %s", outcome->group);
	return true;
}
