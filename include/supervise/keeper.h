/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "base/err.h"
#include "policy/host.h"
#include "policy/plan.h"
#include "sandbox/launch.h"

/* The process that undoes what a task leaves in the caller's world: see keeper.c. */
struct keeper {
	pid_t pid;  /* 0: there is nothing to undo */
	int socket; /* SOCK_SEQPACKET; its end, however it comes, has the keeper undo and end */
	const char *state_dir;
};

#define KEEPER_NONE ((struct keeper){ .socket = -1 })

/*
 * Starts it, if the plan has placeholders or the command a terminal. It makes the placeholders and
 * then calls box_go(). Returns 0 or a negative errno.
 */
int keeper_start(struct keeper *k, const struct plan *plan, const struct host *host,
		 const char *state_dir, const struct box *box, struct err *e);

/* Why it gave up: reads what is to be read on @k->socket. A negative errno with its sentence. */
int keeper_failure(struct keeper *k, struct err *e);

/* The end of the task, when the box and the terminal are done with: all else is undone. */
void keeper_finish(const struct keeper *k);

/* Waits until it is. What a keeper that was killed has left is undone as well. */
void keeper_wait(struct keeper *k);
