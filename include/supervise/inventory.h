/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "supervise/baseline.h"
#include "supervise/children.h"
#include "supervise/inventory_child.h"

/*
 * Keeps what an inventory of the task needs: its policy, and what is installed now, which another
 * process finds out while the box is made and the command runs. Returns 0 or a negative errno.
 */
int inventory_begin(struct inventory_child *before, const struct baseline *baseline,
		    const struct host *host, struct str policy, const char *task_dir,
		    struct err *e);

/*
 * Has that process tell the egress process what the lock files of the baseline name, while the box
 * is built. If it cannot, the egress process is told that nobody knows. Returns 0 or a negative
 * errno.
 */
int inventory_tell(struct children *c, struct err *e);

/*
 * What is waited for an inventory: no longer than until @until (now_ms()), or @ending is readable.
 */
struct patience {
	int64_t until;
	int ending;
};

/*
 * The command has ended: if it may have @changed something, has another process find out what in
 * lock files, in what is installed, and in what builds obey, and records what that says; see
 * inventory/serve.h. Returns 0 or a negative errno: the log cannot be written. That it could not be
 * found out is recorded, and @c->gate set.
 */
int inventory_record(struct children *c, struct inventory_child *before, bool changed,
		     const struct task *task, const struct patience *patience, struct err *e);

/*
 * Opens what inventory_look() needs of @task, a whole id, to look at @workspace. Returns 0, or a
 * negative errno: inventory_fds_close() them in either case.
 */
int inventory_open(struct inventory_fds *fds, const char *state_dir, const char *task,
		   const char *workspace, struct err *e);
