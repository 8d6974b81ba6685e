/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "eco/popular.h"
#include "policy/packages.h"

/*
 * The order of the checks is part of the contract: the first one that fails is told. What a name
 * alone decides comes first, so that most denials need no metadata; what needs facts comes after
 * check_facts(), which leaves the question undecided where they have not been looked for.
 */

struct asking {
	const struct packages *packages;
	const struct package_question *question;
	struct purl purl;
	struct locked_standing standing; /* all-zero where it is not known */
	struct package_decision *out;
};

/* Ends the asking with @verdict: false, so that a check can return it. */
static bool fail(const struct asking *a, enum verdict verdict, int line, const char *reason)
{
	struct buf text = BUF(a->out->reason);

	a->out->verdict = verdict;
	a->out->line = line;
	buf_puts(&text, reason);
	if (verdict == VERDICT_ASK)
		buf_puts(&text, "; nobody has been asked yet");
	return false;
}

/* What a key with one value says of it. */
static bool obey(const struct asking *a, enum verdict verdict, const char *key, const char *reason)
{
	return verdict == VERDICT_ALLOW ||
	       fail(a, verdict, packages_line(a->packages, key), reason);
}

static const struct package_glob *find(const struct package_globs *globs, const struct purl *purl)
{
	for (size_t i = 0; i < globs->n; i++)
		if (purl_match(&globs->glob[i].glob, purl))
			return &globs->glob[i];
	return NULL;
}

static bool check_kind(const struct asking *a)
{
	const struct package_terms *terms = &a->packages->terms;
	const struct package_request *request = a->question->request;
	char text[PACKAGE_REASON_MAX];
	struct buf reason = BUF(text);

	switch (request->kind) {
	case PACKAGE_UNKNOWN:
		buf_printf(&reason, "no request that agentbox knows of a registry (%s)",
			   a->question->registry->ecosystem->title);
		return fail(a, VERDICT_DENY, a->question->registry->line, text);
	case PACKAGE_AUTH:
	case PACKAGE_PUBLISH:
		buf_printf(&reason, "only a task that may publish may do this: %s", request->what);
		return obey(a, terms->publish, "publish", text);
	case PACKAGE_AUDIT:
		return obey(a, terms->audit, "audit", "it tells the registry what is in use here");
	case PACKAGE_SEARCH:
		return obey(a, terms->search, "search", "the profile allows no searches");
	case PACKAGE_METADATA:
	case PACKAGE_VERSION:
	case PACKAGE_ARTIFACT:
	case PACKAGE_INDEX:
	case N_PACKAGE_KINDS:
		break;
	}
	return true;
}

/* A rule about one version is none about the others. */
static bool check_denied(const struct asking *a)
{
	const struct package_glob *by = find(&a->packages->deny, &a->purl);

	return !by || fail(a, VERDICT_DENY, by->line, "a line of the profile denies this package");
}

static bool check_known(const struct asking *a)
{
	const struct packages *packages = a->packages;
	const struct package_terms *terms = &packages->terms;
	char text[PACKAGE_REASON_MAX];
	struct buf reason = BUF(text);
	struct advisory found;

	if (!terms->advisories)
		return true;
	if (!packages->known)
		return fail(a, VERDICT_DENY, packages_line(packages, "advisories"),
			    "the database of advisories is not there");
	if (terms->advisories_stale != VERDICT_ALLOW &&
	    advisories_are_stale(terms, packages->known, a->question->now))
		return fail(a, terms->advisories_stale,
			    packages_line(packages, "advisories-max-age"),
			    "the database of advisories is too old");
	if (!advisories_find(packages->known, &a->purl, &found))
		return true;
	buf_puts(&reason, found.malware ? "it is malware: " : "it is vulnerable: ");
	buf_str(&reason, found.id);
	return found.malware ? fail(a, VERDICT_DENY, packages_line(packages, "advisories"), text)
			     : obey(a, terms->vulnerable, "vulnerable", text);
}

/* Dependency confusion: whoever publishes the name of an internal package is believed to be it. */
static bool check_internal(const struct asking *a)
{
	const struct package_globs *internal = &a->packages->internal;
	const struct registry *registry = a->question->registry;
	const struct package_glob *by = NULL;
	char text[PACKAGE_REASON_MAX];
	struct buf reason = BUF(text);

	for (size_t i = 0; i < internal->n; i++) {
		const struct package_glob *glob = &internal->glob[i];

		if (!purl_match(&glob->glob, &a->purl))
			continue;
		if (glob->of && registry->name && !strcmp(glob->of, registry->name))
			return true;
		if (!by && (glob->of || registry->is_public))
			by = glob;
	}
	if (!by)
		return true;
	buf_puts(&reason, "it is internal, and this is ");
	if (by->of)
		buf_printf(&reason, "not the registry %s", by->of);
	else
		buf_puts(&reason, "a public registry");
	return fail(a, VERDICT_DENY, by->line, text);
}

/* Whether any of its versions may be allowed, where none is named. */
static bool may_match(const struct purl *glob, const struct purl *purl)
{
	struct purl any = *glob;

	if (purl->version.n == 0)
		any.version.n = 0;
	return purl_match(&any, purl);
}

/* Lines of another ecosystem do not make this one a closed list. */
static bool check_allowed(const struct asking *a)
{
	const struct package_globs *allow = &a->packages->allow;
	int line = PACKAGE_LINE_NONE;

	for (size_t i = 0; i < allow->n; i++) {
		const struct purl *glob = &allow->glob[i].glob;

		if (may_match(glob, &a->purl))
			return true;
		if (str_eq(glob->type, a->purl.type))
			line = allow->glob[i].line;
	}
	return line == PACKAGE_LINE_NONE || fail(a, VERDICT_DENY, PACKAGE_LINE_NONE,
						 "no line of the profile allows this package");
}

/*
 * Who tries one version after the other, or another registry, does not get to the one that passes.
 */
static bool check_use(const struct asking *a)
{
	const struct package_terms *terms = &a->packages->terms;
	const struct package_use *used = &a->question->used;

	if (terms->max_denied && used->denied >= terms->max_denied)
		return fail(a, VERDICT_DENY, packages_line(a->packages, "max-denied"),
			    "too much was denied to this task before");
	if (terms->max_bytes && used->bytes >= terms->max_bytes)
		return fail(a, VERDICT_DENY, packages_line(a->packages, "max-bytes"),
			    "this task has fetched as much as it may");
	return true;
}

/* Goes on only with what brings packages in. */
static bool check_enters(const struct asking *a)
{
	const enum package_kind kind = a->question->request->kind;

	return kind == PACKAGE_VERSION || kind == PACKAGE_ARTIFACT || kind == PACKAGE_METADATA;
}

/*
 * A name, so whether it is offered has been decided when it comes to versions. Whose lock files
 * have it has chosen it, and whoever has it inside knows it.
 */
static bool check_typosquat(const struct asking *a)
{
	const struct package_question *q = a->question;
	char text[PACKAGE_REASON_MAX];
	struct buf reason = BUF(text);
	const char *like;

	if (a->packages->terms.typosquat == VERDICT_ALLOW || a->standing.package ||
	    (q->request->kind == PACKAGE_METADATA && q->facts) ||
	    find(&a->packages->typosquat_exempt, &a->purl) ||
	    find(&a->packages->internal, &a->purl))
		return true;
	like = popular_like(a->purl.type, a->purl.path);
	if (!like)
		return true;
	buf_puts(&reason, "its name can be mistaken for that of ");
	buf_puts(&reason, like);
	return obey(a, a->packages->terms.typosquat, "typosquat", text);
}

/*
 * What a version would change. Of a package that is named, nothing is said before its version is.
 */
static bool check_change(const struct asking *a)
{
	const struct locked *locked = a->question->locked;
	const struct package_terms *terms = &a->packages->terms;
	const struct locked_standing *s = &a->standing;
	const bool version = s->package && a->purl.version.n;
	const struct {
		bool is;
		enum verdict verdict;
		const char *key, *reason;
	} rows[] = {
		{ !s->package, terms->add, "add",
		  locked && locked->unread
			  ? "no lock file that could be read named it when the task started"
			  : "no lock file named it when the task started" },
		{ version && s->newer, terms->upgrade, "upgrade",
		  "it is newer than what the lock files named when the task started" },
		{ version && s->older, terms->downgrade, "downgrade",
		  "it is older than what the lock files named when the task started" },
		{ version && s->version, terms->locked, "locked",
		  "the lock files name it, and the profile lets nothing of that in" },
	};

	if (!a->packages->relative)
		return true;
	if (!locked)
		return fail(a, VERDICT_DENY, PACKAGE_LINE_NONE,
			    "what the lock files named when the task started is not known");
	for (size_t i = 0; i < LEN(rows); i++) {
		if (!rows[i].is)
			continue;
		a->out->change = rows[i].key;
		if (!obey(a, rows[i].verdict, rows[i].key, rows[i].reason))
			return false;
	}
	return true;
}

static bool check_max_add(const struct asking *a)
{
	const uint64_t max = a->packages->terms.max_add;

	return !max || a->standing.package || a->question->counted ||
	       a->question->used.added < max ||
	       fail(a, VERDICT_DENY, packages_line(a->packages, "max-add"),
		    "this task has fetched as many packages as it may that no lock file named");
}

/* Goes on only with facts. */
static bool check_facts(const struct asking *a)
{
	const struct package_question *q = a->question;

	if (q->facts)
		return true;
	if (q->request->kind == PACKAGE_METADATA)
		return false;
	if (q->sought)
		return fail(a, VERDICT_DENY, PACKAGE_LINE_NONE,
			    "the metadata of the registry has no such version");
	a->out->undecided = true;
	return false;
}

static bool has_time(const struct asking *a)
{
	const struct package_facts *facts = a->question->facts;

	return facts->time == TIME_SERVER ||
	       (facts->time == TIME_AUTHOR && a->packages->terms.time_source == TIMES_ANY);
}

/* "3 hours": in the largest unit of which there are two. */
static void write_age(int64_t seconds, struct buf *out)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = { { "days", 86400 }, { "hours", 3600 }, { "minutes", 60 }, { "seconds", 1 } };
	size_t i = 0;

	while (i + 1 < LEN(units) && seconds < 2 * units[i].seconds)
		i++;
	buf_printf(out, "%lld %s", (long long)(seconds / units[i].seconds), units[i].name);
}

static bool check_age(const struct asking *a)
{
	const struct package_question *q = a->question;
	const uint64_t least = a->packages->terms.min_age;
	const int64_t ms = q->now - q->facts->published;
	char text[PACKAGE_REASON_MAX];
	struct buf reason = BUF(text);

	if (!least || q->facts->time == TIME_LATER || find(&a->packages->exempt, &a->purl) ||
	    (a->packages->exempt_locked && a->standing.version))
		return true;
	if (!has_time(a))
		return obey(a, a->packages->terms.min_age_missing, "min-age-missing",
			    q->facts->time == TIME_AUTHOR
				    ? "only its author says when it was published"
				    : "nobody says when it was published");
	if (ms > 0 && (uint64_t)ms / 1000 >= least)
		return true;
	buf_puts(&reason, "published ");
	write_age(ms > 0 ? ms / 1000 : 0, &reason);
	buf_puts(&reason, " ago, and has to be ");
	write_age((int64_t)least, &reason);
	buf_puts(&reason, " old");
	return fail(a, VERDICT_DENY, packages_line(a->packages, "min-age"), text);
}

static bool check_source(const struct asking *a)
{
	return !a->question->facts->foreign || a->packages->terms.sources == SOURCES_ANY ||
	       fail(a, VERDICT_DENY, packages_line(a->packages, "sources"),
		    "its bytes come from elsewhere than the registry");
}

static bool check_scripts(const struct asking *a)
{
	return !a->question->facts->scripts || obey(a, a->packages->terms.scripts, "scripts",
						    "it runs scripts when it is installed");
}

static bool check_yanked(const struct asking *a)
{
	return !a->question->facts->yanked ||
	       obey(a, a->packages->terms.yanked, "yanked", "its author has withdrawn it");
}

static bool check_prerelease(const struct asking *a)
{
	return !a->question->facts->prerelease ||
	       obey(a, a->packages->terms.prerelease, "prerelease", "it is a prerelease");
}

static bool (*const checks[])(const struct asking *) = {
	check_denied, check_known,     check_internal, check_allowed, check_use,
	check_enters, check_typosquat, check_change,   check_max_add, check_facts,
	check_age,    check_source,    check_scripts,  check_yanked,  check_prerelease,
};

static const char *make_purl(const struct package_question *q, struct buf *space, struct purl *out)
{
	const struct str version = q->facts ? q->facts->version : str_of(q->request->version);

	return purl_make(q->registry->ecosystem->name, str_of(q->request->name), version, space,
			 out);
}

struct package_decision package_decide(const struct packages *packages,
				       const struct package_question *question)
{
	struct package_decision d = { .verdict = VERDICT_ALLOW, .line = question->registry->line };
	struct package_question told = *question;
	const struct package_facts nothing = { .version = str_of(question->request->version) };
	struct asking a = { .packages = packages, .question = &told, .out = &d };
	char space[PURL_MAX];
	struct buf parts = BUF(space);
	const char *wrong;

	/*
	 * of an ecosystem whose metadata nobody here reads, no more is known than what is asked for
	 */
	if (!told.facts && !told.registry->ecosystem->locate)
		told.facts = &nothing;
	if (!check_kind(&a) || !question->request->name[0])
		return d;
	wrong = make_purl(&told, &parts, &a.purl);
	if (wrong) {
		fail(&a, VERDICT_DENY, question->registry->line, wrong);
		return d;
	}
	if (question->locked)
		a.standing = locked_find(question->locked, &a.purl);
	for (size_t i = 0; i < LEN(checks) && checks[i](&a); i++)
		;
	return d;
}

void package_purl(const struct package_question *question, struct buf *out)
{
	char space[PURL_MAX];
	struct buf parts = BUF(space);
	struct purl purl;

	if (question->request->name[0] && !make_purl(question, &parts, &purl))
		purl_print(&purl, out);
}
