/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "os/dirwatch.h"
#include "os/sockets.h"
#include "policy/host.h"
#include "policy/plan.h"

/* Something that has to be covered, if it is not: a step with its dst. */
struct found {
	struct step step;
	bool again; /* it was covered when the box started */
};

/*
 * What happens outside to the names that are hidden or protected: see watch.c. Directories are
 * watched by inotify(7), by their paths.
 */
struct watch {
	struct dirwatch dirs;
	const struct host *host;
	const struct step **kept; /* what the plan covers in the workspace, by path */
	size_t n_kept;
	bool complete;	     /* all directories of the workspace are watched, or count as missed */
	const char **hidden; /* paths of files that are */
	size_t n_hidden;
	struct fresh {
		const char *path, *why;
	} * fresh; /* what has come into being, and programs outside run or obey */
	size_t n_fresh, n_more;
	struct arena arena; /* of kept, hidden and fresh */
	struct sockets sockets;
	unsigned n_naps;
	struct found *found;
	size_t n_found;
	struct arena found_arena;
};

#define WATCH_NONE ((struct watch){ .dirs = DIRWATCH_NONE })

/* Watches the directories that lead to what the plan covers. */
void watch_open(struct watch *w, const struct plan *plan, const struct host *host);

/*
 * Watches all directories of the workspace, if a pattern may match in any of them; everything that
 * has to be covered is in @w->found then.
 */
void watch_all(struct watch *w);

/* Reads what has happened, and adds to @w->found. Returns whether there was anything. */
bool watch_read(struct watch *w);

/* Notes that @found is covered now. */
void watch_covered(struct watch *w, const struct found *found);

/* The end: reads all that has happened. Returns whether @w->fresh is complete. */
bool watch_finish(struct watch *w);

/* Adds what the box has left in git directories. */
void watch_take_git(struct watch *w);

/* Adds what another look at the workspace (scan_again()) has found. */
void watch_take(struct watch *w, const struct host *now);

/* Forgets what was found. */
void watch_clear(struct watch *w);
