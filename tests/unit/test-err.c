/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>

#include "suite.h"

START_TEST(test_sentence)
{
	struct err e = { 0 };

	ck_assert_int_eq(err_set(&e, -ENOENT, "open %s", "/x"), -ENOENT);
	ck_assert_str_eq(e.text, "open /x: No such file or directory");
	ck_assert_int_eq(err_wrap(&e, "profile %s", "node"), -ENOENT);
	ck_assert_str_eq(e.text, "profile node: open /x: No such file or directory");
	ck_assert_int_eq(err_say(&e, -EINVAL, "no command"), -EINVAL);
	ck_assert_str_eq(e.text, "no command");
}
END_TEST

START_TEST(test_too_long_is_cut)
{
	struct err e = { 0 };
	char long_name[2000];

	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	err_set(&e, -ENOENT, "open %s", long_name);
	err_wrap(&e, "%s", long_name);
	ck_assert_uint_eq(strlen(e.text), sizeof(e.text) - 1);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_sentence);
	tcase_add_test(tc, test_too_long_is_cut);
}

int main(void)
{
	return suite_run("err", add);
}
