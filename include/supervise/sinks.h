/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "policy/policy.h"
#include "policy/sink.h"
#include "supervise/audit.h"

/*
 * The processes that send the log of a task to where [audit] sink= says, one for each: they read
 * the file, so the supervisor gives them nothing, waits for none while the task runs, and loses
 * none of the record with them. All-zero: there are none.
 */
struct sinks {
	const char *state_dir, *task; /* borrowed */
	pid_t pid[SINKS_MAX];	      /* by the number of the sink; 0: none */
};

/* How long they may take when the task is over. */
enum { SINKS_DRAIN_MS = 3000 };

/* Whether the files of headers can be read. Returns 0, or -EACCES with the line that names one. */
int sinks_check(const struct policy *policy, struct err *e);

/*
 * Starts the process that sends the log to @sink, canonical, from where its file number @n says.
 * Returns 0 or -errno.
 */
int sinks_start(struct sinks *sinks, unsigned n, const char *sink, struct err *e);

/*
 * Waits for them, with @bounded for SINKS_DRAIN_MS only, and adds a line to @out for each that has
 * not got all of @lines. Returns how many have not.
 */
unsigned sinks_finish(struct sinks *sinks, uint64_t lines, bool bounded, struct buf *out);
