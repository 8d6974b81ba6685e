/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "eco/digest.h"
#include "eco/members.h"
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
 *
 * Some indexes have only the older form, a page of links, and some clients take no other: what was
 * read from either is written as such a page then (pypi_html.c).
 */

enum { SLICE_FILES = 256 };

/* An element of "versions". */
struct pypi_listed {
	struct span span;
	struct pep440 version;
	bool odd;
};

const char *const pypi_attributes[N_PYPI_ATTRIBUTES] = {
	[PYPI_REQUIRES_PYTHON] = "requires-python",
	[PYPI_YANKED] = "yanked",
	[PYPI_CORE_METADATA] = "core-metadata",
	[PYPI_DIST_INFO_METADATA] = "dist-info-metadata",
	[PYPI_GPG_SIG] = "gpg-sig",
	[PYPI_PROVENANCE] = "provenance",
};

static struct pypi_index *index_of(const struct sieve *s)
{
	return *(struct pypi_index *const *)(const void *)s->state;
}

/* A file that is being read. */
struct reading {
	struct sieve *sieve;
	struct pypi_link *link;
};

static bool read_filename(void *of, struct json *j, const struct json_value *v)
{
	const struct reading *r = of;

	(void)j;
	r->link->facts.file = member_text(v);
	return r->link->facts.file.n;
}

static bool read_url(void *of, struct json *j, const struct json_value *v)
{
	const struct reading *r = of;

	(void)j;
	str_cut(member_text(v), '#', &r->link->facts.url, &(struct str){ 0 });
	return r->link->facts.url.n;
}

static bool read_time(void *of, struct json *j, const struct json_value *v)
{
	const struct reading *r = of;

	(void)j;
	if (rfc3339_parse(member_text(v), &r->link->facts.published) == 0)
		r->link->facts.time = TIME_SERVER;
	return true;
}

static bool read_sha256(void *of, struct json *j, const struct json_value *v)
{
	(void)j;
	return digest_read_hex(DIGEST_SHA256, member_text(v), of);
}

static bool read_hashes(void *of, struct json *j, const struct json_value *v)
{
	static const struct member_row rows[] = { { "sha256", read_sha256 } };
	const struct reading *r = of;

	(void)v;
	return members_read(j, rows, LEN(rows), &r->link->facts.digest);
}

static struct str decode(struct sieve *s, struct str raw)
{
	struct buf out = buf_over(arena_alloc(&s->arena, raw.n + 1), raw.n + 1);

	return json_decode(raw, &out) < 0 ? (struct str){ 0 } : (struct str){ out.p, out.n };
}

/*
 * What the form of links says: a text, which may be empty, or "true"; nothing for false and null.
 */
static struct str as_attribute(struct sieve *s, struct json *j, const struct json_value *v)
{
	static const struct member_row rows[] = { { "sha256", read_sha256 } };
	struct digest digest = { 0 };
	struct buf hash;

	switch (v->type) {
	case JSON_STRING:
		return decode(s, v->text);
	case JSON_TRUE:
		return STR("true");
	case JSON_OBJECT:
		hash = buf_over(arena_alloc(&s->arena, 80), 80);
		if (!members_read(j, rows, LEN(rows), &digest) || !digest.kind)
			return STR("true");
		digest_print(&digest, &hash);
		hash.p[strlen("sha256")] = '=';
		return (struct str){ hash.p, hash.n };
	case JSON_NONE:
	case JSON_NULL:
	case JSON_FALSE:
	case JSON_NUMBER:
	case JSON_ARRAY:
		break;
	}
	return (struct str){ 0 };
}

#define ATTRIBUTE(name, which)                                                                     \
	static bool name(void *of, struct json *j, const struct json_value *v)                     \
	{                                                                                          \
		const struct reading *r = of;                                                      \
                                                                                                   \
		r->link->attribute[which] = as_attribute(r->sieve, j, v);                          \
		return true;                                                                       \
	}
ATTRIBUTE(read_requires_python, PYPI_REQUIRES_PYTHON)
ATTRIBUTE(read_core_metadata, PYPI_CORE_METADATA)
ATTRIBUTE(read_dist_info_metadata, PYPI_DIST_INFO_METADATA)
ATTRIBUTE(read_gpg_sig, PYPI_GPG_SIG)
ATTRIBUTE(read_provenance, PYPI_PROVENANCE)

/* false, true, or why: a text, which may be empty (PEP 592). Whatever else, it is. */
static bool read_yanked(void *of, struct json *j, const struct json_value *v)
{
	const struct reading *r = of;
	struct str *why = &r->link->attribute[PYPI_YANKED];

	r->link->facts.yanked = v->type != JSON_FALSE && v->type != JSON_NULL;
	*why = v->type == JSON_STRING ? as_attribute(r->sieve, j, v) : (struct str){ 0 };
	if (r->link->facts.yanked && !why->p)
		*why = STR("");
	return true;
}

bool pypi_read_name(const struct sieve *s, struct pypi_link *link)
{
	char name[PACKAGE_NAME_MAX + 1];
	struct pypi_file parsed;

	if (!pypi_file_parse(link->facts.file, &parsed) || !pypi_name(parsed.name, name) ||
	    strcmp(name, s->about->name) != 0 || pep440_parse(parsed.version, &link->version) < 0)
		return false;
	link->facts.version = parsed.version;
	link->facts.scripts = !parsed.wheel;
	link->facts.prerelease = pep440_is_prerelease(&link->version);
	return true;
}

static const char *read_file(struct sieve *s, struct json *j, const struct json_value *v)
{
	static const struct member_row rows[] = {
		{ "filename", read_filename },
		{ "url", read_url },
		{ "hashes", read_hashes },
		{ "upload-time", read_time },
		{ "yanked", read_yanked },
		{ "requires-python", read_requires_python },
		{ "core-metadata", read_core_metadata },
		{ "dist-info-metadata", read_dist_info_metadata },
		{ "gpg-sig", read_gpg_sig },
		{ "provenance", read_provenance },
	};
	struct pypi_index *index = index_of(s);
	struct pypi_link *link = arena_push(&s->arena, index->link, index->n_links);
	struct reading reading = { s, link };

	link->odd = !members_read(j, rows, LEN(rows), &reading) || !link->facts.url.n ||
		    !pypi_read_name(s, link) || !pypi_url_fits(link) ||
		    (s->about->form == PYPI_HTML && !pypi_html_fits(link));
	link->span = outline_span(j, v);
	return NULL;
}

static const char *read_listed(struct sieve *s, struct json *j, const struct json_value *v)
{
	struct pypi_index *index = index_of(s);
	struct pypi_listed *listed = arena_push(&s->arena, index->listed, index->n_listed);

	listed->odd = pep440_parse(member_text(v), &listed->version) < 0;
	listed->span = outline_span(j, v);
	return NULL;
}

static bool read_api_version(void *of, struct json *j, const struct json_value *v)
{
	(void)j;
	*(bool *)of = str_starts(member_text(v), "1.");
	return *(bool *)of;
}

static const char *read_meta(struct sieve *s, struct json *j, const struct json_value *v)
{
	static const struct member_row rows[] = { { "api-version", read_api_version } };
	bool known = false;

	(void)s;
	(void)v;
	return members_read(j, rows, LEN(rows), &known) && known
		       ? NULL
		       : "the metadata is of an unknown version of the API";
}

static const char *read_project(struct sieve *s, struct json *j, const struct json_value *v)
{
	char name[PACKAGE_NAME_MAX + 1];

	(void)j;
	return pypi_name(member_text(v), name) && !strcmp(name, s->about->name)
		       ? NULL
		       : "the metadata is about another project";
}

static int compare_names(const void *a, const void *b)
{
	return str_compare((*(struct pypi_link *const *)a)->facts.file,
			   (*(struct pypi_link *const *)b)->facts.file);
}

static int compare_versions(const void *a, const void *b)
{
	return pep440_compare(&(*(struct pypi_link *const *)a)->version,
			      &(*(struct pypi_link *const *)b)->version);
}

static int sort(struct sieve *s)
{
	struct pypi_index *p = index_of(s);

	p->at = 0;
	p->sorted = arena_alloc(&s->arena, p->n_links * sizeof(struct pypi_link *));
	for (size_t i = 0; i < p->n_links; i++)
		p->sorted[i] = &p->link[i];
	qsort(p->sorted, p->n_links, sizeof(struct pypi_link *), compare_names);
	for (size_t i = 1; i < p->n_links; i++)
		if (!p->sorted[i]->odd &&
		    str_eq(p->sorted[i - 1]->facts.file, p->sorted[i]->facts.file))
			return sieve_bad(s, "the metadata has a file twice");
	return 0;
}

static int judge(struct sieve *s)
{
	struct pypi_index *p = index_of(s);
	const size_t until = p->at + SLICE_FILES;

	for (; p->at < p->n_links && p->at < until; p->at++) {
		struct pypi_link *link = &p->link[p->at];

		link->kept = !link->odd && s->judge(s->of, &link->facts);
		p->sorted[s->n_kept] = link;
		s->n_kept += link->kept;
		s->n_all++;
	}
	if (p->at < p->n_links)
		return SIEVE_MORE;
	qsort(p->sorted, s->n_kept, sizeof(struct pypi_link *), compare_versions);
	return 0;
}

/* Is a file of that version left? */
static bool is_offered(const struct sieve *s, const struct pypi_listed *listed)
{
	struct pypi_link like = { .version = listed->version };
	const struct pypi_link *key = &like;

	return !listed->odd && s->n_kept &&
	       bsearch(&key, index_of(s)->sorted, s->n_kept, sizeof(key), compare_versions);
}

static void write_files(struct sieve *s)
{
	const struct pypi_index *p = index_of(s);
	bool any = false;

	for (size_t i = 0; i < p->n_links; i++)
		if (p->link[i].kept)
			outline_keep(s, &p->link[i].span, &any);
}

static void write_versions(struct sieve *s)
{
	const struct pypi_index *p = index_of(s);
	bool any = false;

	for (size_t i = 0; i < p->n_listed; i++)
		if (is_offered(s, &p->listed[i]))
			outline_keep(s, &p->listed[i].span, &any);
}

static const char none[] = "the metadata is no metadata of PyPI";

static const struct outline_row rows[] = {
	{ "meta", JSON_NONE, none, read_meta, NULL },
	{ "name", JSON_NONE, none, read_project, NULL },
	{ "versions", JSON_ARRAY, NULL, read_listed, write_versions },
	{ "files", JSON_ARRAY, none, read_file, write_files },
};

static int survey(struct sieve *s)
{
	struct pypi_index *index = index_of(s);

	return index->html ? pypi_html_read(s, index) : outline_read(s, &index->outline);
}

static int write(struct sieve *s)
{
	const struct pypi_index *index = index_of(s);

	if (index->html || s->about->form == PYPI_HTML)
		pypi_html_write(s, index);
	else
		outline_write(s, &index->outline);
	return 0;
}

int pypi_sift(struct sieve *s)
{
	static int (*const phases[])(struct sieve *) = { survey, sort, judge, write };
	struct pypi_index **index = (struct pypi_index **)(void *)s->state;

	if (!*index) {
		*index = arena_alloc(&s->arena, sizeof(**index));
		(*index)->outline =
			(struct outline){ .row = rows, .n_rows = LEN(rows), .other = none };
		(*index)->html = str_starts(str_trim(s->in), "<");
	}
	return sieve_phase(s, phases, LEN(phases));
}
