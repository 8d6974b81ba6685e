/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/keys.h"

#include "policy_text.h"

/* Values of every row of the table; in the order of the table. */
static const char *const sample[] = {
	"node",
	NULL,
	"full",
	"develop",
	"2h",
	"write",
	"x/*.env",
	".git/hooks",
	"/opt/x",
	"~/y",
	"seed:~/z",
	"LC_*",
	"A=b c",
	"@mount",
	"@debug",
	"512",
	"1024",
	"2G",
	"1M",
	"64M",
	"audit",
	"[2001:db8::1]:22",
	"*.bad.test",
	"inspected.test:8443",
	"*.relayed.test",
	"/etc/corp.pem",
	"http://proxy.test:3128",
	"file:/etc/secret",
	"1080",
	"5432",
	"8080:3000",
	"npm",
	"npm https://npm.example.test/base/",
	"pkg:npm/@scope/*",
	"pkg:npm/bad@1.2.3",
	"pkg:npm/@corp/**",
	"3d",
	"pkg:npm/fresh",
	"ask",
	"any",
	"any",
	"deny",
	"deny",
	"allow",
	"ask",
	"ask",
	"deny",
	"deny",
	"ask",
	"pkg:npm/lodahs",
	"100",
	"5",
	"1G",
	"/etc/known.db",
	"1d",
	"allow",
	"deny",
	"allow",
	"allow",
	"deny",
	NULL, /* of [registry NAME]: test_registry */
	NULL,
	NULL,
	NULL,
	NULL,
	"deny",
	"*.locks.test",
	"yes",
	"fail",
	"/var/log/x",
	"journald",
	"continue",
};

START_TEST(test_print_reads_back)
{
	static const char *const want = "description = node\n";
	struct complaints c = { .text = BUF(complaints_space) };
	struct policy p = { 0 }, again = { 0 };
	char first[4000];

	ck_assert_uint_eq(keys_count(), LEN(sample));
	ck_assert_int_eq(policy_parse(&p, STR(""), &c), 0);
	for (size_t i = 0; i < keys_count(); i++)
		if (sample[i])
			ck_assert_ptr_null(policy_add(&p, keys[i].section, keys[i].name, sample[i],
						      (struct where){ "--option", 0 }));
	snprintf(first, sizeof(first), "%s", print(&p, false));
	ck_assert_ptr_nonnull(strstr(first, want));
	ck_assert_int_eq(policy_parse(&again, guarded(first), &c), 0);
	ck_assert_str_eq(print(&again, false), first);
	ck_assert_uint_eq(again.deadline, 7200);
	ck_assert_uint_eq(again.memory, 2UL << 30);
	ck_assert_int_eq(again.access, ACCESS_WRITE);
	ck_assert_int_eq(again.egress_mode, EGRESS_AUDIT);
	ck_assert(again.rules.audit);
	ck_assert_uint_eq(again.rules.n, p.rules.n);
	for (size_t i = 0; i < again.rules.n; i++)
		ck_assert_str_eq(again.rules.rule[i].text, p.rules.rule[i].text);
	policy_fini(&again);
	ck_assert_int_eq(policy_parse(&again, guarded(print(&p, true)), &c), 0);
	ck_assert_str_eq(print(&again, false), first);
	policy_fini(&p);
	policy_fini(&again);
}
END_TEST

/* Who reads canonical text is told where in the profile its lines are, but not where that lies. */
START_TEST(test_origins)
{
	static const char first[] = "[egress]\nallow = a.test\n[packages]\necosystem = npm\n"
				    "deny = pkg:npm/x\n";
	struct files files[] = { { "/home/u/.config/agentbox/mine", first }, { NULL, NULL } };
	static const char *const odd[] = { "",
					   "x\n",
					   "# at\n",
					   "# at :\n",
					   "# at a\n",
					   "# at a:x\n",
					   "# at a:-1\n",
					   "# at a:99999999999\n",
					   "# policy 1\n[egress]\n# at b:1\n" };
	struct complaints c = { .text = BUF(complaints_space) };
	struct policy p = { 0 }, again = { 0 };
	char space[4000];
	struct buf text = BUF(space);
	struct where at;

	ck_assert_uint_eq(load(&p, files, files[0].name).n, 0);
	buf_puts(&text, "# policy 00\n");
	policy_print_origins(&p, &text);
	ck_assert_ptr_null(strstr(space, "/home"));
	policy_print(&p, false, &text);
	ck_assert_int_eq(policy_parse(&again, guarded(space), &c), 0);
	policy_take_origins(&again, guarded(space));
	at = policy_rule_where(&again, 0);
	ck_assert_str_eq(at.file, "mine.ini");
	ck_assert_uint_eq(at.line, 2);
	at = policy_rule_where(&again,
			       again.rules.n + (uint64_t)packages_line(&again.packages, "deny"));
	ck_assert_str_eq(at.file, "mine.ini");
	ck_assert_uint_eq(at.line, 5);
	at = policy_rule_where(&again,
			       again.rules.n + (uint64_t)packages_line(&again.packages, "yanked"));
	ck_assert_str_eq(at.file, "built in");
	for (size_t i = 0; i < LEN(odd); i++) {
		policy_take_origins(&again, guarded(odd[i]));
		ck_assert_str_eq(policy_rule_where(&again, 0).file, "mine.ini");
	}
	policy_fini(&p);
	policy_fini(&again);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_print_reads_back);
	tcase_add_test(tc, test_origins);
}

int main(void)
{
	return suite_run("policy-print", add);
}
