/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/mem.h"
#include "eco/watch.h"

/* What a lock file says, in the same words for every format. */

enum lock_source {
	SOURCE_UNKNOWN, /* the file does not say: the configuration decides */
	SOURCE_REGISTRY,
	SOURCE_GIT,
	SOURCE_URL, /* an archive somewhere */
	SOURCE_PATH,
	N_LOCK_SOURCES
};

enum lock_flags {
	LOCK_SCRIPT = 1 << 0,	/* it runs a script when it is installed */
	LOCK_ALIAS = 1 << 1,	/* it is installed under another name: @as */
	LOCK_UNPINNED = 1 << 2, /* of git: a branch or tag, which can move */
	LOCK_BUNDLED = 1 << 3,	/* it came inside of another package */
};

/* A package at a version. Texts are empty where the file says nothing, and none is terminated. */
struct lock_entry {
	const char *type; /* of its package URL: "npm" */
	struct str name, version;
	struct str as;	      /* with LOCK_ALIAS */
	struct str url;	      /* where it comes from, as it stands there */
	struct str integrity; /* "sha512-BASE64", "sha256:HEX", "h1:...", as it stands there */
	enum lock_source source;
	unsigned flags;
};

/* An instruction to package managers in a lock file, such as another index to look into. */
struct lock_remark {
	struct str what; /* "--extra-index-url https://..." */
	bool risky;	 /* it decides from where something is installed */
};

struct lock {
	struct arena *arena;
	struct lock_entry *entry;
	size_t n;
	struct lock_remark *remark;
	size_t n_remarks;
	struct str dir; /* that the file lies in, in the workspace */
};

/*
 * Reads the text of a lock file, from which @lock borrows. Returns NULL, or what is wrong: static
 * text for a person. @lock->arena and @lock->dir are set by the caller.
 */
const char *lock_read(enum lock_format format, struct str text, struct lock *lock);

/* Name of the source, for people and in inventories. */
const char *lock_source_name(enum lock_source source);

/* Host of a URL, without user information and port; empty: it has none. */
struct str lock_host(struct str url);

/* Scheme of a URL, or empty. */
struct str lock_scheme(struct str url);
