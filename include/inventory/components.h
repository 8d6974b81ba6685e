/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "inventory/snapshot.h"

/*
 * The packages of a workspace before and after a task, each once for each name it is installed
 * under.
 */
enum component_state {
	COMPONENT_BEFORE = 1 << 0,    /* a lock file named it, or it was installed */
	COMPONENT_NAMED = 1 << 1,     /* a lock file names it now */
	COMPONENT_INSTALLED = 1 << 2, /* it is installed now */
	COMPONENT_FETCHED = 1 << 3,   /* it came through agentbox in this task */
	COMPONENT_UNTRACKED = 1 << 4, /* it is installed, and nobody knows from where */
	COMPONENT_AFTER = COMPONENT_NAMED | COMPONENT_INSTALLED,
	COMPONENT_ADDED = COMPONENT_AFTER | COMPONENT_FETCHED,
};

struct component {
	const char *purl;
	struct lock_entry *entry; /* what is said of it, of the later state */
	const char *file;	  /* the first one that names it, or the directory it is in */
	int64_t seen; /* when it came, in ms since 1970; 0: not known, or before the task */
	unsigned states;
};

struct components {
	struct arena *arena;
	struct component *component; /* by purl, and the name it is installed under */
	size_t n;
};

/*
 * Adds what the lock files of @s name, as @named, and what those say that tell what is installed,
 * as @installed; 0: neither. Those that cannot be read have been told of.
 */
void components_add(struct components *all, struct snapshot *s, unsigned named, unsigned installed);

/* Adds a copy of one, with its package URL; nothing if it has none. */
void components_push(struct components *all, const struct component *c);

/* Sorts, and makes one of those that are the same. What has no state only adds what it knows. */
void components_sort(struct components *all);

/* Writes them to @fd as JSON: inventory.json of a task. Returns 0 or -errno. */
int components_write(const struct components *all, int fd);

/* Reads what components_write() wrote: strict, for a process that read foreign bytes wrote it. */
int components_read(struct components *all, struct str text, struct err *e);
