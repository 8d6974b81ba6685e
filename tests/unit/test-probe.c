/* SPDX-License-Identifier: Apache-2.0 */
#include "os/probe.h"

#include "tree.h"

/* USER as the caller has it; NULL: the box gets another one. */
static const struct {
	const char *user;
	bool good;
} users[] = {
	{ "somebody", true }, { "a.b-c_d", true }, { "..", false },   { ".", false },
	{ ".x", false },      { "-x", false },	   { "", false },     { "a/b", false },
	{ "a:b", false },     { "a\nb", false },   { "../x", false },
};

START_TEST(test_user)
{
	const char *want = users[_i].good ? users[_i].user : getuid() == 0 ? "root" : "agent";
	struct policy policy = { .lockfiles_mode = LOCKFILES_ALLOW };
	struct host host = { 0 };
	char home[64];
	struct err e = { 0 };

	tree_make("d work");
	setenv("USER", users[_i].user, true);
	setenv("HOME", "/nonexistent", true);
	ck_assert_msg(probe_host(&host, &policy, tree_path("work"), &e) == 0, "%s", e.text);
	snprintf(home, sizeof(home), "/home/%s", want);
	ck_assert_str_eq(host.user, want);
	ck_assert_str_eq(host.home, home);
	host_fini(&host);
	tree_remove();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_user, 0, LEN(users));
}

int main(void)
{
	return suite_run("probe", add);
}
