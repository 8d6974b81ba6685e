/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/mem.h"
#include "policy/policy.h"

/*
 * The seccomp filter that follows from a policy. Names and numbers come from a table that the
 * build generates from libseccomp; the filter itself is built here, in microseconds, as a balanced
 * tree over ranges of numbers: the kernel's load time follows its average path, and nothing has
 * to be compiled or cached when a box starts.
 */

enum arch { ARCH_X86_64, ARCH_AARCH64, N_ARCHES };
extern const enum arch arch_native;

struct filter {
	struct sock_filter *insn;
	size_t n;
};

/*
 * Returns 0, or -EINVAL: a profile line that syscalls_check() refuses, or more instructions than a
 * filter may have, which no policy should reach. @out is allocated in @arena.
 */
int syscalls_compile(const struct policy *policy, enum arch arch, struct arena *arena,
		     struct filter *out, struct err *e);

/* Is @name a call or a group ("@mount") that a profile may deny (or, with @allow, allow)? NULL:
 * yes. */
const char *syscalls_check(struct str name, bool allow);

/* What becomes of one call, for `plan`, `profile syscalls` and `why`. */
struct syscall_outcome {
	const char *name;
	const char *group;  /* the group that it belongs to, or NULL */
	const char *result; /* "allow", "EPERM", "ENOSYS", "by argument" */
	const char *reason; /* or NULL */
	struct where where; /* of the profile line, if one decides */
};

/*
 * The outcomes of all calls that @arch has, by name. Returns how many; 0 for a policy that
 * syscalls_compile() refuses. @out is allocated in @arena.
 */
size_t syscalls_outcomes(const struct policy *policy, enum arch arch, struct arena *arena,
			 const struct syscall_outcome **out);

/* What `profile syscalls` prints: one line a call, about 40 KiB. */
void syscalls_print(const struct policy *policy, enum arch arch, struct buf *out);

/* What a group is when no profile says anything about it. */
enum group_preset {
	GROUP_NEVER, /* denied, and no profile can allow it */
	GROUP_DENIED,
	GROUP_ALLOWED,
};

/* The groups: rows of a table, for the filter, `plan`, and the manual page. */
struct syscall_group {
	const char *name;   /* "@mount" */
	const char *within; /* a wider name that stands for this group too, or NULL */
	enum group_preset preset;
	const char *eperm;  /* calls that are answered EPERM when denied; separated by blanks */
	const char *enosys; /* calls that are answered ENOSYS: their users then do without */
	const char *text;   /* what the group can do */
	const char *users;  /* who needs it, or why it can never be allowed */
};
extern const struct syscall_group syscall_groups[];
extern const size_t n_syscall_groups;

/* A group that is denied, or that a profile line allows; and single calls that a line names. */
struct syscall_ruling {
	const char *verdict; /* "deny", "allow" */
	const char *name;
	const char *calls;  /* "EPERM setns; EPERM clone with a CLONE_NEW flag" */
	const char *text;   /* what it can do, or NULL */
	struct where where; /* of the profile line, if one decides */
};

/* For `plan`: in the order of the groups, then of the lines. Returns how many; @out is in @arena.
 */
size_t syscalls_rulings(const struct policy *policy, struct arena *arena,
			const struct syscall_ruling **out);
