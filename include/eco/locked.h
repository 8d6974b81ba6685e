/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "eco/purl.h"

/*
 * What the lock files of a workspace named when its task started, as text: a first line, a package
 * URL with its version a line, sorted as bytes, and a last line with how many files could not be
 * read:
 *
 *	agentbox locked 1
 *	pkg:npm/name@1.0.0
 *	end 0
 *
 * A package whose version a file leaves open has an "@" at its end. What comes from git, an archive
 * or a path is not in it: no registry is asked for that.
 */
enum { LOCKED_MAX = 32 << 20 };

struct locked {
	struct str lines;
	unsigned long unread; /* files */
};

/* Returns NULL, or what is wrong: static text for a person. Borrows @text. */
const char *locked_open(struct str text, struct locked *out);

/* Where a version stands among those that are named. Who cannot be compared is older and newer. */
struct locked_standing {
	bool package;	   /* some version of it is named, */
	bool version;	   /* this very one; else: */
	bool older, newer; /* it is, than one that is named */
};

/* Of a package without a version only @package is told. */
struct locked_standing locked_find(const struct locked *locked, const struct purl *p);
