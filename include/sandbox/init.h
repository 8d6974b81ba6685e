/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sandbox/launch.h"

/*
 * The first process of the box, in @spaces: builds it step by step, says so on @channel, waits for
 * the word to go on, runs the command and reaps until it ends. Does not return.
 */
_Noreturn void init_main(struct plan *plan, struct spaces *spaces, const struct box_egress *egress,
			 int channel);
