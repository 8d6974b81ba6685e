/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/judge.h"

#include "suite.h"

enum { MORE = -1 };

static const struct {
	const char *in;
	uint16_t port;
	int protocol;
} protocols[] = {
	{ "", 443, MORE },
	{ "\x16", 443, PROTOCOL_TLS },
	{ "\x16", 80, PROTOCOL_TLS },
	{ "\x16\x03", 22, PROTOCOL_TLS },
	{ "G", 80, PROTOCOL_HTTP },
	{ "\x01", 80, PROTOCOL_HTTP }, /* whose parser then says what is wrong */
	{ "G", 443, MORE },
	{ "G", 22, MORE },
	{ "GET", 22, MORE },
	{ "GET ", 22, MORE },
	{ "GET /", 22, PROTOCOL_HTTP },
	{ "GET http://x/", 22, PROTOCOL_HTTP },
	{ "OPTIONS *", 22, PROTOCOL_HTTP },
	{ "CONNECT ", 22, PROTOCOL_HTTP },
	{ "PRI * HTTP/2.0", 22, PROTOCOL_HTTP },
	{ "EHLO ", 22, MORE },
	{ "EHLO x", 22, PROTOCOL_TCP },
	{ "EHLO\r\n", 22, PROTOCOL_TCP },
	{ "SSH-2.0", 22, PROTOCOL_TCP },
	{ "SSH", 22, MORE },
	{ "ABCDEFGHIJKLMNOP", 22, MORE },
	{ "ABCDEFGHIJKLMNOPQ", 22, PROTOCOL_TCP },
	{ "get /", 22, PROTOCOL_TCP },
	{ " GET /", 22, PROTOCOL_TCP },
	{ "\xff", 443, PROTOCOL_TCP },
	{ "GET /", 443, PROTOCOL_HTTP },
};

START_TEST(test_protocol)
{
	enum flow_protocol protocol = PROTOCOL_TCP;
	bool known = judge_protocol(guarded(protocols[_i].in), protocols[_i].port, &protocol);

	ck_assert_int_eq(known ? (int)protocol : MORE, protocols[_i].protocol);
}
END_TEST

static const struct {
	const char *sni, *to;
	bool ech, pass, open;
} hellos[] = {
	{ "a.test", "a.test", false, true },
	{ "", "a.test", false, false },
	{ "b.test", "a.test", false, false },
	{ "a.test", "x.a.test", false, false },
	{ "a.test", "a.test", true, false },
	{ "", "1.2.3.4", false, true },
	{ "a.test", "1.2.3.4", false, false },
	{ "", "1.2.3.4", true, false },
	{ "localhost", "1.2.3.4", false, false },
	{ "localhost", "127.0.0.1", false, true },
	{ "localhost", "::1", false, true },
	{ "a.test", "127.0.0.1", false, false },
	{ "localhost", "a.test", false, false },
	/* what ends here */
	{ "a.test", "a.test", true, true, true },
	{ "b.test", "a.test", true, false, true },
	{ "", "a.test", true, false, true },
};

START_TEST(test_hello)
{
	struct tls_hello hello = { .ech = hellos[_i].ech };
	struct request to = { .port = 443 };

	strcpy(hello.sni, hellos[_i].sni);
	if (addr_parse(str_of(hellos[_i].to), &to.addr) < 0)
		to.host = hellos[_i].to;
	ck_assert_int_eq(judge_hello(&hello, &to, hellos[_i].open) == NULL, hellos[_i].pass);
}
END_TEST

static const struct {
	const char *head, *to;
	uint16_t port;
	bool pass;
} requests[] = {
	{ "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", "a.test", 80, true },
	{ "GET / HTTP/1.1\r\nHost: A.TEST.\r\n\r\n", "a.test", 80, true },
	{ "GET / HTTP/1.1\r\nHost: a.test:80\r\n\r\n", "a.test", 80, true },
	{ "GET / HTTP/1.1\r\nHost: a.test:81\r\n\r\n", "a.test", 80, false },
	{ "GET / HTTP/1.1\r\nHost: a.test:81\r\n\r\n", "a.test", 81, true },
	{ "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", "a.test", 81, true },
	{ "GET / HTTP/1.1\r\nHost: b.test\r\n\r\n", "a.test", 80, false },
	{ "GET / HTTP/1.1\r\nHost: x.a.test\r\n\r\n", "a.test", 80, false },
	{ "GET / HTTP/1.1\r\nHost: 1.2.3.4\r\n\r\n", "a.test", 80, false },
	{ "GET / HTTP/1.1\r\nHost: 1.2.3.4\r\n\r\n", "1.2.3.4", 80, true },
	{ "GET / HTTP/1.1\r\nHost: 1.2.3.5\r\n\r\n", "1.2.3.4", 80, false },
	{ "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", "1.2.3.4", 80, false },
	{ "GET / HTTP/1.1\r\nHost: [2001:db8::1]\r\n\r\n", "2001:db8::1", 80, true },
	{ "GET / HTTP/1.1\r\nHost: localhost:3000\r\n\r\n", "127.0.0.1", 3000, true },
	{ "GET / HTTP/1.1\r\nHost: localhost:3001\r\n\r\n", "127.0.0.1", 3000, false },
	{ "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "::1", 80, true },
	{ "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "1.2.3.4", 80, false },
	{ "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "a.test", 80, false },
	{ "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", "127.0.0.1", 80, false },
	{ "GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n", "a.test", 80, true },
	{ "GET https://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n", "a.test", 80, false },
	{ "CONNECT a.test:80 HTTP/1.1\r\nHost: a.test:80\r\n\r\n", "a.test", 80, false },
};

START_TEST(test_request)
{
	struct request to = { .port = requests[_i].port };
	struct http_request req;

	if (addr_parse(str_of(requests[_i].to), &to.addr) < 0)
		to.host = requests[_i].to;
	ck_assert_int_eq(http_read_request(&req, guarded(requests[_i].head)), 0);
	ck_assert_int_eq(judge_request(&req, &to) == NULL, requests[_i].pass);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_protocol, 0, LEN(protocols));
	tcase_add_loop_test(tc, test_hello, 0, LEN(hellos));
	tcase_add_loop_test(tc, test_request, 0, LEN(requests));
}

int main(void)
{
	return suite_run("judge", add);
}
