/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "eco/lock.h"

/*
 * What differs between two states of a lock file, as a multiset of packages: a package is its
 * ecosystem and name, at one or more versions.
 */
enum change_kind {
	CHANGE_ADD,
	CHANGE_REMOVE,
	CHANGE_UPGRADE,
	CHANGE_DOWNGRADE,
	CHANGE_MOVE,  /* to a version of which nobody can say whether it is newer */
	CHANGE_ENTRY, /* the same version, but other words about it */
	N_CHANGE_KINDS
};

/* What is remarkable about a change; each is told as a finding. */
enum trick {
	TRICK_SOURCE,	 /* it comes from another host, or another kind of place */
	TRICK_HOST,	 /* new, from a host that the file did not name before, but others */
	TRICK_SCHEME,	 /* http:, git:, ftp: nobody is authenticated */
	TRICK_INTEGRITY, /* another hash for the same version */
	TRICK_DROPPED,	 /* it had a hash, and has none */
	TRICK_WEAK,	 /* SHA-1 or MD5 where it was stronger, or in something new */
	TRICK_NONE,	 /* new, without a hash where others of the file have one */
	TRICK_SCRIPT,	 /* it runs a script when it is installed, and did not before */
	TRICK_ALIAS,	 /* installed under another package's name */
	TRICK_NAME,	 /* the path of its URL names another package */
	TRICK_GIT,	 /* new, from git, an archive or a path: no registry vouches for it */
	TRICK_MOVING,	 /* a branch or tag, which can point to something else tomorrow */
	TRICK_UNSEEN,	 /* its name has characters that people cannot see or tell apart */
	N_TRICKS
};

struct change {
	enum change_kind kind;
	const struct lock_entry *from, *to; /* NULL: there is none */
	unsigned tricks;		    /* 1 << enum trick */
};

struct changes {
	struct change *change;
	size_t n;
};

/*
 * Adds what differs between @before and @after, either of which may be empty, sorted by ecosystem
 * and name. Borrows from both; the rest lives in @arena.
 */
void change_find(const struct lock *before, const struct lock *after, struct arena *arena,
		 struct changes *changes);

/* "add"; and what a trick is, for people. */
const char *change_name(enum change_kind kind);
const char *change_trick(enum trick trick);
