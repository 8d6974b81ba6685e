/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "eco/digest.h"
#include "eco/eco.h"
#include "eco/members.h"
#include "eco/route.h"
#include "eco/semver.h"
#include "wire/ascii.h"
#include "wire/rfc3339.h"

/*
 * crates.io and other registries of cargo: its book, "Registries". The index has a file for each
 * crate with a line of JSON for each version. A version that is refused stays there, but yanked:
 * cargo then takes another one, or says of one that was asked for that it is yanked, which is
 * clearer than that there is no such version. Lock files do not heed that: the artifact is judged
 * by itself.
 *
 * A private registry is all of its hosts in one; its base is the URL of its sparse index.
 */

enum role { ANY, INDEX, FILES, API };

#define CRATES "/api/v1/crates"

static const struct route index_routes[] = {
	{ "GET", "/config.json", PACKAGE_INDEX, NULL },
	{ "GET", "/{version}/{name}", PACKAGE_METADATA, NULL }, /* see is_place() */
	{ "GET", "/{version}/{file}/{name}", PACKAGE_METADATA, NULL },
};

static const struct route file_routes[] = {
	{ "GET", "/crates/{name}/{version}/download", PACKAGE_ARTIFACT, NULL },
	{ "GET", "/crates/{name}/{file}", PACKAGE_ARTIFACT, NULL },
};

static const struct route api_routes[] = {
	{ "GET", CRATES "/{name}/{version}/download", PACKAGE_ARTIFACT, NULL },
	{ "GET", CRATES, PACKAGE_SEARCH, NULL },
	{ "PUT", CRATES "/new", PACKAGE_PUBLISH, "publish" },
	{ "DELETE", CRATES "/{name}/{version}/yank", PACKAGE_PUBLISH, "yank" },
	{ "PUT", CRATES "/{name}/{version}/unyank", PACKAGE_PUBLISH, "unyank" },
	{ "GET", CRATES "/{name}/owners", PACKAGE_AUTH, "who may change a crate" },
	{ "PUT,DELETE", CRATES "/{name}/owners", PACKAGE_PUBLISH, "owners" },
	{ "GET,PUT,POST,DELETE", "/api/v1/me", PACKAGE_AUTH, "account" },
	{ "GET,PUT,POST,DELETE", "/api/v1/me/**", PACKAGE_AUTH, "account" },
	{ "PUT,POST,DELETE", "/api/v1/trusted_publishing/**", PACKAGE_AUTH, "trusted publishing" },
	{ "PUT,POST,PATCH,DELETE", "/**", PACKAGE_PUBLISH, "change" },
};

static const struct route_table tables[] = {
	{ 1 << ANY | 1 << API, api_routes, LEN(api_routes) },
	{ 1 << ANY | 1 << FILES, file_routes, LEN(file_routes) },
	{ 1 << ANY | 1 << INDEX, index_routes, LEN(index_routes) },
};

/* Cased as in the index: of names that differ in nothing else, a registry has one. */
static bool read_name(struct str in, char out[PACKAGE_NAME_MAX + 1])
{
	if (in.n == 0 || in.n > 64)
		return false;
	for (size_t i = 0; i < in.n; i++) {
		if (!ascii_alnum(in.p[i]) && in.p[i] != '-' && in.p[i] != '_')
			return false;
		out[i] = ascii_lower(in.p[i]);
	}
	out[in.n] = '\0';
	return true;
}

static bool read_version(struct str in, char out[PACKAGE_VERSION_MAX + 1])
{
	struct semver version;

	return route_decode(in, out, PACKAGE_VERSION_MAX + 1) &&
	       semver_parse(str_of(out), &version) == 0;
}

/* Where in the index a crate is: by its first letters. */
static void print_place(const char *name, struct buf *out)
{
	switch (strlen(name)) {
	case 0:
		return;
	case 1:
	case 2:
		buf_printf(out, "/%zu/%s", strlen(name), name);
		return;
	case 3:
		buf_printf(out, "/3/%c/%s", name[0], name);
		return;
	default:
		buf_printf(out, "/%.2s/%.2s/%s", name, name + 2, name);
	}
}

static bool is_place(struct str path, const char *name)
{
	char space[PACKAGE_NAME_MAX + 16];
	struct buf place = BUF(space);

	print_place(name, &place);
	return str_eq(path, (struct str){ place.p, place.n });
}

/* "name-1.2.3.crate" */
static bool read_file(struct str file, struct package_request *out)
{
	const size_t skip = strlen(out->name) + 1;

	if (!str_ends(file, ".crate") || file.n <= skip + strlen(".crate") ||
	    !str_eq_nocase((struct str){ file.p, skip - 1 }, str_of(out->name)) ||
	    file.p[skip - 1] != '-')
		return false;
	return read_version((struct str){ file.p + skip, file.n - skip - strlen(".crate") },
			    out->version);
}

static bool read_parts(struct str path, const struct route_parts *parts,
		       struct package_request *out)
{
	if (parts->name.p && !read_name(parts->name, out->name))
		return false;
	if (out->kind == PACKAGE_METADATA)
		return is_place(path, out->name);
	if (parts->version.p && !read_version(parts->version, out->version))
		return false;
	return !parts->file.p || read_file(parts->file, out);
}

static void classify(const struct registry_request *in, struct package_request *out)
{
	struct route_parts parts;

	out->role = in->role;
	if (route_classify(tables, LEN(tables), in, &parts, out) &&
	    !read_parts(in->path, &parts, out))
		*out = (struct package_request){ .role = in->role };
}

static bool locate(const struct package_request *of, struct document_at *out)
{
	if (of->role != ANY) {
		out->host = "index.crates.io";
		out->role = INDEX;
	}
	print_place(of->name, &out->path);
	return of->name[0];
}

/* A line of the index. */
struct line {
	const char *name; /* of the crate, as it has to be */
	struct package_facts facts;
	struct str yanked; /* the value */
};

static bool line_name(void *of, struct json *j, const struct json_value *v)
{
	const struct line *line = of;

	(void)j;
	return str_eq_nocase(member_text(v), str_of(line->name));
}

static bool line_version(void *of, struct json *j, const struct json_value *v)
{
	struct line *line = of;
	struct semver version;

	(void)j;
	line->facts.version = member_text(v);
	if (semver_parse(line->facts.version, &version) < 0)
		return false;
	line->facts.prerelease = version.pre.n;
	return true;
}

static bool line_checksum(void *of, struct json *j, const struct json_value *v)
{
	struct line *line = of;

	(void)j;
	return digest_read_hex(DIGEST_SHA256, member_text(v), &line->facts.digest);
}

static bool line_yanked(void *of, struct json *j, const struct json_value *v)
{
	struct line *line = of;

	line->yanked = (struct str){ j->text.p + v->value, j->at - v->value };
	line->facts.yanked = v->type == JSON_TRUE;
	return v->type == JSON_TRUE || v->type == JSON_FALSE;
}

static bool line_time(void *of, struct json *j, const struct json_value *v)
{
	struct line *line = of;

	(void)j;
	if (rfc3339_parse(member_text(v), &line->facts.published) == 0)
		line->facts.time = TIME_SERVER;
	return true;
}

/* False: it is JSON, but no line that is about this crate. @wrong: it is no JSON. */
static bool read_line(struct str text, struct line *line, bool *wrong)
{
	static const struct member_row rows[] = {
		{ "name", line_name },	   { "vers", line_version }, { "cksum", line_checksum },
		{ "yanked", line_yanked }, { "pubtime", line_time },
	};
	struct json_value v;
	struct json j;
	bool good;

	json_init(&j, text);
	good = json_next(&j, &v) && members_read(&j, rows, LEN(rows), line);
	*wrong = json_done(&j);
	return good && line->facts.version.n && line->facts.digest.kind && line->yanked.n;
}

struct index {
	size_t at;
	struct str *version; /* that were seen */
	size_t n_versions;
};

/* Also with the line feed, if there is one. */
static struct str take_line(struct sieve *s, struct index *index)
{
	struct str line = { s->in.p + index->at, s->in.n - index->at };
	const char *end = memchr(line.p, '\n', line.n);

	if (end)
		line.n = (size_t)(end - line.p) + 1;
	index->at += line.n;
	return line;
}

/* Keeps the line, with @line->yanked replaced. */
static void keep_yanked(struct sieve *s, struct str text, const struct line *line)
{
	const char *after = line->yanked.p + line->yanked.n;

	sieve_keep(s, (struct str){ text.p, (size_t)(line->yanked.p - text.p) });
	sieve_keep(s, STR("true"));
	sieve_keep(s, (struct str){ after, (size_t)(text.p + text.n - after) });
}

static bool sift_line(struct sieve *s, struct index *index)
{
	struct line line = { .name = s->about->name };
	struct str text = take_line(s, index);
	bool wrong, good;

	if (str_is(text, "\n"))
		return true;
	good = read_line(text, &line, &wrong);
	s->n_all++;
	if (wrong || !good)
		return !wrong;
	*arena_push(&s->arena, index->version, index->n_versions) = line.facts.version;
	if (s->judge(s->of, &line.facts)) {
		s->n_kept++;
		sieve_keep(s, text);
	} else {
		keep_yanked(s, text, &line);
	}
	return true;
}

static int compare(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static int sift(struct sieve *s)
{
	enum { SLICE = 64 * 1024 };
	struct index *index = (struct index *)(void *)s->state;
	const size_t until = index->at + SLICE;

	while (index->at < s->in.n && index->at < until)
		if (!sift_line(s, index))
			return sieve_bad(s, "a line of the index is no JSON");
	if (index->at < s->in.n)
		return SIEVE_MORE;
	if (index->n_versions)
		qsort(index->version, index->n_versions, sizeof(*index->version), compare);
	for (size_t i = 1; i < index->n_versions; i++)
		if (str_eq(index->version[i - 1], index->version[i]))
			return sieve_bad(s, "the index has a version twice");
	return 0;
}

static const struct registry_host hosts[] = {
	{ "index.crates.io", INDEX },
	{ "static.crates.io", FILES },
	{ "crates.io", API },
	{ 0 },
};

const struct ecosystem eco_cargo = {
	.name = "cargo",
	.title = "crates.io",
	.hosts = hosts,
	.accept = "text/plain",
	.type = "text/plain",
	.classify = classify,
	.locate = locate,
	.sift = sift,
};
