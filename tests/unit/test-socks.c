/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/socks.h"

#include "suite.h"

/* Bytes with their number, since they have zeros among them. */
#define B(text) text, sizeof(text) - 1

static const struct {
	const char *in;
	size_t n;
	int want;
	size_t size;
} greetings[] = {
	{ B(""), SOCKS_E_MORE },	  { B("\5"), SOCKS_E_MORE },
	{ B("\5\1"), SOCKS_E_MORE },	  { B("\5\1\0"), 0, 3 },
	{ B("\5\2\0\2"), 0, 4 },	  { B("\5\2\2\0"), 0, 4 },
	{ B("\5\2\2"), SOCKS_E_MORE },	  { B("\5\3\2\1"), SOCKS_E_MORE },
	{ B("\5\1\0\5\1\0\1"), 0, 3 }, /* with the start of a request */
	{ B("\5\0"), SOCKS_E_BAD },	  { B("\5\1\2"), SOCKS_E_BAD },
	{ B("\5\2\1\2\0"), SOCKS_E_BAD }, /* the 0 is no method any more */
	{ B("\4"), SOCKS_E_BAD },	  { B("\4\1\0\120"), SOCKS_E_BAD },
	{ B("\6\1\0"), SOCKS_E_BAD },	  { B("\0\1\0"), SOCKS_E_BAD },
};

START_TEST(test_greeting)
{
	struct socks s;
	int ret = socks_read_greeting(&s, guarded_bytes(greetings[_i].in, greetings[_i].n));

	ck_assert_int_eq(ret, greetings[_i].want);
	if (ret == 0)
		ck_assert_uint_eq(s.size, greetings[_i].size);
	ck_assert((ret == SOCKS_E_BAD) == (s.reason != NULL));
}
END_TEST

static const struct {
	const char *in;
	size_t n;
	int want;
	const char *to; /* "host:port", or of what is bad, a part of the reason */
	enum socks_reply reply;
} requests[] = {
	{ B(""), SOCKS_E_MORE },
	{ B("\5\1\0\3"), SOCKS_E_MORE },
	{ B("\5\1\0\3\1"), SOCKS_E_MORE },
	{ B("\5\1\0\3\1a\0"), SOCKS_E_MORE },
	{ B("\5\1\0\3\1a\0\120"), 0, "a:80" },
	{ B("\5\1\0\3\11GOOD.test\1\273"), 0, "good.test:443" },
	{ B("\5\1\0\3\12good.test.\1\273"), 0, "good.test:443" },
	{ B("\5\1\0\3\11good.test\1\273\26\3\1"), 0, "good.test:443" },
	{ B("\5\1\0\3\7"
	    "1.2.3.4\0\120"),
	  0, "1.2.3.4:80" },
	{ B("\5\1\0\3\5[::1]\0\120"), 0, "[::1]:80" },
	{ B("\5\1\0\1\1\2\3\4\0\120"), 0, "1.2.3.4:80" },
	{ B("\5\1\0\1\1\2\3\4\0"), SOCKS_E_MORE },
	{ B("\5\1\0\1\1\2"), SOCKS_E_MORE },
	{ B("\5\1\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\120"), 0, "[::1]:80" },
	{ B("\5\1\0\4\0\0\0\0\0\0\0\0\0\0\377\377\177\0\0\1\0\120"), 0, "127.0.0.1:80" },
	{ B("\5\1\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0"), SOCKS_E_MORE },
	{ B("\5\2"), SOCKS_E_BAD, "CONNECT", SOCKS_NO_COMMAND },
	{ B("\5\3\0\1\1\2\3\4\0\120"), SOCKS_E_BAD, "CONNECT", SOCKS_NO_COMMAND },
	{ B("\5\0\0\1\1\2\3\4\0\120"), SOCKS_E_BAD, "CONNECT", SOCKS_NO_COMMAND },
	{ B("\5\1\1"), SOCKS_E_BAD, "reserved", SOCKS_FAILED },
	{ B("\5\1\0\2"), SOCKS_E_BAD, "no known kind", SOCKS_NO_ADDRESS },
	{ B("\5\1\0\0"), SOCKS_E_BAD, "no known kind", SOCKS_NO_ADDRESS },
	{ B("\5\1\0\3\0\0\120"), SOCKS_E_BAD, "no host", SOCKS_FAILED },
	{ B("\5\1\0\3\1.\0\120"), SOCKS_E_BAD, "no host", SOCKS_FAILED },
	{ B("\5\1\0\3\3a b\0\120"), SOCKS_E_BAD, "no host", SOCKS_FAILED },
	{ B("\5\1\0\3\12good.test\0\0\120"), SOCKS_E_BAD, "no host", SOCKS_FAILED },
	{ B("\5\1\0\3\14good.test:80\0\120"), SOCKS_E_BAD, "no host", SOCKS_FAILED },
	{ B("\5\1\0\3\5"
	    "127.1\0\120"),
	  SOCKS_E_BAD, "no host", SOCKS_FAILED },
	{ B("\5\1\0\3\12"
	    "2130706433\0\120"),
	  SOCKS_E_BAD, "no host", SOCKS_FAILED },
	{ B("\5\1\0\3\12"
	    "0x7f000001\0\120"),
	  SOCKS_E_BAD, "no host", SOCKS_FAILED },
	{ B("\5\1\0\3\11good.test\0\0"), SOCKS_E_BAD, "port 0", SOCKS_FAILED },
	{ B("\4\1\0\120\1\2\3\4\0"), SOCKS_E_BAD, "version", SOCKS_FAILED },
};

START_TEST(test_request)
{
	struct str in = guarded_bytes(requests[_i].in, requests[_i].n);
	char space[300];
	struct buf text = BUF(space);
	struct socks s;
	int ret = socks_read_request(&s, in);

	ck_assert_int_eq(ret, requests[_i].want);
	if (ret == SOCKS_E_BAD) {
		ck_assert_ptr_nonnull(strstr(s.reason, requests[_i].to));
		ck_assert_int_eq(s.reply, requests[_i].reply);
	} else if (ret == 0) {
		url_write_authority(&s.authority, &text);
		ck_assert_str_eq(text.p, requests[_i].to);
		ck_assert_uint_le(s.size, in.n);
	}
}
END_TEST

START_TEST(test_longest)
{
	char bytes[SOCKS_REQUEST_MAX] = "\5\1\0\3\377";
	struct socks s;

	memset(bytes + 5, 'a', 255);
	for (size_t at = 5 + 60; at < 5 + 255; at += 61)
		bytes[at] = '.';
	bytes[sizeof(bytes) - 1] = 80;
	for (size_t n = 0; n < sizeof(bytes); n++)
		ck_assert_int_eq(socks_read_request(&s, guarded_bytes(bytes, n)), SOCKS_E_MORE);
	/* RFC 1035 has no name of 255 letters. */
	ck_assert_int_eq(socks_read_request(&s, guarded_bytes(bytes, sizeof(bytes))), SOCKS_E_BAD);
	memset(bytes, 0, SOCKS_GREETING_MAX);
	memcpy(bytes, "\5\377", 2);
	ck_assert_int_eq(socks_read_greeting(&s, guarded_bytes(bytes, SOCKS_GREETING_MAX)), 0);
	ck_assert_uint_eq(s.size, SOCKS_GREETING_MAX);
}
END_TEST

START_TEST(test_answers)
{
	char space[16];
	struct buf out = BUF(space);

	socks_write_method(SOCKS_NO_METHOD, &out);
	socks_write_reply(SOCKS_DENIED, &out);
	ck_assert(!out.full && out.n == 12);
	ck_assert_mem_eq(out.p, "\5\377\5\2\0\1\0\0\0\0\0\0", 12);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_greeting, 0, LEN(greetings));
	tcase_add_loop_test(tc, test_request, 0, LEN(requests));
	tcase_add_test(tc, test_longest);
	tcase_add_test(tc, test_answers);
}

int main(void)
{
	return suite_run("socks", add);
}
