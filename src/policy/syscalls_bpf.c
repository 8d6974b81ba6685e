/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation: the filter
 *
 *	another architecture             -> kill the process
 *	a binary tree over the number    -> allow, an errno, or rules over the arguments
 *	rules over the arguments         -> allow, an errno
 *
 * Each number from 0 to SYSCALL_NEWEST has a verdict; numbers without a call get ENOSYS, and so
 * does everything above, which on x86-64 includes x32 (bit 30 set). Neighbours with the same
 * verdict are one range. The tree splits a list of ranges where the numbers on both sides come
 * nearest to each other: when a filter is loaded the kernel runs it once for every number it has,
 * to learn which are always allowed (seccomp_cache_prepare(), Linux 5.11), so what counts is the
 * average path over numbers. Most denials are single numbers between allowed ones: those cost one
 * comparison for equality instead of two for order.
 *
 * The program is written from its end to its beginning. A jump of BPF only leads forward, so its
 * target is always there already, and a place is named by its distance from the end, which no
 * longer changes. Conditional jumps reach 255 instructions; what lies further is reached through
 * an unconditional one, and an answer is simply repeated.
 *
 * Numbers are compared in order, arguments never: of those only the low word is read, and compared
 * for equality or for bits (see policy/syscalls_tables.h). An unconditional verdict depends on the
 * number alone: a load of an argument on its path would keep it out of the kernel's cache.
 */
#include "policy/syscalls_tables.h"

#include <assert.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <string.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "where the low word of an argument is");

static const uint32_t audit_arch[] = {
	[ARCH_X86_64] = AUDIT_ARCH_X86_64,
	[ARCH_AARCH64] = AUDIT_ARCH_AARCH64,
};
static_assert(LEN(audit_arch) == N_ARCHES);

enum {
	REACH = 255,	 /* of a conditional jump */
	INSN_MAX = 1024, /* with every second call denied: 300 */
};
static_assert(INSN_MAX <= BPF_MAXINSNS);

/* A place is a number of instructions, counted from the end of the program. */
struct code {
	struct sock_filter insn[INSN_MAX]; /* filled from its end */
	size_t n;
	bool full;
	struct answer {
		uint32_t value;
		size_t place;
	} answers[8];
};

static size_t put(struct code *c, unsigned op, uint32_t k, size_t yes, size_t no)
{
	assert(yes <= REACH && no <= REACH);
	if (c->n == INSN_MAX) {
		c->full = true;
		return c->n;
	}
	c->n++;
	c->insn[INSN_MAX - c->n] =
		(struct sock_filter){ (uint16_t)op, (uint8_t)yes, (uint8_t)no, k };
	return c->n;
}

/* The place of a return, made again when the last one has gone out of reach. */
static size_t answer(struct code *c, uint32_t value)
{
	struct answer *a = c->answers;

	for (; a->place && a->value != value; a++)
		assert(a + 1 < c->answers + LEN(c->answers));
	if (!a->place || c->n - a->place >= REACH)
		*a = (struct answer){ value, put(c, BPF_RET | BPF_K, value, 0, 0) };
	return a->place;
}

static uint32_t value_of(int error)
{
	return error ? SECCOMP_RET_ERRNO | (uint32_t)error : SECCOMP_RET_ALLOW;
}

/* A place for @target that a conditional jump reaches also when @more instructions follow first. */
static size_t reach(struct code *c, size_t target, size_t more)
{
	size_t distance = c->n - target;

	return distance + more <= REACH ? target
					: put(c, BPF_JMP | BPF_JA, (uint32_t)distance, 0, 0);
}

static size_t branch(struct code *c, unsigned test, uint32_t k, size_t yes, size_t no)
{
	yes = reach(c, yes, 1);
	no = reach(c, no, 0);
	return put(c, BPF_JMP | BPF_K | test, k, c->n - yes, c->n - no);
}

static size_t load(struct code *c, size_t offset)
{
	return put(c, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* Rules over arguments. */

static bool same_word(const struct arg_test *a, const struct arg_test *b)
{
	return a->arg == b->arg && a->mask == b->mask;
}

static size_t put_test(struct code *c, const struct arg_test *t, size_t yes, size_t no)
{
	switch (t->op) {
	case TEST_NONE:
		break;
	case TEST_IS:
		return branch(c, BPF_JEQ, t->value, yes, no);
	case TEST_IS_NOT:
		return branch(c, BPF_JEQ, t->value, no, yes);
	case TEST_ANY_BIT:
		return branch(c, BPF_JSET, t->value, yes, no);
	}
	assert(!"a rule has at least one test");
	return yes;
}

static size_t put_load(struct code *c, const struct arg_test *t)
{
	if (t->mask)
		put(c, BPF_ALU | BPF_AND | BPF_K, t->mask, 0, 0);
	return load(c, offsetof(struct seccomp_data, args) + 8 * t->arg);
}

/* Whether the word of @t is in the accumulator wherever a test of @rule has failed. */
static bool leaves_word(const struct arg_rule *rule, const struct arg_test *t)
{
	for (size_t i = 0; i < ARG_TESTS && rule->when[i].op; i++)
		if (!same_word(&rule->when[i], t))
			return false;
	return true;
}

static size_t put_rule(struct code *c, const struct arg_rule *rule, const struct arg_rule *before,
		       size_t next)
{
	size_t at = answer(c, value_of(rule->error)), n = 0;

	while (n < ARG_TESTS && rule->when[n].op)
		n++;
	while (n-- > 0) {
		const struct arg_test *t = &rule->when[n];

		at = put_test(c, t, at, next);
		if (n > 0 ? !same_word(t - 1, t) : !before || !leaves_word(before, t))
			at = put_load(c, t);
	}
	return at;
}

static const struct arg_rule *rule_before(const struct judgement *j, const char *call, size_t i)
{
	while (i-- > 0)
		if (j->rule[i] && strcmp(arg_rules[i].call, call) == 0)
			return &arg_rules[i];
	return NULL;
}

static size_t put_rules(struct code *c, const struct judgement *j, const char *call)
{
	const struct arg_rule *rule = rule_before(j, call, n_arg_rules), *before;
	size_t at = answer(c, value_of(0));

	for (; rule; rule = before) {
		before = rule_before(j, call, (size_t)(rule - arg_rules));
		at = put_rule(c, rule, before, at);
	}
	return at;
}

/* The tree over numbers. */

/* Small, because a fresh process pays for each page that it touches. */
struct range {
	uint16_t first;
	int16_t error;
	int16_t call; /* index into syscall_names when it is judged by its arguments, or -1 */
};

struct ranges {
	struct range range[SYSCALL_NEWEST + 3];
	size_t n; /* and one more, whose first is the end */
};

static void add_range(struct ranges *r, unsigned first, int error, int call)
{
	const struct range *last = r->n ? &r->range[r->n - 1] : NULL;

	if (!last || call >= 0 || last->call >= 0 || last->error != error)
		r->range[r->n++] = (struct range){ (uint16_t)first, (int16_t)error, (int16_t)call };
}

/* All numbers above the newest count as one: nobody who measures calls them. */
static void find_ranges(struct ranges *r, const struct judgement *j, enum arch arch)
{
	int16_t by_number[SYSCALL_NEWEST + 1];

	memset(by_number, -1, sizeof(by_number));
	for (size_t i = 0; i < n_syscall_names; i++)
		if (syscall_names[i].number[arch] >= 0)
			by_number[syscall_names[i].number[arch]] = (int16_t)i;
	r->n = 0;
	for (unsigned number = 0; number <= SYSCALL_NEWEST; number++) {
		int i = by_number[number];

		add_range(r, number, i < 0 ? ENOSYS : j->call[i].error,
			  i >= 0 && j->call[i].by_argument ? i : -1);
	}
	add_range(r, SYSCALL_NEWEST + 1, ENOSYS, -1);
	r->range[r->n].first = SYSCALL_NEWEST + 2;
}

static size_t put_leaf(struct code *c, const struct judgement *j, const struct range *r)
{
	return r->call < 0 ? answer(c, value_of(r->error))
			   : put_rules(c, j, syscall_names[r->call].name);
}

/* Whether three ranges are one number between two ranges of the same verdict. */
static bool is_island(const struct range *r)
{
	return r[2].first == r[1].first + 1 && r[0].call < 0 && r[2].call < 0 &&
	       r[0].error == r[2].error;
}

static size_t middle(const struct range *r, size_t n)
{
	int twice = r[0].first + r[n].first;
	size_t i = 1;

	while (i + 1 < n && 2 * r[i + 1].first <= twice)
		i++;
	if (i + 1 < n && 2 * r[i + 1].first - twice < twice - 2 * r[i].first)
		i++;
	return i;
}

static size_t put_tree(struct code *c, const struct judgement *j, const struct range *r, size_t n)
{
	size_t i, high, low;

	if (n == 1)
		return put_leaf(c, j, r);
	if (n == 3 && is_island(r)) {
		low = put_leaf(c, j, &r[0]);
		return branch(c, BPF_JEQ, r[1].first, put_leaf(c, j, &r[1]), low);
	}
	i = middle(r, n);
	high = put_tree(c, j, r + i, n - i);
	low = put_tree(c, j, r, i);
	return branch(c, BPF_JGE, r[i].first, high, low);
}

static void put_program(struct code *c, const struct judgement *j, enum arch arch)
{
	struct ranges r;
	size_t root, native;

	find_ranges(&r, j, arch);
	root = put_tree(c, j, r.range, r.n);
	assert(root == c->n); /* where the load continues; there are always two ranges */
	native = load(c, offsetof(struct seccomp_data, nr));
	branch(c, BPF_JEQ, audit_arch[arch], native, answer(c, SECCOMP_RET_KILL_PROCESS));
	load(c, offsetof(struct seccomp_data, arch));
}

int syscalls_compile(const struct policy *policy, enum arch arch, struct arena *arena,
		     struct filter *out, struct err *e)
{
	struct code *c = arena_alloc(arena, sizeof(*c));
	struct judgement j;
	int r;

	r = syscalls_judge(&j, policy, arena, e);
	if (r < 0)
		return r;
	put_program(c, &j, arch);
	if (c->full)
		return err_say(e, -EINVAL,
			       "the filter of system calls has more than %d instructions",
			       INSN_MAX);
	out->insn = c->insn + INSN_MAX - c->n;
	out->n = c->n;
	return 0;
}
