/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "policy/policy.h"

/*
 * The globs of hide= and protect=, sorted so that a name which matches none of them, as almost all
 * do, costs a few instructions: a repository is scanned for them when a box starts. The case of
 * ASCII letters does not count, because some file systems find ".git" by ".GIT".
 */
struct pattern {
	struct str glob;
	bool hide;
	bool whole; /* it has a slash: matched against the path in the repository, not the name */
	enum { PATTERN_EXACT, PATTERN_PREFIX, PATTERN_SUFFIX, PATTERN_INFIX, PATTERN_GLOB } form;
	struct where where;
};

struct matcher {
	struct pattern *path; /* with a slash; those of hide= come first */
	size_t n_paths;
	struct pattern *name; /* without one, the same */
	size_t n_names;
	bool globs; /* some path has a wildcard */
	/*
	 * By byte, 64 to a word: the names that may begin with it, and those that may end with it.
	 */
	uint64_t *first, *last;
	size_t words;
};

void match_init(struct matcher *m, const struct policy *policy, struct arena *arena);

/*
 * Whether the tree has to be scanned at all. Without it, only the patterns that are plain paths
 * apply, and those are looked up one by one.
 */
bool match_needs_scan(const struct matcher *m);

/* The pattern that @name, a single component, matches at any depth; hide= before protect=. Or NULL.
 */
const struct pattern *match_name(const struct matcher *m, struct str name);

/* The path with a wildcard that matches @path, relative to a repository; hide= first. Or NULL. */
const struct pattern *match_path(const struct matcher *m, const char *path);

/*
 * Trees of installed dependencies or build output: nobody keeps secrets there, and they are large.
 */
enum dir_kind {
	DIR_PLAIN,
	DIR_BUILD,
	DIR_PACKAGES, /* os/trees.h finds what is installed in it */
};

/* By its name. */
enum dir_kind match_dir(struct str name);
