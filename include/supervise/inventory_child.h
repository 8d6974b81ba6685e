/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "inventory/serve.h"

/* The inventory process as its supervisor holds it: see inventory/serve.h. */
struct inventory_child {
	pid_t pid;
	int events; /* SOCK_SEQPACKET: struct event comes up */
};

#define INVENTORY_CHILD_NONE ((struct inventory_child){ .events = -1 })

/*
 * Starts agentbox-inventory with copies of @fds, of which @fds->events is made here. Returns 0 or a
 * negative errno.
 */
int inventory_child_start(struct inventory_child *child, struct inventory_fds *fds, struct err *e);

/* Kills it if it still runs, reaps it, and frees the descriptor. Returns its wait status. */
int inventory_child_end(struct inventory_child *child);

/* Nobody waits for what it still has to write, if that is all it does. */
void inventory_child_leave(struct inventory_child *child);

void inventory_fds_close(struct inventory_fds *fds);
