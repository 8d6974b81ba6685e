/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "eco/advisory.h"
#include "eco/members.h"

/*
 * An advisory of OSV says in "affected" which packages it is about; each has "versions", a list,
 * and "ranges", of which those of commits say nothing here. A version is affected by either; a
 * package with neither is affected as a whole.
 */

static const struct {
	const char *name, *type;
} ecosystems_of_osv[] = {
	{ "npm", "npm" },     { "PyPI", "pypi" },	   { "crates.io", "cargo" },
	{ "Go", "golang" },   { "RubyGems", "gem" },	   { "Maven", "maven" },
	{ "NuGet", "nuget" }, { "Packagist", "composer" },
};

struct osv {
	/* of all */
	struct str id;
	bool withdrawn;

	/* of the affected package that is being read */
	const char *type;
	struct str name;
	struct buf *line;
	size_t start;	 /* of its ranges */
	struct str from; /* of the range that is open, or empty */
};

static bool is_word(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] == ',' || s.p[i] == 0x7f)
			return false;
	return s.n > 0;
}

static void put_range(struct osv *osv, const char *before, struct str a, const char *between,
		      struct str b)
{
	buf_puts(osv->line, osv->line->n > osv->start ? " " : "");
	buf_puts(osv->line, before);
	buf_str(osv->line, a);
	buf_puts(osv->line, between);
	buf_str(osv->line, b);
}

static bool read_version(struct osv *osv, const struct json_value *v)
{
	const struct str version = member_text(v);

	if (!is_word(version))
		return false;
	put_range(osv, "=", version, "", STR(""));
	return true;
}

static bool read_versions(void *of, struct json *j, const struct json_value *v)
{
	struct json_value one;
	bool good = json_enter(j, JSON_ARRAY);

	(void)v;
	while (good && json_next(j, &one))
		good = read_version(of, &one);
	return good;
}

static bool read_introduced(void *of, struct json *j, const struct json_value *v)
{
	struct osv *osv = of;

	(void)j;
	osv->from = member_text(v);
	return is_word(osv->from);
}

static bool end_range(struct osv *osv, const char *between, struct str until)
{
	if (!osv->from.n || !is_word(until))
		return false;
	put_range(osv, "", osv->from, between, until);
	osv->from = (struct str){ 0 };
	return true;
}

static bool read_fixed(void *of, struct json *j, const struct json_value *v)
{
	(void)j;
	return end_range(of, ",", member_text(v));
}

static bool read_last(void *of, struct json *j, const struct json_value *v)
{
	(void)j;
	return end_range(of, ",=", member_text(v));
}

/* Each event has one member. They come in order. */
static bool read_events(struct osv *osv, struct json *j)
{
	static const struct member_row rows[] = {
		{ "introduced", read_introduced },
		{ "fixed", read_fixed },
		{ "last_affected", read_last },
	};
	struct json_value one;
	bool good = json_enter(j, JSON_ARRAY);

	while (good && json_next(j, &one))
		good = members_read(j, rows, LEN(rows), osv);
	if (good && osv->from.n)
		put_range(osv, "", osv->from, ",", STR(""));
	osv->from = (struct str){ 0 };
	return good;
}

/* The type comes before the events in every advisory there is; where it does not, all count. */
static bool read_range(struct osv *osv, struct json *j)
{
	struct json_value v;
	bool good = json_enter(j, JSON_OBJECT), commits = false;

	while (good && json_next(j, &v)) {
		if (json_is(v.key, "type"))
			commits = str_is(member_text(&v), "GIT");
		else if (json_is(v.key, "events") && !commits)
			good = read_events(osv, j);
	}
	return good;
}

static bool read_ranges(void *of, struct json *j, const struct json_value *v)
{
	struct json_value one;
	bool good = json_enter(j, JSON_ARRAY);

	(void)v;
	while (good && json_next(j, &one))
		good = read_range(of, j);
	return good;
}

/* "Maven:https://..." is a repository of Maven. */
static bool read_ecosystem(void *of, struct json *j, const struct json_value *v)
{
	struct osv *osv = of;
	struct str name, rest;

	(void)j;
	str_cut(member_text(v), ':', &name, &rest);
	for (size_t i = 0; i < LEN(ecosystems_of_osv); i++)
		if (str_is(name, ecosystems_of_osv[i].name))
			osv->type = ecosystems_of_osv[i].type;
	return true;
}

static bool read_name(void *of, struct json *j, const struct json_value *v)
{
	struct osv *osv = of;

	(void)j;
	osv->name = member_text(v);
	return true;
}

static bool read_package(void *of, struct json *j, const struct json_value *v)
{
	static const struct member_row rows[] = {
		{ "ecosystem", read_ecosystem },
		{ "name", read_name },
	};

	(void)v;
	return members_read(j, rows, LEN(rows), of);
}

/* What was collected becomes a line, if it is about a package that has a name here. */
static void put_line(struct osv *osv, const struct buf *ranges, struct buf line,
		     advisory_line_fn *to, void *of)
{
	char parts_space[PURL_MAX];
	struct buf parts = BUF(parts_space);
	struct purl purl;
	size_t start;

	if (!osv->type || purl_make(osv->type, osv->name, STR(""), &parts, &purl))
		return;
	purl_print(&purl, &line);
	buf_puts(&line, str_starts(osv->id, "MAL-") ? "\tmalware\t" : "\tvulnerable\t");
	buf_str(&line, osv->id);
	buf_puts(&line, "\t");
	start = line.n;
	buf_str(&line,
		ranges->full || !ranges->n ? STR("*") : (struct str){ ranges->p, ranges->n });
	if (!line.full && line.n > start)
		to(of, (struct str){ line.p, line.n });
}

static bool read_id(void *of, struct json *j, const struct json_value *v)
{
	struct osv *osv = of;

	(void)j;
	osv->id = member_text(v);
	return is_word(osv->id) && osv->id.n <= 128;
}

static bool read_withdrawn(void *of, struct json *j, const struct json_value *v)
{
	struct osv *osv = of;

	(void)j;
	osv->withdrawn = v->type != JSON_NULL;
	return true;
}

/* What the second walk looks for. */
struct walk {
	struct osv osv;
	struct buf space; /* a line in its first half, ranges in the second */
	advisory_line_fn *line;
	void *of;
};

static bool read_affected_one(struct walk *walk, struct json *j)
{
	static const struct member_row rows[] = {
		{ "package", read_package },
		{ "versions", read_versions },
		{ "ranges", read_ranges },
	};
	const size_t half = walk->space.cap / 2;
	struct buf line = buf_over(walk->space.p, half);
	struct buf ranges = buf_over(walk->space.p + half, half);
	struct osv osv = { .id = walk->osv.id, .line = &ranges };

	if (!members_read(j, rows, LEN(rows), &osv))
		return false;
	put_line(&osv, &ranges, line, walk->line, walk->of);
	return true;
}

static bool read_affected(void *of, struct json *j, const struct json_value *v)
{
	struct walk *walk = of;
	struct json_value one;
	bool good = json_enter(j, JSON_ARRAY);

	(void)v;
	while (good && json_next(j, &one))
		good = read_affected_one(walk, j);
	return good;
}

static bool read_all(struct str json, const struct member_row *rows, size_t n, void *of)
{
	struct json_value v;
	struct json j;
	bool good;

	json_init(&j, json);
	good = json_next(&j, &v) && members_read(&j, rows, n, of);
	return !json_done(&j) && good;
}

const char *osv_read(struct str json, struct buf space, advisory_line_fn *line, void *of)
{
	static const struct member_row head[] = {
		{ "id", read_id },
		{ "withdrawn", read_withdrawn },
	};
	static const struct member_row affected[] = { { "affected", read_affected } };
	struct walk walk = { .space = space, .line = line, .of = of };

	if (!read_all(json, head, LEN(head), &walk.osv) || !walk.osv.id.n)
		return "it is no advisory of OSV";
	if (walk.osv.withdrawn)
		return NULL;
	return read_all(json, affected, LEN(affected), &walk) ? NULL
							      : "what it says of packages cannot "
								"be read";
}
