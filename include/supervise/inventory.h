/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "supervise/children.h"

/*
 * The command has ended: has another process find out what it changed in lock files and in what
 * builds obey, and records what that says; see inventory/serve.h. Returns 0 or a negative errno: the
 * log cannot be written. That it could not be found out is recorded, and @c->gate set.
 */
int inventory_record(struct children *c, const struct task *task, struct err *e);
