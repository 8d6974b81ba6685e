/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "eco/lock.h"
#include "policy/policy.h"

/* The watched files of a workspace (eco/watch.h), as they were or as they are. */
enum file_kind {
	FILE_REGULAR,
	FILE_LINK,
	FILE_UNREAD, /* it cannot be read, or is too large */
};

struct file {
	const char *path; /* below the workspace */
	const struct watched *row;
	enum file_kind kind;
	struct str text; /* content, or where the link points */
	struct lock lock;
	const char *wrong; /* why it could not be read as a lock file, or NULL */
	bool read;	   /* @lock and @wrong are set */
};

struct snapshot {
	struct arena *arena;
	struct file *file; /* by path */
	size_t n;
	const char **tree; /* directories of installed packages: DIR_PACKAGES of policy/match.h */
	size_t n_trees;
};

/* What supervise/baseline.c wrote. Returns 0 or a negative errno. */
int snapshot_read(struct snapshot *s, int fd, struct err *e);

/*
 * What is in the directory @workspace now: all but what hide= hides, dependency trees and git
 * directories. Returns 0 or a negative errno.
 */
int snapshot_walk(struct snapshot *s, int workspace, const struct policy *policy, struct err *e);

/* Reads the file as a lock file, once. False: it is none, or not one that somebody reads. */
bool snapshot_lock(const struct snapshot *s, struct file *file);
