/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/rfc3339.h"

#include "suite.h"

/* The values are those of GNU date(1). NULL: refused. */
static const struct {
	const char *in;
	int64_t ms;
	const char *want;
} times[] = {
	{ "1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00.000Z" },
	{ "2015-03-24T00:12:24.039Z", 1427155944039, "2015-03-24T00:12:24.039Z" },
	{ "2024-12-13T09:07:24.887000+00:00", 1734080844887, "2024-12-13T09:07:24.887Z" },
	{ "2025-06-11T07:16:10+00:00", 1749626170000, "2025-06-11T07:16:10.000Z" },
	{ "2025-06-11T07:16:10.123456789+05:30", 1749606370123, "2025-06-11T01:46:10.123Z" },
	{ "2025-06-11t07:16:10.1z", 1749626170100, "2025-06-11T07:16:10.100Z" },
	{ "2025-06-11T07:16:10.12-00:00", 1749626170120, "2025-06-11T07:16:10.120Z" },
	{ "2024-02-29T23:59:59-08:00", 1709279999000, "2024-03-01T07:59:59.000Z" },
	{ "2000-02-29T00:00:00Z", 951782400000, "2000-02-29T00:00:00.000Z" },
	{ "1969-12-31T23:59:59.999Z", -1, "1969-12-31T23:59:59.999Z" },
	{ "2016-12-31T23:59:60Z", 1483228800000, "2017-01-01T00:00:00.000Z" },
	{ "2016-12-31T18:59:60-05:00", 1483228800000, "2017-01-01T00:00:00.000Z" },
	{ "0000-01-01T00:00:00Z", -62167219200000, "0000-01-01T00:00:00.000Z" },
	{ "9999-12-31T23:59:59.999Z", 253402300799999, "9999-12-31T23:59:59.999Z" },

	{ "", 0, NULL },
	{ "2025-06-11", 0, NULL },
	{ "2025-06-11T07:16:10", 0, NULL },
	{ "2025-06-11 07:16:10Z", 0, NULL },
	{ "2025-06-11T07:16Z", 0, NULL },
	{ "2025-6-11T07:16:10Z", 0, NULL },
	{ "25-06-11T07:16:10Z", 0, NULL },
	{ "+2025-06-11T07:16:10Z", 0, NULL },
	{ "2025-00-11T07:16:10Z", 0, NULL },
	{ "2025-13-11T07:16:10Z", 0, NULL },
	{ "2025-06-00T07:16:10Z", 0, NULL },
	{ "2025-06-31T07:16:10Z", 0, NULL },
	{ "2025-02-29T07:16:10Z", 0, NULL },
	{ "1900-02-29T07:16:10Z", 0, NULL },
	{ "2025-06-11T24:00:00Z", 0, NULL },
	{ "2025-06-11T07:60:10Z", 0, NULL },
	{ "2025-06-11T07:16:61Z", 0, NULL },
	{ "2025-06-11T07:16:60Z", 0, NULL },
	{ "2016-12-31T23:59:60+01:00", 0, NULL },
	{ "2025-06-11T07:16:10.Z", 0, NULL },
	{ "2025-06-11T07:16:10.1234567890Z", 0, NULL },
	{ "2025-06-11T07:16:10,5Z", 0, NULL },
	{ "2025-06-11T07:16:10.5", 0, NULL },
	{ "2025-06-11T07:16:10ZZ", 0, NULL },
	{ "2025-06-11T07:16:10Z ", 0, NULL },
	{ " 2025-06-11T07:16:10Z", 0, NULL },
	{ "2025-06-11T07:16:10+0530", 0, NULL },
	{ "2025-06-11T07:16:10+05", 0, NULL },
	{ "2025-06-11T07:16:10+24:00", 0, NULL },
	{ "2025-06-11T07:16:10+05:60", 0, NULL },
	{ "2025-06-11T07:16:10+-5:00", 0, NULL },
	{ "2025-06-11T07:16:-1Z", 0, NULL },
	{ "2025-06-11T+7:16:10Z", 0, NULL },
	{ "1749626170", 0, NULL },
};

START_TEST(test_parse)
{
	char text[32];
	struct buf out = BUF(text);
	int64_t ms;

	ck_assert_int_eq(rfc3339_parse(guarded(times[_i].in), &ms), times[_i].want ? 0 : -1);
	if (!times[_i].want)
		return;
	ck_assert_int_eq(ms, times[_i].ms);
	ck_assert_int_eq(rfc3339_print(ms, &out), 0);
	ck_assert_str_eq(text, times[_i].want);
}
END_TEST

/* Each day of more than two cycles of the calendar, and what no year of four digits has. */
START_TEST(test_print)
{
	static const int64_t outside[] = { 253402300800000, -62167219200001, INT64_MIN, INT64_MAX };
	int64_t ms, day = 86400000;

	for (int64_t at = -300000 * day; at < 100000 * day; at += day) {
		char text[32];
		struct buf out = BUF(text);

		ck_assert_int_eq(rfc3339_print(at, &out), 0);
		ck_assert_int_eq(rfc3339_parse(str_of(text), &ms), 0);
		ck_assert_int_eq(ms, at);
	}
	for (size_t i = 0; i < LEN(outside); i++)
		ck_assert_int_eq(rfc3339_print(outside[i], &(struct buf){ 0 }), -1);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_parse, 0, LEN(times));
	tcase_add_test(tc, test_print);
}

int main(void)
{
	return suite_run("rfc3339", add);
}
