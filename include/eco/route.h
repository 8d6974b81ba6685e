/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "eco/eco.h"

/* The URL grammar of a registry as a table. */

/*
 * A row: "GET" also covers HEAD; several methods have commas. In @path a segment is literal, or
 * {name}, {version}, {file}: not empty, and told; "*": any one segment, "**" at the end: any that
 * follow, at least one. A literal may follow: "{version}.json", or precede.
 */
struct route {
	const char *methods, *path;
	enum package_kind kind;
	const char *what; /* or NULL */
};

/* Parts of the path, still with their escapes; without p where the row has none. */
struct route_parts {
	struct str name, version, file;
};

/* The first row that the request matches, or NULL. */
const struct route *route_find(const struct route *routes, size_t n, struct str method,
			       struct str path, struct route_parts *parts);

/* The rows for some roles of a registry's hosts. */
struct route_table {
	unsigned roles; /* a bit for each */
	const struct route *route;
	size_t n;
};

/* The same in the tables for the role of @in; what the row says of the request is told to @out. */
bool route_classify(const struct route_table *tables, size_t n, const struct registry_request *in,
		    struct route_parts *parts, struct package_request *out);

/* Is it letters, digits and some of @marks, at least one of these? */
bool route_word(struct str s, const char *marks);

/* Decodes "%XX" of @in into @out, terminated. False: no room, a NUL, or a control character. */
bool route_decode(struct str in, char *out, size_t max);
