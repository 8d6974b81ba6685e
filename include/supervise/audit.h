/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "supervise/chain.h"
#include "supervise/flood.h"
#include "wire/event.h"

enum { TASK_ID_MAX = 32 };

/* The log of a running task. All-zero: not open. */
struct audit {
	int fd;
	int failed;	  /* negative errno of the write that failed */
	bool made;	  /* the task's directory */
	bool withdrawn;	  /* the task did not start */
	bool dispensable; /* the task goes on when it cannot be written */
	uint64_t seq, size;
	struct chain chain;
	struct flood flood;
	struct event_rules rules;
	char task[TASK_ID_MAX];
	char dir[PATH_MAX];  /* of the task */
	char path[PATH_MAX]; /* of the log */
};

/*
 * Where tasks are kept: $XDG_STATE_HOME/agentbox, or $HOME/.local/state/agentbox. Returns 0, or
 * -ENOENT with a sentence when the environment names neither by an absolute path.
 */
int audit_state_dir(char dir[PATH_MAX], struct err *e);

/*
 * Opens the directory @state_dir/@name, which nobody else can write, and makes it if need be.
 * Returns a descriptor or a negative errno.
 */
int audit_open_state(const char *state_dir, const char *name, struct err *e);

/* A name for a new task, which sorts by time: "20261123T074100.123Z-k3x9qa". */
void audit_new_id(char id[TASK_ID_MAX]);

/*
 * Makes the directory @state_dir/tasks/@task and opens the log there, or appends to @file if that
 * is not NULL. What others may write, and a @file that another task is writing, is refused. Returns
 * 0 or a negative errno; audit_close() it in either case.
 */
int audit_open(struct audit *a, const char *task, const char *state_dir, const char *file,
	       struct err *e);

/* Whether @text has the form of a task's id. */
bool audit_is_id(const char *text);

/* How FIELD_RULE is shown from now on; borrowed. */
void audit_rules(struct audit *a, const struct event_rules *rules);

/*
 * Adds one line. After an error, which is final, the task has to end: the log holds whole lines up
 * to then, and nothing is added to it any more. If it is dispensable there is no error but in
 * @a->failed.
 */
int audit_write(struct audit *a, const struct event *ev, struct err *e);

/*
 * The same for an event_valid() one of another process, of which there may be too many: see
 * flood.h. How many were only counted is told by an EVENT_NET_LOST before the next line.
 */
int audit_take(struct audit *a, const struct event *ev, struct err *e);

/*
 * Adds the last line: a signature of the user's key, made in @state_dir if there is none yet, over
 * all lines before. Returns 0 or a negative errno.
 */
int audit_seal(struct audit *a, const char *state_dir, struct err *e);

/* The hash of the last line: who keeps it elsewhere can prove that nothing was cut off. */
void audit_head(const struct audit *a, char hex[CHAIN_HEX]);

/* The task did not start after all: what was written says nothing. */
void audit_withdraw(struct audit *a);

/* A task of which nothing was written, because it did not start, leaves nothing behind. */
void audit_close(struct audit *a);

/* SHA-256 of the policy's canonical text, for FIELD_POLICY. */
void audit_digest(struct str canonical, char hex[CHAIN_HEX]);
