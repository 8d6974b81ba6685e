/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "policy/ini.h"
#include "policy/packages.h"
#include "policy/rules.h"

enum { PUBLISH_MAX = 64 }; /* ports; each has two listeners on the host */

enum level { LEVEL_FULL, N_LEVELS };
enum access { ACCESS_READ, ACCESS_WRITE, N_ACCESSES };
enum lockfiles_mode { LOCKFILES_DENY, LOCKFILES_AUDIT, LOCKFILES_ALLOW, N_LOCKFILES_MODES };
enum untracked { UNTRACKED_FAIL, UNTRACKED_REPORT, UNTRACKED_ALLOW, N_UNTRACKEDS };
enum egress_mode { EGRESS_ENFORCE, EGRESS_AUDIT, N_EGRESS_MODES };

/* A value of a key that may be given many times, and its origin. */
struct item {
	const char *text;
	struct where where;
	const char *of; /* of a section that has a name, that; else NULL */
};

struct items {
	struct item *item;
	size_t n;
};

/* Of two texts of items, or names of sections, either of which may be NULL. */
static inline bool item_same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/*
 * A profile that was read: one member for each row of the table of keys in keys.c. Everything it
 * points to lives in its arena. Paths may start with "~/", which stands for the caller's home.
 */
struct policy {
	struct arena arena;
	const char *name;
	struct item *single; /* by row of the table: text and origin of a key that has one value */

	const char *description;
	struct items extends; /* what was read before this one; not part of the canonical text */
	enum level minimum_level;

	enum intent intent;
	uint64_t deadline; /* seconds; 0: none */

	enum access access;
	struct items hide, protect;
	struct items read, write;
	const char *cache; /* "none", "private" or "seed:PATH" */
	struct items pass, set;
	struct items syscalls_deny, syscalls_allow;

	uint64_t processes, files;	 /* counts; 0: no limit */
	uint64_t memory, file_size, tmp; /* bytes */

	enum egress_mode egress_mode;
	struct items allow, deny; /* canonical */
	struct items inspect, relay;
	struct items ca;      /* files: who vouches for hosts besides this machine's authorities */
	const char *upstream; /* "http://HOST:PORT": the proxy that everything goes through */
	const char *upstream_auth; /* "file:PATH" */
	uint64_t proxy_port;	   /* of the box's loopback; 0: no proxy */
	struct items host_port;	   /* ports of the host's loopback that the box reaches */
	struct items publish;	   /* HOST-PORT:PORT of the box, or PORT for both */
	struct rules rules;	   /* what follows from these, in this order */

	struct items ecosystem, registry; /* of [packages], as the next five */
	struct items package_allow, package_deny, min_age_exempt, internal, typosquat_exempt;
	struct {
		struct items ecosystem, url, scope, internal, ca;
	} registries;		  /* of [registry NAME] */
	struct packages packages; /* what follows from these, and single values of that section */

	enum lockfiles_mode lockfiles_mode;
	struct items lockfiles_hosts;
	enum { INTEGRITY_OPTIONAL, INTEGRITY_REQUIRED, N_INTEGRITIES } lockfiles_integrity;
	enum untracked untracked; /* packages that are installed, and nobody knows from where */

	const char *audit_file;
	struct items sinks; /* where the log goes besides: sink.h */
	enum { ON_ERROR_DENY, ON_ERROR_CONTINUE, N_ON_ERRORS } audit_on_error;
};

/*
 * Source of profile text, so that this floor opens no file: returns 0 and the whole text of a
 * profile named @name (searched) or, if it has a slash, of that path. @file is what messages
 * call it. Text and name are allocated in @arena.
 */
struct policy_source {
	int (*read)(const struct policy_source *source, const char *name, struct arena *arena,
		    const char **file, struct str *text, struct err *e);
	void *of;
};

/*
 * Reads the profile @name and all it extends into @p: those first, each once, in the order in which
 * they are named; lists append, and a single value replaces the one before. Returns 0, or
 * -EINVAL with every complaint in @c. @p must be all-zero; policy_fini() it in either case.
 */
int policy_load(struct policy *p, const char *name, const struct policy_source *source,
		struct complaints *c);

/* The same from canonical text alone: what the egress process does. */
int policy_parse(struct policy *p, struct str text, struct complaints *c);

/*
 * Adds one value as if a line said `name = value` in [section], after all that was read: how an
 * option of the command line becomes part of the policy. Returns NULL, or what is wrong with it.
 */
const char *policy_add(struct policy *p, const char *section, const char *name, const char *value,
		       struct where where);

/* Where a key that has one value was set; all-zero: nowhere. */
struct where policy_where(const struct policy *p, const char *section, const char *name);

/*
 * Where the line stands that made a decision: a rule by its index, or, after those, a line of
 * [packages]. All-zero: there is no such line.
 */
struct where policy_rule_where(const struct policy *p, uint64_t index);

/*
 * Adds where the lines stand that policy_rule_where() counts, a comment each, for who reads the
 * canonical text; a file by its name alone. Reading takes them from comments at the start of @text.
 */
void policy_print_origins(const struct policy *p, struct buf *out);
void policy_take_origins(struct policy *p, struct str text);

/*
 * Adds the canonical text: every key that has a value, in the order of the table, resolved. Reading
 * it back gives the same policy. With @origin each line is preceded by a comment with its origin.
 */
void policy_print(const struct policy *p, bool origin, struct buf *out);

/* Whether the box has caches of its own, and the seed of these, or NULL. */
static inline bool policy_has_cache(const struct policy *p)
{
	return p->cache && strcmp(p->cache, "none") != 0;
}

static inline const char *policy_seed(const struct policy *p)
{
	return p->cache && !strncmp(p->cache, "seed:", 5) ? p->cache + 5 : NULL;
}

/* The path of upstream_auth, or NULL. */
static inline const char *policy_upstream_auth(const struct policy *p)
{
	return p->upstream_auth ? p->upstream_auth + strlen("file:") : NULL;
}

/* Whether anything can leave the box: without, no egress process is started. */
static inline bool policy_has_egress(const struct policy *p)
{
	return p->allow.n > 0 || p->host_port.n > 0 || p->packages.n_registries > 0 ||
	       p->egress_mode == EGRESS_AUDIT;
}

/* Whether lock files and what builds obey are copied before the command, and compared after it. */
static inline bool policy_watches(const struct policy *p)
{
	return p->access == ACCESS_WRITE && p->lockfiles_mode != LOCKFILES_ALLOW;
}

/* The same for the copy alone: what lock files name also decides about packages. */
static inline bool policy_copies(const struct policy *p)
{
	return policy_watches(p) || packages_need_locked(&p->packages);
}

void policy_fini(struct policy *p);
