/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/pep440.h"

#include "order.h"

/* In order; "=" before one that is equal to the row before it. From the tests of packaging. */
static const char *const sorted[] = {
	"0",
	"=0.0",
	"=v0.0.0",
	"1.0.dev456",
	"1.0a1",
	"1.0a2.dev456",
	"1.0a12.dev456",
	"1.0a12",
	"1.0b1.dev456",
	"1.0b2",
	"1.0b2.post345.dev456",
	"1.0b2.post345",
	"1.0b2-346",
	"1.0c1.dev456",
	"1.0c1",
	"=1.0-RC.01",
	"1.0rc2",
	"1.0c3",
	"1.0",
	"=1",
	"1.0+abc.5",
	"1.0+abc.7",
	"=1.0+ABC_07",
	"1.0+abc.7.1",
	"1.0+5",
	"1.0+10",
	"1.0.post456.dev34",
	"1.0.post456.dev35",
	"1.0.post456",
	"1.0.15",
	"1.1.dev1",
	"1.2+123abc",
	"1.2+123abc456",
	"1.2+abc",
	"1.2+abc123",
	"1.2+abc123def",
	"1.2+1234.abc",
	"1.2+123456",
	"1.2.r32+123456",
	"1.2.rev33+123456",
	"2024.1.1",
	"18446744073709551615",
	"1!0.1a1",
	"1!1.0.dev1",
	"1!1.0",
};

static bool compare(struct str a, struct str b, int *order)
{
	struct pep440 x, y;

	if (pep440_parse(a, &x) < 0 || pep440_parse(b, &y) < 0)
		return false;
	*order = pep440_compare(&x, &y);
	return true;
}

START_TEST(test_order)
{
	check_order(sorted, LEN(sorted), compare);
}
END_TEST

/* Other ways to write the same; NULL: refused. */
static const struct {
	const char *in, *want;
} normal[] = {
	{ "1.0", "1.0" },
	{ "01.002.0", "1.2.0" },
	{ "V1.0", "1.0" },
	{ "0!1.0", "1.0" },
	{ "007!1.0", "7!1.0" },
	{ "1.0alpha", "1.0a0" },
	{ "1.0.ALPHA.1", "1.0a1" },
	{ "1.0-beta_2", "1.0b2" },
	{ "1.0preview1", "1.0rc1" },
	{ "1.0pre", "1.0rc0" },
	{ "1.0c", "1.0rc0" },
	{ "1.0a-", "1.0a0" },
	{ "1.0a-1", "1.0a1" },
	{ "1.0a--1", "1.0a0.post1" },
	{ "1.0-1", "1.0.post1" },
	{ "1.0-r4", "1.0.post4" },
	{ "1.0rev", "1.0.post0" },
	{ "1.0post-", "1.0.post0" },
	{ "1.0post1dev2", "1.0.post1.dev2" },
	{ "1.0-dev", "1.0.dev0" },
	{ "1.0.dev-03", "1.0.dev3" },
	{ "1.0+Ubuntu-01_X", "1.0+ubuntu.1.x" },
	{ "1.0+00", "1.0+0" },
	{ "1.0rc1.post2.dev3+a.b", "1.0rc1.post2.dev3+a.b" },
	{ "20230101123456", "20230101123456" },
	{ "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16", "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16" },

	{ "", NULL },
	{ "v", NULL },
	{ "a", NULL },
	{ "1.", NULL },
	{ ".1", NULL },
	{ "1..0", NULL },
	{ "1.0 ", NULL },
	{ " 1.0", NULL },
	{ "1.0x", NULL },
	{ "1.0p1", NULL },
	{ "1.0alph", NULL },
	{ "1.0..a1", NULL },
	{ "1.0a1b1", NULL },
	{ "1.0dev1post1", NULL },
	{ "1.0-", NULL },
	{ "1.0_1", NULL },
	{ "1.0.post1.post2", NULL },
	{ "1!", NULL },
	{ "!1", NULL },
	{ "1!2!3", NULL },
	{ "-1!1", NULL },
	{ "1.0+", NULL },
	{ "1.0+.a", NULL },
	{ "1.0+a.", NULL },
	{ "1.0+a..b", NULL },
	{ "1.0+a+b", NULL },
	{ "1.0+\xc3\xa9", NULL },
	{ "1.0.*", NULL },
	{ "vv1", NULL },
	{ "18446744073709551616", NULL },
	{ "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17", NULL },
};

START_TEST(test_normal)
{
	struct pep440 v, same;

	ck_assert_msg(pep440_parse(guarded(normal[_i].in), &v) == (normal[_i].want ? 0 : -1), "%s",
		      normal[_i].in);
	if (!normal[_i].want)
		return;
	ck_assert_int_eq(pep440_parse(guarded(normal[_i].want), &same), 0);
	ck_assert_int_eq(pep440_compare(&v, &same), 0);
}
END_TEST

START_TEST(test_prerelease)
{
	static const struct {
		const char *in;
		bool want;
	} cases[] = {
		{ "1.0", false },	  { "1.0.post1", false }, { "1.0a1", true },
		{ "1.0rc1.post1", true }, { "1.0.dev1", true },	  { "1.0.post1.dev1", true },
	};
	struct pep440 v;

	for (size_t i = 0; i < LEN(cases); i++) {
		ck_assert_int_eq(pep440_parse(guarded(cases[i].in), &v), 0);
		ck_assert_int_eq(pep440_is_prerelease(&v), cases[i].want);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_order);
	tcase_add_loop_test(tc, test_normal, 0, LEN(normal));
	tcase_add_test(tc, test_prerelease);
}

int main(void)
{
	return suite_run("pep440", add);
}
