/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "policy/ini.h"
#include "policy/rules.h"
#include "suite.h"
#include "wire/http.h"

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
	{ "a b.test", NULL, "no method" },
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
	/* requests */
	{ "http://example.test/", "http://example.test/", NULL },
	{ "GET http://example.test/a/*/b", "GET http://example.test/a/*/b", NULL },
	{ "HEAD,GET http://example.test/**", "GET,HEAD http://example.test/**", NULL },
	{ "GET,GET  http://example.test/", "GET http://example.test/", NULL },
	{ "GET,UPGRADE http://example.test/", "UPGRADE,GET http://example.test/", NULL },
	{ "http://Example.TEST.:80/a", "http://example.test/a", NULL },
	{ "http://*.Example.test:8080/a", "http://*.example.test:8080/a", NULL },
	{ "http://192.0.2.7/a", "http://192.0.2.7/a", NULL },
	{ "http://[2001:DB8::1]:8080/a", "http://[2001:db8::1]:8080/a", NULL },
	{ "http://[::ffff:192.0.2.7]/a", "http://192.0.2.7/a", NULL },
	{ "http://xn--bcher-kva.test/", "http://xn--bcher-kva.test/", NULL },
	{ "http://example.test//a///b", "http://example.test/a/b", NULL },
	{ "http://example.test/%7euser/%2f%2A", "http://example.test/~user/%2F%2A", NULL },
	{ "http://example.test/[a]{b}", "http://example.test/%5Ba%5D%7Bb%7D", NULL },
	{ "http://example.test/a;b=1", "http://example.test/a;b=1", NULL },
	{ "http://example.test/a**", NULL, "\"**\"" },
	{ "http://example.test/***", NULL, "\"**\"" },
	{ "http://example.test/**b/c", NULL, "\"**\"" },
	{ "http://example.test/a/../b", NULL, "dot segment" },
	{ "http://example.test/a/%2e%2e/b", NULL, "dot segment" },
	{ "http://example.test/a%2f..", NULL, "dot segment" },
	{ "http://example.test/a/..;/b", NULL, "dot segment" },
	{ "http://example.test/%2561", NULL, "twice" },
	{ "http://example.test/%0a", NULL, "control" },
	{ "http://example.test/\\a", NULL, "no path has" },
	{ "http://example.test/b\xc3\xbc", NULL, "no path has" },
	{ "http://example.test/%zz", NULL, "no path has" },
	{ "http://example.test/a?b=c", NULL, "query" },
	{ "http://example.test/a#b", NULL, "query" },
	{ "http://example.test", NULL, "a URL has a path" },
	{ "http://example.test?a/b", NULL, "not a host name" },
	{ "http:///a", NULL, "not a host name" },
	{ "http://user@example.test/", NULL, "not a host name" },
	{ "http://user:secret@example.test/", NULL, "1 to 65535" },
	{ "http://example.test@evil.test/", NULL, "not a host name" },
	{ "http://b\xc3\xbc"
	  "cher.test/",
	  NULL, "xn--" },
	{ "http://2130706433/", NULL, "not a host name" },
	{ "http://0x7f.1/", NULL, "not a host name" },
	{ "http://0177.0.0.1/", NULL, "not a host name" },
	{ "http://127.1/", NULL, "not a host name" },
	{ "http://2001:db8::1/", NULL, "brackets" },
	{ "http://[fe80::1%25lo]/", NULL, "not a host name" },
	{ "http://*/", NULL, "every host" },
	{ "http://*.test/", NULL, "top-level" },
	{ "http://example.test:0/", NULL, "1 to 65535" },
	{ "http://example.test:/", NULL, "1 to 65535" },
	{ "http://example.test:53/", NULL, "name server" },
	{ "http://example.test:443/", NULL, "only TLS" },
	{ "https://Example.test:443/", "https://example.test/", NULL },
	{ "https://example.test", NULL, "a URL has a path" },
	{ "HTTP://example.test/", NULL, "http:// or https://" },
	{ "ws://example.test/", NULL, "http:// or https://" },
	{ "//example.test/a", NULL, "http:// or https://" },
	{ "example.test/a", NULL, "http:// or https://" },
	{ "192.0.2.0/24", NULL, "http:// or https://" },
	{ "GET example.test", NULL, "http:// or https://" },
	{ "get http://example.test/", NULL, "\"get\" is no method" },
	{ "DELTE http://example.test/", NULL, "\"DELTE\" is no method" },
	{ "GET, HEAD http://example.test/", NULL, "\"\" is no method" },
	{ "GET,,HEAD http://example.test/", NULL, "\"\" is no method" },
	{ "GET HEAD http://example.test/", NULL, "http:// or https://" },
	{ "http://example.test/a b", NULL, "no method" },
	/* caps */
	{ "example.test bytes=1024M", "example.test bytes=1G", NULL },
	{ "example.test:22  bytes=1536K", "example.test:22 bytes=1536K", NULL },
	{ "http://example.test/ bytes=1T requests=1/s max-upload=2M",
	  "http://example.test/ max-upload=2M requests=1/s bytes=1T", NULL },
	{ "POST http://example.test/a=b max-upload=0", "POST http://example.test/a=b max-upload=0",
	  NULL },
	{ "UPGRADE http://example.test/ requests=60/m bytes=5K",
	  "UPGRADE http://example.test/ requests=60/m bytes=5K", NULL },
	{ "http://example.test/ requests=1000000/h", "http://example.test/ requests=1000000/h",
	  NULL },
	{ "example.test max-upload=1M", NULL, "about requests" },
	{ "192.0.2.7:22 requests=1/s", NULL, "about requests" },
	{ "UPGRADE,GET http://example.test/ max-upload=1M", NULL, "WebSocket" },
	{ "http://example.test/ max-upload=1", NULL, ": a size" },
	{ "http://example.test/ max-upload=none", NULL, ": a cap is a size" },
	{ "http://example.test/ max-upload=", NULL, ": a cap is a size" },
	{ "http://example.test/ max-upload=1025T", NULL, ": a size" },
	{ "http://example.test/ max-upload=0K", NULL, ": a size" },
	{ "example.test bytes=0", NULL, "without a byte" },
	{ "example.test bytes=1M bytes=2M", NULL, "bytes= is there twice" },
	{ "http://example.test/ requests=60", NULL, ": it is a number" },
	{ "http://example.test/ requests=0/m", NULL, ": it is a number" },
	{ "http://example.test/ requests=1000001/m", NULL, ": it is a number" },
	{ "http://example.test/ requests=1/d", NULL, ": it is a number" },
	{ "http://example.test/ requests=1/min", NULL, ": it is a number" },
	{ "http://example.test/ requests=/m", NULL, ": it is a number" },
	{ "http://example.test/ max-uplaod=1M", NULL, "\"max-uplaod=1M\" is no cap" },
	{ "http://example.test/ Bytes=1M", NULL, "no method" },
	{ "bytes=1M http://example.test/", NULL, "\"bytes=1M\" is no method" },
	{ "bytes=1M", NULL, "not a host name" },
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

/* Every method that a request can have can be named. */
START_TEST(test_methods_are_those_of_requests)
{
	static const char *const methods[] = {
		"GET",	   "HEAD",   "POST",	   "PUT",	 "PATCH",  "DELETE", "OPTIONS",
		"TRACE",   "ACL",    "BIND",	   "CHECKOUT",	 "COPY",   "LINK",   "LOCK",
		"MERGE",   "MKCOL",  "MKACTIVITY", "MKCALENDAR", "MOVE",   "REBIND", "PROPFIND",
		"REPORT",  "SEARCH", "PROPPATCH",  "UNBIND",	 "UNLINK", "UNLOCK", "UPGRADE",
		"CONNECT", "PRI",    "BREW",	   "get",
	};
	static struct http_request request;
	char text[100], rule_text[100];
	struct arena arena = { 0 };
	struct rule rule;
	uint32_t seen = 0;

	for (size_t i = 0; i < LEN(methods); i++) {
		bool reads, names;

		snprintf(text, sizeof(text), "%s / HTTP/1.1\r\nHost: a.test\r\n\r\n", methods[i]);
		snprintf(rule_text, sizeof(rule_text), "%s http://a.test/", methods[i]);
		reads = http_read_request(&request, guarded(text)) == 0;
		names = rule_parse(guarded(rule_text), &arena, &rule) == NULL;
		ck_assert_msg(names == (reads || !strcmp(methods[i], "UPGRADE")), "%s", methods[i]);
		ck_assert(!names || !(seen & rule.methods));
		seen |= names ? rule.methods : 0;
	}
	ck_assert_uint_eq(seen, (1U << 28) - 1);
	arena_fini(&arena);
}
END_TEST

static char long_path[400], stars[200];

static const struct {
	const char *host, *addr;
	uint16_t port;
	const char *method, *path;
	bool upgrade;
	const char *want;
} hints[] = {
	{ "example.test", NULL, 443, NULL, NULL, false, "allow = example.test" },
	{ "example.test", NULL, 0, NULL, NULL, false, "allow = example.test" },
	{ "example.test", NULL, 8443, NULL, NULL, false, "allow = example.test:8443" },
	{ NULL, "8.8.8.8", 80, NULL, NULL, false, "allow = 8.8.8.8" },
	{ NULL, "2001:db8::1", 22, NULL, NULL, false, "allow = [2001:db8::1]:22" },
	{ "example.test", NULL, 80, "GET", "/a/b", false, "allow = GET http://example.test/a/b" },
	{ "example.test", NULL, 8080, "PUT", "/", false, "allow = PUT http://example.test:8080/" },
	{ NULL, "2001:db8::1", 80, "GET", "/a", false, "allow = GET http://[2001:db8::1]/a" },
	{ "example.test", NULL, 80, "GET", "/ws", true, "allow = UPGRADE http://example.test/ws" },
	{ "example.test", NULL, 80, "BREW", "/pot", false, "allow = http://example.test/pot" },
	{ "example.test", NULL, 80, "GET", "/a*/%2A/**/x", false,
	  "allow = GET http://example.test/a%2A/%2A/%2A%2A/x" },
	{ "example.test", NULL, 80, "OPTIONS", "*", false, "allow = example.test" },
	{ "example.test", NULL, 80, "GET", "/@scope%2Fname;v=1,2", false,
	  "allow = GET http://example.test/@scope%2Fname;v=1,2" },
	{ "example.test", NULL, 80, "GET", long_path, false, NULL },
	{ "example.test", NULL, 80, "GET", stars, false, "allow = GET http://example.test/**" },
};

START_TEST(test_hint_is_a_rule_that_allows)
{
	struct request request = { .host = hints[_i].host,
				   .port = hints[_i].port,
				   .upgrade = hints[_i].upgrade };
	struct arena arena = { 0 };
	struct rule rule;
	struct rules rules = { .rule = &rule, .n = 1 };
	char text[RULES_HINT_MAX];
	struct buf out = BUF(text);

	for (size_t i = 0; i + 2 < sizeof(long_path); i += 2)
		memcpy(long_path + i, i % 10 ? "ab" : "/a", 2);
	memset(stars, '*', sizeof(stars) - 1);
	stars[0] = '/';
	if (hints[_i].addr)
		ck_assert_int_eq(addr_parse(str_of(hints[_i].addr), &request.addr), 0);
	if (hints[_i].path) {
		request.path = str_of(hints[_i].path);
		request.method = str_of(hints[_i].method);
		request.scheme = SCHEME_HTTP;
	}
	rules_hint(&request, &out);
	ck_assert(!out.full);
	ck_assert_uint_le(out.n, INI_LINE_MAX);
	if (hints[_i].want)
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
	tcase_add_test(tc, test_methods_are_those_of_requests);
	tcase_add_loop_test(tc, test_hint_is_a_rule_that_allows, 0, LEN(hints));
}

int main(void)
{
	return suite_run("rules_parse", add);
}
