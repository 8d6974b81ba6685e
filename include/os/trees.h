/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "eco/watch.h"

/* What is installed in a tree of dependencies: node_modules, site-packages, vendor, ... */

/* Something in a tree that says which package is installed, or which ones. */
struct tree_mark {
	const char *path; /* below the workspace; lasts until the call is over */
	const char *name; /* the end of it */
	int dir;	  /* where @name is, open */
	enum lock_format format;
	int64_t changed; /* its ctime or that of a directory between it and the tree, in ns */
};

struct tree_visitor {
	void (*mark)(struct tree_visitor *visitor, const struct tree_mark *mark);
};

/*
 * Walks through the tree @path below @top (a DIR_PACKAGES of policy/match.h), follows no link, and
 * tells @visitor, unless it is NULL, of every mark. Returns the latest ctime of what it came by, in
 * ns; INT64_MAX: not all of it could be looked at; 0: it is not there.
 */
int64_t trees_walk(int top, const char *path, struct tree_visitor *visitor);
