/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "eco/npm.h"
#include "eco/semver.h"
#include "wire/rfc3339.h"

/*
 * Theory of operation
 *
 * A packument has all versions of a package in "versions", when each was published in "time", and
 * names for some in "dist-tags", in any order. So it is surveyed first, from end to end; then each
 * version is judged; then what is left is put together from spans of the document. Only
 * "dist-tags" is written anew: clients fail on a tag without its version (Yarn, Deno), and on a
 * package without "latest" (pnpm), which becomes the highest release below the one that it was.
 *
 * A document in which something that matters comes twice is refused: of two members with one name
 * readers take the one or the other. A version whose manifest is not about it, or whose number is
 * none, is never offered, and neither is the time of a version that is not offered.
 *
 * Who asks for a tag gets the manifest of the version that has it then, and nothing else.
 *
 * Each call does a slice of that.
 */

enum { SLICE = 64 * 1024, SLICE_VERSIONS = 128 };

/* Where in the document an element is: from its comma, from its key, to its end. */
struct span {
	size_t comma, start, end;
};

struct version {
	struct span span;
	size_t value; /* where the manifest begins */
	struct package_facts facts;
	struct semver number;
	bool odd, kept;
};

/* "key": "text" */
struct pair {
	struct span span;
	struct str key, text;
	bool kept;
};

struct pairs {
	struct pair *pair;
	size_t n;
};

enum what { OTHER, NAME, TAGS, VERSIONS, TIMES, N_WHAT };

/* A member of the document itself. */
struct member {
	struct span span;
	enum what what;
};

struct packument {
	struct json json;
	struct member *member; /* the last one is the one that is being read */
	size_t n_members;
	bool inside; /* of it, as it is one that matters */
	unsigned seen;
	struct version *version, **by_number;
	size_t n_versions, at;
	struct pairs times, tags;
	struct pair **by_key; /* the times */
};

/* The phases: each returns SIEVE_MORE to be called again, or 0 for the next one. */
typedef int phase_fn(struct sieve *s, struct packument *p);

static struct span span_of(const struct json_value *v)
{
	return (struct span){ .comma = v->comma, .start = v->start };
}

static struct str cut(const struct sieve *s, size_t from, size_t to)
{
	return (struct str){ s->in.p + from, to - from };
}

/* A key or text that means what it shows, as versions do. */
static bool is_plain(struct str s)
{
	return s.n && !memchr(s.p, '\\', s.n);
}

static void read_version(struct sieve *s, struct packument *p, const struct json_value *v)
{
	struct version *version = arena_push(&s->arena, p->version, p->n_versions);

	version->span = span_of(v);
	version->value = v->value;
	version->facts.version = v->key;
	version->odd = !is_plain(v->key) || !npm_version_valid(v->key) ||
		       semver_parse(v->key, &version->number) < 0 ||
		       !npm_read_manifest(&p->json, s->about->name, &version->facts);
	version->facts.prerelease = version->number.pre.n;
	json_whole(&p->json, v, false);
	version->span.end = p->json.at;
}

static void read_pair(struct sieve *s, struct packument *p, struct pairs *pairs,
		      const struct json_value *v)
{
	struct pair *pair = arena_push(&s->arena, pairs->pair, pairs->n);

	pair->span = span_of(v);
	pair->key = v->key;
	pair->text = v->type == JSON_STRING ? v->text : (struct str){ 0 };
	json_whole(&p->json, v, false);
	pair->span.end = p->json.at;
}

/* An element of the member that is being read, or its end. */
static void read_inside(struct sieve *s, struct packument *p)
{
	struct member *member = &p->member[p->n_members - 1];
	struct json_value v;

	if (!json_next(&p->json, &v)) {
		p->inside = false;
		member->span.end = p->json.at;
	} else if (member->what == VERSIONS) {
		read_version(s, p, &v);
	} else {
		read_pair(s, p, member->what == TAGS ? &p->tags : &p->times, &v);
	}
}

static enum what what_is(struct str key)
{
	static const char *const names[] = {
		[NAME] = "name",
		[TAGS] = "dist-tags",
		[VERSIONS] = "versions",
		[TIMES] = "time",
	};

	for (enum what what = NAME; what < N_WHAT; what++)
		if (json_is(key, names[what]))
			return what;
	return OTHER;
}

/* A member of the document. False: there is no other. */
static bool read_member(struct sieve *s, struct packument *p, const char **wrong)
{
	struct member *member;
	struct json_value v;

	if (!json_next(&p->json, &v))
		return false;
	member = arena_push(&s->arena, p->member, p->n_members);
	member->span = span_of(&v);
	member->what = what_is(v.key);
	if (member->what != OTHER && p->seen >> member->what & 1)
		*wrong = "the metadata says something twice";
	if (member->what == NAME && !(v.type == JSON_STRING && json_is(v.text, s->about->name)))
		*wrong = "the metadata is about another package";
	p->seen |= 1U << member->what;
	if (member->what > NAME) {
		p->inside = json_enter(&p->json, JSON_OBJECT);
		if (!p->inside)
			*wrong = "the metadata is no metadata of npm";
		return true;
	}
	json_whole(&p->json, &v, false);
	member->span.end = p->json.at;
	return true;
}

static int survey(struct sieve *s, struct packument *p)
{
	const size_t until = p->json.at + SLICE;
	const char *wrong = NULL;
	struct json_value v;
	bool more = true;

	if (p->json.at == 0) {
		json_init(&p->json, s->in);
		if (!json_next(&p->json, &v) || !json_enter(&p->json, JSON_OBJECT))
			return sieve_bad(s, "the metadata is no JSON object");
	}
	while (!wrong && p->json.at < until && more) {
		if (p->inside)
			read_inside(s, p);
		else
			more = read_member(s, p, &wrong);
	}
	if (!wrong && more)
		return SIEVE_MORE;
	if (json_done(&p->json))
		wrong = "the metadata is no JSON";
	if (!wrong && !(p->seen >> NAME & 1))
		wrong = "the metadata does not say what it is about";
	return wrong ? sieve_bad(s, wrong) : 0;
}

static int compare_pairs(const void *a, const void *b)
{
	return str_compare((*(struct pair *const *)a)->key, (*(struct pair *const *)b)->key);
}

static int compare_versions(const void *a, const void *b)
{
	return str_compare((*(struct version *const *)a)->facts.version,
			   (*(struct version *const *)b)->facts.version);
}

static int compare_key(const void *key, const void *pair)
{
	return str_compare(*(const struct str *)key, (*(struct pair *const *)pair)->key);
}

static struct pair *find_time(const struct packument *p, struct str key)
{
	struct pair **found =
		p->times.n ? bsearch(&key, p->by_key, p->times.n, sizeof(*p->by_key), compare_key)
			   : NULL;

	return found ? *found : NULL;
}

/* Nothing comes twice, and times are found by their version. */
static int sort(struct sieve *s, struct packument *p)
{
	static const char twice[] = "the metadata has a version twice";

	p->by_key = arena_alloc(&s->arena, p->times.n * sizeof(*p->by_key));
	p->by_number = arena_alloc(&s->arena, p->n_versions * sizeof(*p->by_number));
	for (size_t i = 0; i < p->times.n; i++)
		p->by_key[i] = &p->times.pair[i];
	for (size_t i = 0; i < p->n_versions; i++)
		p->by_number[i] = &p->version[i];
	qsort(p->by_key, p->times.n, sizeof(*p->by_key), compare_pairs);
	qsort(p->by_number, p->n_versions, sizeof(*p->by_number), compare_versions);
	for (size_t i = 1; i < p->times.n; i++)
		if (str_eq(p->by_key[i - 1]->key, p->by_key[i]->key))
			return sieve_bad(s, twice);
	for (size_t i = 1; i < p->n_versions; i++)
		if (str_eq(p->by_number[i - 1]->facts.version, p->by_number[i]->facts.version))
			return sieve_bad(s, twice);
	return 0;
}

static void judge_one(struct sieve *s, struct packument *p, struct version *version)
{
	struct package_facts *facts = &version->facts;
	struct pair *pair = find_time(p, facts->version);

	if (pair && rfc3339_parse(pair->text, &facts->published) == 0)
		facts->time = TIME_SERVER;
	version->kept = !version->odd && s->judge(s->of, facts);
	if (pair)
		pair->kept = version->kept;
	s->n_all++;
	s->n_kept += version->kept;
}

static int judge(struct sieve *s, struct packument *p)
{
	const size_t until = p->at + SLICE_VERSIONS;

	while (p->at < p->n_versions && p->at < until)
		judge_one(s, p, &p->version[p->at++]);
	return p->at < p->n_versions ? SIEVE_MORE : 0;
}

/* What is said of the package as a whole stays: it is no time of a version. */
static bool is_general(struct str key)
{
	return json_is(key, "created") || json_is(key, "modified") || json_is(key, "unpublished");
}

/* Adds elements of a container: the first that is kept stands without a comma. */
static void keep_span(struct sieve *s, const struct span *span, bool *any)
{
	sieve_keep(s, cut(s, *any ? span->comma : span->start, span->end));
	*any = true;
}

static const struct version *find_version(const struct packument *p, struct str key)
{
	size_t low = 0, high = p->n_versions;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int r = str_compare(key, p->by_number[middle]->facts.version);

		if (r == 0)
			return p->by_number[middle];
		if (r < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* A release beats a prerelease, then one that is not above @old, then the higher one. */
static bool is_better(const struct version *a, const struct version *b, const struct semver *old)
{
	bool below_a, below_b;

	if (!b)
		return true;
	if (!a->number.pre.n != !b->number.pre.n)
		return !a->number.pre.n;
	below_a = semver_compare(&a->number, old) <= 0;
	below_b = semver_compare(&b->number, old) <= 0;
	if (below_a != below_b)
		return below_a;
	return semver_compare(&a->number, &b->number) > 0;
}

static struct str new_latest(const struct packument *p, struct str old)
{
	const struct version *best = NULL;
	struct semver was = { .number = { UINT64_MAX } };

	semver_parse(old, &was);
	for (size_t i = 0; i < p->n_versions; i++)
		if (p->version[i].kept && is_better(&p->version[i], best, &was))
			best = &p->version[i];
	return best ? best->facts.version : (struct str){ 0 };
}

static void write_tags(struct sieve *s, struct packument *p)
{
	bool any = false;

	for (size_t i = 0; i < p->tags.n; i++) {
		const struct pair *tag = &p->tags.pair[i];
		const struct version *version = find_version(p, tag->text);
		struct str latest;

		if (version && version->kept) {
			keep_span(s, &tag->span, &any);
			continue;
		}
		latest = json_is(tag->key, "latest") ? new_latest(p, tag->text) : (struct str){ 0 };
		if (!latest.n)
			continue;
		sieve_keep(s, any ? STR(",\"latest\":\"") : STR("\"latest\":\""));
		sieve_keep(s, latest);
		sieve_keep(s, STR("\""));
		any = true;
	}
}

static void write_times(struct sieve *s, struct packument *p)
{
	bool any = false;

	for (size_t i = 0; i < p->times.n; i++)
		if (p->times.pair[i].kept || is_general(p->times.pair[i].key))
			keep_span(s, &p->times.pair[i].span, &any);
}

static void write_versions(struct sieve *s, struct packument *p)
{
	bool any = false;

	for (size_t i = 0; i < p->n_versions; i++)
		if (p->version[i].kept)
			keep_span(s, &p->version[i].span, &any);
}

/* What stands before the first element: nothing but the key and a bracket. */
static struct str opening(const struct sieve *s, const struct span *span)
{
	const char *at = memchr(s->in.p + span->start, '{', span->end - span->start);

	return cut(s, span->comma, (size_t)(at - s->in.p) + 1);
}

/* Of the version that has the tag after all others were judged, the manifest alone. */
static int write_tagged(struct sieve *s, struct packument *p)
{
	const struct version *version = NULL;

	for (size_t i = 0; i < p->tags.n && !version; i++) {
		const struct pair *tag = &p->tags.pair[i];

		if (!json_is(tag->key, s->about->tag))
			continue;
		version = find_version(p, tag->text);
		if (version && version->kept)
			break;
		version = json_is(tag->key, "latest") ? find_version(p, new_latest(p, tag->text))
						      : NULL;
	}
	s->n_kept = version != NULL;
	if (version)
		sieve_keep(s, cut(s, version->value, version->span.end));
	return 0;
}

static int write(struct sieve *s, struct packument *p)
{
	static void (*const inside[])(struct sieve *, struct packument *) = {
		[TAGS] = write_tags,
		[VERSIONS] = write_versions,
		[TIMES] = write_times,
	};

	if (s->about->tag[0])
		return write_tagged(s, p);
	sieve_keep(s, STR("{"));
	for (size_t i = 0; i < p->n_members; i++) {
		const struct member *member = &p->member[i];
		struct span span = member->span;

		if (i == 0)
			span.comma = span.start;
		if (member->what <= NAME) {
			sieve_keep(s, cut(s, span.comma, span.end));
			continue;
		}
		sieve_keep(s, opening(s, &span));
		inside[member->what](s, p);
		sieve_keep(s, STR("}"));
	}
	sieve_keep(s, STR("}"));
	return 0;
}

int npm_sift(struct sieve *s)
{
	static phase_fn *const phases[] = { survey, sort, judge, write };
	struct packument **p = (struct packument **)(void *)s->state;
	int r;

	if (!*p)
		*p = arena_alloc(&s->arena, sizeof(**p));
	r = phases[s->phase](s, *p);
	if (r)
		return r;
	return ++s->phase < LEN(phases) ? SIEVE_MORE : 0;
}
