/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

/* What the supervisor starts agentbox-inventory with, when a command has ended; -1: none. */
struct inventory_fds {
	int workspace; /* a directory */
	int baseline;  /* as supervise/baseline.c wrote it */
	int policy;    /* its canonical text */
	int events;    /* SOCK_SEQPACKET: struct event goes up */
	int result;    /* a file: inventory/result.h */
	int locked;    /* a pipe: eco/locked.h; then there is no other but baseline */
};

/* Confines this process, and reports what the command has changed. Returns 0 or a negative errno. */
int inventory_serve(const struct inventory_fds *fds, struct err *e);

/*
 * The same before the command: writes what the lock files of the baseline name. Returns 0 or a
 * negative errno.
 */
int inventory_list(const struct inventory_fds *fds, struct err *e);

/*
 * Closes the file system but for reading below @workspace (-1: nothing), and every system call but
 * those that reading takes. Descriptors stay open.
 */
int inventory_confine(int workspace, struct err *e);
