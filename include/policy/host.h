/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "policy/match.h"

/*
 * What a plan has to know about the machine, as data: so that building a plan touches nothing, and
 * a golden test can state a machine that it does not run on.
 */

enum path_kind { PATH_NONE, PATH_DIR, PATH_FILE, PATH_LINK };

/* Something the plan asks about: whether it is there, what it is, and where a link points. */
struct host_path {
	const char *path;
	enum path_kind kind;
	const char *target; /* of a link, else NULL */
};

/*
 * Something in the workspace or its git directory that a pattern of hide= or protect= matches.
 * PATH_NONE: what would match is not there, or only a placeholder of agentbox's is, and @path is
 * the first part of it that is missing.
 */
struct host_match {
	const char *path;
	enum path_kind kind;
	const struct pattern *pattern;
};

/* A path of [filesystem] that exists. */
struct host_grant {
	const char *path; /* canonical: there the box sees it */
	const char *link; /* as the profile has it, where that differs, else NULL */
	enum path_kind kind;
	bool write;
	struct where where;
};

struct host {
	struct arena arena;
	const char *task; /* id of the task, for AGENTBOX_TASK */
	uint32_t uid, gid;
	const char *user; /* name for the box's passwd */
	const char *home; /* canonical, absolute */
	const char *hostname;
	const char *workspace;	 /* canonical, absolute: the box sees it under the same name */
	const char *cwd;	 /* where the command starts: inside the workspace */
	const char *gitdir;	 /* of a worktree or submodule: outside the workspace, else NULL */
	const char *commondir;	 /* of a worktree: the repository it belongs to, else NULL */
	struct host_path *paths; /* what exists of the system paths and protected paths */
	size_t n_paths;
	struct host_grant *grants; /* a directory before what is in it */
	size_t n_grants;
	const char *seed;  /* of the caches, canonical; or NULL */
	int64_t scanned;   /* when it began to be looked at: file_now() */
	const char *scans; /* a directory for what scans remember of large workspaces, or NULL */
	struct scan_cache *remembered; /* by the last one; or NULL */
	struct matcher matcher;
	struct host_match
		*matches; /* by path_compare(), each path once, with hide= before protect= */
	size_t n_matches;
	const char **repositories; /* below the workspace, "" for itself */
	size_t n_repositories;
	const char **bare; /* the same, of bare ones, in no order, and not without a scan */
	size_t n_bare;
	const char **watched; /* files of eco/watch.h, below the workspace, in no order */
	size_t n_watched;
	const char *
		*trees; /* with them: directories of installed packages (match.h), in no order */
	size_t n_trees;
	char *const *environment; /* the caller's, NULL-ended */
	bool terminal;		  /* stdin and stdout are terminals */
	unsigned files;		  /* standard descriptors (bit n) of files, opened for reading */
	bool own_pid_max;	  /* a pid namespace has a largest pid of its own */
	uint64_t inotify_instances, inotify_watches; /* that a user gets; 0: not known */
	int landlock; /* version of the kernel's interface; 0: none */
};

/* What the plan asked about, or NULL: there is nothing. */
const struct host_path *host_find(const struct host *host, const char *path);

/* Puts the matches in their order; of those of one path the first one stays. */
void host_sort(struct host *host);

/* Length of the path of the repository in which @dir of the workspace lies. */
size_t host_repository(const struct host *host, const char *dir);

/* Orders paths for qsort(3) as a walk does: a directory, all that is in it, then "directory-2". */
int path_compare(const char *a, const char *b);

/* Whether @path is @top or lies below it; both are canonical. */
static inline bool path_is_below(const char *path, const char *top)
{
	size_t n = strlen(top);

	return !strncmp(path, top, n) && (path[n] == '/' || path[n] == '\0' || n == 1);
}
