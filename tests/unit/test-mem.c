/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <limits.h>

#include "suite.h"

static const struct {
	const char *in;
	unsigned long max;
	int ret;
	unsigned long value;
} numbers[] = {
	{ "0", 9, 0, 0 },
	{ "65535", 65535, 0, 65535 },
	{ "65536", 65535, -1, 0 },
	{ "19", 5, -1, 0 },
	{ "18446744073709551615", ULONG_MAX, 0, ULONG_MAX },
	{ "18446744073709551616", ULONG_MAX, -1, 0 },
	{ "", 9, -1, 0 },
	{ "+1", 9, -1, 0 },
	{ "1 ", 9, -1, 0 },
	{ "0x1", 9, -1, 0 },
};

START_TEST(test_number)
{
	unsigned long value = 0;

	ck_assert_int_eq(str_to_ulong(guarded(numbers[_i].in), numbers[_i].max, &value),
			 numbers[_i].ret);
	ck_assert_uint_eq(value, numbers[_i].value);
}
END_TEST

START_TEST(test_str)
{
	struct str left, right;

	ck_assert(str_cut(guarded("a=b=c"), '=', &left, &right));
	ck_assert(str_is(left, "a") && str_is(right, "b=c"));
	ck_assert(!str_cut(guarded("abc"), '=', &left, &right));
	ck_assert(str_is(left, "abc") && right.n == 0);
	ck_assert(str_is(str_trim(guarded(" \t x y\t ")), "x y"));
	ck_assert(str_eq_nocase(STR("Example.TEST"), STR("eXAMPLE.test")));
	ck_assert(!str_eq_nocase(STR("a@"), STR("a`")));
	ck_assert_int_eq(str_compare(STR("a"), STR("a")), 0);
	ck_assert_int_lt(str_compare(STR("a"), STR("aa")), 0);
	ck_assert_int_gt(str_compare(STR("\xff"), STR("a\0b")), 0);
	ck_assert_int_lt(str_compare((struct str){ 0 }, STR("a")), 0);
	ck_assert(str_starts(guarded("@mount"), "@") && !str_starts(guarded(""), "@"));
	ck_assert(str_ends(guarded("x.ini"), ".ini") && !str_ends(guarded("ini"), ".ini"));
}
END_TEST

START_TEST(test_buf_keeps_what_fits)
{
	char space[8] = "unsaid";
	struct buf b = BUF(space);

	ck_assert_str_eq(b.p, "");
	buf_puts(&b, "abc");
	buf_printf(&b, "%d", 12345);
	ck_assert(b.full);
	ck_assert_str_eq(b.p, "abc");
	buf_puts(&b, "d");
	ck_assert_str_eq(b.p, "abc");
}
END_TEST

START_TEST(test_arena)
{
	struct arena a = { 0 };
	unsigned *numbers_in_arena = NULL;
	size_t n = 0;

	for (unsigned i = 0; i < 100000; i++)
		*arena_push(&a, numbers_in_arena, n) = i;
	for (unsigned i = 0; i < 100000; i++)
		ck_assert_uint_eq(numbers_in_arena[i], i);
	ck_assert_str_eq(arena_printf(&a, "%s-%d", "x", 7), "x-7");
	arena_fini(&a);
	arena_fini(&a);
}
END_TEST

/* Also when malloc() returns bytes that were in use. */
START_TEST(test_arena_is_zeroed)
{
	for (int round = 0; round < 3; round++) {
		struct arena a = { 0 };

		for (int i = 0; i < 40; i++) {
			unsigned char *p = arena_alloc(&a, 5000);

			ck_assert(p[0] == 0 && memcmp(p, p + 1, 4999) == 0);
			memset(p, 0xff, 5000);
		}
		arena_fini(&a);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_number, 0, LEN(numbers));
	tcase_add_test(tc, test_str);
	tcase_add_test(tc, test_buf_keeps_what_fits);
	tcase_add_test(tc, test_arena);
	tcase_add_test(tc, test_arena_is_zeroed);
}

int main(void)
{
	return suite_run("mem", add);
}
