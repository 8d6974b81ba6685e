/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "os/handover.h"
#include "policy/plan.h"
#include "supervise/audit.h"

/*
 * Opens the listeners of the host for each STEP_PUBLISH of @plan: on 127.0.0.1 and, where there is
 * IPv6, on ::1. They are the caller's, also after an error. Returns 0, or -errno with a sentence:
 * above all, that a port is taken.
 */
int publish_open(const struct plan *plan, struct listener listeners[2 * PUBLISH_MAX], size_t *n,
		 struct err *e);

/* Tells the log of them. Returns 0 or -errno. */
int publish_record(const struct plan *plan, struct audit *audit, struct err *e);
