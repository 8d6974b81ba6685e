/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/match.h"

#include "suite.h"

static struct item hide[] = {
	{ .text = ".env" },  { .text = "*.pem" }, { .text = "id_*" },	    { .text = "[ab]?c" },
	{ .text = "*key*" }, { .text = "a/b" },	  { .text = "conf/*.ini" },
};
static struct item protect[] = {
	{ .text = ".vscode" },
	{ .text = "id_rsa.pub" },
	{ .text = ".git/hooks" },
	{ .text = "ci/?.yml" },
};
static const struct policy policy = {
	.hide = { hide, LEN(hide) },
	.protect = { protect, LEN(protect) },
};

static const struct {
	const char *name, *want; /* the glob, or NULL */
} names[] = {
	{ "", NULL },
	{ ".", NULL },
	{ "..", NULL },
	{ ".env", ".env" },
	{ ".Env", ".env" },
	{ ".ENV", ".env" },
	{ ".env.local", NULL },
	{ ".en", NULL },
	{ "x.env", NULL },
	{ ".pem", "*.pem" },
	{ "server.pem", "*.pem" },
	{ "SERVER.PEM", "*.pem" },
	{ "server.pem~", NULL },
	{ "pem", NULL },
	{ "id_", "id_*" },
	{ "ID_RSA", "id_*" },
	{ "id_rsa.pub", "id_*" }, /* hide= before protect= */
	{ "id", NULL },
	{ "axc", "[ab]?c" },
	{ "ac", NULL },
	{ "cxc", NULL },
	{ "BXC", "[ab]?c" },
	{ "monkey", "*key*" },
	{ "key", "*key*" },
	{ "ke", NULL },
	{ ".vscode", ".vscode" },
	{ ".VSCode", ".vscode" },
	{ "a/b", NULL },
	{ "hooks", NULL },
	{ "\xff\xfe", NULL },
	{ ".env\xff", NULL },
	{ "\xff.pem", "*.pem" },
	{ "\nid_", NULL },
	{ "id_\n", "id_*" },
};

START_TEST(test_name)
{
	struct arena arena = { 0 };
	struct matcher m;
	const struct pattern *found;

	match_init(&m, &policy, &arena);
	found = match_name(&m, guarded(names[_i].name));
	if (names[_i].want)
		ck_assert_msg(found && str_is(found->glob, names[_i].want), "%s", names[_i].name);
	else
		ck_assert_msg(!found, "%s", names[_i].name);
	arena_fini(&arena);
}
END_TEST

/* No name is longer than NAME_MAX; what is handed over all the same is not copied. */
START_TEST(test_long)
{
	struct arena arena = { 0 };
	struct matcher m;
	char name[4096];

	match_init(&m, &policy, &arena);
	memset(name, 'a', sizeof(name));
	ck_assert_ptr_null(match_name(&m, guarded_bytes(name, sizeof(name))));
	memcpy(name, "key", 3);
	ck_assert_ptr_nonnull(match_name(&m, guarded_bytes(name, 255)));
	ck_assert_ptr_null(match_name(&m, guarded_bytes(name, 256)));
	arena_fini(&arena);
}
END_TEST

static const struct {
	const char *path, *want;
} paths[] = {
	{ "conf/a.ini", "conf/*.ini" },
	{ "CONF/A.INI", "conf/*.ini" },
	{ "conf/a/b.ini", NULL },
	{ "x/conf/a.ini", NULL },
	{ "ci/a.yml", "ci/?.yml" },
	{ "ci/ab.yml", NULL },
	{ "a/b", NULL }, /* has no wildcard: it is looked up */
};

START_TEST(test_path)
{
	struct arena arena = { 0 };
	struct matcher m;
	const struct pattern *found;

	match_init(&m, &policy, &arena);
	found = match_path(&m, paths[_i].path);
	ck_assert_msg(paths[_i].want ? found && str_is(found->glob, paths[_i].want) : !found, "%s",
		      paths[_i].path);
	arena_fini(&arena);
}
END_TEST

static const struct {
	const char *pattern;
	bool scan;
} plain[] = {
	{ ".git/hooks", false },
	{ "a/b/c", false },
	{ "a/*.ini", true },
	{ ".env", true },
};

START_TEST(test_needs_scan)
{
	struct item item = { .text = plain[_i].pattern };
	const struct policy one = { .protect = { &item, 1 } }, none = { 0 };
	struct arena arena = { 0 };
	struct matcher m;

	match_init(&m, &one, &arena);
	ck_assert(match_needs_scan(&m) == plain[_i].scan);
	match_init(&m, &none, &arena);
	ck_assert(!match_needs_scan(&m));
	ck_assert_ptr_null(match_name(&m, STR(".env")));
	arena_fini(&arena);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_name, 0, LEN(names));
	tcase_add_test(tc, test_long);
	tcase_add_loop_test(tc, test_path, 0, LEN(paths));
	tcase_add_loop_test(tc, test_needs_scan, 0, LEN(plain));
}

int main(void)
{
	return suite_run("match", add);
}
