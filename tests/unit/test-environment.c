/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/environment.h"

#include "suite.h"

static char *const caller[] = {
	(char[]){ "TERM=xterm" },
	(char[]){ "LC_ALL=C" },
	(char[]){ "LC_TIME=x=y" },
	(char[]){ "LD_PRELOAD=/x" },
	(char[]){ "NODE_OPTIONS=x" },
	(char[]){ "NODE_ENV=test" },
	(char[]){ "SECRET=s" },
	(char[]){ "=strange" },
	(char[]){ "NOVALUE" },
	(char[]){ "EMPTY=" },
	NULL,
};

/* What a list of names passes, joined by blanks. */
static const struct {
	const char *names[4], *want;
} cases[] = {
	{ { NULL }, "" },
	{ { "TERM" }, "TERM=xterm" },
	{ { "TER" }, "" },
	{ { "LC_*" }, "LC_ALL=C LC_TIME=x=y" },
	{ { "LD_PRELOAD" }, "" },
	{ { "L*" }, "LC_ALL=C LC_TIME=x=y" },
	{ { "NODE_*" }, "" },
	{ { "NODE_OPTIONS" }, "NODE_OPTIONS=x" },
	{ { "EMPTY", "NOVALUE", "=strange" }, "EMPTY=" },
	{ { "TERM", "T*", "TERM" }, "TERM=xterm" },
};

static void join(const struct environment *env, struct buf *out)
{
	for (size_t i = 0; i < env->n; i++)
		buf_printf(out, "%s%s", i ? " " : "", env->entry[i]);
}

START_TEST(test_pass)
{
	struct item item[4];
	struct items names = { .item = item };
	struct arena arena = { 0 };
	struct environment env = { .arena = &arena };
	char space[256] = "";
	struct buf out = BUF(space);

	for (; names.n < 4 && cases[_i].names[names.n]; names.n++)
		item[names.n].text = cases[_i].names[names.n];
	environment_pass(&env, caller, &names);
	join(&env, &out);
	ck_assert_str_eq(out.p, cases[_i].want);
	arena_fini(&arena);
}
END_TEST

START_TEST(test_set_replaces)
{
	struct item item = { .text = "TERM=dumb" };
	struct items one = { &item, 1 }, name = { &(struct item){ .text = "TERM" }, 1 };
	struct arena arena = { 0 };
	struct environment env = { .arena = &arena };
	char **list;

	environment_pass(&env, caller, &name);
	environment_set_items(&env, &one);
	environment_set(&env, "A", "b");
	list = environment_list(&env);
	ck_assert_str_eq(list[0], "TERM=dumb");
	ck_assert_str_eq(list[1], "A=b");
	ck_assert_ptr_null(list[2]);
	arena_fini(&arena);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_pass, 0, LEN(cases));
	tcase_add_test(tc, test_set_replaces);
}

int main(void)
{
	return suite_run("environment", add);
}
