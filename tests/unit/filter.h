/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "policy/syscalls_tables.h"

#include <errno.h>
#include <linux/audit.h>
#include <stdio.h>

#include "bpf.h"
#include "suite.h"

/* What the tests of the filter share: policies from words, and verdicts of the compiled program. */

enum { SWEEP = 600, X32 = 0x40000000 };

static const uint32_t audit_arch[N_ARCHES] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64 };
static const char *const arch_names[N_ARCHES] = { "x86_64", "aarch64" };

#define ERRNO(error) (SECCOMP_RET_ERRNO | (error))
#define ALLOW SECCOMP_RET_ALLOW
#define KILL SECCOMP_RET_KILL_PROCESS

/* A policy of [syscalls] lines, given as two lists of words. */
struct lines {
	struct policy policy;
	struct arena arena;
};

static inline void add_lines(struct lines *l, struct items *items, const char *words, unsigned line)
{
	struct str rest = str_of(words ? words : ""), word;

	while (rest.n) {
		str_cut(rest, ' ', &word, &rest);
		*arena_push(&l->arena, items->item, items->n) = (struct item){
			.text = arena_strndup(&l->arena, word.p, word.n),
			.where = { "test.ini", line++ },
		};
	}
}

static inline struct lines *lines(const char *deny, const char *allow)
{
	static struct lines l;

	arena_fini(&l.arena);
	l = (struct lines){ 0 };
	add_lines(&l, &l.policy.syscalls_deny, deny, 1);
	add_lines(&l, &l.policy.syscalls_allow, allow, 100);
	return &l;
}

static inline struct filter compile(struct lines *l, enum arch arch)
{
	struct filter f;
	struct err e = { 0 };

	ck_assert_msg(syscalls_compile(&l->policy, arch, &l->arena, &f, &e) == 0, "%s", e.text);
	ck_assert(bpf_valid(f.insn, f.n));
	return f;
}

static inline int number_of(enum arch arch, const char *name)
{
	int i = syscall_find(str_of(name));

	ck_assert_msg(i >= 0, "%s", name);
	return syscall_names[i].number[arch];
}

static inline uint32_t verdict(const struct filter *f, enum arch arch, int number,
			       const uint64_t args[6])
{
	struct seccomp_data data = { .nr = number, .arch = audit_arch[arch] };

	if (args)
		memcpy(data.args, args, sizeof(data.args));
	return bpf_run(f->insn, &data).value;
}
