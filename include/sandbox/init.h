/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "policy/plan.h"

/*
 * The first process of the box: builds it step by step, says so on @channel, waits for the word to
 * go on, runs the command and reaps until it ends. Does not return.
 */
_Noreturn void init_main(const struct plan *plan, int channel, int listeners);
