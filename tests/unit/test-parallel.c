/* SPDX-License-Identifier: Apache-2.0 */
#include "os/parallel.h"

#include <sched.h>
#include <string.h>

#include "suite.h"

enum { MOST = 10000 };

static const struct {
	size_t n;
	bool alone; /* there is one processor */
} cases[] = {
	{ 0, false },	 { 1, false },	  { 64, false },  { 2048, false }, { 2049, false },
	{ 2112, false }, { 5000, false }, { MOST, true }, { MOST, false },
};

static void count(void *of, size_t i)
{
	unsigned char *calls = of;

	calls[i]++;
}

START_TEST(test_each)
{
	unsigned char calls[MOST + 1] = { 0 }, want[MOST + 1] = { 0 };
	cpu_set_t set, after;

	ck_assert_int_eq(sched_getaffinity(0, sizeof(set), &set), 0);
	if (cases[_i].alone) {
		CPU_ZERO(&set);
		CPU_SET((size_t)sched_getcpu(), &set);
		ck_assert_int_eq(sched_setaffinity(0, sizeof(set), &set), 0);
	}
	parallel_each(cases[_i].n, count, calls);
	memset(want, 1, cases[_i].n);
	ck_assert_mem_eq(calls, want, sizeof(want));
	ck_assert_int_eq(sched_getaffinity(0, sizeof(after), &after), 0);
	ck_assert(CPU_EQUAL(&set, &after));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_each, 0, LEN(cases));
}

int main(void)
{
	return suite_run("parallel", add);
}
