/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "eco/locked.h"
#include "egress/gate.h"
#include "os/loop.h"

/*
 * What lock files named when the task started: it is found out beside the task, by a process that
 * can do nothing else, and requests that hang on it wait until it has come. All-zero: it is to
 * come.
 */
struct lockfiles {
	struct loop *loop;
	struct watch watch; /* a pipe */
	char *text;
	size_t n, cap;
	bool over, known; /* nothing more is to come; it was understood */
	struct locked locked;
	struct gate *waiting;
	void *counted; /* names of packages that none of them names and that were fetched */
};

/* Reads it from @fd, a pipe, which it takes. Returns 0 or -errno. */
int lockfiles_read(struct lockfiles *l, struct loop *loop, int fd);

/* Whether @gate has to wait for it. */
bool lockfiles_await(struct gate *gate, bool first);

/*
 * The package that @gate is about is fetched, and none of them names it. Returns whether that is
 * new.
 */
bool lockfiles_count(struct gate *gate);
bool lockfiles_counted(const struct gate *gate);
