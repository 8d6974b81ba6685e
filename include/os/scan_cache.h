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
	bool *same;	/* by directory: it is as it was */
	size_t changed; /* how many are not */
};

/*
 * Reads what the last scan of this workspace for these patterns, and with or without what is to be
 * watched, saved in @host->scans, and finds out what of it still holds. @top is the workspace,
 * open. Without anything that can be used, @c is empty. It lasts as long as the host.
 */
void scan_cache_load(struct scan_cache *c, struct host *host, bool watch, int top);

/*
 * The number of @name in the directory number @dir, looked for from *@near on, which moves behind
 * it. Numbers start at 1; 0: there is none.
 */
uint32_t scan_cache_child(const struct scan_cache *c, uint32_t dir, const char *name,
			  uint32_t *near);

/* Adds to the text. Returns where it is. */
uint32_t scan_cache_note(struct scan_cache *c, const void *bytes, size_t n);

/* Says which directory @fd is, unless it has just changed: before it is read. */
void scan_cache_identify(struct scan_dir *dir, int fd);

/* Saves it for the next scan, as far as that can be done. */
void scan_cache_save(const struct scan_cache *c, struct host *host, bool watch);
