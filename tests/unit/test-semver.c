/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/semver.h"

#include "order.h"

/* In order of precedence; "=" before one that is equal to the row before it. */
static const char *const sorted[] = {
	"0.0.0-0",
	"0.0.0",
	"0.0.1",
	"0.1.0",
	"0.9.9",
	"0.10.0",
	/* the example of item 11 */
	"1.0.0-alpha",
	"1.0.0-alpha.1",
	"1.0.0-alpha.beta",
	"1.0.0-beta",
	"1.0.0-beta.2",
	"1.0.0-beta.11",
	"1.0.0-rc.1",
	"1.0.0",
	"=1.0.0+build",
	"=1.0.0+0.007-x",
	"1.0.1--",
	"1.0.1-0A",
	"1.0.1-A",
	"1.0.1-a",
	"1.0.1-a-b",
	"1.0.1",
	"2.0.0-1.2.3",
	"2.0.0-1.2.10",
	"2.0.0-99999999999999999999",
	"2.0.0-100000000000000000000",
	"2.0.0-a",
	"2.0.0-a.0",
	"9007199254740990.0.0",
	"9007199254740991.0.0",
};

static bool compare(struct str a, struct str b, int *order)
{
	struct semver x, y;

	if (semver_parse(a, &x) < 0 || semver_parse(b, &y) < 0)
		return false;
	*order = semver_compare(&x, &y);
	return true;
}

START_TEST(test_order)
{
	check_order(sorted, LEN(sorted), compare);
}
END_TEST

static const char *const refused[] = {
	"",
	"1",
	"1.2",
	"1.2.3.4",
	"v1.2.3",
	"=1.2.3",
	" 1.2.3",
	"1.2.3 ",
	"01.2.3",
	"1.02.3",
	"1.2.03",
	"1..3",
	".1.2",
	"1.2.",
	"1.2.3-",
	"1.2.3+",
	"1.2.3-a..b",
	"1.2.3-.a",
	"1.2.3-a.",
	"1.2.3-01",
	"1.2.3-a.00",
	"1.2.3-a_b",
	"1.2.3+a..b",
	"1.2.3+a+b",
	"1.2.3-a b",
	"1.2.x",
	"1.2.*",
	"latest",
	"-1.2.3",
	"1.2.-3",
	"1.2.3-\xc3\xa9",
	"+1.2.3",
	"1.2.3+a_b",
	"9007199254740992.0.0",
};

START_TEST(test_refused)
{
	struct semver v;

	for (size_t i = 0; i < LEN(refused); i++)
		ck_assert_msg(semver_parse(guarded(refused[i]), &v) < 0, "%s", refused[i]);
}
END_TEST

START_TEST(test_length)
{
	char text[300] = "1.0.0-";
	struct semver v;

	memset(text + 6, 'a', sizeof(text) - 6);
	ck_assert_int_eq(semver_parse(guarded_bytes(text, 256), &v), 0);
	ck_assert_int_eq(semver_parse(guarded_bytes(text, 257), &v), -1);
}
END_TEST

/* @time: NULL for what is no version of Go, "" for one that is no pseudo-version. */
static const struct {
	const char *in, *time;
} go[] = {
	{ "v1.2.3", "" },
	{ "v2.0.0+incompatible", "" },
	{ "v0.0.0-20191109021931-daa7c04131f5", "20191109021931" },
	{ "v3.0.0-20191109021931-daa7c04131f5", "20191109021931" },
	{ "v1.2.4-0.20191109021931-daa7c04131f5", "20191109021931" },
	{ "v1.2.3-pre.0.20191109021931-daa7c04131f5", "20191109021931" },
	{ "v1.2.3-a-b.0.20191109021931-daa7c04131f5", "20191109021931" },
	{ "v2.0.1-0.20191109021931-daa7c04131f5+incompatible", "20191109021931" },
	{ "v1.2.4-20191109021931-daa7c04131f5", "" },
	{ "v1.2.3-pre.20191109021931-daa7c04131f5", "" },
	{ "v1.2.3-10.20191109021931-daa7c04131f5", "" },
	{ "v0.0.0-2019110902193-daa7c04131f5", "" },
	{ "v0.0.0-20191109021931", "" },
	{ "v0.0.0-20191109021931-", "" },
	{ "v0.0.0-20191109021931-a-b", "" },
	{ "v0.0.1-go1.22.0.linux-amd64", "" },
	{ "1.2.3", NULL },
	{ "v1", NULL },
	{ "v1.2", NULL },
	{ "vv1.2.3", NULL },
	{ "v1.2.3+build", NULL },
	{ "v1.2.3+incompatible.x", NULL },
};

START_TEST(test_go)
{
	struct semver v;
	struct str time;

	ck_assert_int_eq(semver_parse_go(guarded(go[_i].in), &v), go[_i].time ? 0 : -1);
	if (!go[_i].time)
		return;
	ck_assert_int_eq(semver_go_pseudo(&v, &time), go[_i].time[0] != '\0');
	if (go[_i].time[0])
		ck_assert(str_is(time, go[_i].time));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_order);
	tcase_add_test(tc, test_refused);
	tcase_add_test(tc, test_length);
	tcase_add_loop_test(tc, test_go, 0, LEN(go));
}

int main(void)
{
	return suite_run("semver", add);
}
