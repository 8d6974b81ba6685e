/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/http.h"

#include "suite.h"

#define H "Host: example.test\r\n"
#define GET "GET / HTTP/1.1\r\n" H

/* A request; @ret is its status if it is bad. What follows is NULL or zero if it does not matter.
 */
static const struct {
	const char *in;
	int ret;
	const char *path, *authority;
	enum http_framing framing;
	uint64_t length;
	bool close;
} requests[] = {
	{ GET "\r\n", 0, "/", "example.test" },
	{ "GET /left-pad?a=b%2f HTTP/1.1\r\nhost:\t EXAMPLE.test.:80 \r\n\r\n", 0, "/left-pad",
	  "example.test:80" },
	{ "GET http://example.test HTTP/1.1\r\n" H "\r\n", 0, "/", "example.test" },
	{ "GET HTTPS://EXAMPLE.test:443/a%62?x HTTP/1.1\r\n" H "\r\n", 0, "/ab",
	  "example.test:443" },
	{ "GET http://example.test?x HTTP/1.1\r\n" H "\r\n", 0, "/", "example.test" },
	{ "OPTIONS * HTTP/1.1\r\n" H "\r\n", 0, "*", "example.test" },
	{ "CONNECT example.test:443 HTTP/1.1\r\nHost: example.test:443\r\n\r\n", 0, NULL,
	  "example.test:443" },
	{ "CONNECT example.test:443 HTTP/1.1\r\n" H "\r\n", 0, NULL, "example.test:443" },
	{ "CONNECT [2001:db8::1]:443 HTTP/1.0\r\n\r\n", 0, NULL, "[2001:db8::1]:443",
	  .close = true },
	{ "GET / HTTP/1.0\r\n" H "\r\n", 0, .close = true },
	{ "GET / HTTP/1.0\r\n" H "Connection: Keep-Alive\r\n\r\n", 0 },
	{ GET "Connection: foo, CLOSE\r\n\r\n", 0, .close = true },
	{ GET "Connection: foo\r\nConnection: close\r\n\r\n", 0, .close = true },
	{ GET "Proxy-Connection: close\r\n\r\n", 0, .close = true },
	{ GET "Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 5\r\n\r\n", 0,
	  .framing = HTTP_LENGTH, .length = 5, .close = true },
	{ GET "Content-Length: 12\r\n\r\n", 0, .framing = HTTP_LENGTH, .length = 12 },
	{ GET "Content-Length: 9223372036854775807\r\n\r\n", 0, .framing = HTTP_LENGTH,
	  .length = INT64_MAX },
	{ GET "transfer-encoding: Chunked\r\n\r\n", 0, .framing = HTTP_CHUNKED },
	{ GET "Content-Length_: 12\r\nX_Y: z\r\nTransfer_Encodings: x\r\n\r\n", 0 },
	{ GET "X:\r\nY: a\tb \xc3\xbc\r\n\r\n", 0 },
	{ "REPORT / HTTP/1.1\r\n" H "\r\n", 0 },
	{ GET "\r\nGET /next HTTP/1.1\r\n", 0, "/" },

	/* the request line */
	{ "get / HTTP/1.1\r\n" H "\r\n", 501 },
	{ "FOO / HTTP/1.1\r\n" H "\r\n", 501 },
	{ "GETS / HTTP/1.1\r\n" H "\r\n", 501 },
	{ "\r\nGET / HTTP/1.1\r\n" H "\r\n", 501 },
	{ " GET / HTTP/1.1\r\n" H "\r\n", 501 },
	{ "SSH-2.0-x\r\n", 501 },
	{ "\x16\3\1\2", 501 },
	{ "\r\n\r\n", 501 },
	{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505 },
	{ "GET / HTTP/2.0\r\n" H "\r\n", 505 },
	{ "GET / HTTP/1.2\r\n" H "\r\n", 505 },
	{ "GET / HTTP/0.9\r\n\r\n", 505 },
	{ "GET /\r\n\r\n", 400 },
	{ "GET / \r\n\r\n", 400 },
	{ "GET / http/1.1\r\n" H "\r\n", 400 },
	{ "GET / HTTP/1.10\r\n" H "\r\n", 400 },
	{ "GET / HTTP/1.1 \r\n" H "\r\n", 400 },
	{ "GET /  HTTP/1.1\r\n" H "\r\n", 400 },
	{ "GET  / HTTP/1.1\r\n" H "\r\n", 400 },
	{ "GET\t/ HTTP/1.1\r\n" H "\r\n", 501 },
	{ "GET /a b HTTP/1.1\r\n" H "\r\n", 400 },
	{ "GET /\rHTTP/1.1\r\n" H "\r\n", 400 },
	{ "GET /a\r HTTP/1.1\r\n" H "\r\n", 400 },
	{ "GET /#a HTTP/1.1\r\n" H "\r\n", 400 },
	{ "GET /a/../b HTTP/1.1\r\n" H "\r\n", 400 },
	{ "GET /%00 HTTP/1.1\r\n" H "\r\n", 400 },
	{ "GET /?a\xffz HTTP/1.1\r\n" H "\r\n", 400 },
	{ "GET * HTTP/1.1\r\n" H "\r\n", 400 },
	{ "GET a HTTP/1.1\r\n" H "\r\n", 400 },
	{ "GET example.test:80 HTTP/1.1\r\n" H "\r\n", 400 },
	{ "GET ftp://example.test/ HTTP/1.1\r\n" H "\r\n", 400 },
	{ "GET http:/example.test/ HTTP/1.1\r\n" H "\r\n", 400 },
	{ "GET http:///a HTTP/1.1\r\n" H "\r\n", 400 },
	{ "GET http://user@example.test/ HTTP/1.1\r\n" H "\r\n", 400 },
	{ "GET http://example.test@evil.test/ HTTP/1.1\r\n" H "\r\n", 400 },
	{ "GET http://example.test\\@evil.test/ HTTP/1.1\r\n" H "\r\n", 400 },
	{ "GET http://example.test#/ HTTP/1.1\r\n" H "\r\n", 400 },
	{ "OPTIONS http://example.test HTTP/1.1\r\n" H "\r\n", 400 },
	{ "CONNECT / HTTP/1.1\r\n" H "\r\n", 400 },
	{ "CONNECT example.test HTTP/1.1\r\n" H "\r\n", 400 },
	{ "CONNECT http://example.test:80 HTTP/1.1\r\n" H "\r\n", 400 },

	/* Host */
	{ "GET / HTTP/1.1\r\n\r\n", 400 },
	{ "GET / HTTP/1.0\r\n\r\n", 400 },
	{ "CONNECT example.test:443 HTTP/1.1\r\n\r\n", 400 },
	{ GET H "\r\n", 400 },
	{ "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\nHost: a.test, b.test\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\nHost: a@b.test\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\nHost: a.test/\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\nHost: 127.1\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\nHost: http://example.test\r\n\r\n", 400 },
	{ "GET http://evil.test/ HTTP/1.1\r\n" H "\r\n", 400 },
	{ "GET http://example.test:8080/ HTTP/1.1\r\n" H "\r\n", 400 },
	{ "GET https://example.test/ HTTP/1.1\r\nHost: example.test:80\r\n\r\n", 400 },
	{ "CONNECT example.test:443 HTTP/1.1\r\nHost: evil.test:443\r\n\r\n", 400 },
	{ "CONNECT example.test:443 HTTP/1.1\r\nHost: example.test:80\r\n\r\n", 400 },

	/* lines */
	{ "GET / HTTP/1.1\n" H "\r\n", 400 },
	{ GET "A: b\n\r\n", 400 },
	{ GET "\n", 400 },
	{ GET "A: b\rC: d\r\n\r\n", 400 },
	{ GET "A: b\r\r\n\r\n", 400 },
	{ GET "A: b\r\n c\r\n\r\n", 400 },
	{ GET "A: b\r\n\tc\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n " H "\r\n", 400 },
	{ GET "A : b\r\n\r\n", 400 },
	{ GET "A\t: b\r\n\r\n", 400 },
	{ GET ": b\r\n\r\n", 400 },
	{ GET "A\r\n\r\n", 400 },
	{ GET "A B: c\r\n\r\n", 400 },
	{ GET "A\xc3\xbc: c\r\n\r\n", 400 },
	{ GET "A(: c\r\n\r\n", 400 },
	{ GET "A: \x01\r\n\r\n", 400 },
	{ GET "A: \x7f\r\n\r\n", 400 },

	/* framing */
	{ GET "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", 400 },
	{ GET "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400 },
	{ GET "Content-Length: 5, 5\r\n\r\n", 400 },
	{ GET "Content-Length: +5\r\n\r\n", 400 },
	{ GET "Content-Length: -5\r\n\r\n", 400 },
	{ GET "Content-Length: 0x5\r\n\r\n", 400 },
	{ GET "Content-Length: 5 5\r\n\r\n", 400 },
	{ GET "Content-Length:\r\n\r\n", 400 },
	{ GET "Content-Length: 5\t\r\n\r\n", 400 },
	{ GET "Transfer-Encoding:\tchunked\r\n\r\n", 501 },
	{ GET "Content-Length: 9223372036854775808\r\n\r\n", 400 },
	{ GET "Content-Length: 18446744073709551621\r\n\r\n", 400 },
	{ GET "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400 },
	{ GET "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n", 400 },
	{ GET "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400 },
	{ GET "Transfer-Encoding: chunked, chunked\r\n\r\n", 501 },
	{ GET "Transfer_Encoding: chunked\r\n\r\n", 400 },
	{ GET "content_length: 12\r\n\r\n", 400 },
	{ GET "Transfer-Encoding: gzip, chunked\r\n\r\n", 501 },
	{ GET "Transfer-Encoding: identity\r\n\r\n", 501 },
	{ GET "Transfer-Encoding: xchunked\r\n\r\n", 501 },
	{ GET "Transfer-Encoding: \"chunked\"\r\n\r\n", 501 },
	{ GET "Transfer-Encoding: chunked;x\r\n\r\n", 501 },
	{ GET "Transfer-Encoding:\x0b"
	      "chunked\r\n\r\n",
	  400 },
	{ GET "Transfer-Encoding:\r\n\r\n", 501 },
	{ "GET / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n", 400 },
	{ "CONNECT example.test:443 HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\n", 400 },
	{ "TRACE / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n", 400 },
	{ GET "Expect: 200-ok\r\n\r\n", 417 },
	{ GET "Expect: 100-continue\r\nExpect: 100-continue\r\n\r\n", 400 },
};

/* Every prefix wants more, or is refused as the whole is; a whole head is whole with more after it.
 */
static int read_by_prefixes(struct http_request *req, struct str in)
{
	static struct http_request prefix;
	int ret = http_read_request(req, in);

	for (size_t n = 0; n < in.n; n++) {
		int so_far = http_read_request(&prefix, (struct str){ in.p, n });

		if (so_far == HTTP_E_MORE)
			ck_assert(ret != 0 || n < req->head.size);
		else
			ck_assert(so_far == ret && prefix.head.reason == req->head.reason &&
				  prefix.head.size == req->head.size);
	}
	return ret;
}

START_TEST(test_request)
{
	struct http_request req;
	char space[300];
	struct buf authority = BUF(space);
	int ret = read_by_prefixes(&req, guarded(requests[_i].in));

	ck_assert_int_ne(ret, HTTP_E_MORE);
	ck_assert_int_eq(ret == 0 ? 0 : req.head.status, requests[_i].ret);
	ck_assert_int_eq(ret == 0, req.head.reason == NULL);
	if (ret != 0)
		return;
	if (requests[_i].path)
		ck_assert(str_is(req.path, requests[_i].path));
	url_write_authority(&req.authority, &authority);
	if (requests[_i].authority)
		ck_assert_str_eq(space, requests[_i].authority);
	ck_assert_int_eq(req.head.framing, requests[_i].framing);
	ck_assert_uint_eq(req.head.length, requests[_i].length);
	ck_assert_int_eq(req.head.keep_alive, !requests[_i].close);
}
END_TEST

START_TEST(test_request_parts)
{
	struct http_request req;

	ck_assert_int_eq(
		http_read_request(&req, guarded("POST https://example.test/a?b=%zz HTTP/1.1\r\n" H
						"Expect: 100-Continue\r\n"
						"X-HTTP-Method-Override: DELETE\r\n\r\n")),
		0);
	ck_assert(str_is(req.method, "POST") && str_is(req.path, "/a") &&
		  str_is(req.query, "?b=%zz"));
	ck_assert(req.form == HTTP_ABSOLUTE && req.https && req.expects_continue && req.overrides);
	ck_assert(str_is(http_field(&req.head, "HOST"), "example.test"));
	ck_assert_ptr_null(http_field(&req.head, "Hos").p);
	ck_assert_int_eq(http_read_request(&req, guarded(GET "\r\n")), 0);
	ck_assert(req.query.n == 0 && !req.https && !req.expects_continue && !req.overrides);
}
END_TEST

#define BYTES(literal)                                                                             \
	{                                                                                          \
		literal, sizeof(literal) - 1                                                       \
	}

START_TEST(test_nul)
{
	static const struct str cases[] = {
		BYTES("GET /\0 HTTP/1.1\r\n" H "\r\n"),
		BYTES(GET "A: b\0c\r\n\r\n"),
		BYTES(GET "A\0: b\r\n\r\n"),
		BYTES("GET / HTTP/1.1\r\nHost: example.test\0\r\n\r\n"),
	};
	struct http_request req;

	for (size_t i = 0; i < LEN(cases); i++)
		ck_assert_int_eq(read_by_prefixes(&req, guarded_bytes(cases[i].p, cases[i].n)),
				 HTTP_E_BAD);
}
END_TEST

START_TEST(test_upgrade)
{
	static const struct {
		const char *in, *want;
	} cases[] = {
		{ GET "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n",
		  "websocket" },
		{ GET "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n", "h2c" },
		{ GET "Upgrade: websocket\r\n\r\n", "" },
		{ GET "Connection: Upgrade\r\n\r\n", "" },
		{ "GET / HTTP/1.0\r\n" H "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "" },
		{ GET "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n\r\n",
		  "" },
	};
	struct http_request req;

	for (size_t i = 0; i < LEN(cases); i++) {
		ck_assert_int_eq(http_read_request(&req, guarded(cases[i].in)), 0);
		ck_assert(str_is(req.head.upgrade, cases[i].want));
	}
}
END_TEST

/* @length bytes of path, @fields fields of @size bytes. */
static struct str big(size_t length, size_t fields, size_t size)
{
	static char space[100000], filler[50000];
	struct buf out = BUF(space);

	memset(filler, 'a', sizeof(filler));
	buf_puts(&out, "GET /");
	buf_add(&out, filler, length - 1);
	buf_puts(&out, " HTTP/1.1\r\n" H);
	for (size_t i = 0; i < fields; i++) {
		buf_puts(&out, "b: ");
		buf_add(&out, filler, size - 5);
		buf_puts(&out, "\r\n");
	}
	buf_puts(&out, "\r\n");
	assert(!out.full);
	return (struct str){ out.p, out.n };
}

START_TEST(test_bounds)
{
	/* 35 bytes are in every head */
	static const struct {
		size_t length, fields, size;
		unsigned status;
	} cases[] = {
		{ 8192, 0, 0, 0 },	     { 8193, 0, 0, 414 },	    { 40000, 0, 0, 431 },
		{ 1, 127, 10, 0 },	     { 1, 128, 10, 431 },	    { 1, 10000, 6, 431 },
		{ 1, 1, 32768 - 36 - 2, 0 }, { 1, 1, 32768 - 36 - 1, 431 },
	};
	static struct http_request req;
	struct str in;
	int ret;

	for (size_t i = 0; i < LEN(cases); i++) {
		in = big(cases[i].length, cases[i].fields, cases[i].size);
		ret = http_read_request(&req, guarded_bytes(in.p, in.n));
		ck_assert_int_eq(ret, cases[i].status ? HTTP_E_BAD : 0);
		ck_assert_uint_eq(req.head.status, cases[i].status);
	}
	in = big(40000, 0, 0);
	ck_assert_int_eq(http_read_request(&req, (struct str){ in.p, HTTP_HEAD_MAX - 1 }),
			 HTTP_E_MORE);
	ck_assert_int_eq(http_read_request(&req, (struct str){ in.p, HTTP_HEAD_MAX }), HTTP_E_BAD);
}
END_TEST

static const struct {
	const char *in, *method;
	int ret;
	unsigned status;
	enum http_framing framing;
	uint64_t length;
	bool close;
} responses[] = {
	{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "GET", 0, 200, HTTP_LENGTH, 5 },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "GET", 0, 200, HTTP_CHUNKED, 0 },
	{ "HTTP/1.1 200 OK\r\n\r\n", "GET", 0, 200, HTTP_UNTIL_CLOSE, 0, true },
	{ "HTTP/1.1 200 \r\n\r\n", "GET", 0, 200, HTTP_UNTIL_CLOSE, 0, true },
	{ "HTTP/1.1 200\r\n\r\n", "GET", 0, 200, HTTP_UNTIL_CLOSE, 0, true },
	{ "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", "GET", 0, 200, HTTP_LENGTH, 5, true },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD", 0, 200, HTTP_EMPTY, 5 },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HEAD", 0, 200, HTTP_EMPTY, 0 },
	{ "HTTP/1.1 200 OK\r\n\r\n", "HEAD", 0, 200, HTTP_EMPTY, 0 },
	{ "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "GET", 0, 304, HTTP_EMPTY, 5 },
	{ "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "GET", 0, 204, HTTP_EMPTY, 0 },
	{ "HTTP/1.1 100 Continue\r\n\r\n", "PUT", 0, 100, HTTP_EMPTY, 0 },
	{ "HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", "GET", 0,
	  101, HTTP_EMPTY, 0 },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "CONNECT", 0, 200, HTTP_EMPTY, 5 },
	{ "HTTP/1.1 407 No\r\nContent-Length: 5\r\n\r\n", "CONNECT", 0, 407, HTTP_LENGTH, 5 },
	{ "HTTP/1.1 200 caf\xc3\xa9\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "GET", 0,
	  200, HTTP_LENGTH, 0, true },
	{ "HTTP/1.1 200 OK\r\nContent-Le", "GET", HTTP_E_MORE },
	{ "HTTP/1.", "GET", HTTP_E_MORE },

	{ "HTTP/2 200\r\n", "GET", HTTP_E_BAD },
	{ "ICY 200 OK\r\n", "GET", HTTP_E_BAD },
	{ "HTTP/1.2 200 OK\r\n\r\n", "GET", HTTP_E_BAD },
	{ "HTTP/1.1  200 OK\r\n\r\n", "GET", HTTP_E_BAD },
	{ "HTTP/1.1 20 OK\r\n\r\n", "GET", HTTP_E_BAD },
	{ "HTTP/1.1 2000 OK\r\n\r\n", "GET", HTTP_E_BAD },
	{ "HTTP/1.1 099 OK\r\n\r\n", "GET", HTTP_E_BAD },
	{ "HTTP/1.1 600 OK\r\n\r\n", "GET", HTTP_E_BAD },
	{ "HTTP/1.1 +20 OK\r\n\r\n", "GET", HTTP_E_BAD },
	{ "HTTP/1.1 200 O\rK\r\n\r\n", "GET", HTTP_E_BAD },
	{ "HTTP/1.1\r\n\r\n", "GET", HTTP_E_BAD },
	{ "HTTP/1.1 200 OK\n\n", "GET", HTTP_E_BAD },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", "GET", HTTP_E_BAD },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "GET",
	  HTTP_E_BAD },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "GET", HTTP_E_BAD },
	{ "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "GET", HTTP_E_BAD },
	{ "HTTP/1.1 204 OK\r\nContent-Length: 5\r\n\r\n", "GET", HTTP_E_BAD },
	{ "HTTP/1.1 204 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "GET", HTTP_E_BAD },
	{ "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n", "GET", HTTP_E_BAD },
	{ "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "GET", HTTP_E_BAD },
};

START_TEST(test_response)
{
	struct http_response res;
	int ret = http_read_response(&res, guarded(responses[_i].in), str_of(responses[_i].method));

	ck_assert_int_eq(ret, responses[_i].ret);
	ck_assert_int_eq(ret == HTTP_E_BAD, res.head.reason != NULL);
	if (ret != 0)
		return;
	ck_assert_uint_eq(res.status, responses[_i].status);
	ck_assert_int_eq(res.head.framing, responses[_i].framing);
	ck_assert_uint_eq(res.head.length, responses[_i].length);
	ck_assert_int_eq(res.head.keep_alive, !responses[_i].close);
}
END_TEST

static const struct http_field set[] = {
	{ { "Accept-Encoding", 15 }, { "identity", 8 } },
	{ { "if-none-match", 13 }, { NULL, 0 } },
};
static const struct http_edit as_is, closing = { .close = true }, upgrading = { .upgrade = true },
				     changing = { .set = set, .n_set = LEN(set) };

static const struct {
	const char *in;
	const struct http_edit *edit;
	const char *want;
} rewritten[] = {
	{ "GET http://EXAMPLE.test.:80//%61?q HTTP/1.1\r\nA: b\r\nHost:example.test\r\nA:  c "
	  "\r\n\r\n",
	  &as_is, "GET /a?q HTTP/1.1\r\nHost: example.test:80\r\nA: b\r\nA: c\r\n\r\n" },
	{ "OPTIONS * HTTP/1.1\r\n" H "\r\n", &as_is, "OPTIONS * HTTP/1.1\r\n" H "\r\n" },
	{ "GET / HTTP/1.1\r\nHost: [2001:DB8::1]\r\n\r\n", &as_is,
	  "GET / HTTP/1.1\r\nHost: [2001:db8::1]\r\n\r\n" },
	{ GET "Content-Length: 007\r\n\r\n", &as_is, GET "Content-Length: 7\r\n\r\n" },
	{ GET "TE: trailers\r\nTransfer-Encoding: CHUNKED\r\nTrailer: x\r\n\r\n", &as_is,
	  GET "Transfer-Encoding: chunked\r\n\r\n" },
	{ GET "Connection: keep-alive, X-a\r\nx-A: b\r\nKeep-Alive: 5\r\nProxy-Connection: x\r\n"
	      "Proxy-Authorization: Basic eA==\r\nC: d\r\n\r\n",
	  &as_is, GET "C: d\r\n\r\n" },
	{ GET "Connection: close\r\n\r\n", &as_is, GET "Connection: close\r\n\r\n" },
	{ GET "\r\n", &closing, GET "Connection: close\r\n\r\n" },
	{ "GET / HTTP/1.0\r\n" H "Connection: keep-alive\r\n\r\n", &as_is,
	  "GET / HTTP/1.0\r\n" H "Connection: keep-alive\r\n\r\n" },
	{ GET "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n",
	  &upgrading,
	  GET "Sec-WebSocket-Key: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n" },
	{ GET "Connection: upgrade, http2-settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n",
	  &as_is, GET "\r\n" },
	{ GET
	  "accept-encoding: br\r\nIf-None-Match: \"x\"\r\nAccept-Encoding: gzip\r\nC: d\r\n\r\n",
	  &changing, GET "C: d\r\nAccept-Encoding: identity\r\n\r\n" },
};

START_TEST(test_write_request)
{
	struct http_request req;
	char space[1024];
	struct buf out = BUF(space);

	ck_assert_int_eq(http_read_request(&req, guarded(rewritten[_i].in)), 0);
	http_write_request(&req, rewritten[_i].edit, &out);
	ck_assert(!out.full);
	ck_assert_str_eq(space, rewritten[_i].want);
}
END_TEST

START_TEST(test_write_response)
{
	static const struct {
		const char *in, *method, *want;
	} cases[] = {
		{ "HTTP/1.1 200 OK\r\nServer: x\r\nConnection: keep-alive\r\nContent-Length: "
		  "5\r\n\r\n",
		  "GET", "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 5\r\n\r\n" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD",
		  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" },
		{ "HTTP/1.1 200\r\n\r\n", "GET", "HTTP/1.1 200 \r\nConnection: close\r\n\r\n" },
		{ "HTTP/1.1 204 \r\n\r\n", "GET", "HTTP/1.1 204 \r\n\r\n" },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nSet-Cookie: a\r\nSet-Cookie: "
		  "b\r\n\r\n",
		  "GET",
		  "HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nTransfer-Encoding: "
		  "chunked\r\n\r\n" },
	};
	struct http_response res;

	for (size_t i = 0; i < LEN(cases); i++) {
		char space[1024];
		struct buf out = BUF(space);

		ck_assert_int_eq(
			http_read_response(&res, guarded(cases[i].in), str_of(cases[i].method)), 0);
		http_write_response(&res, &as_is, &out);
		ck_assert_str_eq(space, cases[i].want);
	}
}
END_TEST

START_TEST(test_write_refuses)
{
	static const struct http_field bad[] = {
		{ { "X", 1 }, { "a\r\nY: b", 7 } },
		{ { "X", 1 }, { "a\n", 2 } },
		{ { "X: y", 4 }, { "a", 1 } },
		{ { "", 0 }, { "a", 1 } },
	};
	struct http_request req;
	char space[1024];
	struct buf small = buf_over(space, 20);

	ck_assert_int_eq(http_read_request(&req, guarded(GET "\r\n")), 0);
	for (size_t i = 0; i < LEN(bad); i++) {
		struct buf out = BUF(space);

		http_write_request(&req, &(struct http_edit){ .set = &bad[i], .n_set = 1 }, &out);
		ck_assert(out.full);
	}
	http_write_request(&req, &as_is, &small);
	ck_assert(small.full);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_request, 0, LEN(requests));
	tcase_add_test(tc, test_request_parts);
	tcase_add_test(tc, test_nul);
	tcase_add_test(tc, test_upgrade);
	tcase_add_test(tc, test_bounds);
	tcase_add_loop_test(tc, test_response, 0, LEN(responses));
	tcase_add_loop_test(tc, test_write_request, 0, LEN(rewritten));
	tcase_add_test(tc, test_write_response);
	tcase_add_test(tc, test_write_refuses);
}

int main(void)
{
	return suite_run("http", add);
}
