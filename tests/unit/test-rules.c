/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/rules.h"

#include "suite.h"

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

static struct rules rules_of(const char *const *lines, size_t n, struct arena *arena, bool audit)
{
	struct rule *rule = arena_alloc(arena, sizeof(*rule) * n);
	struct rules rules = { .rule = rule, .n = n, .audit = audit };

	for (size_t i = 0; i < n; i++) {
		struct str verb, text;

		str_cut(str_of(lines[i]), ' ', &verb, &text);
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
		struct rules rules = rules_of(policy, LEN(policy), &arena, audit);

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

static const char *const by_request[] = {
	/* 0 */ "allow GET,HEAD http://api.test/repos/**",
	/* 1 */ "deny http://api.test/repos/acme/secret/**",
	/* 2 */ "allow open.test",
	/* 3 */ "deny POST,PUT http://open.test/upload/**",
	/* 4 */ "allow UPGRADE http://open.test/ws/**",
	/* 5 */ "deny GET http://open.test/ws/private",
	/* 6 */ "deny http://open.test/a!b",
	/* 7 */ "ask http://open.test/ask/**",
	/* 8 */ "allow http://*.wide.test/a/**",
	/* 9 */ "allow http://x.wide.test/**",
	/* 10 */ "allow http://x.wide.test/a/**",
	/* 11 */ "allow GET http://x.wide.test/a/**",
	/* 12 */ "deny closed.test",
	/* 13 */ "allow http://closed.test/**",
	/* 14 */ "allow GET http://odd.test:8080/",
	/* 15 */ "allow http://10.0.0.5/api/**",
	/* 16 */ "allow GET http://8.8.8.8/x",
	/* 17 */ "deny 9.9.9.9",
	/* 18 */ "allow http://metadata.test/**",
	/* 19 */ "allow twice.test",
	/* 20 */ "allow GET http://twice.test/a",
	/* 21 */ "deny UPGRADE http://x.wide.test/**",
	/* 22 */ "allow 10.0.0.6",
	/* 23 */ "allow capped.test",
	/* 24 */ "allow POST http://capped.test/up/** max-upload=1M",
	/* 25 */ "allow metered.test bytes=1M",
	/* 26 */ "allow http://metered.test/free/**",
	/* 27 */ "allow only.test bytes=1M",
};

static const struct {
	const char *host, *addr;
	uint16_t port;
	const char *method, *path; /* with "UPGRADE" for a GET that asks for it; NULL: not known */
	enum verdict want;
	int rule;
	const char *special;
	const char *reason; /* a part of it */
} requests[] = {
	{ "api.test", NULL, 80, "GET", "/repos/a/b", VERDICT_ALLOW, 0, NULL, "allows" },
	{ "api.test", NULL, 80, "HEAD", "/repos", VERDICT_ALLOW, 0, NULL, "allows" },
	{ "api.test", NULL, 80, "POST", "/repos/a", VERDICT_DENY, RULE_NONE, NULL,
	  "other requests" },
	{ "api.test", NULL, 80, "GET", "/users", VERDICT_DENY, RULE_NONE, NULL, "other requests" },
	{ "api.test", NULL, 80, "GET", "/repos/acme/secret", VERDICT_DENY, 1, NULL, "denies" },
	{ "api.test", NULL, 80, "GET", "/repos/ACME/secret/x", VERDICT_DENY, 1, NULL, "denies" },
	{ "api.test", NULL, 80, "GET", "/repos/acme%2Fsecret", VERDICT_DENY, 1, NULL, "denies" },
	{ "api.test", NULL, 80, "BREW", "/repos/acme/secret", VERDICT_DENY, 1, NULL, "denies" },
	{ "api.test", NULL, 80, "BREW", "/repos/a", VERDICT_DENY, RULE_NONE, NULL,
	  "other requests" },
	{ "api.test", NULL, 80, "OPTIONS", "*", VERDICT_DENY, RULE_NONE, NULL, "other requests" },
	{ "api.test", NULL, 8080, "GET", "/repos/a", VERDICT_DENY, RULE_NONE, NULL, "other ports" },
	{ "sub.api.test", NULL, 80, "GET", "/repos/a", VERDICT_DENY, RULE_NONE, NULL, "this host" },
	{ "open.test", NULL, 80, "GET", "/upload/x", VERDICT_ALLOW, 2, NULL, "allows" },
	{ "open.test", NULL, 80, "POST", "/upload/x", VERDICT_DENY, 3, NULL, "denies" },
	{ "open.test", NULL, 80, "post", "/upload/x", VERDICT_DENY, 3, NULL, "denies" },
	{ "open.test", NULL, 80, "POST", "/UPLOAD", VERDICT_DENY, 3, NULL, "denies" },
	{ "open.test", NULL, 80, "DELETE", "/upload/x", VERDICT_ALLOW, 2, NULL, "allows" },
	{ "open.test", NULL, 80, "GET", "/a!b", VERDICT_DENY, 6, NULL, "denies" },
	{ "open.test", NULL, 80, "GET", "/a%21b", VERDICT_DENY, 6, NULL, "denies" },
	{ "open.test", NULL, 80, "GET", "/ask/x", VERDICT_ASK, 7, NULL, "asked" },
	{ "open.test", NULL, 80, "OPTIONS", "*", VERDICT_ALLOW, 2, NULL, "allows" },
	{ "open.test", NULL, 80, "UPGRADE", "/ws/x", VERDICT_ALLOW, 4, NULL, "allows" },
	{ "open.test", NULL, 80, "UPGRADE", "/x", VERDICT_DENY, RULE_NONE, NULL, "WebSocket" },
	{ "open.test", NULL, 80, "UPGRADE", "/ws/private", VERDICT_DENY, 5, NULL, "denies" },
	{ "open.test", NULL, 80, "GET", "/ws/x", VERDICT_ALLOW, 2, NULL, "allows" },
	{ "x.wide.test", NULL, 80, "GET", "/b", VERDICT_ALLOW, 9, NULL, "allows" },
	{ "x.wide.test", NULL, 80, "PUT", "/a/b", VERDICT_ALLOW, 10, NULL, "allows" },
	{ "x.wide.test", NULL, 80, "GET", "/a/b", VERDICT_ALLOW, 11, NULL, "allows" },
	{ "x.wide.test", NULL, 80, "UPGRADE", "/a/b", VERDICT_DENY, 21, NULL, "denies" },
	{ "y.wide.test", NULL, 80, "GET", "/a/b", VERDICT_ALLOW, 8, NULL, "allows" },
	{ "closed.test", NULL, 80, "GET", "/", VERDICT_DENY, 12, NULL, "denies" },
	{ "odd.test", NULL, 8080, "GET", "/", VERDICT_ALLOW, 14, NULL, "allows" },
	{ "capped.test", NULL, 80, "POST", "/up/x", VERDICT_ALLOW, 24, NULL, "allows" },
	{ "capped.test", NULL, 80, "GET", "/up/x", VERDICT_ALLOW, 23, NULL, "allows" },
	{ "metered.test", NULL, 80, "GET", "/free/x", VERDICT_ALLOW, 26, NULL, "allows" },
	{ "metered.test", NULL, 80, "GET", "/x", VERDICT_ALLOW, 25, NULL, "allows" },
	{ "only.test", NULL, 80, "GET", "/x", VERDICT_ALLOW, 27, NULL, "allows" },
	{ "odd.test", NULL, 80, "GET", "/", VERDICT_DENY, RULE_NONE, NULL, "other ports" },
	{ NULL, "10.0.0.5", 80, "GET", "/api/x", VERDICT_ALLOW, 15, NULL, "allows" },
	{ NULL, "10.0.0.5", 80, "GET", "/", VERDICT_DENY, RULE_NONE, "private", "not public" },
	{ NULL, "8.8.8.8", 80, "GET", "/x", VERDICT_ALLOW, 16, NULL, "allows" },
	{ NULL, "8.8.8.8", 80, "GET", "/y", VERDICT_DENY, RULE_NONE, NULL, "other requests" },
	/* resolved: rules about requests neither open nor close an address to a name */
	{ "api.test", "8.8.8.8", 80, "GET", "/repos", VERDICT_ALLOW, 0, NULL, "allows" },
	{ "api.test", "9.9.9.9", 80, "GET", "/repos", VERDICT_DENY, 17, NULL, "denies" },
	{ "api.test", "10.0.0.5", 80, "GET", "/repos", VERDICT_DENY, RULE_NONE, "private",
	  "not public" },
	{ "api.test", "10.0.0.6", 80, "GET", "/repos", VERDICT_ALLOW, 0, NULL, "allows" },
	{ "metadata.test", "169.254.169.254", 80, "GET", "/", VERDICT_DENY, RULE_NONE,
	  "metadata service", "not public" },
	/* the connection, before its request */
	{ "api.test", NULL, 80, NULL, NULL, VERDICT_DENY, RULE_NONE, NULL, "some requests" },
	{ "api.test", NULL, 443, NULL, NULL, VERDICT_DENY, RULE_NONE, NULL, "other ports" },
	{ "open.test", NULL, 80, NULL, NULL, VERDICT_ALLOW, 2, NULL, "allows" },
	{ "open.test", NULL, 443, NULL, NULL, VERDICT_ALLOW, 2, NULL, "allows" },
	{ "closed.test", NULL, 80, NULL, NULL, VERDICT_DENY, 12, NULL, "denies" },
	{ "twice.test", NULL, 80, NULL, NULL, VERDICT_ALLOW, 19, NULL, "allows" },
	{ NULL, "10.0.0.5", 80, NULL, NULL, VERDICT_DENY, RULE_NONE, "private", "not public" },
	/* a DNS question */
	{ "api.test", NULL, 0, NULL, NULL, VERDICT_ALLOW, RULE_NONE, NULL, "some requests" },
	{ "odd.test", NULL, 0, NULL, NULL, VERDICT_ALLOW, RULE_NONE, NULL, "some requests" },
	{ "closed.test", NULL, 0, NULL, NULL, VERDICT_DENY, 12, NULL, "denies" },
	{ "other.test", NULL, 0, NULL, NULL, VERDICT_DENY, RULE_NONE, NULL, "this host" },
};

static struct request request_of(size_t i)
{
	struct request request = { .host = requests[i].host, .port = requests[i].port };

	if (requests[i].addr)
		ck_assert_int_eq(addr_parse(str_of(requests[i].addr), &request.addr), 0);
	request.resolved = request.host && requests[i].addr;
	if (requests[i].path) {
		request.path = guarded(requests[i].path);
		request.method = guarded(requests[i].method);
		request.scheme = SCHEME_HTTP;
		request.upgrade = str_is(request.method, "UPGRADE");
	}
	if (request.upgrade)
		request.method = STR("GET");
	return request;
}

START_TEST(test_decide_request)
{
	struct request request = request_of((size_t)_i);
	struct arena arena = { 0 };
	struct decision d;

	for (int audit = 0; audit < 2; audit++) {
		struct rules rules = rules_of(by_request, LEN(by_request), &arena, audit);

		d = rules_decide(&rules, &request);
		ck_assert_str_eq(verdict_name(d.verdict), verdict_name(requests[_i].want));
		ck_assert_int_eq(d.rule, requests[_i].rule);
		ck_assert_int_eq(d.pass, d.verdict == VERDICT_ALLOW || (audit && !d.special));
		ck_assert_pstr_eq(d.special, requests[_i].special);
		ck_assert_msg(strstr(d.reason, requests[_i].reason) != NULL, "%s", d.reason);
	}
	arena_fini(&arena);
}
END_TEST

static const struct {
	const char *host, *addr;
	uint16_t port;
	enum scheme scheme;
	bool want;
} needs[] = {
	{ "api.test", NULL, 80, SCHEME_NONE, true },
	{ "api.test", NULL, 80, SCHEME_HTTP, true },
	{ "api.test", NULL, 80, SCHEME_HTTPS, false }, /* TLS on port 80: no rule allows it */
	{ "api.test", NULL, 443, SCHEME_NONE, false },
	{ "open.test", NULL, 80, SCHEME_NONE, true }, /* for what is denied */
	{ "open.test", NULL, 443, SCHEME_NONE, false },
	{ "x.wide.test", NULL, 80, SCHEME_NONE, true },
	{ "closed.test", NULL, 80, SCHEME_NONE, false }, /* as a whole */
	{ "odd.test", NULL, 8080, SCHEME_NONE, true },
	{ "odd.test", NULL, 80, SCHEME_NONE, false },
	{ "twice.test", NULL, 80, SCHEME_NONE, false }, /* all of it is allowed anyway */
	{ "other.test", NULL, 80, SCHEME_NONE, false },
	{ "capped.test", NULL, 80, SCHEME_NONE, true }, /* a part of it is capped */
	{ "capped.test", NULL, 443, SCHEME_NONE, false },
	{ "metered.test", NULL, 80, SCHEME_NONE, true }, /* a part of it is not */
	{ "metered.test", NULL, 443, SCHEME_NONE, false },
	{ "only.test", NULL, 80, SCHEME_NONE, false },
	{ NULL, "10.0.0.5", 80, SCHEME_NONE, true },
	{ NULL, "10.0.0.6", 80, SCHEME_NONE, false },
};

START_TEST(test_need_request)
{
	struct request request = {
		.host = needs[_i].host,
		.port = needs[_i].port,
		.scheme = needs[_i].scheme,
	};
	struct arena arena = { 0 };
	struct rules rules = rules_of(by_request, LEN(by_request), &arena, false);

	if (needs[_i].addr)
		ck_assert_int_eq(addr_parse(str_of(needs[_i].addr), &request.addr), 0);
	ck_assert_int_eq(rules_need_request(&rules, &request), needs[_i].want);
	request.path = STR("/ws/private");
	request.method = STR("GET");
	request.upgrade = true;
	ck_assert_int_eq(rules_need_request(&rules, &request), needs[_i].want);
	arena_fini(&arena);
}
END_TEST

static bool has_caps(const struct rules *rules, struct decision d)
{
	return d.rule != RULE_NONE && rules->rule[d.rule].caps.set;
}

/*
 * What a connection is told before its request is never more than what each request is told, unless
 * it was said that it may be.
 */
START_TEST(test_connection_is_not_the_way_around)
{
	struct request request = request_of((size_t)_i), connection = request;
	struct arena arena = { 0 };
	struct rules rules = rules_of(by_request, LEN(by_request), &arena, false);

	connection.path = connection.method = (struct str){ 0 };
	connection.upgrade = false;
	if (request.port && !request.upgrade && !rules_need_request(&rules, &connection)) {
		struct decision d = rules_decide(&rules, &connection),
				exact = rules_decide(&rules, &request);

		ck_assert_int_eq(d.verdict, exact.verdict);
		ck_assert(d.rule == exact.rule ||
			  !(has_caps(&rules, d) || has_caps(&rules, exact)));
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
	struct rules rules = rules_of(policy, LEN(policy), &arena, false);

	ck_assert_uint_eq(rules_ports(&rules, ports, LEN(ports)), LEN(want));
	ck_assert_mem_eq(ports, want, sizeof(want));
	ck_assert_uint_eq(rules_ports(&rules, ports, 3), 3);
	arena_fini(&arena);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_decide, 0, LEN(asked));
	tcase_add_loop_test(tc, test_decide_request, 0, LEN(requests));
	tcase_add_loop_test(tc, test_need_request, 0, LEN(needs));
	tcase_add_loop_test(tc, test_connection_is_not_the_way_around, 0, LEN(requests));
	tcase_add_test(tc, test_no_rules_deny);
	tcase_add_test(tc, test_ports);
}

int main(void)
{
	return suite_run("rules", add);
}
