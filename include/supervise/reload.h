/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "supervise/start.h"

/*
 * Somebody outside has something to say to the task: that its profile has changed. Answers at once
 * if nothing comes of it; else when the egress process follows: reload_confirm(). Returns 0, or
 * -errno: the log cannot be written.
 */
int reload_take(struct supervisor *s, struct err *e);

/* The egress process has reported @ev. */
void reload_confirm(struct supervisor *s, const struct event *ev);

/* The policies that were read for it are freed. */
void reload_end(struct supervisor *s);
