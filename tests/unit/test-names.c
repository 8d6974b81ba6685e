/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/names.h"

#include <stdio.h>

#include "suite.h"
#include "wire/pool.h"

static struct names names;

static void init(void)
{
	struct err e = { 0 };

	ck_assert_int_eq(names_init(&names, &e), 0);
}

START_TEST(test_add_and_find)
{
	int32_t a, b;

	init();
	ck_assert_int_eq(names_find(&names, "a.test"), -1);
	a = names_add(&names, "a.test", true);
	b = names_add(&names, "b.test", false);
	ck_assert_int_eq(a, 0);
	ck_assert_int_eq(b, 1);
	ck_assert_int_eq(names_find(&names, "a.test"), a);
	ck_assert_int_eq(names_find(&names, "b.test"), b);
	ck_assert_int_eq(names_find(&names, "a.tes"), -1);
	ck_assert_str_eq(names_text(&names, b), "b.test");
	ck_assert_ptr_null(names_text(&names, 2));
	ck_assert_ptr_null(names_text(&names, -1));
}
END_TEST

/* Adds names of @size bytes, as many as there is room for. */
static uint32_t fill(size_t size, bool allowed)
{
	char name[256];
	uint32_t n = 0;

	memset(name, 'x', sizeof(name));
	name[size] = '\0';
	for (;; n++) {
		snprintf(name, 8, "%07u", n + (allowed ? 1000000 : 0));
		name[7] = 'x';
		if (names_add(&names, name, allowed) < 0)
			return n;
	}
}

/* Those that no rule allows get half of the room, by number and by length; nobody loses his place.
 */
static const struct {
	size_t size;
	uint32_t denied, allowed;
} rows[] = {
	{ 8, POOL_MAX / 2, POOL_MAX / 2 },
	{ 253, NAMES_TEXT / 2 / 254, (NAMES_TEXT - NAMES_TEXT / 2 / 254 * 254) / 254 },
};

START_TEST(test_full)
{
	init();
	ck_assert_uint_eq(fill(rows[_i].size, false), rows[_i].denied);
	ck_assert_uint_eq(fill(rows[_i].size, true), rows[_i].allowed);
	ck_assert_uint_eq(fill(rows[_i].size, false), 0);
	for (uint32_t i = 0; i < names.n; i++)
		ck_assert_int_eq(names_find(&names, names_text(&names, (int32_t)i)), (int32_t)i);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_add_and_find);
	tcase_add_loop_test(tc, test_full, 0, LEN(rows));
}

int main(void)
{
	return suite_run("names", add);
}
