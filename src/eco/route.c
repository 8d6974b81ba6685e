/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/route.h"

#include <string.h>

#include "wire/ascii.h"
#include "wire/url.h"

static bool has_method(const char *methods, struct str method)
{
	struct str one, rest = str_of(methods);
	bool more = true;

	while (more) {
		more = str_cut(rest, ',', &one, &rest);
		if (str_eq(one, method) || (str_is(one, "GET") && str_is(method, "HEAD")))
			return true;
	}
	return false;
}

/* The member of @parts that "{name}" and the like stand for, or NULL. */
static struct str *place(struct str word, struct route_parts *parts)
{
	if (str_is(word, "name"))
		return &parts->name;
	if (str_is(word, "version"))
		return &parts->version;
	return str_is(word, "file") ? &parts->file : NULL;
}

/* One segment: "literal", "*", or "before{word}after". */
static bool match_segment(struct str pattern, struct str in, struct route_parts *parts)
{
	struct str before, word, after, *to;

	if (str_is(pattern, "*"))
		return in.n > 0;
	if (!str_cut(pattern, '{', &before, &after) || !str_cut(after, '}', &word, &after))
		return str_eq(pattern, in);
	if (in.n <= before.n + after.n || memcmp(in.p, before.p, before.n) != 0 ||
	    memcmp(in.p + in.n - after.n, after.p, after.n) != 0)
		return false;
	to = place(word, parts);
	if (to)
		*to = (struct str){ in.p + before.n, in.n - before.n - after.n };
	return to;
}

static bool match_path(struct str pattern, struct str in, struct route_parts *parts)
{
	struct str want, have;
	bool more_wanted = true, more = true;

	while (more_wanted && more) {
		more_wanted = str_cut(pattern, '/', &want, &pattern);
		if (str_is(want, "**"))
			return in.n > 0;
		more = str_cut(in, '/', &have, &in);
		if (!match_segment(want, have, parts))
			return false;
	}
	return more_wanted == more;
}

const struct route *route_find(const struct route *routes, size_t n, struct str method,
			       struct str path, struct route_parts *parts)
{
	for (size_t i = 0; i < n; i++) {
		*parts = (struct route_parts){ 0 };
		if (has_method(routes[i].methods, method) &&
		    match_path(str_of(routes[i].path), path, parts))
			return &routes[i];
	}
	return NULL;
}

bool route_classify(const struct route_table *tables, size_t n, const struct registry_request *in,
		    struct route_parts *parts, struct package_request *out)
{
	const struct route *route = NULL;

	for (size_t i = 0; !route && i < n; i++)
		if (tables[i].roles >> in->role & 1)
			route = route_find(tables[i].route, tables[i].n, in->method, in->path,
					   parts);
	if (!route)
		return false;
	out->kind = route->kind;
	out->what = route->what;
	return true;
}

bool route_word(struct str s, const char *marks)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) && !(s.p[i] && strchr(marks, s.p[i])))
			return false;
	return s.n > 0;
}

bool route_decode(struct str in, char *out, size_t max)
{
	struct buf to = buf_over(out, max);

	while (in.n) {
		const int escaped = url_escaped(in);
		const char c = escaped >= 0 ? (char)escaped : in.p[0];
		const size_t taken = escaped >= 0 ? 3 : 1;

		if ((unsigned char)c < 0x20 || c == 0x7f)
			return false;
		buf_add(&to, &c, 1);
		in.p += taken;
		in.n -= taken;
	}
	return !to.full;
}
