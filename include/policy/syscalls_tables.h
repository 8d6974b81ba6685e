/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "policy/syscalls.h"

/* The tables behind policy/syscalls.h: which calls there are, and what is thought of them. */

enum {
	SYSCALL_NEWEST = 469, /* file_setattr, Linux 6.17: the newest call that was judged */
	SYSCALL_NAME_SIZE = 24,
};

/* One call; a number is negative on an architecture that does not have it. Sorted by name. */
struct syscall_name {
	char name[SYSCALL_NAME_SIZE];
	int16_t number[N_ARCHES];
};
extern const struct syscall_name syscall_names[];
extern const size_t n_syscall_names;

/* Index into syscall_names, or -1. */
int syscall_find(struct str name);

/*
 * Calls that are judged by their arguments. The rules of one call stand together; the first one
 * whose tests all hold decides, and without one the call is allowed. A rule with an errno is left
 * out while its group is allowed.
 *
 * A test reads the low word of an argument only: the arguments that matter are int in the kernel,
 * or mean nothing in their high word, so a program can put there what it likes.
 */
enum test_op {
	TEST_NONE,
	TEST_IS,
	TEST_IS_NOT,
	TEST_ANY_BIT, /* of the value */
};

struct arg_test {
	enum test_op op;
	unsigned arg;
	uint32_t value;
	uint32_t mask; /* applied to the argument first; 0: the whole word */
};

enum { ARG_TESTS = 6 };

struct arg_rule {
	const char *call;
	struct arg_test when[ARG_TESTS];
	int error;	   /* 0: allow */
	const char *group; /* of a rule with an errno */
	const char *text;  /* "EPERM" and this are a sentence */
};
extern const struct arg_rule arg_rules[];
extern const size_t n_arg_rules;

/* Calls that a profile cannot deny, separated by blanks. */
extern const char syscalls_essential[];

/* What a policy makes of a group. */
struct standing {
	bool denied;
	const struct item *item; /* the profile line that decides, or NULL */
};
struct standing syscalls_standing(const struct policy *policy, const struct syscall_group *g);

/* What becomes of the call that has the same index in syscall_names. */
struct judged {
	const struct syscall_group *group; /* that the call belongs to, or NULL */
	const struct item *item;	   /* the profile line that decides, or NULL */
	int16_t error;			   /* 0: allowed, or judged by its arguments */
	int16_t denial;			   /* what it gets whenever it is denied */
	bool by_argument;
};

struct judgement {
	struct judged *call; /* n_syscall_names */
	bool *rule;	     /* n_arg_rules: those that apply */
};

/* Allocates in @arena. Returns 0, or -EINVAL: a profile line that syscalls_check() refuses. */
int syscalls_judge(struct judgement *j, const struct policy *policy, struct arena *arena,
		   struct err *e);
