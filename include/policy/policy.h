/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "policy/rules.h"

enum intent { INTENT_DEVELOP, INTENT_ASSIST, INTENT_DEPENDENCIES, INTENT_RELEASE, N_INTENTS };
enum access { ACCESS_READ, ACCESS_WRITE, N_ACCESSES };
enum egress_mode { EGRESS_ENFORCE, EGRESS_AUDIT, N_EGRESS_MODES };

/* A value of a key that may be given many times, and its origin. */
struct item {
	const char *text;
	struct where where;
};

struct items {
	struct item *item;
	size_t n;
};

/*
 * A profile that was read: one member for each row of the table of keys in keys.c. Everything it
 * points to lives in its arena.
 */
struct policy {
	struct arena arena;
	const char *name;

	const char *description;
	struct items extends;
	const char *minimum_level;

	enum intent intent;
	uint64_t deadline;	/* seconds; 0: none */
	const char *agent;

	enum access access;
	struct items hide, protect;
	struct items read, write;
	struct items pass, set;
	struct items syscalls_deny, syscalls_allow;

	uint64_t processes, files;   /* counts; 0: no limit */
	uint64_t memory, file_size, tmp; /* bytes */

	enum egress_mode egress_mode;
	struct items allow, deny;    /* as written; rules holds them parsed */
	struct rules rules;

	const char *audit_file;
};

/* Directories in which a profile name is looked up, the first one that has it wins; NULL-ended. */
struct policy_path {
	const char *const *dirs;
};

/*
 * Source of profile text, so that this floor opens no file: returns 0 and the whole text of a
 * profile named @name (searched) or, if it has a slash, of that path. @file is what messages
 * call it. Text and name are allocated in @arena.
 */
struct policy_source {
	int (*read)(const struct policy_source *source, const char *name, struct arena *arena,
		    const char **file, struct str *text, struct err *e);
	const void *of;
};

/* All complaints about a profile, one `file:line: error: ...` a line. */
struct complaints {
	struct buf text;
	unsigned n;
};

/*
 * Reads the profile @name and all it extends into @p. Returns 0, or -EINVAL with every complaint
 * in @c. @p must be all-zero; policy_fini() it in either case.
 */
int policy_load(struct policy *p, const char *name, const struct policy_source *source,
		struct complaints *c);

/* The same from canonical text alone: what the egress process does. */
int policy_parse(struct policy *p, struct str text, struct complaints *c);

/*
 * Adds the canonical text: every key that has a value, in the order of the table, resolved. Reading
 * it back gives the same policy. With @origin each line is preceded by a comment with its origin.
 */
void policy_print(const struct policy *p, bool origin, struct buf *out);

/* Whether anything can leave the box: without, no egress process is started. */
static inline bool policy_has_egress(const struct policy *p)
{
	return p->allow.n > 0 || p->egress_mode == EGRESS_AUDIT;
}

void policy_fini(struct policy *p);

/* The table of keys, for `profile keys`, man page checks and completion. */
struct key_doc {
	const char *section, *key, *type, *preset, *text;
	bool many;
};
size_t policy_keys(const struct key_doc **docs);
