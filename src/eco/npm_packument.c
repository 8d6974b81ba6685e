/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "eco/npm.h"
#include "eco/outline.h"
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

enum { SLICE_VERSIONS = 128 };

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

struct packument {
	struct outline outline;
	struct version *version, **by_number;
	size_t n_versions, at;
	struct pairs times, tags;
	struct pair **by_key; /* the times */
};

static struct packument *packument(const struct sieve *s)
{
	return *(struct packument *const *)(const void *)s->state;
}

/* A key or text that means what it shows, as versions do. */
static bool is_plain(struct str s)
{
	return s.n && !memchr(s.p, '\\', s.n);
}

static const char *read_name(struct sieve *s, struct json *j, const struct json_value *v)
{
	(void)j;
	return v->type == JSON_STRING && json_is(v->text, s->about->name)
		       ? NULL
		       : "the metadata is about another package";
}

static const char *read_version(struct sieve *s, struct json *j, const struct json_value *v)
{
	struct packument *p = packument(s);
	struct version *version = arena_push(&s->arena, p->version, p->n_versions);

	version->value = v->value;
	version->facts.version = v->key;
	version->odd = !is_plain(v->key) || !npm_version_valid(v->key) ||
		       semver_parse(v->key, &version->number) < 0 ||
		       !npm_read_manifest(j, s->about->name, &version->facts);
	version->facts.prerelease = version->number.pre.n;
	version->span = outline_span(j, v);
	return NULL;
}

static const char *read_pair(struct sieve *s, struct pairs *pairs, struct json *j,
			     const struct json_value *v)
{
	struct pair *pair = arena_push(&s->arena, pairs->pair, pairs->n);

	pair->key = v->key;
	pair->text = v->type == JSON_STRING ? v->text : (struct str){ 0 };
	pair->span = outline_span(j, v);
	return NULL;
}

static const char *read_tag(struct sieve *s, struct json *j, const struct json_value *v)
{
	return read_pair(s, &packument(s)->tags, j, v);
}

static const char *read_time(struct sieve *s, struct json *j, const struct json_value *v)
{
	return read_pair(s, &packument(s)->times, j, v);
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
static int sort(struct sieve *s)
{
	struct packument *p = packument(s);
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

static int judge(struct sieve *s)
{
	struct packument *p = packument(s);
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

static void write_tags(struct sieve *s)
{
	const struct packument *p = packument(s);
	bool any = false;

	for (size_t i = 0; i < p->tags.n; i++) {
		const struct pair *tag = &p->tags.pair[i];
		const struct version *version = find_version(p, tag->text);
		struct str latest;

		if (version && version->kept) {
			outline_keep(s, &tag->span, &any);
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

static void write_times(struct sieve *s)
{
	const struct packument *p = packument(s);
	bool any = false;

	for (size_t i = 0; i < p->times.n; i++)
		if (p->times.pair[i].kept || is_general(p->times.pair[i].key))
			outline_keep(s, &p->times.pair[i].span, &any);
}

static void write_versions(struct sieve *s)
{
	const struct packument *p = packument(s);
	bool any = false;

	for (size_t i = 0; i < p->n_versions; i++)
		if (p->version[i].kept)
			outline_keep(s, &p->version[i].span, &any);
}

static const struct outline_row rows[] = {
	{ "name", JSON_NONE, "the metadata does not say what it is about", read_name, NULL },
	{ "dist-tags", JSON_OBJECT, NULL, read_tag, write_tags },
	{ "versions", JSON_OBJECT, NULL, read_version, write_versions },
	{ "time", JSON_OBJECT, NULL, read_time, write_times },
};

static int survey(struct sieve *s)
{
	return outline_read(s, &packument(s)->outline);
}

/* Of the version that has the tag after all others were judged, the manifest alone. */
static int write_tagged(struct sieve *s, const struct packument *p)
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
		sieve_keep(s, (struct str){ s->in.p + version->value,
					    version->span.end - version->value });
	return 0;
}

static int write(struct sieve *s)
{
	if (s->about->tag[0])
		return write_tagged(s, packument(s));
	outline_write(s, &packument(s)->outline);
	return 0;
}

int npm_sift(struct sieve *s)
{
	static int (*const phases[])(struct sieve *) = { survey, sort, judge, write };
	struct packument **p = (struct packument **)(void *)s->state;

	if (!*p) {
		*p = arena_alloc(&s->arena, sizeof(**p));
		(*p)->outline = (struct outline){ .row = rows,
						  .n_rows = LEN(rows),
						  .other = "the metadata is no metadata of npm" };
	}
	return sieve_phase(s, phases, LEN(phases));
}
