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

/* Returns 0, or -EINVAL: more instructions than a filter may have, which no policy should reach. */
int syscalls_compile(const struct policy *policy, enum arch arch, struct arena *arena,
		     struct filter *out, struct err *e);

/* Is @name a call or a group ("@mount") that a profile may deny (or, with @allow, allow)? NULL: yes. */
const char *syscalls_check(struct str name, bool allow);

/* What becomes of one call, for `plan`, `profile syscalls` and `why`. */
struct syscall_outcome {
	const char *name;
	const char *group;     /* the group that decides, or NULL */
	const char *result;    /* "allow", "EPERM", "ENOSYS", "by argument", "kill" */
	const char *reason;
	struct where where;    /* of the profile line, if one decides */
};
size_t syscalls_outcomes(const struct policy *policy, enum arch arch, struct arena *arena,
			 const struct syscall_outcome **out);
