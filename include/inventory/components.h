/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "inventory/snapshot.h"

/* The packages of a workspace before and after a task, each once. */
enum component_state {
	COMPONENT_BEFORE = 1 << 0,
	COMPONENT_AFTER = 1 << 1,
};

struct component {
	const char *purl;
	const struct lock_entry *entry; /* what is said of it, of the later state */
	const char *file;		/* the first one that names it */
	unsigned states;		/* 1 << enum component_state */
};

struct components {
	struct arena *arena;
	struct component *component; /* by purl */
	size_t n;
};

/*
 * Adds what the lock files of @s name, which are its @states; those that cannot be read have been told
 * of.
 */
void components_add(struct components *all, struct snapshot *s, unsigned states);

/* Sorts, and makes one of those that are the same. */
void components_sort(struct components *all);

/* Writes them to @fd as JSON: inventory.json of a task. Returns 0 or -errno. */
int components_write(const struct components *all, int fd);

/* Reads what components_write() wrote: strict, for a process that read foreign bytes wrote it. */
int components_read(struct components *all, struct str text, struct err *e);
