/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/http_body.h"

#include "suite.h"

#define X16 "xxxxxxxxxxxxxxxx"

/* With @ret HTTP_BODY_DONE, @rest is what belongs to the next message. */
static const struct {
	enum http_framing framing;
	uint64_t length;
	const char *in;
	int ret;
	const char *content, *rest;
} bodies[] = {
	{ HTTP_EMPTY, 0, "GET", HTTP_BODY_DONE, "", "GET" },
	{ HTTP_EMPTY, 9, "GET", HTTP_BODY_DONE, "", "GET" },
	{ HTTP_LENGTH, 0, "GET", HTTP_BODY_DONE, "", "GET" },
	{ HTTP_LENGTH, 3, "abcGET", HTTP_BODY_DONE, "abc", "GET" },
	{ HTTP_LENGTH, 3, "abc", HTTP_BODY_DONE, "abc", "" },
	{ HTTP_LENGTH, 4, "abc", 0, "abc", "" },
	{ HTTP_LENGTH, INT64_MAX, "abc", 0, "abc", "" },
	{ HTTP_UNTIL_CLOSE, 0, "abc\r\n\r\n", 0, "abc\r\n\r\n", "" },
	{ HTTP_UNTIL_CLOSE, 0, "", 0, "", "" },

	{ HTTP_CHUNKED, 0, "0\r\n\r\nGET", HTTP_BODY_DONE, "", "GET" },
	{ HTTP_CHUNKED, 0, "3\r\nabc\r\n0\r\n\r\n", HTTP_BODY_DONE, "abc", "" },
	{ HTTP_CHUNKED, 0, "3\r\nabc\r\nA\r\n0123456789\r\n00\r\n\r\nx", HTTP_BODY_DONE,
	  "abc0123456789", "x" },
	{ HTTP_CHUNKED, 0, "00000000000000a\r\n0123456789\r\n", 0, "0123456789", "" },
	{ HTTP_CHUNKED, 0, "5\r\n\r\n0\r\n\r\n0\r\n\r\n", HTTP_BODY_DONE, "\r\n0\r\n", "" },
	{ HTTP_CHUNKED, 0, "0\r\nA: b\r\nX-Y:\r\n\r\nGET", HTTP_BODY_DONE, "", "GET" },
	{ HTTP_CHUNKED, 0, "7fffffffffffffff\r\nab", 0, "ab", "" },
	{ HTTP_CHUNKED, 0, "3", 0, "", "" },
	{ HTTP_CHUNKED, 0, "3\r\nabc", 0, "abc", "" },

	{ HTTP_CHUNKED, 0, "\r\n", HTTP_BODY_BAD, "", NULL },
	{ HTTP_CHUNKED, 0, " 3\r\nabc", HTTP_BODY_BAD, "", NULL },
	{ HTTP_CHUNKED, 0, "3 \r\nabc", HTTP_BODY_BAD, "", NULL },
	{ HTTP_CHUNKED, 0, "3;x=y\r\nabc", HTTP_BODY_BAD, "", NULL },
	{ HTTP_CHUNKED, 0, "0x3\r\nabc", HTTP_BODY_BAD, "", NULL },
	{ HTTP_CHUNKED, 0, "+3\r\nabc", HTTP_BODY_BAD, "", NULL },
	{ HTTP_CHUNKED, 0, "-1\r\nabc", HTTP_BODY_BAD, "", NULL },
	{ HTTP_CHUNKED, 0, "3\nabc", HTTP_BODY_BAD, "", NULL },
	{ HTTP_CHUNKED, 0, "3\rabc", HTTP_BODY_BAD, "", NULL },
	{ HTTP_CHUNKED, 0, "3\r\r\nabc", HTTP_BODY_BAD, "", NULL },
	{ HTTP_CHUNKED, 0, "3\r\nabcd\r\n", HTTP_BODY_BAD, "abc", NULL },
	{ HTTP_CHUNKED, 0, "3\r\nabc\n", HTTP_BODY_BAD, "abc", NULL },
	{ HTTP_CHUNKED, 0, "3\r\nabc\rx", HTTP_BODY_BAD, "abc", NULL },
	{ HTTP_CHUNKED, 0, "8000000000000000\r\n", HTTP_BODY_BAD, "", NULL },
	{ HTTP_CHUNKED, 0, "ffffffffffffffff\r\n", HTTP_BODY_BAD, "", NULL },
	{ HTTP_CHUNKED, 0, "10000000000000003\r\nabc", HTTP_BODY_BAD, "", NULL },
	{ HTTP_CHUNKED, 0, "00000000000000003\r\nabc", HTTP_BODY_BAD, "", NULL },
	{ HTTP_CHUNKED, 0, "0\r\nGET / HTTP/1.1\r\n", HTTP_BODY_BAD, "", NULL },
	{ HTTP_CHUNKED, 0, "0\r\n A: b\r\n\r\n", HTTP_BODY_BAD, "", NULL },
	{ HTTP_CHUNKED, 0, "0\r\nA : b\r\n\r\n", HTTP_BODY_BAD, "", NULL },
	{ HTTP_CHUNKED, 0, "0\r\n: b\r\n\r\n", HTTP_BODY_BAD, "", NULL },
	{ HTTP_CHUNKED, 0, "0\r\nA: b\n\r\n", HTTP_BODY_BAD, "", NULL },
	{ HTTP_CHUNKED, 0, "0\r\nA: b\r\r\n", HTTP_BODY_BAD, "", NULL },
	{ HTTP_CHUNKED, 0, "0\r\nA: \x01\r\n\r\n", HTTP_BODY_BAD, "", NULL },
	{ HTTP_CHUNKED, 0, "0\r\nA: b\r\ncontent-length: 5\r\n\r\n", HTTP_BODY_BAD, "", NULL },
	{ HTTP_CHUNKED, 0, "0\r\nTransfer-Encoding:x\r\n\r\n", HTTP_BODY_BAD, "", NULL },
	{ HTTP_CHUNKED, 0, "0\r\nContent-Length-and-more: 5\r\n\r\n", HTTP_BODY_DONE, "", "" },
	{ HTTP_CHUNKED, 0, "0\r\n\n", HTTP_BODY_BAD, "", NULL },
	{ HTTP_CHUNKED, 0, "0\r\n\rx", HTTP_BODY_BAD, "", NULL },
};

/* Feeds @step bytes at a time; a call that takes nothing and is not done would hang the caller. */
static int feed(const struct http_head *head, struct str in, size_t step, struct buf *content,
		struct str *rest)
{
	struct http_body body;
	struct str piece, run;
	int ret;

	http_body_init(&body, head);
	do {
		piece = (struct str){ in.p, in.n < step ? in.n : step };
		ret = http_body_read(&body, &piece, &run);
		ck_assert(piece.p >= in.p && piece.p <= in.p + in.n);
		ck_assert(run.n == 0 || (run.p >= in.p && run.p + run.n == piece.p));
		ck_assert(ret || run.n || piece.n == 0);
		buf_str(content, run);
		in.n -= (size_t)(piece.p - in.p);
		in.p = piece.p;
	} while (ret == 0 && in.n);
	*rest = in;
	ck_assert_int_eq(http_body_complete(&body),
			 ret == HTTP_BODY_DONE || head->framing == HTTP_UNTIL_CLOSE);
	return ret;
}

START_TEST(test_body)
{
	const struct http_head head = { .framing = bodies[_i].framing,
					.length = bodies[_i].length };

	for (size_t step = 1; step < 60; step++) {
		char space[256] = "";
		struct buf content = BUF(space);
		struct str rest;

		ck_assert_int_eq(feed(&head, guarded(bodies[_i].in), step, &content, &rest),
				 bodies[_i].ret);
		ck_assert_str_eq(space, bodies[_i].content);
		if (bodies[_i].rest)
			ck_assert(str_is(rest, bodies[_i].rest));
	}
}
END_TEST

START_TEST(test_bad_remains_bad)
{
	const struct http_head head = { .framing = HTTP_CHUNKED };
	struct http_body body;
	struct str in = STR("x"), content;

	http_body_init(&body, &head);
	ck_assert_int_eq(http_body_read(&body, &in, &content), HTTP_BODY_BAD);
	in = STR("3\r\nabc\r\n0\r\n\r\n");
	ck_assert_int_eq(http_body_read(&body, &in, &content), HTTP_BODY_BAD);
	ck_assert(content.n == 0 && !http_body_complete(&body));
}
END_TEST

START_TEST(test_trailers_end)
{
	const struct http_head head = { .framing = HTTP_CHUNKED };
	struct http_body body;
	struct str in = STR("0\r\n"), content;
	size_t n = 0;

	http_body_init(&body, &head);
	ck_assert_int_eq(http_body_read(&body, &in, &content), 0);
	do {
		in = STR("a: " X16 "\r\n");
		n += in.n;
	} while (http_body_read(&body, &in, &content) == 0 && n < 100000);
	ck_assert_uint_lt(n, 10000);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_body, 0, LEN(bodies));
	tcase_add_test(tc, test_bad_remains_bad);
	tcase_add_test(tc, test_trailers_end);
}

int main(void)
{
	return suite_run("http_body", add);
}
