/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "eco/digest.h"
#include "eco/members.h"
#include "eco/pep440.h"
#include "eco/pypi.h"
#include "wire/rfc3339.h"

/*
 * Theory of operation
 *
 * The simple index of a project (PEP 691) has its files in "files", each with its digest and, since
 * PEP 700, the time when it was uploaded. A release grows: a file may be added to a version that is
 * years old. So files are judged, not versions. "versions" keeps those of which a file is left.
 *
 * The document is surveyed from end to end, a slice at each call; then each file is judged; then
 * what is left is put together from spans of it. A file whose name does not say which version it
 * is, or that of another project, is never offered. Something that comes twice is refused.
 */

enum { SLICE = 64 * 1024, SLICE_FILES = 256 };

struct span {
	size_t comma, start, end;
};

struct file {
	struct span span;
	struct package_facts facts;
	struct pep440 version;
	bool odd, kept;
};

/* An element of "versions". */
struct listed {
	struct span span;
	struct pep440 version;
	bool odd;
};

enum what { OTHER, META, NAME, VERSIONS, FILES, N_WHAT };

/* A member of the document itself. */
struct member {
	struct span span;
	size_t value;
	enum what what;
};

struct simple {
	struct json json;
	struct member *member; /* the last one is the one that is being read */
	size_t n_members;
	bool inside; /* of it, as it is one of lists */
	unsigned seen;
	struct file *file, **sorted;
	size_t n_files, at;
	struct listed *listed;
	size_t n_listed;
};

static struct span span_of(struct json *j, const struct json_value *v)
{
	json_whole(j, v, false);
	return (struct span){ .comma = v->comma, .start = v->start, .end = j->at };
}

static bool read_filename(void *of, struct json *j, const struct json_value *v)
{
	struct package_facts *facts = of;

	(void)j;
	facts->file = member_text(v);
	return facts->file.n;
}

static bool read_url(void *of, struct json *j, const struct json_value *v)
{
	struct package_facts *facts = of;

	(void)j;
	facts->url = member_text(v);
	return facts->url.n;
}

static bool read_time(void *of, struct json *j, const struct json_value *v)
{
	struct package_facts *facts = of;

	(void)j;
	if (rfc3339_parse(member_text(v), &facts->published) == 0)
		facts->time = TIME_SERVER;
	return true;
}

/* false, true, or why: a text, which may be empty (PEP 592). */
static bool read_yanked(void *of, struct json *j, const struct json_value *v)
{
	struct package_facts *facts = of;

	(void)j;
	facts->yanked = v->type != JSON_FALSE && v->type != JSON_NULL;
	return true;
}

static bool read_sha256(void *of, struct json *j, const struct json_value *v)
{
	struct package_facts *facts = of;

	(void)j;
	return digest_read_hex(DIGEST_SHA256, member_text(v), &facts->digest);
}

static bool read_hashes(void *of, struct json *j, const struct json_value *v)
{
	static const struct member_row rows[] = { { "sha256", read_sha256 } };

	(void)v;
	return members_read(j, rows, LEN(rows), of);
}

/* What the name of the file says has to be true of this project. */
static bool read_name_of_file(const struct sieve *s, struct file *file)
{
	char name[PACKAGE_NAME_MAX + 1];
	struct pypi_file parsed;

	if (!pypi_file_parse(file->facts.file, &parsed) || !pypi_name(parsed.name, name) ||
	    strcmp(name, s->about->name) != 0 || pep440_parse(parsed.version, &file->version) < 0)
		return false;
	file->facts.version = parsed.version;
	file->facts.scripts = !parsed.wheel;
	file->facts.prerelease = pep440_is_prerelease(&file->version);
	return true;
}

static void read_file(struct sieve *s, struct simple *p, const struct json_value *v)
{
	static const struct member_row rows[] = {
		{ "filename", read_filename }, { "url", read_url },	  { "hashes", read_hashes },
		{ "upload-time", read_time },  { "yanked", read_yanked },
	};
	struct file *file = arena_push(&s->arena, p->file, p->n_files);

	file->odd = !members_read(&p->json, rows, LEN(rows), &file->facts) || !file->facts.url.n ||
		    !read_name_of_file(s, file);
	file->span = span_of(&p->json, v);
}

static void read_listed(struct sieve *s, struct simple *p, const struct json_value *v)
{
	struct listed *listed = arena_push(&s->arena, p->listed, p->n_listed);

	listed->odd = pep440_parse(member_text(v), &listed->version) < 0;
	listed->span = span_of(&p->json, v);
}

/* An element of the list that is being read, or its end. */
static void read_inside(struct sieve *s, struct simple *p)
{
	struct member *member = &p->member[p->n_members - 1];
	struct json_value v;

	if (!json_next(&p->json, &v)) {
		p->inside = false;
		member->span.end = p->json.at;
	} else if (member->what == FILES) {
		read_file(s, p, &v);
	} else {
		read_listed(s, p, &v);
	}
}

static enum what what_is(struct str key)
{
	static const char *const names[] = {
		[META] = "meta",
		[NAME] = "name",
		[VERSIONS] = "versions",
		[FILES] = "files",
	};

	for (enum what what = META; what < N_WHAT; what++)
		if (json_is(key, names[what]))
			return what;
	return OTHER;
}

static bool read_api_version(void *of, struct json *j, const struct json_value *v)
{
	(void)j;
	*(bool *)of = str_starts(member_text(v), "1.");
	return *(bool *)of;
}

/* The whole of a member that is no list, or the start of one that is. NULL or what is wrong. */
static const char *read_value(struct sieve *s, struct simple *p, const struct json_value *v)
{
	static const struct member_row meta[] = { { "api-version", read_api_version } };
	struct member *member = &p->member[p->n_members - 1];
	char name[PACKAGE_NAME_MAX + 1];
	bool known = false;

	switch (member->what) {
	case META:
		if (!members_read(&p->json, meta, LEN(meta), &known) || !known)
			return "the metadata is of an unknown version of the API";
		break;
	case NAME:
		if (!pypi_name(member_text(v), name) || strcmp(name, s->about->name) != 0)
			return "the metadata is about another project";
		break;
	case VERSIONS:
	case FILES:
		p->inside = json_enter(&p->json, JSON_ARRAY);
		return p->inside ? NULL : "the metadata is no metadata of PyPI";
	case OTHER:
	case N_WHAT:
		break;
	}
	member->span = span_of(&p->json, v);
	return NULL;
}

/* A member of the document. False: there is no other. */
static bool read_member(struct sieve *s, struct simple *p, const char **wrong)
{
	struct member *member;
	struct json_value v;

	if (!json_next(&p->json, &v))
		return false;
	member = arena_push(&s->arena, p->member, p->n_members);
	*member = (struct member){ .what = what_is(v.key), .value = v.value };
	member->span = (struct span){ .comma = v.comma, .start = v.start };
	if (member->what != OTHER && p->seen >> member->what & 1)
		*wrong = "the metadata says something twice";
	p->seen |= 1U << member->what;
	if (!*wrong)
		*wrong = read_value(s, p, &v);
	return true;
}

static int survey(struct sieve *s, struct simple *p)
{
	const unsigned needed = 1U << NAME | 1U << FILES | 1U << META;
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
	if (!wrong && more && !p->json.wrong)
		return SIEVE_MORE;
	if (json_done(&p->json))
		wrong = "the metadata is no JSON";
	else if (!wrong && (p->seen & needed) != needed)
		wrong = "the metadata is no metadata of PyPI";
	return wrong ? sieve_bad(s, wrong) : 0;
}

static int compare_names(const void *a, const void *b)
{
	return str_compare((*(struct file *const *)a)->facts.file,
			   (*(struct file *const *)b)->facts.file);
}

static int compare_versions(const void *a, const void *b)
{
	return pep440_compare(&(*(struct file *const *)a)->version,
			      &(*(struct file *const *)b)->version);
}

static int sort(struct sieve *s, struct simple *p)
{
	p->sorted = arena_alloc(&s->arena, p->n_files * sizeof(struct file *));
	for (size_t i = 0; i < p->n_files; i++)
		p->sorted[i] = &p->file[i];
	qsort(p->sorted, p->n_files, sizeof(struct file *), compare_names);
	for (size_t i = 1; i < p->n_files; i++)
		if (!p->sorted[i]->odd &&
		    str_eq(p->sorted[i - 1]->facts.file, p->sorted[i]->facts.file))
			return sieve_bad(s, "the metadata has a file twice");
	return 0;
}

static int judge(struct sieve *s, struct simple *p)
{
	const size_t until = p->at + SLICE_FILES;

	for (; p->at < p->n_files && p->at < until; p->at++) {
		struct file *file = &p->file[p->at];

		file->kept = !file->odd && s->judge(s->of, &file->facts);
		p->sorted[s->n_kept] = file;
		s->n_kept += file->kept;
		s->n_all++;
	}
	if (p->at < p->n_files)
		return SIEVE_MORE;
	qsort(p->sorted, s->n_kept, sizeof(struct file *), compare_versions);
	return 0;
}

/* Is a file of that version left? */
static bool is_offered(const struct sieve *s, const struct simple *p, const struct listed *listed)
{
	struct file like = { .version = listed->version };
	const struct file *key = &like;

	return !listed->odd && s->n_kept &&
	       bsearch(&key, p->sorted, s->n_kept, sizeof(struct file *), compare_versions);
}

static struct str cut(const struct sieve *s, size_t from, size_t to)
{
	return (struct str){ s->in.p + from, to - from };
}

/* Adds an element of a list: the first that is kept stands without a comma. */
static void keep(struct sieve *s, const struct span *span, bool *any)
{
	sieve_keep(s, cut(s, *any ? span->comma : span->start, span->end));
	*any = true;
}

static void write_list(struct sieve *s, const struct simple *p, enum what what)
{
	bool any = false;

	for (size_t i = 0; what == FILES && i < p->n_files; i++)
		if (p->file[i].kept)
			keep(s, &p->file[i].span, &any);
	for (size_t i = 0; what == VERSIONS && i < p->n_listed; i++)
		if (is_offered(s, p, &p->listed[i]))
			keep(s, &p->listed[i].span, &any);
}

static int write(struct sieve *s, struct simple *p)
{
	sieve_keep(s, STR("{"));
	for (size_t i = 0; i < p->n_members; i++) {
		const struct member *member = &p->member[i];
		const size_t from = i ? member->span.comma : member->span.start;

		if (member->what != FILES && member->what != VERSIONS) {
			sieve_keep(s, cut(s, from, member->span.end));
			continue;
		}
		sieve_keep(s, cut(s, from, member->value + 1));
		write_list(s, p, member->what);
		sieve_keep(s, STR("]"));
	}
	sieve_keep(s, STR("}"));
	return 0;
}

int pypi_sift(struct sieve *s)
{
	static int (*const phases[])(struct sieve *, struct simple *) = { survey, sort, judge,
									  write };
	struct simple **p = (struct simple **)(void *)s->state;
	int r;

	if (!*p)
		*p = arena_alloc(&s->arena, sizeof(**p));
	r = phases[s->phase](s, *p);
	if (r)
		return r;
	return ++s->phase < LEN(phases) ? SIEVE_MORE : 0;
}
