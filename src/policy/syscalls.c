/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/syscalls_tables.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static bool next_word(struct str *list, struct str *word)
{
	if (list->n == 0)
		return false;
	str_cut(*list, ' ', word, list);
	return true;
}

static struct str list_of(const char *words)
{
	return words ? str_of(words) : (struct str){ 0 };
}

static bool lists(const char *words, struct str name)
{
	struct str list = list_of(words), word;

	while (next_word(&list, &word))
		if (str_eq(word, name))
			return true;
	return false;
}

static bool stands_for(struct str name, const struct syscall_group *g)
{
	return str_is(name, g->name) || (g->within && str_is(name, g->within));
}

static const char *check_group(struct str name, bool allow)
{
	bool known = false;

	for (size_t i = 0; i < n_syscall_groups; i++) {
		if (!stands_for(name, &syscall_groups[i]))
			continue;
		if (allow && syscall_groups[i].preset == GROUP_NEVER)
			return "no profile can allow this group";
		known = true;
	}
	return known ? NULL : "no such group of system calls";
}

static const char *check_allow(struct str call)
{
	for (size_t i = 0; i < n_arg_rules; i++)
		if (str_is(call, arg_rules[i].call))
			return "this call is judged by its arguments: name the group instead";
	for (size_t i = 0; i < n_syscall_groups; i++)
		if (syscall_groups[i].preset == GROUP_NEVER &&
		    (lists(syscall_groups[i].eperm, call) || lists(syscall_groups[i].enosys, call)))
			return "no profile can allow this call";
	return NULL;
}

const char *syscalls_check(struct str name, bool allow)
{
	if (str_starts(name, "@"))
		return check_group(name, allow);
	if (syscall_find(name) < 0)
		return "no such system call";
	if (allow)
		return check_allow(name);
	return lists(syscalls_essential, name) ? "no command can run without this call" : NULL;
}

static int check_items(const struct items *items, bool allow, struct err *e)
{
	for (size_t i = 0; i < items->n; i++) {
		const struct item *item = &items->item[i];
		const char *complaint = syscalls_check(str_of(item->text), allow);

		if (complaint)
			return err_say(e, -EINVAL, "%s:%u: [syscalls] %s=%s: %s", item->where.file,
				       item->where.line, allow ? "allow" : "deny", item->text,
				       complaint);
	}
	return 0;
}

static const struct item *line_of(const struct items *items, const struct syscall_group *g)
{
	for (size_t i = 0; i < items->n; i++)
		if (stands_for(str_of(items->item[i].text), g))
			return &items->item[i];
	return NULL;
}

struct standing syscalls_standing(const struct policy *policy, const struct syscall_group *g)
{
	const struct item *deny = line_of(&policy->syscalls_deny, g);
	const struct item *allow = line_of(&policy->syscalls_allow, g);

	if (deny)
		return (struct standing){ true, deny };
	if (allow && g->preset != GROUP_NEVER)
		return (struct standing){ false, allow };
	return (struct standing){ g->preset != GROUP_ALLOWED, NULL };
}

/*
 * A call that came with seccomp (Linux 3.17) or later is answered ENOSYS: its callers still know
 * what to do without it, and many take any other answer as final. All of those are on x86-64.
 */
static int16_t denial_of(const struct syscall_name *call)
{
	return call->number[ARCH_X86_64] >= 317 ? ENOSYS : EPERM;
}

static struct judged *find(struct judgement *j, struct str name)
{
	int i = syscall_find(name);

	assert(i >= 0); /* the tables of this module, and what was checked */
	return &j->call[i];
}

static void judge_list(struct judgement *j, const struct syscall_group *g, struct standing s,
		       const char *calls, int16_t error)
{
	struct str list = list_of(calls), word;

	while (next_word(&list, &word))
		*find(j, word) = (struct judged){
			.group = g,
			.item = s.item,
			.error = s.denied ? error : 0,
			.denial = error,
		};
}

static void judge_rules(struct judgement *j, const struct syscall_group *g, struct standing s)
{
	for (size_t i = 0; i < n_arg_rules; i++) {
		const struct arg_rule *rule = &arg_rules[i];
		struct judged *call;

		if (!rule->group || strcmp(rule->group, g->name) != 0)
			continue;
		call = find(j, str_of(rule->call));
		if (s.item || (s.denied && !call->group)) {
			call->group = g;
			call->item = s.item;
		}
		j->rule[i] = s.denied;
		call->by_argument |= s.denied;
	}
}

/* Lines that allow one call, unless another line denies its group: deny wins. */
static void judge_allowed(struct judgement *j, const struct items *allow)
{
	for (size_t i = 0; i < allow->n; i++) {
		const struct item *item = &allow->item[i];
		struct judged *call;

		if (item->text[0] == '@')
			continue;
		call = find(j, str_of(item->text));
		if (call->error && call->item)
			continue;
		call->error = 0;
		call->item = item;
	}
}

static void judge_denied(struct judgement *j, const struct items *deny)
{
	for (size_t i = 0; i < deny->n; i++) {
		const struct item *item = &deny->item[i];
		struct judged *call;

		if (item->text[0] == '@')
			continue;
		call = find(j, str_of(item->text));
		call->error = call->denial;
		call->by_argument = false;
		call->item = item;
	}
}

int syscalls_judge(struct judgement *j, const struct policy *policy, struct arena *arena,
		   struct err *e)
{
	int r;

	r = check_items(&policy->syscalls_deny, false, e);
	if (r == 0)
		r = check_items(&policy->syscalls_allow, true, e);
	if (r < 0)
		return r;
	j->call = arena_alloc(arena, n_syscall_names * sizeof(*j->call));
	j->rule = arena_alloc(arena, n_arg_rules * sizeof(*j->rule));
	for (size_t i = 0; i < n_syscall_names; i++)
		j->call[i].denial = denial_of(&syscall_names[i]);
	for (size_t i = 0; i < n_arg_rules; i++)
		j->rule[i] = arg_rules[i].error == 0;
	for (size_t i = 0; i < n_syscall_groups; i++) {
		const struct syscall_group *g = &syscall_groups[i];
		struct standing s = syscalls_standing(policy, g);

		judge_list(j, g, s, g->eperm, EPERM);
		judge_list(j, g, s, g->enosys, ENOSYS);
		judge_rules(j, g, s);
	}
	judge_allowed(j, &policy->syscalls_allow);
	judge_denied(j, &policy->syscalls_deny);
	return 0;
}
