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

/* "EPERM setns; EPERM clone with a CLONE_NEW flag", piece by piece. */
static const char *append(struct arena *arena, const char *text, int error, const char *calls,
			  const char *when)
{
	if (!calls)
		return text;
	return arena_printf(arena, "%s%s%s %s%s%s", text ? text : "", text ? "; " : "",
			    error_name(error), calls, when ? " " : "", when ? when : "");
}

static const char *reason_by_argument(const struct judgement *j, const char *call,
				      struct arena *arena)
{
	const char *text = NULL;

	for (size_t i = 0; i < n_arg_rules; i++)
		if (j->rule[i] && arg_rules[i].error && strcmp(arg_rules[i].call, call) == 0)
			text = append(arena, text, arg_rules[i].error, arg_rules[i].text, NULL);
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

static const char *calls_of(const struct syscall_group *g, struct arena *arena)
{
	const char *text = NULL;

	text = append(arena, text, EPERM, g->eperm, NULL);
	text = append(arena, text, ENOSYS, g->enosys, NULL);
	for (size_t i = 0; i < n_arg_rules; i++)
		if (arg_rules[i].group && strcmp(arg_rules[i].group, g->name) == 0)
			text = append(arena, text, arg_rules[i].error, arg_rules[i].call,
				      arg_rules[i].text);
	return text;
}

static size_t rule_calls(const struct items *items, const struct judgement *j, struct arena *arena,
			 struct syscall_ruling *out)
{
	size_t n = 0;

	for (size_t i = 0; i < items->n; i++) {
		const struct item *item = &items->item[i];
		const struct judged *call;

		if (item->text[0] == '@')
			continue;
		call = &j->call[syscall_find(str_of(item->text))];
		if (call->item != item)
			continue;
		out[n++] = (struct syscall_ruling){
			.verdict = call->error ? "deny" : "allow",
			.name = item->text,
			.calls = append(arena, NULL, call->denial, item->text, NULL),
			.where = item->where,
		};
	}
	return n;
}

size_t syscalls_rulings(const struct policy *policy, struct arena *arena,
			const struct syscall_ruling **out)
{
	struct syscall_ruling *list;
	struct judgement j;
	struct err e;
	size_t n = 0;

	*out = NULL;
	if (syscalls_judge(&j, policy, arena, &e) < 0)
		return 0;
	list = arena_alloc(arena,
			   (n_syscall_groups + policy->syscalls_deny.n + policy->syscalls_allow.n) *
				   sizeof(*list));
	for (size_t i = 0; i < n_syscall_groups; i++) {
		const struct syscall_group *g = &syscall_groups[i];
		struct standing s = syscalls_standing(policy, g);

		if (s.denied || s.item)
			list[n++] = (struct syscall_ruling){
				.verdict = s.denied ? "deny" : "allow",
				.name = g->name,
				.calls = calls_of(g, arena),
				.text = g->text,
				.where = s.item ? s.item->where : (struct where){ 0 },
			};
	}
	n += rule_calls(&policy->syscalls_deny, &j, arena, list + n);
	n += rule_calls(&policy->syscalls_allow, &j, arena, list + n);
	*out = list;
	return n;
}
