/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/pool.h"

#include "suite.h"

static const struct {
	const char *addr;
	int32_t index;
} rows[] = {
	{ "198.18.1.0", 0 },	   { "198.18.1.255", 255 },
	{ "198.18.2.0", 256 },	   { "198.19.0.255", POOL_MAX - 1 },
	{ "fd00:a9e::1:0:0", 0 },  { "fd00:a9e::1:0:ffff", POOL_MAX - 1 },
	{ "198.18.0.255", -1 },	   { "198.19.1.0", -1 },
	{ POOL_DNS4, -1 },	   { POOL_OWN4, -1 },
	{ POOL_OWN6, -1 },	   { "fd00:a9e::1:1:0", -1 },
	{ "fd00:a9e::2:0:0", -1 }, { "fd00:a9f::1:0:0", -1 },
	{ "::198.18.1.0", -1 },	   { "0.0.0.0", -1 },
	{ "255.255.255.255", -1 }, { "::1", -1 },
};

START_TEST(test_index)
{
	struct addr a, back;

	ck_assert_int_eq(addr_parse(guarded(rows[_i].addr), &a), 0);
	ck_assert_int_eq(pool_index(&a), rows[_i].index);
	if (rows[_i].index < 0)
		return;
	back = addr_is_v4(&a) ? pool_addr4((uint32_t)rows[_i].index)
			      : pool_addr6((uint32_t)rows[_i].index);
	ck_assert_mem_eq(&back, &a, sizeof(a));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_index, 0, LEN(rows));
}

int main(void)
{
	return suite_run("pool", add);
}
