/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/plan.h"

#include <assert.h>
#include <string.h>

#include "wire/quote.h"

static const char *const names[] = {
	[STEP_NONE] = "none",	      [STEP_ID_MAP] = "map-ids",
	[STEP_HOSTNAME] = "hostname", [STEP_LOOPBACK] = "loopback",
	[STEP_LISTEN] = "listen",     [STEP_REOPEN] = "reopen",
	[STEP_ROOT] = "root",	      [STEP_DIR] = "directory",
	[STEP_FILE] = "file",	      [STEP_LINK] = "link",
	[STEP_TMPFS] = "tmpfs",	      [STEP_OVERLAY] = "overlay",
	[STEP_BIND] = "bind",	      [STEP_PLACEHOLDER] = "placeholder",
	[STEP_PROTECT] = "protect",   [STEP_HIDE] = "hide",
	[STEP_COVER] = "cover",	      [STEP_PROC] = "proc",
	[STEP_PID_MAX] = "pid-max",   [STEP_DEADLINE] = "deadline",
	[STEP_MEMORY] = "memory",     [STEP_PUBLISH] = "publish",
	[STEP_GUARD] = "guard",	      [STEP_DEVPTS] = "devpts",
	[STEP_PIVOT] = "pivot",	      [STEP_TERMINAL] = "terminal",
	[STEP_WORKDIR] = "workdir",   [STEP_LANDLOCK] = "landlock",
	[STEP_LIMIT] = "limit",	      [STEP_DROP] = "drop-privileges",
	[STEP_SECCOMP] = "seccomp",   [STEP_EXEC] = "exec",
	[STEP_INOTIFY] = "inotify",
};
static_assert(LEN(names) == N_STEP_KINDS, "a step kind has a name");

const char *plan_step_name(enum step_kind kind)
{
	return names[kind];
}

/* Flags that a reader of the plan wants to see; the others say how a step is done. */
static const char *const flag_names[] = { "read-only", "noexec", "device", "if-present" };

/* What n and m mean, for the kinds that use them; NULL: they are not shown. */
static const struct {
	const char *n, *m;
} numbers[N_STEP_KINDS] = {
	[STEP_ID_MAP] = { "uid", "gid" },
	[STEP_LOOPBACK] = { "any-address", NULL },
	[STEP_LISTEN] = { "port", "kind" },
	[STEP_REOPEN] = { "descriptor", NULL },
	[STEP_ROOT] = { "size", NULL },
	[STEP_TMPFS] = { "size", "inodes" },
	[STEP_OVERLAY] = { "size", "inodes" },
	[STEP_PID_MAX] = { "n", NULL },
	[STEP_INOTIFY] = { "instances", "watches" },
	[STEP_DEADLINE] = { "seconds", NULL },
	[STEP_MEMORY] = { "size", NULL },
	[STEP_LANDLOCK] = { "version", NULL },
	[STEP_LIMIT] = { "resource", "value" },
	[STEP_SECCOMP] = { "instructions", NULL },
	[STEP_PUBLISH] = { "host-port", "port" },
};

/* A path or text in one word: what a terminal or a line-wise reader would trip over is escaped. */
static void quoted(struct buf *out, const char *text)
{
	buf_puts(out, " ");
	if (*text &&
	    strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@:") ==
		    strlen(text))
		buf_puts(out, text);
	else
		quote_json(out, str_of(text));
}

static void print_why(const char *why, struct where where, struct buf *out)
{
	if (why)
		buf_printf(out, "  # %s", why);
	if (where.file)
		buf_printf(out, " (%s:%u)", where.file, where.line);
	buf_puts(out, "\n");
}

static void print_step(const struct step *step, struct buf *out)
{
	buf_printf(out, "%-16s", names[step->kind]);
	if (step->dst)
		quoted(out, step->dst);
	if (step->src && strcmp(step->src, step->dst) != 0) {
		buf_puts(out, " from");
		quoted(out, step->src);
	}
	if (step->text && step->kind != STEP_FILE)
		quoted(out, step->text);
	for (size_t i = 0; i < LEN(flag_names); i++)
		if (step->flags & (1U << i))
			buf_printf(out, " %s", flag_names[i]);
	if (numbers[step->kind].n)
		buf_printf(out, " %s=%llu", numbers[step->kind].n, (unsigned long long)step->n);
	if (numbers[step->kind].m)
		buf_printf(out, " %s=%llu", numbers[step->kind].m, (unsigned long long)step->m);
	print_why(step->why, step->where, out);
}

static const char *words_of(uint32_t rights)
{
	return rights & LANDLOCK_MAKE_REG ? "write, make, remove" : "write";
}

/* Where the landlock step allows to write. */
static void print_rules(const struct landlock *landlock, struct buf *out)
{
	for (size_t i = 0; i < landlock->n; i++) {
		buf_puts(out, "  allow         ");
		quoted(out, landlock->rule[i].path);
		buf_printf(out, ": %s\n", words_of(landlock->rule[i].rights));
	}
}

/* What the filter of the seccomp step does. */
static void print_rulings(const struct policy *policy, struct buf *out)
{
	const struct syscall_ruling *list;
	struct arena arena = { 0 };
	size_t n = syscalls_rulings(policy, &arena, &list);

	for (size_t i = 0; i < n; i++) {
		buf_printf(out, "  %-14s %s: %s", list[i].verdict, list[i].name, list[i].calls);
		print_why(list[i].text, list[i].where, out);
	}
	arena_fini(&arena);
}

void plan_print(const struct plan *plan, struct buf *out)
{
	for (size_t i = 0; i < plan->n; i++) {
		print_step(&plan->step[i], out);
		if (plan->step[i].kind == STEP_LANDLOCK)
			print_rules(&plan->landlock, out);
		if (plan->step[i].kind == STEP_SECCOMP)
			print_rulings(plan->policy, out);
	}
	if (plan->missing)
		buf_printf(out, "%-16s %s\n", "missing", plan->missing);
	for (char *const *arg = plan->argv; *arg; arg++) {
		buf_printf(out, "%-16s", "argument");
		quoted(out, *arg);
		buf_puts(out, "\n");
	}
	for (char **variable = plan->environment; *variable; variable++) {
		buf_printf(out, "%-16s", "variable");
		quoted(out, *variable);
		buf_puts(out, "\n");
	}
}

static void member(struct buf *out, const char *key, const char *text)
{
	if (!text)
		return;
	buf_printf(out, ",\"%s\":", key);
	quote_json(out, str_of(text));
}

static void json_why(struct buf *out, const char *why, struct where where)
{
	member(out, "why", why);
	member(out, "file", where.file);
	if (where.file)
		buf_printf(out, ",\"line\":%u", where.line);
	buf_puts(out, "}");
}

static void json_step(const struct step *step, struct buf *out)
{
	buf_printf(out, "{\"step\":\"%s\"", names[step->kind]);
	member(out, "path", step->dst);
	member(out, "from", step->src);
	member(out, "text", step->text);
	for (size_t i = 0; i < LEN(flag_names); i++)
		if (step->flags & (1U << i))
			buf_printf(out, ",\"%s\":true", flag_names[i]);
	if (numbers[step->kind].n)
		buf_printf(out, ",\"%s\":%llu", numbers[step->kind].n, (unsigned long long)step->n);
	if (numbers[step->kind].m)
		buf_printf(out, ",\"%s\":%llu", numbers[step->kind].m, (unsigned long long)step->m);
	json_why(out, step->why, step->where);
}

static void json_rules(const struct landlock *landlock, struct buf *out)
{
	buf_puts(out, "],\n\"landlock\":[\n");
	for (size_t i = 0; i < landlock->n; i++) {
		buf_puts(out, "{\"path\":");
		quote_json(out, str_of(landlock->rule[i].path));
		buf_printf(out, ",\"allow\":\"%s\"}%s\n", words_of(landlock->rule[i].rights),
			   i + 1 < landlock->n ? "," : "");
	}
}

static void json_rulings(const struct policy *policy, struct buf *out)
{
	const struct syscall_ruling *list;
	struct arena arena = { 0 };
	size_t n = syscalls_rulings(policy, &arena, &list);

	buf_puts(out, "],\n\"syscalls\":[\n");
	for (size_t i = 0; i < n; i++) {
		buf_printf(out, "{\"verdict\":\"%s\"", list[i].verdict);
		member(out, "name", list[i].name);
		member(out, "calls", list[i].calls);
		json_why(out, list[i].text, list[i].where);
		buf_puts(out, i + 1 < n ? ",\n" : "\n");
	}
	arena_fini(&arena);
}

static void json_list(struct buf *out, const char *key, char *const *list)
{
	buf_printf(out, "],\n\"%s\":[", key);
	for (size_t i = 0; list[i]; i++) {
		buf_puts(out, i ? "," : "");
		quote_json(out, str_of(list[i]));
	}
}

void plan_json(const struct plan *plan, struct buf *out)
{
	buf_puts(out, "{\"level\":");
	quote_json(out, str_of(plan->level));
	member(out, "missing", plan->missing);
	buf_puts(out, ",\n\"steps\":[\n");
	for (size_t i = 0; i < plan->n; i++) {
		json_step(&plan->step[i], out);
		buf_puts(out, i + 1 < plan->n ? ",\n" : "\n");
	}
	json_rules(&plan->landlock, out);
	json_rulings(plan->policy, out);
	json_list(out, "argv", plan->argv);
	json_list(out, "environment", plan->environment);
	buf_puts(out, "]}\n");
}
