/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "eco/digest.h"
#include "eco/pypi.h"
#include "eco/route.h"
#include "wire/ascii.h"

/*
 * A page of links, the simple index of PEP 503: `<a href="URL#sha256=HEX" data-yanked="">FILE</a>`.
 * Nothing of a page passes but what was understood of its links, so that whoever reads HTML
 * otherwise reads the same. Nobody says there when a file was uploaded.
 *
 * Installers take the end of the URL for the name of the file, people its text: they are the same,
 * or the link is not offered. A page that says where its links lead from (<base>) is refused.
 */

enum { SLICE = 64 * 1024, TAG_ATTRIBUTES = 16 };

/* A tag, without "<" and ">". */
struct tag {
	struct str name; /* with "/" before it at an end */
	size_t n;
	struct {
		struct str name, value;
	} attribute[TAG_ATTRIBUTES];
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static struct str skip_space(struct str s)
{
	while (s.n && is_space(s.p[0]))
		s = str_skip(s, 1);
	return s;
}

/* Takes what does not end in one of @ends, or in space. */
static struct str take_until(struct str *s, const char *ends)
{
	size_t n = 0;

	while (n < s->n && !is_space(s->p[n]) && !(s->p[n] && strchr(ends, s->p[n])))
		n++;
	*s = str_skip(*s, n);
	return (struct str){ s->p - n, n };
}

/* What follows "="; false: it has no end. */
static bool take_value(struct str *in, struct str *value)
{
	const char quote = in->n ? in->p[0] : '\0';

	if (quote != '"' && quote != '\'') {
		*value = take_until(in, ">");
		return true;
	}
	*in = str_skip(*in, 1);
	return str_cut(*in, quote, value, in);
}

/* @in begins behind "<". False: it has no end, or more attributes than anybody needs. */
static bool take_tag(struct str *in, struct tag *tag)
{
	struct str name;

	*tag = (struct tag){ 0 };
	tag->name = take_until(in, in->n && in->p[0] == '/' ? ">" : "/>");
	for (;;) {
		*in = skip_space(*in);
		while (in->n && in->p[0] == '/')
			*in = skip_space(str_skip(*in, 1));
		if (in->n && in->p[0] == '>')
			break;
		name = take_until(in, "=/>");
		if (!name.n || tag->n == TAG_ATTRIBUTES)
			return false;
		*in = skip_space(*in);
		tag->attribute[tag->n].name = name;
		if (in->n && in->p[0] == '=') {
			*in = skip_space(str_skip(*in, 1));
			if (!take_value(in, &tag->attribute[tag->n].value))
				return false;
		}
		tag->n++;
	}
	*in = str_skip(*in, 1);
	return true;
}

/* What "&NAME;" at the start of @in stands for, taken off; 0: nothing that a link needs. */
static char take_reference(struct str *in)
{
	static const struct {
		const char *text;
		char stands_for;
	} references[] = {
		{ "amp", '&' },	  { "lt", '<' },   { "gt", '>' },    { "quot", '"' },
		{ "apos", '\'' }, { "#39", '\'' }, { "#x27", '\'' }, { "#34", '"' },
		{ "#x22", '"' },  { "#43", '+' },  { "#x2B", '+' },  { "#61", '=' },
		{ "#x3D", '=' },  { "#60", '<' },  { "#x3C", '<' },  { "#62", '>' },
		{ "#x3E", '>' },  { "#38", '&' },  { "#x26", '&' },
	};
	struct str text, rest;

	if (!str_cut(str_skip(*in, 1), ';', &text, &rest))
		return 0;
	*in = rest;
	for (size_t i = 0; i < LEN(references); i++)
		if (str_eq_nocase(text, str_of(references[i].text)))
			return references[i].stands_for;
	return 0;
}

/* What a value or text means. False: a control character, or what is not known. */
static bool decode(struct sieve *s, struct str in, struct str *out)
{
	struct buf text = { 0 };
	char c;

	*out = in.n ? in : STR("");
	if (in.n && memchr(in.p, '&', in.n))
		text = buf_over(arena_alloc(&s->arena, in.n + 1), in.n + 1);
	while (in.n) {
		c = in.p[0];
		if (c == '&')
			c = take_reference(&in);
		else
			in = str_skip(in, 1);
		if ((unsigned char)c < ' ' || c == 0x7f)
			return false;
		if (text.p)
			buf_add(&text, &c, 1);
	}
	if (text.p)
		*out = (struct str){ text.p, text.n };
	return true;
}

/* The end of a URL's path, as installers read it. */
static bool read_end(struct str url, char out[PACKAGE_FILE_MAX + 1])
{
	struct str path;
	const char *slash;

	str_cut(url, '?', &path, &(struct str){ 0 });
	slash = memrchr(path.p, '/', path.n);
	if (slash)
		path = str_skip(path, (size_t)(slash - path.p) + 1);
	return route_decode(path, out, PACKAGE_FILE_MAX + 1);
}

/* "https://host/path/FILE?query#sha256=HEX" */
static bool read_href(struct sieve *s, struct str href, struct pypi_link *link)
{
	struct package_facts *facts = &link->facts;
	struct str fragment, kind, hex;
	char *file = arena_alloc(&s->arena, PACKAGE_FILE_MAX + 1);

	str_cut(href, '#', &facts->url, &fragment);
	if (str_cut(fragment, '=', &kind, &hex))
		for (enum digest_kind i = DIGEST_MD5; i < N_DIGEST_KINDS; i++)
			if (str_is(kind, digest_rows[i].name) &&
			    !digest_read_hex(i, hex, &facts->digest))
				return false;
	if (!read_end(facts->url, file))
		return false;
	facts->file = str_of(file);
	return true;
}

/* The value of an attribute, once; *@odd: it comes twice, or means nothing. */
static struct str value_of(struct sieve *s, const struct tag *tag, const char *prefix,
			   const char *name, bool *odd)
{
	struct str found = { 0 };

	for (size_t i = 0; i < tag->n; i++) {
		struct str have = tag->attribute[i].name;

		if (have.n != strlen(prefix) + strlen(name) ||
		    !str_eq_nocase((struct str){ have.p, strlen(prefix) }, str_of(prefix)) ||
		    !str_eq_nocase(str_skip(have, strlen(prefix)), str_of(name)))
			continue;
		*odd |= found.p != NULL;
		*odd |= !decode(s, tag->attribute[i].value, &found);
	}
	return found;
}

/* What stands between a link and the next tag, which is its end. */
static bool read_text(struct sieve *s, struct str rest, struct str *text)
{
	const char *end = memchr(rest.p, '<', rest.n);
	struct str raw = { rest.p, end ? (size_t)(end - rest.p) : 0 };

	rest = str_skip(rest, raw.n + (end != NULL));
	raw = skip_space(raw);
	while (raw.n && is_space(raw.p[raw.n - 1]))
		raw.n--;
	return end && rest.n > 2 && rest.p[0] == '/' && ascii_lower(rest.p[1]) == 'a' &&
	       !ascii_alnum(rest.p[2]) && decode(s, raw, text);
}

static void read_link(struct sieve *s, struct pypi_index *index, const struct tag *tag,
		      struct str rest)
{
	struct pypi_link link = { 0 };
	struct str href = value_of(s, tag, "", "href", &link.odd), text;

	if (!href.p)
		return;
	for (int i = 0; i < N_PYPI_ATTRIBUTES; i++)
		link.attribute[i] = value_of(s, tag, "data-", pypi_attributes[i], &link.odd);
	link.facts.yanked = link.attribute[PYPI_YANKED].p;
	link.odd = link.odd || !read_href(s, href, &link) || !read_text(s, rest, &text) ||
		   !str_eq(text, link.facts.file) || !pypi_read_name(s, &link);
	*arena_push(&s->arena, index->link, index->n_links) = link;
}

/* Of these, what follows is no HTML up to their end. */
static bool skip_raw(const struct tag *tag, struct str *in)
{
	static const char *const raw[] = { "script", "style", "title", "textarea" };

	for (size_t i = 0; i < LEN(raw); i++) {
		if (!str_eq_nocase(tag->name, str_of(raw[i])))
			continue;
		for (; in->n; *in = str_skip(*in, 1))
			if (in->n > strlen(raw[i]) + 2 && in->p[0] == '<' && in->p[1] == '/' &&
			    str_eq_nocase((struct str){ in->p + 2, strlen(raw[i]) }, tag->name))
				return true;
		return false;
	}
	return true;
}

/* Behind "<". NULL, or what is wrong. */
static const char *read_markup(struct sieve *s, struct pypi_index *index, struct str *in)
{
	static const char broken[] = "the metadata is no HTML";
	const char *end;
	struct tag tag;

	if (str_starts(*in, "!--")) {
		end = memmem(in->p, in->n, "-->", 3);
		*in = end ? str_skip(*in, (size_t)(end - in->p) + 3) : *in;
		return end ? NULL : broken;
	}
	if (in->n && (in->p[0] == '!' || in->p[0] == '?'))
		return str_cut(*in, '>', &(struct str){ 0 }, in) ? NULL : broken;
	if (!in->n || (in->p[0] != '/' && !ascii_alnum(in->p[0])))
		return NULL; /* text */
	if (!take_tag(in, &tag))
		return broken;
	if (str_eq_nocase(tag.name, STR("base")))
		return "the metadata says where its links lead from";
	if (str_eq_nocase(tag.name, STR("a")))
		read_link(s, index, &tag, *in);
	return skip_raw(&tag, in) ? NULL : broken;
}

int pypi_html_read(struct sieve *s, struct pypi_index *index)
{
	const size_t until = index->at + SLICE;
	const char *wrong = NULL;

	while (!wrong && index->at < s->in.n && index->at < until) {
		struct str rest = str_skip(s->in, index->at);

		if (str_cut(rest, '<', &(struct str){ 0 }, &rest))
			wrong = read_markup(s, index, &rest);
		index->at = s->in.n - rest.n;
	}
	if (wrong)
		return sieve_bad(s, wrong);
	return index->at < s->in.n ? SIEVE_MORE : 0;
}

static bool is_text(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
			return false;
	return true;
}

bool pypi_url_fits(const struct pypi_link *link)
{
	char file[PACKAGE_FILE_MAX + 1];

	return read_end(link->facts.url, file) && str_is(link->facts.file, file);
}

bool pypi_html_fits(const struct pypi_link *link)
{
	bool fits = is_text(link->facts.url);

	for (int i = 0; i < N_PYPI_ATTRIBUTES; i++)
		fits &= is_text(link->attribute[i]);
	return fits;
}

/* Adds it as an attribute or text has it; what is harmless, without a copy. */
static void keep_escaped(struct sieve *s, struct str text)
{
	static const struct {
		char c;
		struct str reference;
	} rows[] = {
		{ '&', { "&amp;", 5 } },  { '<', { "&lt;", 4 } },    { '>', { "&gt;", 4 } },
		{ '"', { "&quot;", 6 } }, { '\'', { "&#x27;", 6 } },
	};
	size_t from = 0;

	for (size_t i = 0; i < text.n; i++)
		for (size_t row = 0; row < LEN(rows); row++) {
			if (text.p[i] != rows[row].c)
				continue;
			sieve_keep(s, (struct str){ text.p + from, i - from });
			sieve_keep(s, rows[row].reference);
			from = i + 1;
		}
	sieve_keep(s, str_skip(text, from));
}

static void keep_link(struct sieve *s, const struct pypi_link *link)
{
	const size_t cap = 2 * DIGEST_MAX + 16;
	struct buf digest;
	char *colon;

	sieve_keep(s, STR("<a href=\""));
	keep_escaped(s, link->facts.url);
	if (link->facts.digest.kind) {
		digest = buf_over(arena_alloc(&s->arena, cap), cap);
		digest_print(&link->facts.digest, &digest);
		colon = memchr(digest.p, ':', digest.n);
		*colon = '=';
		sieve_keep(s, STR("#"));
		sieve_keep(s, (struct str){ digest.p, digest.n });
	}
	for (int i = 0; i < N_PYPI_ATTRIBUTES; i++) {
		if (!link->attribute[i].p)
			continue;
		sieve_keep(s, STR("\" data-"));
		sieve_keep(s, str_of(pypi_attributes[i]));
		sieve_keep(s, STR("=\""));
		keep_escaped(s, link->attribute[i]);
	}
	sieve_keep(s, STR("\">"));
	keep_escaped(s, link->facts.file);
	sieve_keep(s, STR("</a><br>\n"));
}

void pypi_html_write(struct sieve *s, const struct pypi_index *index)
{
	s->type = "text/html; charset=utf-8";
	sieve_keep(s, STR("<!DOCTYPE html>\n<html>\n<head>"
			  "<meta name=\"pypi:repository-version\" content=\"1.0\"></head>\n"
			  "<body>\n"));
	for (size_t i = 0; i < index->n_links; i++)
		if (index->link[i].kept)
			keep_link(s, &index->link[i]);
	sieve_keep(s, STR("</body>\n</html>\n"));
}
