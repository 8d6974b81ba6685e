/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/rules_match.h"

#include "suite.h"

static const struct {
	const char *text;
	bool inspect;
} lines[] = {
	{ "*.example.test", true },
	{ "pinned.example.test", false },
	{ "*.deep.example.test", false },
	{ "x.deep.example.test:8443", true },
	{ "192.0.2.7", true },
	{ "relayed.test", false },
};

static const struct {
	const char *host;
	uint16_t port;
	bool want;
} asked[] = {
	{ "a.example.test", 443, true },
	{ "example.test", 443, false },
	{ "a.example.test", 8443, false },
	{ "pinned.example.test", 443, false },
	{ "x.deep.example.test", 443, false },
	{ "x.deep.example.test", 8443, true },
	{ "y.deep.example.test", 8443, false },
	{ "192.0.2.7", 443, true },
	{ "192.0.2.8", 443, false },
	{ "relayed.test", 443, false },
};

static struct rules rules_of(struct arena *arena)
{
	struct tls_rule *tls = arena_alloc(arena, sizeof(*tls) * LEN(lines));

	for (size_t i = 0; i < LEN(lines); i++) {
		ck_assert_ptr_null(rule_parse(str_of(lines[i].text), arena, &tls[i].at));
		tls[i].inspect = lines[i].inspect;
	}
	return (struct rules){ .tls = tls, .n_tls = LEN(lines) };
}

START_TEST(test_inspect)
{
	struct request request = { .port = asked[_i].port };
	struct arena arena = { 0 };
	struct rules rules = rules_of(&arena);

	if (addr_parse(str_of(asked[_i].host), &request.addr) < 0)
		request.host = asked[_i].host;
	ck_assert_int_eq(rules_inspect(&rules, &request), asked[_i].want);
	ck_assert(!rules_need_request(&rules, &request));
	ck_assert(rules_open_tls(&rules));
	rules.n_tls = 0;
	ck_assert(!rules_inspect(&rules, &request));
	ck_assert(!rules_open_tls(&rules));
	arena_fini(&arena);
}
END_TEST

static const struct {
	const char *a, *b;
	bool want;
} pairs[] = {
	{ "a.test", "a.test", true },
	{ "a.test", "b.test", false },
	{ "a.test", "x.a.test", false },
	{ "*.a.test", "x.a.test", true },
	{ "*.a.test", "y.x.a.test", true },
	{ "*.a.test", "a.test", false },
	{ "*.a.test", "xa.test", false },
	{ "*.a.test", "*.a.test", true },
	{ "*.a.test", "*.x.a.test", true },
	{ "*.a.test", "*.b.test", false },
	{ "a.test", "a.test:443", true },
	{ "a.test", "a.test:8443", false },
	{ "a.test:8443", "a.test:8443", true },
	{ "a.test:8443", "a.test:443", false },
	{ "a.test:8443", "https://a.test:8443/x", true },
	{ "a.test", "https://a.test/x", true },
	{ "a.test", "https://a.test:8443/x", false },
	{ "192.0.2.7", "192.0.2.7", true },
	{ "192.0.2.7", "[::ffff:192.0.2.7]:443", true },
	{ "192.0.2.7", "192.0.2.8", false },
	{ "192.0.2.7", "a.test", false },
};

START_TEST(test_overlap)
{
	struct arena arena = { 0 };
	struct rule a, b;

	ck_assert_ptr_null(rule_parse(str_of(pairs[_i].a), &arena, &a));
	ck_assert_ptr_null(rule_parse(str_of(pairs[_i].b), &arena, &b));
	ck_assert_int_eq(rules_overlap(&a, &b), pairs[_i].want);
	ck_assert_int_eq(rules_overlap(&b, &a), pairs[_i].want);
	arena_fini(&arena);
}
END_TEST

static const struct {
	const char *rule, *relay;
	bool against;
} contradictions[] = {
	{ "GET https://a.test/b", "a.test", true },
	{ "GET http://a.test/b", "a.test", false },
	{ "a.test", "a.test", false },
	{ "https://*.a.test/b", "x.a.test", true },
	{ "https://a.test/b", "*.a.test", false },
	{ "https://a.test:8443/b", "a.test", false },
};

START_TEST(test_contradiction)
{
	struct arena arena = { 0 };
	struct tls_rule tls = { 0 };
	struct rule rule;
	struct rules rules = { .rule = &rule, .n = 1, .tls = &tls, .n_tls = 1 };

	ck_assert_ptr_null(rule_parse(str_of(contradictions[_i].rule), &arena, &rule));
	ck_assert_ptr_null(rule_parse(str_of(contradictions[_i].relay), &arena, &tls.at));
	ck_assert_ptr_eq(rules_against_relay(&rules, 0), contradictions[_i].against ? &rule : NULL);
	tls.inspect = true;
	ck_assert_ptr_null(rules_against_relay(&rules, 0));
	arena_fini(&arena);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_inspect, 0, LEN(asked));
	tcase_add_loop_test(tc, test_overlap, 0, LEN(pairs));
	tcase_add_loop_test(tc, test_contradiction, 0, LEN(contradictions));
}

int main(void)
{
	return suite_run("rules_tls", add);
}
