/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "base/mem.h"

/*
 * The files of a repository that decide what is installed, built and run: lock files, and what
 * package managers, build tools and CI read.
 */

/* A reader of lock files, by the format. */
enum lock_format {
	LOCK_NONE, /* no lock file, or one that nobody reads: only that it changed is told */
	LOCK_PACKAGE_LOCK,
	LOCK_YARN,
	LOCK_PNPM,
	LOCK_BUN,
	LOCK_REQUIREMENTS,
	LOCK_PIPFILE,
	LOCK_POETRY, /* and pdm.lock */
	LOCK_UV,
	LOCK_CARGO,
	LOCK_GO_MOD,
	LOCK_GO_SUM,
	LOCK_GEMFILE,
	LOCK_COMPOSER,
	LOCK_NUGET,
	LOCK_GRADLE,
	LOCK_FLAKE,
	LOCK_TERRAFORM,
	LOCK_ACTIONS,
	LOCK_NPM_PACKAGE, /* from here on: what is installed, see os/trees.h */
	LOCK_PYTHON_PACKAGE,
	LOCK_PYTHON_ORIGIN,
	LOCK_GO_VENDOR,
	LOCK_CRATE,
	LOCK_GEMSPEC, /* code of Ruby: nobody reads it, its name says it all */
	LOCK_CRATE_ORIGIN,
	LOCK_RUST_DEPS,
	LOCK_GO_MODULE, /* the path says it all */
	LOCK_YARN_ARCHIVE,
	LOCK_PNP,
	N_LOCK_FORMATS
};

/* Whether it says what is installed, not what should be. */
static inline bool lock_is_installed(enum lock_format format)
{
	return format >= LOCK_NPM_PACKAGE;
}

/* A row of the table. */
struct watched {
	const char *dir;  /* the directory it lies in, or the end of its path; NULL: any */
	const char *name; /* a pattern as in fnmatch(3) */
	enum lock_format format;
	bool lock; /* package managers write it: [lockfiles] mode=deny keeps it as it is */
	bool read; /* they fail where it is no file: its place is not held while it is missing */
};

/* All rows, the end of which is one without a name. */
extern const struct watched watched[];

/* The rows by the first byte of their names: a repository has many names that none of them is. */
struct watch_index {
	unsigned char first[256], next[256]; /* numbers of rows, from 1 */
};

void watch_index(struct watch_index *index);

/*
 * The row for @name in the directory @dir (relative, "" for the top), or NULL. The case of letters
 * counts.
 */
const struct watched *watch_find(const struct watch_index *index, struct str dir, struct str name);
