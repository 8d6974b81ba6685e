/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/flood.h"

#include "suite.h"

#define SECOND 1000000000UL

static const struct {
	unsigned events, seconds; /* that many, evenly over that time */
	unsigned least, most;	  /* are admitted */
} rows[] = {
	{ 1, 1, 1, 1 },
	{ FLOOD_BURST, 1, FLOOD_BURST, FLOOD_BURST },
	{ 100000, 1, FLOOD_BURST, FLOOD_BURST + FLOOD_RATE },
	{ 100000, 100, FLOOD_BURST + 99 * FLOOD_RATE, FLOOD_BURST + 100 * FLOOD_RATE },
	{ 60 * FLOOD_RATE, 60, 60 * FLOOD_RATE, 60 * FLOOD_RATE },
};

START_TEST(test_row)
{
	unsigned long step = rows[_i].seconds * SECOND / rows[_i].events;
	struct flood flood = { 0 };
	unsigned admitted = 0, resumed = 0;
	bool before = true;

	for (unsigned i = 0; i < rows[_i].events; i++) {
		bool now = flood_admit(&flood, 5 * SECOND + i * step);

		admitted += now;
		resumed += now && !before;
		before = now;
		if (now)
			flood.lost = 0;
	}
	ck_assert_uint_ge(admitted, rows[_i].least);
	ck_assert_uint_le(admitted, rows[_i].most);
	ck_assert_uint_le(resumed, rows[_i].seconds);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_row, 0, LEN(rows));
}

int main(void)
{
	return suite_run("flood", add);
}
