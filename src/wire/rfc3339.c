/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/rfc3339.h"

#include <stdbool.h>

#include "wire/ascii.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

/* Days since 1970-01-01 of a day in the Gregorian calendar; years begin with March, 400 of
 * them have 146097 days. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = year + 400 - (month <= 2), m = (month + 9) % 12;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468 - 146097;
}

static bool is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t month_length(int64_t year, int64_t month)
{
	static const unsigned char length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return length[month - 1] + (month == 2 && is_leap(year));
}

/* Takes @n digits. Returns their value, or -1 with @in as it was. */
static int64_t digits(struct str *in, size_t n)
{
	unsigned long value;

	if (in->n < n || str_to_ulong((struct str){ in->p, n }, 999999999, &value) < 0)
		return -1;
	*in = (struct str){ in->p + n, in->n - n };
	return (int64_t)value;
}

static bool take(struct str *in, char c)
{
	if (in->n == 0 || ascii_lower(in->p[0]) != c)
		return false;
	*in = (struct str){ in->p + 1, in->n - 1 };
	return true;
}

/*
 * A number of @n digits in a range, after @before unless that is NUL. Returns false if it is none.
 */
static bool number(struct str *in, char before, size_t n, int64_t min, int64_t max, int64_t *out)
{
	if (before && !take(in, before))
		return false;
	*out = digits(in, n);
	return *out >= min && *out <= max;
}

static bool fraction(struct str *in, int64_t *ms)
{
	size_t n = 0;

	*ms = 0;
	if (!take(in, '.'))
		return true;
	for (; n < in->n && ascii_digit(in->p[n]); n++)
		if (n < 3)
			*ms = *ms * 10 + (in->p[n] - '0');
	if (n == 0 || n > 9)
		return false;
	*ms *= n == 1 ? 100 : n == 2 ? 10 : 1;
	*in = (struct str){ in->p + n, in->n - n };
	return true;
}

/* Z or an offset, and nothing after it. */
static bool offset(struct str in, int64_t *seconds)
{
	int64_t hours, minutes, sign = take(&in, '-') ? -1 : 1;

	*seconds = 0;
	if (sign > 0 && take(&in, 'z'))
		return in.n == 0;
	if (sign > 0 && !take(&in, '+'))
		return false;
	if (!number(&in, '\0', 2, 0, 23, &hours) || !number(&in, ':', 2, 0, 59, &minutes))
		return false;
	*seconds = sign * (hours * HOUR + minutes * MINUTE);
	return in.n == 0;
}

int rfc3339_parse(struct str in, int64_t *ms)
{
	int64_t year, month, day, hour, minute, second, milli, away, at;

	if (!number(&in, '\0', 4, 0, 9999, &year) || !number(&in, '-', 2, 1, 12, &month) ||
	    !number(&in, '-', 2, 1, month_length(year, month), &day) ||
	    !number(&in, 't', 2, 0, 23, &hour) || !number(&in, ':', 2, 0, 59, &minute) ||
	    !number(&in, ':', 2, 0, 60, &second) || !fraction(&in, &milli) || !offset(in, &away))
		return -1;
	at = days_of(year, month, day) * DAY + hour * HOUR + minute * MINUTE + second - away;
	/*
	 * 5.7: leap seconds are the last of a day in UTC, so that they count as the next one's
	 * first
	 */
	if (second == 60 && ((at % DAY) + DAY) % DAY != 0)
		return -1;
	*ms = at * 1000 + milli;
	return 0;
}

int rfc3339_print(int64_t ms, struct buf *out)
{
	const int64_t first = days_of(0, 1, 1) * DAY * 1000,
		      last = days_of(10000, 1, 1) * DAY * 1000;
	int64_t day, rest, year, month = 1;

	if (ms < first || ms >= last)
		return -1;
	day = (ms - first) / (DAY * 1000);
	rest = (ms - first) % (DAY * 1000);
	year = day / 366; /* or a few later */
	while (days_of(year + 1, 1, 1) - days_of(0, 1, 1) <= day)
		year++;
	day -= days_of(year, 1, 1) - days_of(0, 1, 1);
	for (; day >= month_length(year, month); month++)
		day -= month_length(year, month);
	buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", (int)year, (int)month, (int)day + 1,
		   (int)(rest / (HOUR * 1000)), (int)(rest / (MINUTE * 1000) % 60),
		   (int)(rest / 1000 % 60), (int)(rest % 1000));
	return 0;
}
