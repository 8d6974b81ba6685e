/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "policy/host.h"
#include "policy/policy.h"

/*
 * Finds what the patterns of hide= and protect= match in the workspace and adds it to
 * host->matches: in one pass over its directories, which does not look at files, and not at all
 * when every pattern is a plain path and nothing is watched. What is watched goes to host->watched.
 * Returns 0 or a negative errno.
 */
int scan_workspace(struct host *host, const struct policy *policy, struct err *e);

/*
 * Looks again once the box is over, with the patterns of @known, which was scanned for @policy.
 * What is there becomes the matches and repositories of @now, whose arena is the caller's; of what
 * is to be hidden not all is found. Returns 0 or a negative errno.
 */
int scan_again(const struct host *known, const struct policy *policy, struct host *now,
	       struct err *e);

/* Whether what has come into being at @path makes a bare repository of the directory it lies in. */
bool scan_is_bare(const char *path);

/* Is told what there is, and why it matters. */
struct scan_listener {
	void (*tell)(struct scan_listener *listener, const char *path, const char *why);
};

/*
 * Looks through the git directories that @known has for what came into being in them since, and
 * what git outside may do with it. Returns 0, or a negative errno of one that cannot be read.
 */
int scan_git(const struct host *known, struct scan_listener *to);

/* Is told each directory of a scan before it is read; @fd is borrowed. */
struct scan_visitor {
	void (*enter)(struct scan_visitor *visitor, int fd, const char *dir);
};

/* The same for what is below @dir ("" is all), where each directory is read. */
int scan_below(const struct host *known, const char *dir, struct scan_visitor *visitor,
	       struct host *now, struct err *e);
