/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "inventory/compare.h"
#include "inventory/components.h"

/* What the supervisor starts agentbox-inventory with; -1: none. */
struct inventory_fds {
	int workspace; /* a directory */
	int events;    /* SOCK_SEQPACKET: struct event goes up */
	int result;    /* a file: takes components_write() */
	int trees;    /* when a command begins: what installed_before() reads; and none of these: */
	int baseline; /* as supervise/baseline.c wrote it */
	int policy;   /* its canonical text */
	int installed; /* the result of when it began, or -1: there was no tree */
	int fetched;   /* the lines of the log that tell of packages, or -1: there are none */
	int locked;    /* a pipe: eco/locked.h; then there is no other but events and baseline */
};

#define INVENTORY_FDS_NONE ((struct inventory_fds){ -1, -1, -1, -1, -1, -1, -1, -1, -1 })

/*
 * Confines this process, and writes down what is installed when a command begins, or finds out what
 * it has changed. Returns 0 or a negative errno.
 */
int inventory_serve(const struct inventory_fds *fds, struct err *e);

/*
 * The same before the command: writes what the lock files of the baseline name. Returns 0 or a
 * negative errno.
 */
int inventory_list(const struct inventory_fds *fds, struct err *e);

/*
 * Confines this process, reports what has changed in the workspace since @fds->baseline, and adds
 * all its packages to @all, sorted. Returns 0 or a negative errno.
 */
int inventory_look(const struct inventory_fds *fds, struct reporter *reporter,
		   struct components *all, struct err *e);

/*
 * Closes the file system but for reading below @workspace (-1: nothing), and every system call but
 * those that reading takes. Descriptors stay open.
 */
int inventory_confine(int workspace, struct err *e);
