/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "wire/host.h"

/* The parts of a URL, each in one canonical form: what is judged is what is sent on. */

/* "host", "host:port", "1.2.3.4", "[v6]:port": of Host, CONNECT and absolute targets. */
struct authority {
	char host[HOST_MAX + 1]; /* canonical; "": a literal address */
	struct addr addr;
	uint16_t port; /* 0: none was given */
};

/* Without user information. Returns 0 or -1. */
int url_authority(struct str in, struct authority *out);
bool url_same_host(const struct authority *a, const struct authority *b);
void url_write_authority(const struct authority *a, struct buf *out);

/* The octet that "%XX" at the start of @s stands for, or -1: it does not start so. */
int url_escaped(struct str s);

/*
 * Adds the canonical form of a path to @out: unreserved characters decoded, hexadecimal digits in
 * upper case, doubled slashes made one, "[]^{|}" encoded (browsers send them raw). Refused, because
 * origins differ in what they make of it: dot segments, also behind "%2F", "%5C" or before ";";
 * control characters; bytes outside of ASCII; backslashes; what is encoded twice. "%2F" stays: a
 * rule must not take it for a slash, nor for another character than an origin might. Returns NULL
 * or what is wrong: static text for a person.
 */
const char *url_path(struct str path, struct buf *out);

/*
 * Adds the path that a reference without a host ("../x", "/x", "x") leads to from a page with the
 * path @page. Dot segments but at its start stay, to be refused. Returns 0, or -1: it leads above
 * the top, or is of another form.
 */
int url_join(struct str page, struct str reference, struct buf *out);

/* Adds a query, which is sent as it came. Returns NULL or what is wrong. */
const char *url_query(struct str query, struct buf *out);
