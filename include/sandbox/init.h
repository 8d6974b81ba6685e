/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "policy/plan.h"
#include "sandbox/spaces.h"

/*
 * The first process of the box, in @spaces: builds it step by step, says so on @channel, waits for
 * the word to go on, runs the command and reaps until it ends. Does not return.
 */
_Noreturn void init_main(const struct plan *plan, struct spaces *spaces, int channel,
			 int listeners);
