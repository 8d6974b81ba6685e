/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/version.h"

#include <string.h>

#include "eco/pep440.h"
#include "eco/semver.h"
#include "wire/ascii.h"

/* The number that @s starts with, of any length, without leading zeros. */
static struct str take_number(struct str *s)
{
	struct str number = { s->p, 0 };

	while (number.n < s->n && ascii_digit(s->p[number.n]))
		number.n++;
	*s = (struct str){ s->p + number.n, s->n - number.n };
	while (number.n > 1 && number.p[0] == '0')
		number = (struct str){ number.p + 1, number.n - 1 };
	return number;
}

static int compare_numbers(struct str a, struct str b)
{
	for (size_t i = 0; a.n == b.n && i < a.n; i++)
		if (a.p[i] != b.p[i])
			return a.p[i] < b.p[i] ? -1 : 1;
	return (a.n > b.n) - (a.n < b.n);
}

static bool adds_number(struct str rest)
{
	return rest.n > 1 && rest.p[0] == '.' && ascii_digit(rest.p[1]);
}

/* A release is newer than what leads to it: "1.0" than "1.0-rc1", but older than "1.0.1". */
static int compare_rest(struct str a, struct str b)
{
	if (a.n == 0 && b.n == 0)
		return 0;
	if (a.n == 0)
		return adds_number(b) ? -1 : 1;
	return adds_number(a) ? 1 : -1;
}

/* Numbers by value, all else by byte: right for releases, whatever the ecosystem. */
static int order_any(struct str a, struct str b, int *order)
{
	if (str_starts(a, "v") && str_starts(b, "v")) {
		a = (struct str){ a.p + 1, a.n - 1 };
		b = (struct str){ b.p + 1, b.n - 1 };
	}
	if (a.n == 0 || b.n == 0 || !ascii_digit(a.p[0]) || !ascii_digit(b.p[0]))
		return -1;
	for (*order = 0; a.n && b.n && *order == 0;) {
		if (ascii_digit(a.p[0]) && ascii_digit(b.p[0])) {
			struct str x = take_number(&a), y = take_number(&b);

			*order = compare_numbers(x, y);
			continue;
		}
		*order = (a.p[0] > b.p[0]) - (a.p[0] < b.p[0]);
		a = (struct str){ a.p + 1, a.n - 1 };
		b = (struct str){ b.p + 1, b.n - 1 };
	}
	if (*order == 0)
		*order = compare_rest(a, b);
	return 0;
}

static int order_semver(struct str a, struct str b, int *order)
{
	struct semver x, y;

	if (semver_parse(a, &x) < 0 || semver_parse(b, &y) < 0)
		return -1;
	*order = semver_compare(&x, &y);
	return 0;
}

static int order_go(struct str a, struct str b, int *order)
{
	struct semver x, y;

	if (semver_parse_go(a, &x) < 0 || semver_parse_go(b, &y) < 0)
		return -1;
	*order = semver_compare(&x, &y);
	return 0;
}

static int order_pypi(struct str a, struct str b, int *order)
{
	struct pep440 x, y;

	if (pep440_parse(a, &x) < 0 || pep440_parse(b, &y) < 0)
		return -1;
	*order = pep440_compare(&x, &y);
	return 0;
}

static const struct {
	const char *type;
	int (*order)(struct str a, struct str b, int *order);
} orders[] = {
	{ "npm", order_semver },
	{ "cargo", order_semver },
	{ "golang", order_go },
	{ "pypi", order_pypi },
};

int version_order(const char *type, struct str a, struct str b, int *order)
{
	for (size_t i = 0; i < LEN(orders); i++)
		if (!strcmp(type, orders[i].type))
			return orders[i].order(a, b, order);
	return order_any(a, b, order);
}
