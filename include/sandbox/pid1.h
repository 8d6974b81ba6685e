/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "sandbox/later.h"
#include "sandbox/launch.h"

/* Tells the supervisor; nobody is there to hear when it fails. */
void pid1_report(int channel, enum box_message message, int status, const struct err *e);

/* The same with those of the descriptors that are not -1. Returns 0 or -errno. */
int pid1_hand(int channel, enum box_message message, const int handed[N_BOX_HANDED]);

/*
 * The life of pid 1 while the command runs: reaps what ended, passes signals on to the command's
 * process group, reports its stops and its end, hands out namespaces when asked to, completes what
 * is @later. Every signal is blocked when it is called. Returns when the command has ended, or the
 * supervisor has, or without what was @later.
 */
void pid1_serve(int channel, pid_t command, struct later *later);
