/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/keys.h"

#include <assert.h>
#include <string.h>

static const char *const levels[] = { "full", NULL };
static const char *const accesses[] = { "read", "write", NULL };
static const char *const lockfiles[] = { "deny", "audit", "allow", NULL };
static const char *const untracked_words[] = { "fail", "report", "allow", NULL };
static const char *const integrities[] = { "no", "yes", NULL };
static const char *const on_errors[] = { "deny", "continue", NULL };
static const char *const modes[] = { "enforce", "audit", NULL };

static_assert(LEN(levels) == N_LEVELS + 1, "every level has a word");
static_assert(LEN(accesses) == N_ACCESSES + 1, "every access has a word");
static_assert(LEN(lockfiles) == N_LOCKFILES_MODES + 1, "every mode has a word");
static_assert(LEN(untracked_words) == N_UNTRACKEDS + 1, "every choice has a word");
static_assert(LEN(integrities) == N_INTEGRITIES + 1, "both have a word");
static_assert(LEN(on_errors) == N_ON_ERRORS + 1, "both have a word");
static_assert(LEN(modes) == N_EGRESS_MODES + 1, "every mode has a word");

static const char *const intents[] = {
	"none", "assist", "develop", "dependencies", "release", NULL
};
static const char *const verdicts[] = { "deny", "allow", "ask", NULL };
static const char *const sources[] = { "registry", "any", NULL };
static const char *const times[] = { "server", "any", NULL };

static_assert(LEN(intents) == N_INTENTS + 1, "every intent has a word");
static_assert(LEN(verdicts) == N_VERDICTS + 1, "every verdict has a word");
static_assert(LEN(sources) == N_PACKAGE_SOURCES + 1, "every source has a word");
static_assert(LEN(times) == N_PACKAGE_TIMES + 1, "every source of times has a word");

static const struct value_type level = { .name = "full", .words = levels };
static const struct value_type access = { .name = "read or write", .words = accesses };
static const struct value_type lockfiles_mode = { .name = "deny, audit or allow",
						  .words = lockfiles };
static const struct value_type untracked = { .name = "fail, report or allow",
					     .words = untracked_words };
static const struct value_type integrity = { .name = "no or yes", .words = integrities };
static const struct value_type on_error = { .name = "deny or continue", .words = on_errors };
static const struct value_type mode = { .name = "enforce or audit", .words = modes };

static const struct value_type intent = { .name = "intent", .words = intents };
static const struct value_type verdict = { .name = "deny, allow or ask", .words = verdicts };
static const struct value_type source = { .name = "registry or any", .words = sources };
static const struct value_type time_source = { .name = "server or any", .words = times };

#define ONE(section, key, preset, type, member, text)                                              \
	{                                                                                          \
		section, key, preset, type, offsetof(struct policy, member), false, false, text    \
	}
#define MANY(section, key, type, member, text)                                                     \
	{                                                                                          \
		section, key, NULL, type, offsetof(struct policy, member), true, false, text       \
	}

/* Of [registry NAME]; @many: several values for each. */
#define REGISTRY(key, type, member, many, text)                                                    \
	{                                                                                          \
		"registry", key, NULL, type, offsetof(struct policy, registries.member), many,     \
			true, text                                                                 \
	}

#define TERM(key, preset, type, member, text)                                                      \
	ONE("packages", key, preset, type, packages.terms.member, text)

/* A key is here when something enforces it: one that was accepted and did nothing would be a lie.
 */
const struct key keys[] = {
	ONE("profile", "description", NULL, &value_text, description,
	    "what it is for, in one line"),
	MANY("profile", "extends", &value_profile, extends, "profile that this one builds upon"),
	ONE("profile", "minimum-level", "full", &level, minimum_level,
	    "level of enforcement below which no box is started"),
	ONE("task", "intent", "none", &intent, intent, "what it is for, where that decides"),
	ONE("task", "deadline", "none", &value_duration, deadline, "time after which it is ended"),
	ONE("workspace", "access", "read", &access, access, "what the box may do to the workspace"),
	MANY("workspace", "hide", &value_pattern, hide, "in the workspace, but unreadable"),
	MANY("workspace", "protect", &value_pattern, protect, "in the workspace, but not writable"),
	MANY("filesystem", "read", &value_path, read, "path outside the workspace, read-only"),
	MANY("filesystem", "write", &value_path, write, "path outside the workspace, writable"),
	ONE("filesystem", "cache", "none", &value_cache, cache,
	    "where package managers keep what they fetched: for one task, on top of a seed"),
	MANY("environment", "pass", &value_variable, pass, "variable of the caller, or PREFIX*"),
	MANY("environment", "set", &value_assignment, set, "variable with its value"),
	MANY("syscalls", "deny", &value_syscall_denied, syscalls_deny, "refused"),
	MANY("syscalls", "allow", &value_syscall_allowed, syscalls_allow,
	     "not refused, though agentbox would by itself"),
	ONE("limits", "processes", "4096", &value_count, processes, "processes and threads"),
	ONE("limits", "files", "none", &value_count, files, "open files of one process"),
	ONE("limits", "memory", "none", &value_size, memory, "memory of the whole box"),
	ONE("limits", "file-size", "none", &value_size, file_size, "size of one written file"),
	ONE("limits", "tmp", "2G", &value_size, tmp, "size of each private tmpfs"),
	ONE("egress", "mode", "enforce", &mode, egress_mode, "whether rules refuse or only record"),
	MANY("egress", "allow", &value_rule, allow,
	     "host, or requests to one, that may be reached"),
	MANY("egress", "deny", &value_denial, deny, "what may not, whatever else allows it"),
	MANY("egress", "inspect", &value_host, inspect,
	     "host whose requests over TLS are read, though no rule is about them"),
	MANY("egress", "relay", &value_host, relay, "host whose TLS is passed on as it is"),
	MANY("egress", "ca", &value_absolute, ca,
	     "file of authorities that vouch for hosts, besides those of this machine"),
	ONE("egress", "upstream-proxy", NULL, &value_upstream, upstream,
	    "proxy outside that all connections go through"),
	ONE("egress", "upstream-proxy-auth", NULL, &value_credentials, upstream_auth,
	    "file outside with USER:PASSWORD for it"),
	ONE("egress", "proxy-port", "none", &value_proxy, proxy_port,
	    "port of the box's loopback with a proxy, for programs that insist on one"),
	MANY("ports", "host-port", &value_port, host_port,
	     "port of the host's loopback that the box may reach"),
	MANY("ports", "publish", &value_publish, publish,
	     "port of the box that the host may reach on its loopback"),
	MANY("packages", "ecosystem", &value_ecosystem, ecosystem,
	     "ecosystem whose public registries may be used"),
	MANY("packages", "registry", &value_registry, registry,
	     "ecosystem and URL of another registry"),
	MANY("packages", "allow", &value_purl, package_allow,
	     "packages that may be used: then no others"),
	MANY("packages", "deny", &value_purl, package_deny,
	     "packages that may not, whatever else allows them"),
	MANY("packages", "internal", &value_purl, internal,
	     "packages that no public registry is asked for"),
	TERM("min-age", "none", &value_duration, min_age, "age below which a version is not there"),
	MANY("packages", "min-age-exempt", &value_exempt, min_age_exempt,
	     "packages that may be younger"),
	TERM("min-age-missing", "deny", &verdict, min_age_missing,
	     "what becomes of a version whose age nobody tells"),
	TERM("time-source", "server", &time_source, time_source,
	     "whose word on the age counts: any includes the author's"),
	TERM("sources", "registry", &source, sources, "where the bytes of a version may come from"),
	TERM("scripts", "allow", &verdict, scripts, "versions that run something when installed"),
	TERM("prerelease", "allow", &verdict, prerelease, "versions before a release"),
	TERM("yanked", "deny", &verdict, yanked, "versions that were withdrawn"),
	TERM("add", "allow", &verdict, add, "packages that no lock file names"),
	TERM("upgrade", "allow", &verdict, upgrade,
	     "versions newer than one that a lock file names"),
	TERM("downgrade", "allow", &verdict, downgrade,
	     "versions older than one that a lock file names"),
	TERM("locked", "allow", &verdict, locked, "versions that a lock file names"),
	TERM("typosquat", "allow", &verdict, typosquat,
	     "packages that can be mistaken for popular ones"),
	MANY("packages", "typosquat-exempt", &value_purl, typosquat_exempt,
	     "packages that are not mistaken"),
	TERM("max-add", "none", &value_count, max_add,
	     "packages that no lock file names, of which a task may fetch so many"),
	TERM("max-denied", "none", &value_count, max_denied,
	     "requests that may be denied before all of them are"),
	TERM("max-bytes", "none", &value_size, max_bytes,
	     "bytes of packages that a task may fetch"),
	TERM("advisories", NULL, &value_absolute, advisories,
	     "database of what is known to be malware or vulnerable"),
	TERM("advisories-max-age", "none", &value_duration, advisories_max_age,
	     "age of that database from which on it is stale"),
	TERM("advisories-stale", "deny", &verdict, advisories_stale,
	     "packages, when it is: allow warns"),
	TERM("vulnerable", "allow", &verdict, vulnerable, "versions that it calls vulnerable"),
	TERM("search", "deny", &verdict, search, "searches"),
	TERM("audit", "deny", &verdict, audit, "telling the registry what is in use"),
	TERM("publish", "deny", &verdict, publish, "publishing, and all that needs a login"),
	REGISTRY("ecosystem", &value_ecosystem, ecosystem, false, "what it has packages of"),
	REGISTRY("url", &value_url, url, false, "below which it answers"),
	REGISTRY("scope", &value_scope, scope, true,
		 "scope of npm that no other registry is asked for"),
	REGISTRY("internal", &value_purl, internal, true,
		 "packages that no other registry is asked for"),
	REGISTRY("ca", &value_absolute, ca, true, "file of authorities that vouch for it"),
	ONE("lockfiles", "mode", "audit", &lockfiles_mode, lockfiles_mode,
	    "whether lock files may be changed, and whether that is noticed"),
	MANY("lockfiles", "hosts", &value_host, lockfiles_hosts,
	     "host that lock files may name; without any: all"),
	ONE("lockfiles", "require-integrity", "no", &integrity, lockfiles_integrity,
	    "whether what a lock file adds must have a hash"),
	ONE("inventory", "untracked", "report", &untracked, untracked,
	    "what becomes of packages that were put there, and not fetched"),
	ONE("audit", "file", NULL, &value_absolute, audit_file,
	    "log instead of the one of the task"),
	MANY("audit", "sink", &value_sink, sinks, "where what is recorded goes besides"),
	ONE("audit", "on-error", "deny", &on_error, audit_on_error,
	    "what becomes of the task when the log cannot be written"),
};

size_t keys_count(void)
{
	return LEN(keys);
}

const struct key *key_find(const char *section, const char *name)
{
	for (size_t i = 0; i < LEN(keys); i++)
		if (!strcmp(keys[i].section, section) && !strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

bool section_known(const char *section, const char *of)
{
	for (size_t i = 0; i < LEN(keys); i++)
		if (!strcmp(keys[i].section, section) && keys[i].named == !!of)
			return true;
	return false;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Insertions, deletions and replacements between two names (Levenshtein), row by row. */
static size_t distance(const char *a, const char *b)
{
	size_t row[INI_NAME_MAX + 1], n = strlen(b), diagonal, above;

	assert(n <= INI_NAME_MAX);
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		diagonal = row[0]++;
		for (size_t j = 0; j < n; j++) {
			above = row[j + 1];
			row[j + 1] = least(diagonal + (a[i] != b[j]), least(row[j], above) + 1);
			diagonal = above;
		}
	}
	return row[n];
}

/* A third of a name may be wrong before it is no longer what was meant. */
static bool nearer(const char *name, const char *candidate, size_t *best)
{
	size_t d = distance(name, candidate);

	if (d >= *best || 3 * d > strlen(candidate))
		return false;
	*best = d;
	return true;
}

void section_explain(const char *section, struct buf *out)
{
	const char *meant = NULL;
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < LEN(keys); i++)
		if (nearer(section, keys[i].section, &best))
			meant = keys[i].section;
	buf_printf(out, "unknown section [%s]", section);
	if (meant && best == 0)
		buf_puts(out, section_known(section, NULL) ? ": it has no name of its own"
							   : ": it needs a name: [registry mine]");
	else if (meant)
		buf_printf(out, ": did you mean [%s]?", meant);
}

void key_explain(const char *section, const char *name, struct buf *out)
{
	const char *meant = NULL, *elsewhere = NULL;
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < LEN(keys); i++) {
		if (!strcmp(keys[i].name, name))
			elsewhere = keys[i].section;
		if (!strcmp(keys[i].section, section) && nearer(name, keys[i].name, &best))
			meant = keys[i].name;
	}
	buf_printf(out, "unknown key \"%s\" in [%s]", name, section);
	if (elsewhere)
		buf_printf(out, ": it belongs into [%s]", elsewhere);
	else if (meant)
		buf_printf(out, ": did you mean \"%s\"?", meant);
}
