/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <limits.h>
#include <stdint.h>

#include "base/err.h"
#include "policy/sink.h"
#include "supervise/audit.h"

/*
 * How far the log of a task has come on its way to one sink: the file tasks/ID/sink.N. The process
 * that sends it writes the file, so that what it did is known when it is killed, and goes on there
 * when it is started again.
 */
struct delivery {
	char sink[SINK_TEXT_MAX]; /* canonical */
	uint64_t done;		  /* lines that need not be sent again, of which */
	uint64_t refused;	  /* the receiver did not want so many */
	char failed[160];	  /* what is in the way now; "": nothing */
};

/*
 * Opens the file of the sink number @n of @task, to be written too, with @flags. A descriptor or
 * -errno.
 */
int delivery_open(const char *state_dir, const char *task, unsigned n, int flags, struct err *e);

/* Reads it. Returns 0; -ENODATA when it is empty; or another negative errno: it is none. */
int delivery_read(int fd, struct delivery *d);

/* Replaces what is in it; what is in the way now is @failed, if not NULL. Returns 0 or -errno. */
int delivery_write(int fd, struct delivery *d, const char *failed);

/*
 * Adds what a person has to know of a log of @lines lines: "3 of 20 events did not reach ...:
 * connect: Connection refused". Nothing if all is well.
 */
void delivery_tell(const struct delivery *d, uint64_t lines, struct buf *out);
