/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/semver.h"

#include <string.h>

#include "wire/ascii.h"

/* The largest number that node takes, which every other reader takes, too. */
static const uint64_t number_max = ((uint64_t)1 << 53) - 1;

enum { TEXT_MAX = 256 }; /* node's */

static bool is_number(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_digit(s.p[i]))
			return false;
	return s.n > 0;
}

static int read_number(struct str in, uint64_t *out)
{
	unsigned long value;

	if ((in.n > 1 && in.p[0] == '0') || str_to_ulong(in, number_max, &value) < 0)
		return -1;
	*out = value;
	return 0;
}

/* Identifiers with dots between them; those of a pre-release are no numbers with a leading zero. */
static bool are_identifiers(struct str in, bool pre)
{
	struct str one;
	bool more = true;

	while (more) {
		more = str_cut(in, '.', &one, &in);
		if (one.n == 0 || (pre && one.n > 1 && one.p[0] == '0' && is_number(one)))
			return false;
		for (size_t i = 0; i < one.n; i++)
			if (!ascii_alnum(one.p[i]) && one.p[i] != '-')
				return false;
	}
	return true;
}

int semver_parse(struct str in, struct semver *out)
{
	struct str numbers, one;
	bool has_build, has_pre;

	*out = (struct semver){ 0 };
	if (in.n > TEXT_MAX)
		return -1;
	has_build = str_cut(in, '+', &in, &out->build);
	has_pre = str_cut(in, '-', &numbers, &out->pre);
	if ((has_build && !are_identifiers(out->build, false)) ||
	    (has_pre && !are_identifiers(out->pre, true)))
		return -1;
	for (size_t i = 0; i < LEN(out->number); i++)
		if (str_cut(numbers, '.', &one, &numbers) != (i + 1 < LEN(out->number)) ||
		    read_number(one, &out->number[i]) < 0)
			return -1;
	return 0;
}

int semver_parse_go(struct str in, struct semver *out)
{
	*out = (struct semver){ 0 };
	if (!str_starts(in, "v") || semver_parse((struct str){ in.p + 1, in.n - 1 }, out) < 0)
		return -1;
	return out->build.n == 0 || str_is(out->build, "incompatible") ? 0 : -1;
}

/*
 * v1.0.0-yyyymmddhhmmss-revision, v1.2.3-pre.0.yyyymmddhhmmss-revision, or
 * v1.2.4-0.yyyymmddhhmmss-revision after v1.2.3: the time follows the last dot.
 */
bool semver_go_pseudo(const struct semver *v, struct str *time)
{
	struct str first, last = v->pre, revision;
	bool dotted = false;

	while (str_cut(last, '.', &first, &revision)) {
		last = revision;
		dotted = true;
	}
	if (!str_cut(last, '-', time, &revision) || revision.n == 0 ||
	    memchr(revision.p, '-', revision.n) || time->n != 14 || !is_number(*time))
		return false;
	first = (struct str){ v->pre.p, v->pre.n - last.n };
	if (!dotted)
		return v->number[1] == 0 && v->number[2] == 0;
	return str_is(first, "0.") || str_ends(first, ".0.");
}

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Item 11: numbers by value and below text; they have no leading zeros, so that longer is more. */
static int order_identifier(struct str a, struct str b)
{
	const bool a_number = is_number(a), b_number = is_number(b);

	if (a_number != b_number)
		return a_number ? -1 : 1;
	if (a_number && a.n != b.n)
		return order(a.n, b.n);
	return str_compare(a, b);
}

int semver_compare(const struct semver *a, const struct semver *b)
{
	struct str rest_a = a->pre, rest_b = b->pre, one_a, one_b;
	int r = 0;

	for (size_t i = 0; r == 0 && i < LEN(a->number); i++)
		r = order(a->number[i], b->number[i]);
	if (r == 0 && (a->pre.n == 0 || b->pre.n == 0))
		return (a->pre.n == 0) - (b->pre.n == 0);
	while (r == 0 && rest_a.n && rest_b.n) {
		str_cut(rest_a, '.', &one_a, &rest_a);
		str_cut(rest_b, '.', &one_b, &rest_b);
		r = order_identifier(one_a, one_b);
	}
	return r ? r : order(rest_a.n != 0, rest_b.n != 0);
}
