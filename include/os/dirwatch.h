/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/inotify.h>

enum { DIRWATCH_MAX = 32 * 1024 };

/* What happens to a name in one of the directories that are watched; @dir is its path. */
struct dirwatch_listener {
	void (*happened)(struct dirwatch_listener *listener, const char *dir, const char *name,
			 uint32_t mask);
};

/*
 * Directories that are watched by inotify(7), each by the path at which it was seen last. What
 * cannot be watched is counted.
 */
struct dirwatch {
	int fd;
	struct watched_dir {
		int wd;
		char *path; /* NULL: it is gone */
	} * dir;	    /* by wd */
	size_t n, n_gone, room;
	unsigned missed; /* directories that could not be watched */
	int error;	 /* and why: a negative errno */
	bool lost;	 /* the kernel dropped events */
};

#define DIRWATCH_NONE ((struct dirwatch){ .fd = -1 })

/* Without a descriptor everything is missed. */
void dirwatch_open(struct dirwatch *d);

/* Watches the directory open at @fd, which is seen at @path, for @mask, IN_*. */
void dirwatch_add(struct dirwatch *d, int fd, const char *path, uint32_t mask);

/* The same by its path, without following a link. Nothing there is no error. */
void dirwatch_add_path(struct dirwatch *d, const char *path, uint32_t mask);

/* One more that cannot be watched. */
void dirwatch_miss(struct dirwatch *d, int error);

/*
 * Reads up to 64 KiB of what has happened; @listener may add directories. Returns whether there
 * was anything.
 */
bool dirwatch_read(struct dirwatch *d, struct dirwatch_listener *listener);
