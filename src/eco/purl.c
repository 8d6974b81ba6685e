/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/purl.h"

#include <string.h>

#include "wire/ascii.h"
#include "wire/url.h"

/* How an ecosystem compares names. */
enum names {
	NAMES_EXACT,
	NAMES_LOWER,
	NAMES_PYPI, /* PEP 503: lower case, and a run of "-_." is one "-" */
};

static const struct type {
	const char *name;
	enum names names;
	char joint; /* between namespace and name where the ecosystem writes both; NUL: nowhere */
} types[] = {
	{ "apk", NAMES_LOWER, '\0' },	{ "bitbucket", NAMES_LOWER, '/' },
	{ "cargo", NAMES_LOWER, '\0' }, { "composer", NAMES_LOWER, '/' },
	{ "deb", NAMES_LOWER, '/' },	{ "docker", NAMES_EXACT, '/' },
	{ "gem", NAMES_EXACT, '\0' },	{ "generic", NAMES_EXACT, '\0' },
	{ "github", NAMES_LOWER, '/' }, { "gitlab", NAMES_LOWER, '/' },
	{ "golang", NAMES_LOWER, '/' }, { "hex", NAMES_LOWER, '/' },
	{ "maven", NAMES_EXACT, ':' },	{ "npm", NAMES_EXACT, '/' },
	{ "nuget", NAMES_LOWER, '\0' }, { "oci", NAMES_LOWER, '\0' },
	{ "pub", NAMES_LOWER, '\0' },	{ "pypi", NAMES_PYPI, '\0' },
	{ "swift", NAMES_EXACT, '/' },
};

static const struct type *type_of(struct str name)
{
	static const struct type other = { "", NAMES_EXACT, '/' };

	for (size_t i = 0; i < LEN(types); i++)
		if (str_is(name, types[i].name))
			return &types[i];
	return &other;
}

/* Splits @s at the last @at. Without one, returns false with all of @s in @right. */
static bool cut_last(struct str s, char at, struct str *left, struct str *right)
{
	const char *found = s.n ? memrchr(s.p, at, s.n) : NULL;

	*left = (struct str){ s.p, 0 };
	*right = s;
	if (!found)
		return false;
	left->n = (size_t)(found - s.p);
	*right = (struct str){ found + 1, s.n - left->n - 1 };
	return true;
}

/* What was written to the end of @space. */
static struct str since(const struct buf *space, size_t start)
{
	return (struct str){ space->p + start, space->n - start };
}

static void put_normal(struct buf *space, size_t start, char c, enum names names)
{
	if (names == NAMES_PYPI && (c == '_' || c == '.'))
		c = '-';
	if (names == NAMES_PYPI && c == '-' && space->n > start && space->p[space->n - 1] == '-')
		return;
	if (names != NAMES_EXACT)
		c = ascii_lower(c);
	buf_add(space, &c, 1);
}

/* Copies text that has slashes in it, decoded if it is @escaped. */
static const char *put_text(struct str s, enum names names, bool escaped, struct buf *space,
			    struct str *out)
{
	size_t start = space->n;

	while (s.n) {
		int octet = escaped ? url_escaped(s) : -1;
		size_t size = octet >= 0 ? 3 : 1;
		char c = octet >= 0 ? (char)octet : s.p[0];

		if (escaped && octet < 0 && c == '%')
			return "percent sign that escapes nothing";
		if ((c >= 0 && c < ' ') || c == 0x7f)
			return "control character in a package URL";
		put_normal(space, start, c, names);
		s = (struct str){ s.p + size, s.n - size };
	}
	*out = since(space, start);
	return space->full ? "package URL too long" : NULL;
}

/* The same for what has none, and is no step in a tree. */
static const char *put(struct str s, enum names names, bool escaped, struct buf *space,
		       struct str *out)
{
	const char *wrong = put_text(s, names, escaped, space, out);

	if (!wrong && out->n && memchr(out->p, '/', out->n))
		wrong = "slash in a part of a package URL";
	if (!wrong && (str_is(*out, ".") || str_is(*out, "..")))
		wrong = "dot segment in a package URL";
	return wrong;
}

/* Segments with slashes between them; empty ones do not count. */
static const char *put_segments(struct str s, enum names names, bool escaped, struct buf *space,
				struct str *out)
{
	size_t start = space->n;
	struct str segment, one;
	const char *wrong = NULL;

	while (s.n && !wrong) {
		str_cut(s, '/', &segment, &s);
		if (segment.n == 0)
			continue;
		if (space->n > start)
			buf_puts(space, "/");
		wrong = put(segment, names, escaped, space, &one);
	}
	*out = since(space, start);
	return wrong;
}

static const char *put_type(struct str s, const char *marks, struct buf *space, struct str *out)
{
	if (s.n == 0 || ascii_digit(s.p[0]))
		return "package URL without a type";
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) && (!s.p[i] || !strchr(marks, s.p[i])))
			return "character that no type of a package URL has";
	return put_text(s, NAMES_LOWER, false, space, out);
}

static const char *put_package(struct purl *out, struct str namespace, struct str name,
			       struct str version, bool escaped, struct buf *space)
{
	enum names names = type_of(out->type)->names;
	size_t start = space->n;
	const char *wrong = put_segments(namespace, names, escaped, space, &out->namespace);

	if (!wrong && out->namespace.n)
		buf_puts(space, "/");
	if (!wrong)
		wrong = put(name, names, escaped, space, &out->name);
	out->path = since(space, start);
	if (!wrong)
		wrong = put(version, NAMES_EXACT, escaped, space, &out->version);
	if (!wrong && out->name.n == 0)
		wrong = "package URL without a name";
	return wrong;
}

/* Keeps the qualifiers sorted. One without a value is none. */
static const char *put_qualifier(struct purl *p, struct str key, struct str value,
				 struct buf *space)
{
	size_t at = p->n_qualifiers;

	if (value.n == 0)
		return NULL;
	if (at == PURL_QUALIFIERS_MAX)
		return "too many qualifiers in a package URL";
	if (put_type(key, "._-", space, &key) || put_text(value, NAMES_EXACT, true, space, &value))
		return "qualifier that no package URL has";
	while (at > 0 && str_compare(key, p->qualifier[at - 1].key) <= 0)
		at--;
	if (at < p->n_qualifiers && str_eq(key, p->qualifier[at].key))
		return "qualifier given twice";
	memmove(&p->qualifier[at + 1], &p->qualifier[at],
		(p->n_qualifiers - at) * sizeof(p->qualifier[0]));
	p->qualifier[at].key = key;
	p->qualifier[at].value = value;
	p->n_qualifiers++;
	return NULL;
}

static const char *parse(struct str in, const char *type_marks, struct buf *space, struct purl *out)
{
	struct str subpath, qualifiers, one, value, type, namespace, name, version;
	const char *wrong;

	*out = (struct purl){ 0 };
	if (in.n < 4 || !str_eq_nocase((struct str){ in.p, 4 }, STR("pkg:")))
		return "no package URL: pkg:npm/name or pkg:npm/name@1.2.3";
	in = (struct str){ in.p + 4, in.n - 4 };
	str_cut(in, '#', &in, &subpath);
	str_cut(in, '?', &in, &qualifiers);
	while (in.n && in.p[0] == '/')
		in = (struct str){ in.p + 1, in.n - 1 };
	while (in.n && in.p[in.n - 1] == '/')
		in.n--;
	str_cut(in, '/', &type, &in);
	wrong = put_type(type, type_marks, space, &out->type);
	if (wrong)
		return wrong;
	cut_last(in, '/', &namespace, &name);
	str_cut(name, '@', &name, &version);
	wrong = put_package(out, namespace, name, version, true, space);
	while (!wrong && qualifiers.n) {
		str_cut(qualifiers, '&', &one, &qualifiers);
		str_cut(one, '=', &one, &value);
		wrong = put_qualifier(out, one, value, space);
	}
	return wrong ? wrong : put_segments(subpath, NAMES_EXACT, true, space, &out->subpath);
}

const char *purl_parse(struct str in, struct buf *space, struct purl *out)
{
	return parse(in, ".-", space, out);
}

const char *purl_make(const char *type, struct str name, struct str version, struct buf *space,
		      struct purl *out)
{
	char joint = type_of(str_of(type))->joint;
	struct str namespace = { 0 };
	const char *wrong;

	*out = (struct purl){ 0 };
	if (joint)
		cut_last(name, joint, &namespace, &name);
	wrong = put_type(str_of(type), ".-", space, &out->type);
	return wrong ? wrong : put_package(out, namespace, name, version, false, space);
}

static void print_text(struct str s, const char *marks, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		if (ascii_alnum(s.p[i]) || (s.p[i] && strchr(marks, s.p[i])))
			buf_add(out, &s.p[i], 1);
		else
			buf_printf(out, "%%%02X", (unsigned char)s.p[i]);
	}
}

/* ECMA-427, 5.4: a colon is never encoded, a slash only where it separates nothing. */
void purl_print(const struct purl *p, struct buf *out)
{
	buf_puts(out, "pkg:");
	buf_str(out, p->type);
	buf_puts(out, "/");
	print_text(p->path, "-._~:/", out);
	if (p->version.n) {
		buf_puts(out, "@");
		print_text(p->version, "-._~:", out);
	}
	for (size_t i = 0; i < p->n_qualifiers; i++) {
		buf_puts(out, i ? "&" : "?");
		buf_str(out, p->qualifier[i].key);
		buf_puts(out, "=");
		print_text(p->qualifier[i].value, "-._~:", out);
	}
	if (p->subpath.n) {
		buf_puts(out, "#");
		print_text(p->subpath, "-._~:/", out);
	}
}

const char *purl_glob(struct str in, struct buf *space, struct purl *out)
{
	const char *wrong = parse(in, "*.-", space, out);

	if (!wrong && (out->n_qualifiers || out->subpath.n))
		wrong = "pattern with qualifiers or a subpath, which packages are not told apart "
			"by";
	return wrong;
}

/* A place to go on from if what follows the wildcard before @glob does not match at @s. */
struct retry {
	const char *glob, *s;
};

/*
 * What follows a "**" is looked for after the first place where what stood before it matches: a
 * later place would not leave more. So only the last wildcard of each kind has to be tried again.
 */
static bool glob(struct str pattern, struct str s)
{
	const char *g = pattern.p, *g_end = g + pattern.n, *at = s.p, *end = at + s.n;
	struct retry one = { 0 }, any = { 0 };

	for (;;) {
		if (g < g_end && *g == '*') {
			g++;
			if (g < g_end && *g == '*') {
				any = (struct retry){ ++g, at };
				one = (struct retry){ 0 };
			} else {
				one = (struct retry){ g, at };
			}
			continue;
		}
		if (g == g_end && at == end)
			return true;
		if (g < g_end && at < end && *g == *at) {
			g++;
			at++;
			continue;
		}
		if (one.glob && one.s < end && *one.s != '/') {
			g = one.glob;
			at = ++one.s;
		} else if (any.glob && any.s < end) {
			g = any.glob;
			at = ++any.s;
			one = (struct retry){ 0 };
		} else {
			return false;
		}
	}
}

bool purl_match(const struct purl *pattern, const struct purl *p)
{
	return glob(pattern->type, p->type) && glob(pattern->path, p->path) &&
	       (pattern->version.n == 0 || glob(pattern->version, p->version));
}
