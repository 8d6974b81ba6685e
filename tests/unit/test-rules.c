/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/rules.h"

#include "suite.h"

static const struct {
	const char *in, *text, *wrong; /* the canonical text, or a part of the complaint */
} written[] = {
	{ "example.com", "example.com", NULL },
	{ "EXAMPLE.com.", "example.com", NULL },
	{ "*.Example.com:8443", "*.example.com:8443", NULL },
	{ "localhost:5432", "localhost:5432", NULL },
	{ "git_server.test:22", "git_server.test:22", NULL },
	{ "192.0.2.7", "192.0.2.7", NULL },
	{ "192.0.2.7:1", "192.0.2.7:1", NULL },
	{ "[2001:DB8:0:0::1]", "[2001:db8::1]", NULL },
	{ "[2001:db8::1]:65535", "[2001:db8::1]:65535", NULL },
	{ "[::ffff:192.0.2.7]:22", "192.0.2.7:22", NULL },
	{ "", NULL, "not a host name" },
	{ ".", NULL, "not a host name" },
	{ "a..b", NULL, "not a host name" },
	{ "-a.test", NULL, "not a host name" },
	{ "a b.test", NULL, "not a host name" },
	{ "b\xc3\xbc.test", NULL, "xn--" },
	{ "user@example.com", NULL, "not a host name" },
	{ "0x7f000001", NULL, "not a host name" },
	{ "0177.0.0.1", NULL, "not a host name" },
	{ "127.1", NULL, "not a host name" },
	{ "*", NULL, "every host" },
	{ "*:443", NULL, "every host" },
	{ "*.", NULL, "not a host name" },
	{ "*.com", NULL, "top-level" },
	{ "*.com.", NULL, "top-level" },
	{ "*.*.com", NULL, "'*'" },
	{ "a*.example.com", NULL, "'*'" },
	{ "*example.com", NULL, "'*'" },
	{ "*.192.0.2.7", NULL, "not a host name" },
	{ "*.[2001:db8::1]", NULL, "brackets" },
	{ "example.com:", NULL, "1 to 65535" },
	{ "example.com:0", NULL, "1 to 65535" },
	{ "example.com:65536", NULL, "1 to 65535" },
	{ "example.com:+80", NULL, "1 to 65535" },
	{ "example.com:http", NULL, "1 to 65535" },
	{ "example.com:53", NULL, "name server" },
	{ ":443", NULL, "not a host name" },
	{ "2001:db8::1", NULL, "brackets" },
	{ "a.test:80:443", NULL, "brackets" },
	{ "[2001:db8::1]443", NULL, "1 to 65535" },
	{ "[2001:db8::1", NULL, "not a host name" },
	{ "[]", NULL, "not a host name" },
	{ "[a.test]:80", NULL, "not a host name" },
	{ "https://example.com", NULL, "scheme" },
	{ "example.com/path", NULL, "scheme" },
	{ "192.0.2.0/24", NULL, "scheme" },
};

START_TEST(test_parse)
{
	struct arena arena = { 0 };
	struct rule rule;
	const char *wrong = rule_parse(guarded(written[_i].in), &arena, &rule);

	if (written[_i].wrong) {
		ck_assert_msg(wrong && strstr(wrong, written[_i].wrong), "%s: %s", written[_i].in,
			      wrong ? wrong : "accepted");
	} else {
		ck_assert_msg(!wrong, "%s: %s", written[_i].in, wrong);
		ck_assert_str_eq(rule.text, written[_i].text);
		ck_assert_ptr_null(rule_parse(guarded(rule.text), &arena, &rule));
		ck_assert_str_eq(rule.text, written[_i].text);
	}
	arena_fini(&arena);
}
END_TEST

static const char *const policy[] = {
	/* 0 */ "allow *.example.test",
	/* 1 */ "allow www.example.test",
	/* 2 */ "allow *.deep.example.test",
	/* 3 */ "allow git.example.test:22",
	/* 4 */ "deny secret.example.test",
	/* 5 */ "deny *.bad.example.test",
	/* 6 */ "allow worse.bad.example.test",
	/* 7 */ "allow 10.0.0.5:5432",
	/* 8 */ "allow 8.8.8.8:8443",
	/* 9 */ "deny 9.9.9.9",
	/* 10 */ "allow www.example.test:443",
	/* 11 */ "allow closed.test:22",
	/* 12 */ "deny closed.test:22",
	/* 13 */ "allow www.example.test",
	/* 14 */ "ask maybe.test",
	/* 15 */ "deny 10.0.0.6:5432",
};

static struct rules rules_of(struct arena *arena, bool audit)
{
	struct rule *rule = arena_alloc(arena, sizeof(*rule) * LEN(policy));
	struct rules rules = { .rule = rule, .n = LEN(policy), .audit = audit };

	for (size_t i = 0; i < LEN(policy); i++) {
		struct str verb, text;

		str_cut(str_of(policy[i]), ' ', &verb, &text);
		ck_assert_ptr_null(rule_parse(text, arena, &rule[i]));
		while (!str_is(verb, verdict_name(rule[i].verdict)))
			rule[i].verdict++;
	}
	return rules;
}

static const struct {
	const char *host, *addr;
	uint16_t port;
	enum verdict want;
	int rule;
	bool passes_in_audit;
	const char *special;
} asked[] = {
	{ "example.test", NULL, 443, VERDICT_DENY, RULE_NONE, true, NULL },
	{ "a.example.test", NULL, 443, VERDICT_ALLOW, 0, true, NULL },
	{ "a.b.example.test", NULL, 80, VERDICT_ALLOW, 0, true, NULL },
	{ "aexample.test", NULL, 443, VERDICT_DENY, RULE_NONE, true, NULL },
	{ ".example.test", NULL, 443, VERDICT_DENY, RULE_NONE, true, NULL },
	{ "a.example.test.evil.test", NULL, 443, VERDICT_DENY, RULE_NONE, true, NULL },
	{ "a.example.test", NULL, 8443, VERDICT_DENY, RULE_NONE, true, NULL },
	{ "www.example.test", NULL, 80, VERDICT_ALLOW, 1, true, NULL },
	{ "www.example.test", NULL, 443, VERDICT_ALLOW, 10, true, NULL },
	{ "a.deep.example.test", NULL, 443, VERDICT_ALLOW, 2, true, NULL },
	{ "git.example.test", NULL, 22, VERDICT_ALLOW, 3, true, NULL },
	{ "git.example.test", NULL, 443, VERDICT_ALLOW, 0, true, NULL },
	{ "secret.example.test", NULL, 443, VERDICT_DENY, 4, true, NULL },
	{ "worse.bad.example.test", NULL, 443, VERDICT_DENY, 5, true, NULL },
	{ "bad.example.test", NULL, 443, VERDICT_ALLOW, 0, true, NULL },
	{ "maybe.test", NULL, 443, VERDICT_ASK, 14, true, NULL },
	/* a DNS question */
	{ "git.example.test", NULL, 0, VERDICT_ALLOW, 3, true, NULL },
	{ "closed.test", NULL, 0, VERDICT_DENY, 12, true, NULL },
	{ "secret.example.test", NULL, 0, VERDICT_DENY, 4, true, NULL },
	{ "other.test", NULL, 0, VERDICT_DENY, RULE_NONE, true, NULL },
	/* literal addresses */
	{ NULL, "8.8.8.8", 8443, VERDICT_ALLOW, 8, true, NULL },
	{ NULL, "::ffff:8.8.8.8", 8443, VERDICT_ALLOW, 8, true, NULL },
	{ NULL, "8.8.8.8", 443, VERDICT_DENY, RULE_NONE, true, NULL },
	{ NULL, "8.8.4.4", 443, VERDICT_DENY, RULE_NONE, true, NULL },
	{ NULL, "9.9.9.9", 443, VERDICT_DENY, 9, true, NULL },
	{ NULL, "10.0.0.5", 5432, VERDICT_ALLOW, 7, true, NULL },
	{ NULL, "10.0.0.5", 5433, VERDICT_DENY, RULE_NONE, false, "private" },
	{ NULL, "10.0.0.6", 5432, VERDICT_DENY, 15, false, "private" },
	{ NULL, "127.0.0.1", 443, VERDICT_DENY, RULE_NONE, false, "loopback" },
	{ NULL, "::", 443, VERDICT_DENY, RULE_NONE, false, "unspecified" },
	{ NULL, "169.254.169.254", 80, VERDICT_DENY, RULE_NONE, false, "metadata service" },
	/* names after resolution */
	{ "a.example.test", "8.8.4.4", 443, VERDICT_ALLOW, 0, true, NULL },
	{ "a.example.test", "9.9.9.9", 443, VERDICT_DENY, 9, true, NULL },
	{ "a.example.test", "10.0.0.5", 443, VERDICT_DENY, RULE_NONE, false, "private" },
	{ "a.example.test", "::", 443, VERDICT_DENY, RULE_NONE, false, "unspecified" },
	{ "secret.example.test", "::1", 443, VERDICT_DENY, 4, false, "loopback" },
	{ "other.test", "8.8.4.4", 443, VERDICT_DENY, RULE_NONE, true, NULL },
	{ "other.test", "10.0.0.5", 5432, VERDICT_DENY, RULE_NONE, true, NULL },
	{ "other.test", "127.0.0.1", 443, VERDICT_DENY, RULE_NONE, false, "loopback" },
};

START_TEST(test_decide)
{
	struct request request = { .host = asked[_i].host, .port = asked[_i].port };
	struct arena arena = { 0 };
	struct decision d;

	if (asked[_i].addr)
		ck_assert_int_eq(addr_parse(str_of(asked[_i].addr), &request.addr), 0);
	request.resolved = asked[_i].host && asked[_i].addr;
	for (int audit = 0; audit < 2; audit++) {
		struct rules rules = rules_of(&arena, audit);

		d = rules_decide(&rules, &request);
		ck_assert_int_eq(d.verdict, asked[_i].want);
		ck_assert_int_eq(d.rule, asked[_i].rule);
		ck_assert_int_eq(d.pass,
				 audit ? asked[_i].passes_in_audit : d.verdict == VERDICT_ALLOW);
		ck_assert_ptr_nonnull(d.reason);
		ck_assert_pstr_eq(d.special, asked[_i].special);
	}
	arena_fini(&arena);
}
END_TEST

START_TEST(test_no_rules_deny)
{
	const struct rules rules = { 0 };
	struct request request = { .host = "example.test" };

	for (unsigned port = 0; port < 65536; port += 443) {
		request.port = (uint16_t)port;
		ck_assert_int_eq(rules_decide(&rules, &request).verdict, VERDICT_DENY);
		ck_assert(!rules_decide(&rules, &request).pass);
	}
}
END_TEST

START_TEST(test_ports)
{
	static const uint16_t want[] = { 22, 80, 443, 5432, 8443 };
	uint16_t ports[RULES_PORTS_MAX];
	struct arena arena = { 0 };
	struct rules rules = rules_of(&arena, false);

	ck_assert_uint_eq(rules_ports(&rules, ports, LEN(ports)), LEN(want));
	ck_assert_mem_eq(ports, want, sizeof(want));
	ck_assert_uint_eq(rules_ports(&rules, ports, 3), 3);
	arena_fini(&arena);
}
END_TEST

static const struct {
	const char *host, *addr;
	uint16_t port;
	const char *want;
} hints[] = {
	{ "example.test", NULL, 443, "allow = example.test" },
	{ "example.test", NULL, 0, "allow = example.test" },
	{ "example.test", NULL, 8443, "allow = example.test:8443" },
	{ NULL, "8.8.8.8", 80, "allow = 8.8.8.8" },
	{ NULL, "2001:db8::1", 22, "allow = [2001:db8::1]:22" },
};

START_TEST(test_hint_is_a_rule_that_allows)
{
	struct request request = { .host = hints[_i].host, .port = hints[_i].port };
	struct arena arena = { 0 };
	struct rule rule;
	struct rules rules = { .rule = &rule, .n = 1 };
	char text[400];
	struct buf out = BUF(text);

	if (hints[_i].addr)
		ck_assert_int_eq(addr_parse(str_of(hints[_i].addr), &request.addr), 0);
	rules_hint(&request, &out);
	ck_assert_str_eq(text, hints[_i].want);
	ck_assert_ptr_null(rule_parse(str_of(text + strlen("allow = ")), &arena, &rule));
	rule.verdict = VERDICT_ALLOW;
	ck_assert_int_eq(rules_decide(&rules, &request).verdict, VERDICT_ALLOW);
	arena_fini(&arena);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_parse, 0, LEN(written));
	tcase_add_loop_test(tc, test_decide, 0, LEN(asked));
	tcase_add_test(tc, test_no_rules_deny);
	tcase_add_test(tc, test_ports);
	tcase_add_loop_test(tc, test_hint_is_a_rule_that_allows, 0, LEN(hints));
}

int main(void)
{
	return suite_run("rules", add);
}
