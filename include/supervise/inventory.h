/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "supervise/children.h"

/*
 * Has that process tell the egress process what the lock files of the baseline name, while the box
 * is built. If it cannot, the egress process is told that nobody knows. Returns 0 or a negative errno.
 */
int inventory_tell(struct children *c, struct err *e);

/*
 * The command has ended: has another process find out what it changed in lock files and in what
 * builds obey, and records what that says; see inventory/serve.h. Returns 0 or a negative errno: the
 * log cannot be written. That it could not be found out is recorded, and @c->gate set.
 */
int inventory_record(struct children *c, const struct task *task, struct err *e);
