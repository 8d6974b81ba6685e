/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/host.h"

/* What a directory held when it was read: see scan_cache.c. */
struct scan_dir {
	uint64_t ino;	  /* 0: it has to be read again */
	int64_t changed;  /* its ctime, in ns */
	uint32_t path;	  /* in the text: below the workspace, "" for itself */
	uint32_t entries; /* in the text: of those that count, type (readdir(3)) and name, but */
	uint32_t size;	  /* not of those that are only scanned; in bytes */
	uint32_t child;	  /* the first one of the directories in it that are scanned, */
	uint32_t n;	  /* and how many there are */
};

/* All directories of a scan, in its order: those that lie in one stand together. */
struct scan_cache {
	struct arena *arena;
	struct scan_dir *dir;
	uint32_t n;
	char *text;
	uint32_t size, room;
	bool watch;	/* it was looked for what is watched, too */
	bool *same;	/* by directory: it is as it was */
	size_t changed; /* how many are not */
};

/*
 * Takes what the last scan of this workspace for these patterns, and with or without what is to be
 * watched, left in @host or saved in @host->scans, and finds out what of it still holds. @top is
 * the workspace, open. Without anything that can be used, @c is empty. It lasts as long as the host
 * that was scanned first.
 */
void scan_cache_load(struct scan_cache *c, struct host *host, bool watch, int top);

/*
 * The number of @name in the directory number @dir, looked for from *@near on, which moves behind
 * it. Numbers start at 1; 0: there is none.
 */
uint32_t scan_cache_child(const struct scan_cache *c, uint32_t dir, const char *name,
			  uint32_t *near);

/* Whether the directory number @dir is as it was, with nothing in it that counts or is scanned. */
static inline bool scan_cache_is_idle(const struct scan_cache *c, uint32_t dir)
{
	const struct scan_dir *d = &c->dir[dir - 1];

	return c->same[dir - 1] && d->size == 0 && d->n == 0;
}

/* Adds to the text. Returns where it is. */
uint32_t scan_cache_note(struct scan_cache *c, const void *bytes, size_t n);

/* Says which directory @fd is, unless it has just changed: before it is read. */
void scan_cache_identify(struct scan_dir *dir, int fd);

/* Leaves it to the next scan of @host, and saves it for others as far as that can be done. */
void scan_cache_save(struct scan_cache *c, struct host *host);
