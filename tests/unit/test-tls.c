/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/tls.h"

#include "suite.h"

#define SNI(n, list, name) "\0\0\0" n "\0" list "\0" name
#define SNI_OK                                                                                     \
	SNI("\x11", "\x0f",                                                                        \
	    "\0\x0c"                                                                               \
	    "eXample.test")
#define GREASE "\x0a\x0a\0\0"
#define ALPN_H2 "\0\x10\0\x05\0\x03\2h2"
#define ALPN_BOTH "\0\x10\0\x0e\0\x0c\2h2\x08http/1.1"
#define ALPN_11 "\0\x10\0\x0b\0\x09\x08http/1.1"
#define VERSIONS "\0\x2b\0\7\6\x9a\x9a\3\4\3\3"
#define ECH "\xfe\x0d\0\4\0\1\2\3"

#define EXTS(literal) literal, sizeof(literal) - 1

/* Extensions of a ClientHello that is otherwise in order. */
static const struct {
	const char *exts;
	size_t n;
	int ret;
	const char *sni;
	uint16_t version;
	bool alpn, h2, http11, ech;
	enum tls_alert alert;
} hellos[] = {
	{ EXTS(SNI_OK), 0, "example.test", 0x0303 },
	{ EXTS(""), 0, "", 0x0303 },
	{ EXTS(GREASE VERSIONS SNI_OK "\x1a\x1a\0\1\0"), 0, "example.test", 0x0304 },
	{ EXTS(ALPN_BOTH SNI_OK), 0, "example.test", 0x0303, true, true, true },
	{ EXTS(ALPN_H2), 0, "", 0x0303, true, true, false },
	{ EXTS(ALPN_11), 0, "", 0x0303, true, false, true },
	{ EXTS("\0\x10\0\x06\0\x04\3h2c"), 0, "", 0x0303, true, false, false },
	{ EXTS(SNI_OK ECH), 0, "example.test", 0x0303, .ech = true },
	{ EXTS("\xff\xce\0\1\0"), 0, "", 0x0303, .ech = true },
	{ EXTS("\0\x2b\0\3\2\3\2"), 0, "", 0x0302 },
	{ EXTS("\0\x2b\0\3\2\x7f\x1c"), 0, "", 0 },

	/* SNI: empty, nothing in the list, cut, overlong, two, another type, odd names */
	{ EXTS("\0\0\0\0"), TLS_E_BAD, .alert = TLS_ALERT_DECODE_ERROR },
	{ EXTS("\0\0\0\2\0\0"), TLS_E_BAD, .alert = TLS_ALERT_DECODE_ERROR },
	{ EXTS(SNI("\6", "\4", "\0\2a")), TLS_E_BAD, .alert = TLS_ALERT_DECODE_ERROR },
	{ EXTS(SNI("\6", "\3", "\0\1a")), TLS_E_BAD, .alert = TLS_ALERT_DECODE_ERROR },
	{ EXTS(SNI("\7", "\4",
		   "\0\1a"
		   "x")),
	  TLS_E_BAD, .alert = TLS_ALERT_DECODE_ERROR },
	{ EXTS(SNI("\5", "\3", "\0\0")), TLS_E_BAD, .alert = TLS_ALERT_UNRECOGNIZED_NAME },
	{ EXTS(SNI("\x0a", "\x08",
		   "\0\1a"
		   "\0\0\1b")),
	  TLS_E_BAD, .alert = TLS_ALERT_DECODE_ERROR },
	{ EXTS("\0\0\0\6\0\4\1\0\1a"), TLS_E_BAD, .alert = TLS_ALERT_DECODE_ERROR },
	{ EXTS(SNI_OK SNI_OK), TLS_E_BAD, .alert = TLS_ALERT_ILLEGAL_PARAMETER },
	{ EXTS(SNI("\x0a", "\x08", "\0\5a.b\0c")), TLS_E_BAD,
	  .alert = TLS_ALERT_UNRECOGNIZED_NAME },
	{ EXTS(SNI("\x0a", "\x08", "\0\5test.")), TLS_E_BAD, .alert = TLS_ALERT_UNRECOGNIZED_NAME },
	{ EXTS(SNI("\x0a", "\x08", "\0\5*.com")), TLS_E_BAD, .alert = TLS_ALERT_UNRECOGNIZED_NAME },
	{ EXTS(SNI("\x0c", "\x0a",
		   "\0\7"
		   "1.2.3.4")),
	  TLS_E_BAD, .alert = TLS_ALERT_UNRECOGNIZED_NAME },
	{ EXTS(SNI("\x08", "\6", "\0\3::1")), TLS_E_BAD, .alert = TLS_ALERT_UNRECOGNIZED_NAME },

	{ EXTS(GREASE GREASE), TLS_E_BAD, .alert = TLS_ALERT_ILLEGAL_PARAMETER },
	{ EXTS(ALPN_H2 ALPN_11), TLS_E_BAD, .alert = TLS_ALERT_ILLEGAL_PARAMETER },
	{ EXTS("\0\x10\0\2\0\0"), TLS_E_BAD, .alert = TLS_ALERT_DECODE_ERROR },
	{ EXTS("\0\x10\0\3\0\1\0"), TLS_E_BAD, .alert = TLS_ALERT_DECODE_ERROR },
	{ EXTS("\0\x10\0\5\0\3\3h2"), TLS_E_BAD, .alert = TLS_ALERT_DECODE_ERROR },
	{ EXTS("\0\x10\0\6\0\3\2h2x"), TLS_E_BAD, .alert = TLS_ALERT_DECODE_ERROR },
	{ EXTS("\0\x2b\0\1\0"), TLS_E_BAD, .alert = TLS_ALERT_DECODE_ERROR },
	{ EXTS("\0\x2b\0\4\3\3\4\3"), TLS_E_BAD, .alert = TLS_ALERT_DECODE_ERROR },
	{ EXTS("\0\x2b\0\4\2\3\4\0"), TLS_E_BAD, .alert = TLS_ALERT_DECODE_ERROR },
	{ EXTS("\0"), TLS_E_BAD, .alert = TLS_ALERT_DECODE_ERROR },
	{ EXTS("\0\0\0"), TLS_E_BAD, .alert = TLS_ALERT_DECODE_ERROR },
	{ EXTS("\x12\x34\0\1"), TLS_E_BAD, .alert = TLS_ALERT_DECODE_ERROR },
};

static void put_u16(struct buf *out, size_t n)
{
	const uint8_t bytes[2] = { (uint8_t)(n >> 8), (uint8_t)n };

	buf_add(out, bytes, 2);
}

/* A message with these @exts (all of them, with their length, when @whole). */
static void put_message(struct buf *out, const char *version, struct str exts)
{
	static const char random[32] = { 0 };

	buf_add(out, "\1\0", 2);
	put_u16(out, 2 + 32 + 1 + 4 + 2 + 2 + exts.n);
	buf_add(out, version, 2);
	buf_add(out, random, 32);
	buf_add(out,
		"\0"
		"\0\2\x13\1"
		"\1\0",
		7);
	put_u16(out, exts.n);
	buf_str(out, exts);
}

/* Cut into records of @size bytes each. */
static void put_records(struct buf *out, struct str message, size_t size)
{
	for (size_t at = 0; at < message.n; at += size) {
		size_t n = message.n - at < size ? message.n - at : size;

		buf_add(out, "\x16\3\1", 3);
		put_u16(out, n);
		buf_add(out, message.p + at, n);
	}
	assert(!out->full);
}

static void same(const struct tls_hello *a, const struct tls_hello *b)
{
	ck_assert_str_eq(a->sni, b->sni);
	ck_assert_uint_eq(a->version, b->version);
	ck_assert_uint_eq(a->alert, b->alert);
	ck_assert_ptr_eq(a->reason, b->reason);
	ck_assert_int_eq(a->alpn << 3 | a->h2 << 2 | a->http11 << 1 | a->ech,
			 b->alpn << 3 | b->h2 << 2 | b->http11 << 1 | b->ech);
}

/* Every prefix says that more is to come, until it says what the whole says. */
static int read_by_prefixes(struct tls_hello *hello, struct str in)
{
	int ret = tls_read_hello(hello, guarded_bytes(in.p, in.n));
	struct tls_hello prefix;

	for (size_t n = 0; n < in.n; n++) {
		int so_far = tls_read_hello(&prefix, (struct str){ in.p, n });

		if (so_far == TLS_E_MORE)
			continue;
		ck_assert_int_eq(so_far, ret);
		same(&prefix, hello);
	}
	return ret;
}

START_TEST(test_extensions)
{
	static const size_t sizes[] = { 4096, 40, 5, 1 };
	char message[1024], records[8192];
	struct tls_hello hello;

	for (size_t i = 0; i < LEN(sizes); i++) {
		struct buf m = BUF(message), out = BUF(records);

		put_message(&m, "\3\3", (struct str){ hellos[_i].exts, hellos[_i].n });
		put_records(&out, (struct str){ m.p, m.n }, sizes[i]);
		ck_assert_int_eq(read_by_prefixes(&hello, (struct str){ out.p, out.n }),
				 hellos[_i].ret);
		ck_assert_uint_eq(hello.size, out.n);
		ck_assert_uint_eq(hello.alert, hellos[_i].alert);
		ck_assert_int_eq(hello.reason != NULL, hellos[_i].ret == TLS_E_BAD);
		if (hellos[_i].ret)
			continue;
		ck_assert_str_eq(hello.sni, hellos[_i].sni);
		ck_assert_uint_eq(hello.version, hellos[_i].version);
		ck_assert_int_eq(hello.alpn, hellos[_i].alpn);
		ck_assert_int_eq(hello.h2, hellos[_i].h2);
		ck_assert_int_eq(hello.http11, hellos[_i].http11);
		ck_assert_int_eq(hello.ech, hellos[_i].ech);
	}
}
END_TEST

#define ZERO8 "\0\0\0\0\0\0\0\0"
#define ZERO32 ZERO8 ZERO8 ZERO8 ZERO8
#define RECORD(n) "\x16\3\1\0" n

/* Whole inputs. */
static const struct {
	const char *in;
	size_t n;
	int ret;
	enum tls_alert alert;
} inputs[] = {
	{ EXTS(""), TLS_E_MORE, 0 },
	{ EXTS("\x16"), TLS_E_MORE, 0 },
	{ EXTS("\x16\3\1\0\x2d"), TLS_E_MORE, 0 },
	{ EXTS("\x16\3\1\0\x2d\1"), TLS_E_MORE, 0 },
	{ EXTS(RECORD("\x2d") "\1\0\0\x29\3\1" ZERO32 "\0"
			      "\0\2\0\x2f"
			      "\1\0"),
	  0, 0 },
	{ EXTS(RECORD("\x2d") "\1\0\0\x29\3\1" ZERO32 "\0"
			      "\0\2\0\x2f"
			      "\1\0"
			      "\x17\3\3\0\1x"),
	  0, 0 },

	{ EXTS("GET / HTTP/1.1\r\n"), TLS_E_ALIEN, 0 },
	{ EXTS("SSH-2.0-x\r\n"), TLS_E_ALIEN, 0 },
	{ EXTS("\x16\3\x05"), TLS_E_ALIEN, 0 },
	{ EXTS("\x16\2"), TLS_E_ALIEN, 0 },
	{ EXTS("\x15\3\3\0\2\2\0"), TLS_E_ALIEN, 0 },
	{ EXTS("\x80\x2e\1\3\1"), TLS_E_ALIEN, 0 }, /* SSLv2 */
	{ EXTS("\0"), TLS_E_ALIEN, 0 },

	{ EXTS("\x16\3\1\0\0"), TLS_E_BAD, TLS_ALERT_UNEXPECTED_MESSAGE },
	{ EXTS("\x16\3\1\x40\1"), TLS_E_BAD, TLS_ALERT_RECORD_OVERFLOW },
	{ EXTS(RECORD("\4") "\2\0\0\0"), TLS_E_BAD, TLS_ALERT_UNEXPECTED_MESSAGE },
	{ EXTS(RECORD("\4") "\1\0\0\0"), TLS_E_BAD, TLS_ALERT_DECODE_ERROR },
	{ EXTS(RECORD("\4") "\1\0\x3f\xfd"), TLS_E_BAD, TLS_ALERT_ILLEGAL_PARAMETER },
	{ EXTS(RECORD("\4") "\1\xff\xff\xff"), TLS_E_BAD, TLS_ALERT_ILLEGAL_PARAMETER },
	{ EXTS(RECORD("\5") "\1\0\0\0\1"), TLS_E_BAD, TLS_ALERT_UNEXPECTED_MESSAGE },
	{ EXTS(RECORD("\x05") "\1\0\0\x29\3"
			      "\x15\3\1\0\2\1\0"),
	  TLS_E_BAD, TLS_ALERT_UNEXPECTED_MESSAGE },
	{ EXTS(RECORD("\x05") "\1\0\0\x29\3"
			      "\x16\3\1\0\0"),
	  TLS_E_BAD, TLS_ALERT_UNEXPECTED_MESSAGE },

	/* old version; long session; no or half a cipher; no compression; more than it says */
	{ EXTS(RECORD("\x2d") "\1\0\0\x29\2\0" ZERO32 "\0"
			      "\0\2\0\x2f"
			      "\1\0"),
	  TLS_E_BAD, TLS_ALERT_PROTOCOL_VERSION },
	{ EXTS(RECORD("\x4e") "\1\0\0\x4a\3\3" ZERO32 "\x21" ZERO32 "\0\0\2\0\x2f"
			      "\1\0"),
	  TLS_E_BAD, TLS_ALERT_DECODE_ERROR },
	{ EXTS(RECORD("\x2b") "\1\0\0\x27\3\1" ZERO32 "\0"
			      "\0\0"
			      "\1\0"),
	  TLS_E_BAD, TLS_ALERT_DECODE_ERROR },
	{ EXTS(RECORD("\x2e") "\1\0\0\x2a\3\1" ZERO32 "\0"
			      "\0\3\0\x2f\0"
			      "\1\0"),
	  TLS_E_BAD, TLS_ALERT_DECODE_ERROR },
	{ EXTS(RECORD("\x2c") "\1\0\0\x28\3\1" ZERO32 "\0"
			      "\0\2\0\x2f"
			      "\0"),
	  TLS_E_BAD, TLS_ALERT_DECODE_ERROR },
	{ EXTS(RECORD("\x2e") "\1\0\0\x2a\3\1" ZERO32 "\0"
			      "\0\2\0\x2f"
			      "\1\0"
			      "\0"),
	  TLS_E_BAD, TLS_ALERT_DECODE_ERROR },
	{ EXTS(RECORD("\x30") "\1\0\0\x2c\3\1" ZERO32 "\0"
			      "\0\2\0\x2f"
			      "\1\0"
			      "\0\0x"),
	  TLS_E_BAD, TLS_ALERT_DECODE_ERROR },
};

START_TEST(test_input)
{
	struct tls_hello hello;

	ck_assert_int_eq(read_by_prefixes(&hello, (struct str){ inputs[_i].in, inputs[_i].n }),
			 inputs[_i].ret);
	ck_assert_uint_eq(hello.alert, inputs[_i].alert);
}
END_TEST

START_TEST(test_as_long_as_it_may_be)
{
	static char exts[TLS_HELLO_MAX], message[2 * TLS_HELLO_MAX], records[2 * TLS_HELLO_MAX];
	static const struct {
		size_t exts, record;
		int ret;
	} cases[] = {
		{ 16332, 16384, 0 }, /* 5 bytes of record, 4 of message, 43 of fixed fields */
		{ 16333, 16384, TLS_E_BAD }, { 16332, 8192, TLS_E_BAD }, { 2600, 1, 0 },
		{ 2700, 1, TLS_E_BAD },
	};
	struct tls_hello hello;

	for (size_t i = 0; i < LEN(cases); i++) {
		struct buf m = BUF(message), out = BUF(records);

		memcpy(exts, "\x7a\x7a", 2);
		exts[2] = (char)((cases[i].exts - 4) >> 8);
		exts[3] = (char)(cases[i].exts - 4);
		put_message(&m, "\3\3", (struct str){ exts, cases[i].exts });
		put_records(&out, (struct str){ m.p, m.n }, cases[i].record);
		ck_assert_int_eq(tls_read_hello(&hello, guarded_bytes(out.p, out.n)), cases[i].ret);
	}
}
END_TEST

START_TEST(test_too_many_extensions)
{
	char exts[129 * 4] = { 0 }, message[1024], records[1024];
	struct tls_hello hello;

	for (size_t i = 0; i < 129; i++)
		memcpy(exts + 4 * i, (uint8_t[]){ 0x77, (uint8_t)i, 0, 0 }, 4);
	for (size_t n = 128; n <= 129; n++) {
		struct buf m = BUF(message), out = BUF(records);

		put_message(&m, "\3\3", (struct str){ exts, 4 * n });
		put_records(&out, (struct str){ m.p, m.n }, 4096);
		ck_assert_int_eq(tls_read_hello(&hello, guarded_bytes(out.p, out.n)),
				 n == 128 ? 0 : TLS_E_BAD);
	}
}
END_TEST

START_TEST(test_alert)
{
	char space[TLS_ALERT_MAX];
	struct buf out = BUF(space);

	tls_write_alert(TLS_ALERT_ACCESS_DENIED, &out);
	ck_assert(!out.full && out.n == 7);
	ck_assert_mem_eq(out.p, "\x15\3\3\0\2\2\x31", 7);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_extensions, 0, LEN(hellos));
	tcase_add_loop_test(tc, test_input, 0, LEN(inputs));
	tcase_add_test(tc, test_as_long_as_it_may_be);
	tcase_add_test(tc, test_too_many_extensions);
	tcase_add_test(tc, test_alert);
}

int main(void)
{
	return suite_run("tls", add);
}
