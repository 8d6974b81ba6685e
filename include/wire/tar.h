/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/mem.h"

/*
 * Archives of tar(5) in the "pax" interchange format (POSIX.1-2008), of files and symbolic links
 * alone.
 */
enum { TAR_BLOCK = 512, TAR_HEAD_MAX = 16 * 1024, TAR_PATH_MAX = 4096 };

struct tar_entry {
	struct str path;   /* relative; not terminated */
	struct str target; /* of a symbolic link; empty: it is a file */
	unsigned mode;
	uint64_t size;	/* of a file */
	uint64_t mtime; /* seconds */
};

/*
 * Adds what stands before the content of a file. The content follows, filled up to a multiple of
 * TAR_BLOCK; two blocks of zeros end an archive.
 */
void tar_head(const struct tar_entry *entry, struct buf *out);

/* How many bytes fill up the last block of @size. */
static inline size_t tar_padding(uint64_t size)
{
	return (size_t)(-size & (TAR_BLOCK - 1));
}

enum {
	TAR_E_END = 1, /* the end of the archive, or of what was written of it */
	TAR_E_BAD = 2, /* nothing that tar_head() writes */
};

/* Takes the next entry with its content off @rest, from which both borrow. Returns 0 or a code. */
int tar_next(struct str *rest, struct tar_entry *entry, struct str *content);
