/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/rules_path.h"

#include <string.h>

#include "wire/ascii.h"
#include "wire/url.h"

/*
 * Theory of operation
 *
 * Glob and path are compared octet by octet as they stand, without being copied: an escape is the
 * octet it stands for, so "/a%21b" is "/a!b". They are compared in several readings:
 *
 *   STRICT   "%2F" is an octet of its segment, not a separator.
 *   SLASHES  "%2F" and "%5C" separate; segments without a character are nothing.
 *   LOOSE    And letters have no case, what is encoded twice is decoded twice, and a segment ends
 *            at its first ';', unless the glob has one itself.
 *   BARE     And a segment of which nothing is left by that is nothing: "/;x/a" is "/a".
 *
 * A rule that allows has to cover the path in the first two, one that denies in one of the four.
 * Each of them reads the glob as it reads the path.
 *
 * "**" among segments and '*' among characters are found in the same way: what follows the last
 * wildcard is tried one further, until it fits. What stood before it fitted as early as it could,
 * so trying it later would gain nothing; the time is at most that of the product of the lengths.
 */

enum reading { STRICT, SLASHES, LOOSE, BARE };

/* What next_character() finds besides an octet. */
enum { END = -1, STAR = 256 };

struct how {
	enum reading reading;
	bool parameters; /* are cut off */
};

/* How long is the separator that @s starts with? 0: it starts with none. */
static size_t separator(struct str s, enum reading reading)
{
	int octet = reading == STRICT ? -1 : url_escaped(s);

	if (s.p[0] == '/')
		return 1;
	return octet == '/' || octet == '\\' ? 3 : 0;
}

/* Takes one off a segment. */
static int next_octet(struct str *rest, const struct how *how)
{
	int octet, again;

	if (rest->n == 0)
		return END;
	octet = url_escaped(*rest);
	*rest = str_skip(*rest, octet < 0 ? 1 : 3);
	if (octet < 0)
		octet = (unsigned char)rest->p[-1];
	if (how->reading < LOOSE)
		return octet;
	if (octet == '%' && rest->n >= 2) {
		again = url_escaped((struct str){ (char[]){ '%', rest->p[0], rest->p[1] }, 3 });
		if (again >= 0) {
			octet = again;
			*rest = str_skip(*rest, 2);
		}
	}
	if (octet == ';' && how->parameters) {
		*rest = str_skip(*rest, rest->n);
		return END;
	}
	return octet < 128 ? ascii_lower((char)octet) : octet;
}

static bool is_nothing(struct str segment, const struct how *how)
{
	if (how->reading == BARE)
		return next_octet(&segment, how) == END;
	return how->reading != STRICT && segment.n == 0;
}

/* Takes the next segment off @rest, which is empty or starts with a separator. */
static bool next_segment(struct str *rest, const struct how *how, struct str *segment)
{
	size_t n;

	do {
		if (rest->n == 0)
			return false;
		*rest = str_skip(*rest, separator(*rest, how->reading));
		for (n = 0; n < rest->n && !separator(str_skip(*rest, n), how->reading);)
			n++;
		*segment = (struct str){ rest->p, n };
		*rest = str_skip(*rest, n);
	} while (is_nothing(*segment, how));
	return true;
}

/* The same as next_octet(), of a glob. */
static int next_character(struct str *rest, const struct how *how)
{
	if (rest->n && rest->p[0] == '*') {
		*rest = str_skip(*rest, 1);
		return STAR;
	}
	return next_octet(rest, how);
}

static bool segment_covers(struct str glob, struct str segment, const struct how *how)
{
	struct str after_star = { 0 }, retry = { 0 }; /* where to go on when something differs */
	struct str rest, next;
	int want, got;

	for (;;) {
		rest = glob;
		next = segment;
		want = next_character(&rest, how);
		if (want == STAR) {
			after_star = glob = rest;
			retry = segment;
			continue;
		}
		got = next_octet(&next, how);
		if (want == got && got == END)
			return true;
		if (want == got) {
			glob = rest;
			segment = next;
			continue;
		}
		if (!after_star.p || next_octet(&retry, how) == END)
			return false;
		glob = after_star;
		segment = retry;
	}
}

static bool covers(struct str glob, struct str path, const struct how *how)
{
	struct str after_stars = { 0 }, retry = { 0 };
	struct str rest, next, want, got;
	bool wants, gets;

	for (;;) {
		rest = glob;
		next = path;
		wants = next_segment(&rest, how, &want);
		if (wants && str_is(want, "**")) {
			after_stars = glob = rest;
			retry = path;
			continue;
		}
		gets = next_segment(&next, how, &got);
		if (!wants && !gets)
			return true;
		if (wants && gets && segment_covers(want, got, how)) {
			glob = rest;
			path = next;
			continue;
		}
		if (!after_stars.p || !next_segment(&retry, how, &got))
			return false;
		glob = after_stars;
		path = retry;
	}
}

bool glob_covers(const char *glob, struct str path, bool anyhow)
{
	const bool parameters = !strchr(glob, ';') && !strstr(glob, "%3B");

	/* "*" of OPTIONS is no path: it is about all of them. */
	if (str_is(path, "*")) {
		if (!anyhow)
			return false;
		path = STR("/");
	}
	for (enum reading reading = STRICT; reading <= (anyhow ? BARE : SLASHES); reading++) {
		const struct how how = { reading, parameters };

		if (covers(str_of(glob), path, &how) == anyhow)
			return anyhow;
	}
	return !anyhow;
}

const char *glob_read(struct str text, struct buf *out)
{
	const size_t start = out->n;
	const char *wrong;
	const struct how how = { .reading = STRICT };
	struct str rest, segment;

	if (text.n && (memchr(text.p, '?', text.n) || memchr(text.p, '#', text.n)))
		return "a query is never looked at: the path ends before '?' and '#'";
	wrong = url_path(text, out);
	if (wrong)
		return wrong;
	rest = (struct str){ out->p + start, out->n - start };
	while (next_segment(&rest, &how, &segment))
		if (memmem(segment.p, segment.n, "**", 2) && segment.n != 2)
			return "\"**\" is a segment of its own, between slashes";
	return NULL;
}

size_t glob_literal(const char *glob)
{
	size_t n = 0;

	for (; *glob; glob++)
		n += *glob != '*';
	return n;
}
