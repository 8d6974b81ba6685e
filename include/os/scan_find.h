/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "base/err.h"
#include "os/sockets.h"
#include "policy/host.h"

/* What scan.c and scan_find.c share: one tree, and what was found in it so far. */
struct finder {
	struct host *host;
	struct err *e;
	const char *base; /* canonical; the paths below are relative to it */
	int top;	  /* it, open */
	struct inode {
		dev_t dev;
		ino_t ino;
		nlink_t names; /* that were not found yet */
		const struct pattern *pattern;
	} * linked; /* hidden files with more than one name */
	size_t n_linked;
	bool again;	      /* the second pass, for those: see scan.c */
	const char *missing;  /* the last path that was found to be missing */
	const char *writable; /* the last directory that find_can_make() was asked about */
	bool can_make;	      /* its answer */
	bool running;	      /* the box, or it was: a socket may be its own */
	bool over;	      /* as well: only what is new and protected counts */
	struct found_in {
		int top, fd; /* a directory below it, or -1; and its path, of @n bytes */
		const char *path;
		size_t n;
	} in; /* what was looked at last */
	struct sockets sockets;
};

/* Closes what stays open; then @f is of no use any more. */
void find_forget(struct finder *f);

const char *find_join(struct finder *f, const char *dir, const char *name);

/* Adds what @pattern matches; nothing is done about other names of it. Returns 0 or -errno. */
int find_add_path(struct finder *f, const char *path, enum path_kind kind,
		  const struct pattern *pattern);

/* The same with a path below @f->top. A hidden link adds what it leads to. Returns 0 or -errno. */
int find_add(struct finder *f, const char *relative, enum path_kind kind,
	     const struct pattern *pattern);

/*
 * In the second pass: adds @name of @dir, which has this inode number, if it is a name of a hidden
 * file. Returns 0 or -errno.
 */
int find_name(struct finder *f, const char *dir, const char *name, ino_t ino);

/* Whether a hidden file has names that were not found. */
bool find_lacks_names(const struct finder *f);

/* Whether the box could make something in @dir, or give itself the right to. */
bool find_can_make(struct finder *f, const char *dir);

/*
 * Adds the plain paths of hide= and protect=, those with a slash, as they are or are missing in
 * the repository at @root. Returns 0 or -errno.
 */
int find_paths(struct finder *f, const char *root);

/* Adds the path as it is or, if @pattern protects it, is missing. Returns 0 or -errno. */
int find_path(struct finder *f, const char *relative, const struct pattern *pattern);

/*
 * Adds what the configuration of the repository at @root or the caller's names in the workspace:
 * what it includes, if .git/config is protected, and where hooks lie, if .git/hooks is. Returns 0
 * or -errno.
 */
int find_configured(struct finder *f, const char *root);

/*
 * What makes a directory a git directory, a bare repository if it is not called .git: a bit for
 * each of the names that tell, or 0; and what is noted of @dir when it has these @parts. Returns 0
 * or -errno.
 */
unsigned find_bare_part(const char *name);
bool find_is_bare(unsigned parts);
int find_bare(struct finder *f, const char *dir, unsigned parts);

/* What git obeys in the git directory @dir of a worktree or submodule, which lies elsewhere. */
int find_elsewhere(struct finder *f, const char *dir);

/*
 * The box could make the directory @dir readable, which is not: nobody knows what patterns match
 * there, so that it is hidden whole or, if there are only those of protect=, protected.
 */
int find_unreadable(struct finder *f, const char *dir);

/* Adds a socket at which a service of the host answers, as something to hide. */
int find_socket(struct finder *f, const char *relative);

/*
 * Adds those that the kernel knows in all that the box sees, also where nobody looks through.
 * Returns 0 or -errno: there is no way to know.
 */
int find_services(struct finder *f);
