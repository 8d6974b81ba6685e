/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/syscalls_tables.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static const char *error_name(int error)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {
		{ 0, "allow" },
		{ EPERM, "EPERM" },
		{ ENOSYS, "ENOSYS" },
		{ EAFNOSUPPORT, "EAFNOSUPPORT" },
		{ EPROTONOSUPPORT, "EPROTONOSUPPORT" },
		{ ESOCKTNOSUPPORT, "ESOCKTNOSUPPORT" },
	};

	for (size_t i = 0; i < LEN(names); i++)
		if (names[i].error == error)
			return names[i].name;
	assert(!"an errno of the tables that has no name here");
	return NULL;
}

/* "EPERM for TIOCSTI; EPERM for TIOCLINUX" */
static const char *reason_by_argument(const struct judgement *j, const char *call,
				      struct arena *arena)
{
	const char *text = NULL;

	for (size_t i = 0; i < n_arg_rules; i++) {
		const struct arg_rule *rule = &arg_rules[i];

		if (!j->rule[i] || rule->error == 0 || strcmp(rule->call, call) != 0)
			continue;
		text = arena_printf(arena, "%s%s%s %s", text ? text : "", text ? "; " : "",
				    error_name(rule->error), rule->text);
	}
	return text;
}

static struct syscall_outcome outcome_of(const struct judgement *j, size_t i, struct arena *arena)
{
	const struct judged *call = &j->call[i];
	struct syscall_outcome out = {
		.name = syscall_names[i].name,
		.group = call->group ? call->group->name : NULL,
		.result = error_name(call->error),
		.reason = call->group ? call->group->text : NULL,
	};

	if (call->by_argument) {
		out.result = "by argument";
		out.reason = reason_by_argument(j, out.name, arena);
	}
	if (call->item)
		out.where = call->item->where;
	return out;
}

size_t syscalls_outcomes(const struct policy *policy, enum arch arch, struct arena *arena,
			 const struct syscall_outcome **out)
{
	struct syscall_outcome *list;
	struct judgement j;
	struct err e;
	size_t n = 0;

	*out = NULL;
	if (syscalls_judge(&j, policy, arena, &e) < 0)
		return 0;
	list = arena_alloc(arena, n_syscall_names * sizeof(*list));
	for (size_t i = 0; i < n_syscall_names; i++)
		if (syscall_names[i].number[arch] >= 0)
			list[n++] = outcome_of(&j, i, arena);
	*out = list;
	return n;
}

static void print_where(struct where where, struct buf *out)
{
	if (where.file)
		buf_printf(out, " (%s:%u)", where.file, where.line);
	buf_puts(out, "\n");
}

void syscalls_print(const struct policy *policy, enum arch arch, struct buf *out)
{
	const struct syscall_outcome *list;
	struct arena arena = { 0 };
	size_t n;

	n = syscalls_outcomes(policy, arch, &arena, &list);
	for (size_t i = 0; i < n; i++) {
		const struct syscall_outcome *o = &list[i];

		buf_printf(out, "%-*s %-11s %-12s %s", SYSCALL_NAME_SIZE, o->name, o->result,
			   o->group ? o->group : "-", o->reason ? o->reason : "-");
		print_where(o->where, out);
	}
	if (n)
		buf_printf(out, "%-*s %-11s %-12s %s\n%-*s %-11s %-12s %s\n", SYSCALL_NAME_SIZE,
			   "(other numbers)", "ENOSYS", "-", "newer than agentbox, or x32",
			   SYSCALL_NAME_SIZE, "(other architectures)", "kill", "-",
			   "their numbers mean other calls");
	arena_fini(&arena);
}

void syscalls_print_groups(const struct policy *policy, struct buf *out)
{
	for (size_t i = 0; i < n_syscall_groups; i++) {
		const struct syscall_group *g = &syscall_groups[i];
		struct standing s = syscalls_standing(policy, g);

		buf_printf(out, "%-12s %-5s %s", g->name, s.denied ? "deny" : "allow", g->text);
		print_where(s.item ? s.item->where : (struct where){ 0 }, out);
	}
}
