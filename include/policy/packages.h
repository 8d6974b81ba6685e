/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "eco/advisory.h"
#include "eco/eco.h"
#include "eco/locked.h"
#include "eco/purl.h"
#include "policy/rules.h"

struct policy;

/* What a task is for. Only a release may change what others get. */
enum intent {
	INTENT_NONE,
	INTENT_ASSIST,
	INTENT_DEVELOP,
	INTENT_DEPENDENCIES,
	INTENT_RELEASE,
	N_INTENTS
};

enum package_sources { SOURCES_REGISTRY, SOURCES_ANY, N_PACKAGE_SOURCES };
enum package_times { TIMES_SERVER, TIMES_ANY, N_PACKAGE_TIMES };

/* A place that packages come from. */
struct registry {
	const struct ecosystem *ecosystem;
	struct rule at;	  /* a host as a whole; without a port: 80 and 443 */
	const char *base; /* path, without "/" at its end, or "" */
	unsigned role;	  /* see struct registry_host */
	const char *name; /* of its section, or NULL */
	bool is_public;	  /* anybody may publish there */
	int line;	  /* which named it: see struct packages */
};

/* A line of [packages]: what a decision names. */
struct package_line {
	struct where where;
	const char *key, *text;
};

struct package_glob {
	struct purl glob;
	const char *of; /* the registry by whose section it is; NULL: by none */
	int line;
};

struct package_globs {
	struct package_glob *glob;
	size_t n;
};

/* The keys of [packages] that have one value. */
struct package_terms {
	uint64_t min_age; /* seconds; 0: none */
	enum verdict min_age_missing;
	enum package_times time_source;
	enum package_sources sources;
	enum verdict scripts, prerelease, yanked;
	enum verdict add, upgrade, downgrade, locked; /* of what the lock files name */
	enum verdict typosquat;			      /* names that are like popular ones */
	uint64_t max_add; /* packages that none of them names; 0: no limit */
	enum verdict search, audit, publish;
	uint64_t max_denied, max_bytes; /* of a task; 0: no limit */
	const char *advisories;		/* path of the database, or NULL */
	uint64_t advisories_max_age;	/* seconds; 0: any */
	enum verdict advisories_stale;	/* what then becomes of packages */
	enum verdict vulnerable;
};

/* What [packages] says, made ready to be asked. Without a registry it says nothing. */
struct packages {
	struct package_terms terms;
	struct package_line *line;
	size_t n_lines;
	struct registry *registry;
	size_t n_registries;
	struct package_globs allow, deny, exempt, internal, typosquat_exempt;
	bool exempt_locked;		/* min-age-exempt = locked */
	bool relative;			/* something else hangs on what lock files name */
	const struct advisories *known; /* that terms.advisories names, for whoever has it mapped */
};

/* What a task has used up. */
struct package_use {
	uint64_t denied; /* requests */
	uint64_t added;	 /* packages that no lock file names */
	uint64_t bytes;	 /* of artifacts */
};

/* What was asked, as far as it is known. */
struct package_question {
	const struct registry *registry;
	const struct package_request *request;
	const struct package_facts *facts; /* of the version, or NULL */
	bool sought;			   /* they were looked for: there are no others */
	int64_t now;			   /* ms since 1970 */
	struct package_use used;
	bool counted;		     /* the package is among used.added */
	const struct locked *locked; /* what lock files name, or NULL: nobody knows */
};

enum { PACKAGE_LINE_NONE = -1, PACKAGE_REASON_MAX = 256 };

struct package_decision {
	enum verdict verdict;
	int line;	    /* that made it, or PACKAGE_LINE_NONE */
	bool undecided;	    /* allowed so far: the rest hangs on the facts */
	const char *change; /* to what lock files name: "add", "upgrade", "downgrade", or NULL */
	char reason[PACKAGE_REASON_MAX];
};

/* Sets policy->packages from what was read. */
void packages_make(struct policy *policy);

/* The first line with that key, or PACKAGE_LINE_NONE. */
int packages_line(const struct packages *packages, const char *key);

/* The registry that a request to @path of @host is for, or NULL. */
const struct registry *packages_registry(const struct packages *packages,
					 const struct request *request);

/* Whether some of its requests are for one. */
bool packages_has_host(const struct packages *packages, const struct request *request);

/*
 * The one function that decides about packages. The checks are made in a fixed order, and the first
 * one that fails is told: kind of the request, deny=, advisories=, internal=, allow=, max-denied=,
 * max-bytes=, typosquat=, add=, upgrade=, downgrade=, locked=, max-add=, then what hangs on the
 * facts: whether there is such a version, min-age=, sources=, scripts=, yanked=, prerelease=.
 */
struct package_decision package_decide(const struct packages *packages,
				       const struct package_question *question);

/* Whether a database is older than it may be, at @now, ms since 1970. */
static inline bool advisories_are_stale(const struct package_terms *terms,
					const struct advisories *db, int64_t now)
{
	return terms->advisories_max_age &&
	       (now - db->built) / 1000 > (int64_t)terms->advisories_max_age;
}

/* Whether somebody has to find out what lock files name. */
static inline bool packages_need_locked(const struct packages *packages)
{
	return packages->n_registries && (packages->relative || packages->exempt_locked);
}

/* Adds the package as a purl, with its version if the request or the facts have one. */
void package_purl(const struct package_question *question, struct buf *out);
