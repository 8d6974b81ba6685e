/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

/* Versions of npm, cargo and Go modules: Semantic Versioning 2.0.0. */

/* Borrows from what was read. */
struct semver {
	uint64_t number[3]; /* major, minor, patch */
	struct str pre;	    /* "rc.1"; empty: a release */
	struct str build;   /* empty: none */
};

/* Without a "v" before it and space around it. Returns 0 or -1. */
int semver_parse(struct str in, struct semver *out);

/*
 * As modules of Go have them: with a "v", all three numbers, and no build but "+incompatible"
 * (go.dev/ref/mod, Versions). Returns 0 or -1.
 */
int semver_parse_go(struct str in, struct semver *out);

/*
 * Is it a pseudo-version: made by the go command from a commit? Then @time is its yyyymmddhhmmss.
 */
bool semver_go_pseudo(const struct semver *v, struct str *time);

/* By precedence: < 0, 0 or > 0. The build does not count. */
int semver_compare(const struct semver *a, const struct semver *b);
