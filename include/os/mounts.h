/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/mem.h"

/* A line of /proc/self/mountinfo: the directory @root of the file system @dev is seen at @point. */
struct mount {
	struct str dev; /* "major:minor" */
	const char *root, *point;
};

struct mounts {
	struct mount *mount;
	size_t n;
};

/* Reads the text of mountinfo; @mounts borrows from it and from @arena. */
void mounts_parse(struct mounts *mounts, struct str text, struct arena *arena);

/* Reads what is mounted where, into @arena. Returns 0 or a negative errno with a sentence. */
int mounts_read(struct mounts *mounts, struct arena *arena, struct err *e);

/*
 * Whether something can be reached below both of the canonical directories @a and @b, because one
 * of them, or what is mounted below @b, is another name of a part of the other. A path is no other
 * name of itself: nothing that lies below both @a and @b as they are written counts. What cannot be
 * found counts as the same.
 */
bool mounts_overlap(const struct mounts *mounts, const char *a, const char *b, struct arena *arena);
