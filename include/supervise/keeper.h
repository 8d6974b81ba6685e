/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "base/err.h"
#include "policy/host.h"
#include "policy/plan.h"
#include "sandbox/launch.h"
#include "wire/event.h"

/* The process that minds the caller's files and terminal: see keeper.c. */
struct keeper {
	pid_t pid;  /* 0: there is nothing to mind */
	int socket; /* SOCK_SEQPACKET; its end, however it comes, has the keeper undo and end */
	const char *state_dir;
};

#define KEEPER_NONE ((struct keeper){ .socket = -1 })

/*
 * Starts it, if the box is guarded, the plan has placeholders, or the command a terminal. It makes
 * the placeholders and then says BOX_HELD to init. Returns 0 or a negative errno.
 */
int keeper_start(struct keeper *k, const struct plan *plan, const struct host *host,
		 const char *state_dir, const struct box *box, struct err *e);

/* From now on it guards the box, whose namespaces box_ask() has brought. Returns 0 or -errno. */
int keeper_watch(const struct keeper *k, const struct box *box, struct err *e);

/*
 * Reads what it has to say, when @k->socket can be read. Returns 1 with an event for the log, 0 at
 * its end, or a negative errno with a sentence: the task cannot go on.
 */
int keeper_receive(struct keeper *k, struct event *ev, struct err *e);

/* What it means when it ends before it is told to: -EPIPE, with a sentence. */
int keeper_lost(struct err *e);

/*
 * The end of a task that went well, when @box, of which nothing but init can be left, and the
 * terminal are done with: says what is new in the workspace, and undoes all else. Returns 0 or a
 * negative errno with a sentence.
 */
int keeper_finish(const struct keeper *k, const struct box *box, struct err *e);

/* Waits until it is. What a keeper that was killed has left is undone as well. */
void keeper_wait(struct keeper *k);
