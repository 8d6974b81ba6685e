/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "base/err.h"
#include "base/mem.h"

/* The inventory process as its supervisor holds it: see inventory/serve.h. */
struct inventory_child {
	pid_t pid;
	int events; /* SOCK_SEQPACKET: struct event comes up */
};

#define INVENTORY_CHILD_NONE ((struct inventory_child){ .events = -1 })

/*
 * Starts agentbox-inventory to compare @workspace with the baseline in @task_dir, by the canonical
 * text of the policy; it leaves inventory.json there. Returns 0 or a negative errno.
 */
int inventory_child_start(struct inventory_child *child, const char *workspace,
			  const char *task_dir, struct str policy, struct err *e);

/*
 * Starts it to write what the lock files of that baseline name to @locked, which it takes. Returns 0
 * or a negative errno.
 */
int inventory_child_list(struct inventory_child *child, const char *task_dir, int locked,
			 struct err *e);

/* Kills it if it still runs, reaps it, and frees the descriptor. Returns its wait status. */
int inventory_child_end(struct inventory_child *child);
