/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/popular.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "wire/ascii.h"

/*
 * Theory of operation
 *
 * Who publishes under a name like that of a popular package waits for mistakes. Of a name, case and
 * separators are left out: what remains is like a popular one if it
 *
 *   is the same: "cross_env", "babel-core" for "@babel/core";
 *   looks the same, with letters that are easily taken for each other: "l0dash", "typescrlpt";
 *   is one mistake of typing away: two letters exchanged, one doubled, left out, added or another.
 *
 * A rule that is often wrong is switched off, so what is more often another word than a mistake is
 * left out: short names, another first letter, a number at the end ("merge2"), words before and
 * after ("lodash-utils"). A scope or an owner has a name to lose: nothing is like another package
 * of the same one, nothing scoped like something without.
 *
 * The lists, popular/NAME, are not about rank. Measured, of packages that are not in them: 0.2% of
 * the 5000th to 15000th most downloaded of npm and of PyPI are like one that is.
 */

enum { SQUASHED_MAX = 256, ALIKE_MIN = 4, EXCHANGED_MIN = 5, EDITED_MIN = 6 };

static const char *const npm[] = {
#include "popular-npm.inc"
};
static const char *const pypi[] = {
#include "popular-pypi.inc"
};
static const char *const cargo[] = {
#include "popular-cargo.inc"
};
static const char *const golang[] = {
#include "popular-golang.inc"
};

static const struct list {
	const char *type;
	const char *const *name;
	size_t n;
} lists[] = {
	{ "npm", npm, LEN(npm) },
	{ "pypi", pypi, LEN(pypi) },
	{ "cargo", cargo, LEN(cargo) },
	{ "golang", golang, LEN(golang) },
};

/* Without case and separators. False: too long to be like anything. */
static bool squash(struct str in, char out[SQUASHED_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] && strchr("-_.@/", in.p[i]))
			continue;
		if (n == SQUASHED_MAX - 1)
			return false;
		out[n++] = ascii_lower(in.p[i]);
	}
	out[n] = '\0';
	return true;
}

/* What looks alike becomes the same. */
static void fold(char *s)
{
	static const char from[] = "01i5347", to[] = "ollseat";
	char *out = s;

	for (; *s; s++) {
		const char *at = strchr(from, *s);
		const bool pair = (s[0] == 'r' && s[1] == 'n') || (s[0] == 'v' && s[1] == 'v');

		*out++ = pair ? *s == 'r' ? 'm' : 'w' : at ? to[at - from] : *s;
		s += pair;
	}
	*out = '\0';
}

/* @longer has one letter more, at @at, and agrees with the other one before it. */
static bool is_added(const char *longer, const char *shorter, size_t at, size_t n_popular)
{
	const bool doubled = at && longer[at] == longer[at - 1];

	if (strcmp(longer + at + 1, shorter + at) != 0)
		return false;
	if (longer[at + 1] == '\0' && ascii_digit(longer[at]))
		return false;
	return doubled ? n_popular >= EXCHANGED_MIN : at && n_popular >= EDITED_MIN;
}

/* Is @a one mistake away from @b? */
static bool is_typo(const char *a, const char *b)
{
	const size_t n_a = strlen(a), n_b = strlen(b);
	size_t at = 0;

	while (a[at] && a[at] == b[at])
		at++;
	if (n_a == n_b + 1)
		return is_added(a, b, at, n_b);
	if (n_b == n_a + 1)
		return is_added(b, a, at, n_b);
	if (n_a != n_b || n_b < EXCHANGED_MIN)
		return false;
	if (a[at] == b[at + 1] && a[at + 1] == b[at] && strcmp(a + at + 2, b + at + 2) == 0)
		return true;
	return at && n_b >= EDITED_MIN && strcmp(a + at + 1, b + at + 1) == 0 &&
	       !(at == n_a - 1 && (ascii_digit(a[at]) || ascii_digit(b[at])));
}

/* Scope or owner, with its "/"; empty: none. */
static struct str owner_of(struct str name)
{
	const char *slash = name.n ? memrchr(name.p, '/', name.n) : NULL;

	return (struct str){ name.p, slash ? (size_t)(slash - name.p) + 1 : 0 };
}

static bool is_like(struct str name, const char *squashed, const char *popular)
{
	const struct str owner = owner_of(name);
	char a[SQUASHED_MAX], b[SQUASHED_MAX];

	if (owner.n &&
	    (str_eq(owner, owner_of(str_of(popular))) || (name.p[0] == '@' && popular[0] != '@')))
		return false;
	if (!squash(str_of(popular), b) || strlen(b) < ALIKE_MIN)
		return false;
	if (strcmp(squashed, b) == 0 || is_typo(squashed, b))
		return true;
	memcpy(a, squashed, strlen(squashed) + 1);
	fold(a);
	fold(b);
	return strcmp(a, b) == 0;
}

/* ".../v2": a major version of a Go module is the same package. */
static struct str without_major(struct str name)
{
	const struct str owner = owner_of(name);
	size_t n = owner.n + 1;

	if (!owner.n || n >= name.n || name.p[owner.n] != 'v')
		return name;
	while (n < name.n && ascii_digit(name.p[n]))
		n++;
	return n == name.n ? (struct str){ name.p, owner.n - 1 } : name;
}

const char *popular_like(struct str type, struct str name)
{
	const struct list *list = NULL;
	char squashed[SQUASHED_MAX];

	for (size_t i = 0; i < LEN(lists); i++)
		if (str_is(type, lists[i].type))
			list = &lists[i];
	if (list && !strcmp(list->type, "golang"))
		name = without_major(name);
	if (!list || !squash(name, squashed))
		return NULL;
	for (size_t i = 0; i < list->n; i++)
		if (str_is(name, list->name[i]))
			return NULL;
	for (size_t i = 0; i < list->n; i++)
		if (is_like(name, squashed, list->name[i]))
			return list->name[i];
	return NULL;
}
