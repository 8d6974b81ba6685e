/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/dns.h"

#include <errno.h>

#include "suite.h"

#define BYTES(literal) literal, sizeof(literal) - 1

#define HEAD(flags, questions, additional) "\x12\x34" flags "\0" questions "\0\0\0\0\0" additional
#define ASK HEAD("\x01\x00", "\1", "\0")
#define ASK_OPT HEAD("\x01\x20", "\1", "\1")
#define NAME "\7eXAMPLE\4test\0"
#define IN_A "\0\1\0\1"
#define IN_AAAA "\0\x1c\0\1"
#define OPT "\0\0\x29\x10\0\0\0\x80\0\0\0"

#define L63                                                                                        \
	"\x3f"                                                                                     \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define L61                                                                                        \
	"\x3d"                                                                                     \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define T63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define T61 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *in;
	size_t n;
	int ret;
	const char *name; /* if 0 */
	uint16_t type, udp_size;
} queries[] = {
	{ BYTES(ASK NAME IN_A), 0, "example.test", DNS_A, 0 },
	{ BYTES(ASK NAME IN_AAAA), 0, "example.test", DNS_AAAA, 0 },
	{ BYTES(ASK NAME "\0\x41\0\1"), 0, "example.test", DNS_HTTPS, 0 },
	{ BYTES(ASK_OPT NAME IN_A OPT), 0, "example.test", DNS_A, 4096 },
	{ BYTES(ASK_OPT NAME IN_A "\0\0\x29\x04\xd0\0\0\0\0\0\x06\0\x0c\0\2\0\0"), 0,
	  "example.test", DNS_A, 1232 },
	{ BYTES(ASK L63 L63 L63 L61 "\0" IN_A), 0, T63 "." T63 "." T63 "." T61, DNS_A, 0 },

	/* asked properly, but no host has such a name */
	{ BYTES(ASK "\0" IN_A), 0, "", DNS_A, 0 },
	{ BYTES(ASK "\x0c"
		    "example.test\0" IN_A),
	  0, "", DNS_A, 0 },
	{ BYTES(ASK "\7example\5test.\0" IN_A), 0, "", DNS_A, 0 },
	{ BYTES(ASK "\4ev\0l\4test\0" IN_A), 0, "", DNS_A, 0 },
	{ BYTES(ASK "\1*\4test\0" IN_A), 0, "", DNS_A, 0 },
	{ BYTES(ASK "\3"
		    "127\1"
		    "0\1"
		    "0\1"
		    "1\0" IN_A),
	  0, "", DNS_A, 0 },
	{ BYTES(ASK "\4b\xc3\xbc"
		    "c\4test\0" IN_A),
	  0, "", DNS_A, 0 },

	/* not answered */
	{ BYTES(""), -EBADMSG, NULL, 0, 0 },
	{ BYTES("\x12\x34\1\0\0\1\0\0\0\0\0"), -EBADMSG, NULL, 0, 0 },
	{ BYTES(HEAD("\x81\x80", "\1", "\0") NAME IN_A), -EBADMSG, NULL, 0, 0 },

	{ BYTES(HEAD("\x29\x00", "\1", "\0") NAME IN_A), DNS_NOTIMP, NULL, 0, 0 },
	{ BYTES(ASK NAME "\0\1\0\3"), DNS_REFUSED, NULL, 0, 0 },
	{ BYTES(ASK NAME "\0\1\0\xff"), DNS_REFUSED, NULL, 0, 0 },
	{ BYTES(ASK_OPT NAME IN_A "\0\0\x29\x10\0\0\1\0\0\0\0"), DNS_BADVERS, NULL, 0, 0 },

	{ BYTES(ASK), DNS_FORMERR, NULL, 0, 0 },
	{ BYTES(HEAD("\x01\x00", "\0", "\0")), DNS_FORMERR, NULL, 0, 0 },
	{ BYTES(HEAD("\x01\x00", "\2", "\0") NAME IN_A NAME IN_AAAA), DNS_FORMERR, NULL, 0, 0 },
	{ BYTES("\x12\x34\1\0\1\0\0\0\0\0\0\0" NAME IN_A), DNS_FORMERR, NULL, 0, 0 },
	{ BYTES("\x12\x34\1\0\0\1\0\1\0\0\0\0" NAME IN_A), DNS_FORMERR, NULL, 0, 0 },
	{ BYTES("\x12\x34\1\0\0\1\0\0\0\1\0\0" NAME IN_A), DNS_FORMERR, NULL, 0, 0 },
	{ BYTES(HEAD("\x03\x00", "\1", "\0") NAME IN_A), DNS_FORMERR, NULL, 0, 0 }, /* TC */
	{ BYTES(HEAD("\x01\x00", "\1", "\2") NAME IN_A OPT OPT), DNS_FORMERR, NULL, 0, 0 },
	{ BYTES(ASK NAME "\0\1\0"), DNS_FORMERR, NULL, 0, 0 },
	{ BYTES(ASK NAME IN_A "\0"), DNS_FORMERR, NULL, 0, 0 },
	{ BYTES(ASK "\7example\4tes"), DNS_FORMERR, NULL, 0, 0 },
	{ BYTES(ASK "\7example\4test"), DNS_FORMERR, NULL, 0, 0 },
	{ BYTES(ASK "\xc0\x0c" IN_A), DNS_FORMERR, NULL, 0, 0 }, /* a loop */
	{ BYTES(ASK "\7example\xc0\x0c" IN_A), DNS_FORMERR, NULL, 0, 0 },
	{ BYTES(ASK "\x40"
		    "aaaa\0" IN_A),
	  DNS_FORMERR, NULL, 0, 0 },
	{ BYTES(ASK L63 L63 L63 "\x3e"
				"a" T61 "\0" IN_A),
	  DNS_FORMERR, NULL, 0, 0 },
	{ BYTES(ASK_OPT NAME IN_A), DNS_FORMERR, NULL, 0, 0 },
	{ BYTES(ASK_OPT NAME IN_A "\0\0\1\x10\0\0\0\0\0\0\0"), DNS_FORMERR, NULL, 0, 0 },
	{ BYTES(ASK_OPT NAME IN_A "\1a\0\0\x29\x10\0\0\0\0\0\0\0"), DNS_FORMERR, NULL, 0, 0 },
	{ BYTES(ASK_OPT NAME IN_A "\0\0\x29\x10\0\0\0\0\0\0\1"), DNS_FORMERR, NULL, 0, 0 },
	{ BYTES(ASK_OPT NAME IN_A OPT "x"), DNS_FORMERR, NULL, 0, 0 },
};

START_TEST(test_query)
{
	struct dns_query q;
	int ret = dns_parse(&q, guarded_bytes(queries[_i].in, queries[_i].n));

	ck_assert_int_eq(ret, queries[_i].ret);
	if (ret != 0)
		return;
	ck_assert_uint_eq(q.id, 0x1234);
	ck_assert_str_eq(q.name, queries[_i].name);
	ck_assert_uint_eq(q.type, queries[_i].type);
	ck_assert_uint_eq(q.udp_size, queries[_i].udp_size);
	ck_assert_int_eq(q.edns, queries[_i].udp_size != 0);
}
END_TEST

#define ANSWER(flags, questions, answers, authority, additional)                                   \
	"\x12\x34" flags "\0" questions "\0" answers "\0" authority "\0" additional
#define SOA "\0\0\6\0\1\0\0\0\x3c\0\x16\0\0\0\0\0\1\0\0\0\x3c\0\0\0\x3c\0\0\0\x3c\0\0\0\x3c"

/* Answered with 198.18.0.9 and fd00::9 for 60 seconds, or with the code that the parser gave. */
static const struct {
	const char *in;
	size_t n;
	enum dns_rcode rcode;
	const char *want;
	size_t n_want;
} answers[] = {
	{ BYTES(ASK NAME IN_A), DNS_NOERROR,
	  BYTES(ANSWER("\x85\x80", "\1", "\1", "\0", "\0") NAME IN_A
		"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc6\x12\0\x09") },
	{ BYTES(ASK NAME IN_AAAA), DNS_NOERROR,
	  BYTES(ANSWER("\x85\x80", "\1", "\1", "\0", "\0") NAME IN_AAAA
		"\xc0\x0c\0\x1c\0\1\0\0\0\x3c\0\x10\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x09") },
	{ BYTES(ASK NAME "\0\x41\0\1"), DNS_NOERROR,
	  BYTES(ANSWER("\x85\x80", "\1", "\0", "\1", "\0") NAME "\0\x41\0\1" SOA) },
	{ BYTES(ASK_OPT NAME IN_A OPT), DNS_NXDOMAIN,
	  BYTES(ANSWER("\x85\x83", "\1", "\0", "\1", "\1") NAME IN_A SOA
		"\0\0\x29\x04\xd0\0\0\x80\0\0\0") },
	{ BYTES(ASK NAME IN_A), DNS_REFUSED,
	  BYTES(ANSWER("\x85\x85", "\1", "\0", "\0", "\0") NAME IN_A) },
	{ BYTES(ASK), DNS_FORMERR, BYTES(ANSWER("\x85\x81", "\0", "\0", "\0", "\0")) },
	{ BYTES(HEAD("\x29\x00", "\1", "\0") NAME IN_A), DNS_NOTIMP,
	  BYTES(ANSWER("\xad\x84", "\0", "\0", "\0", "\0")) },
	{ BYTES(ASK_OPT NAME IN_A "\0\0\x29\x10\0\0\1\0\0\0\0"), DNS_BADVERS,
	  BYTES(ANSWER("\x85\x80", "\1", "\0", "\0", "\1") NAME IN_A
		"\0\0\x29\x04\xd0\1\0\0\0\0\0") },
};

START_TEST(test_answer)
{
	struct addr addrs[2];
	char space[DNS_ANSWER_MAX];
	struct buf out = BUF(space);
	struct dns_query q;
	int ret;

	addr_parse(STR("198.18.0.9"), &addrs[0]);
	addr_parse(STR("fd00::9"), &addrs[1]);
	ret = dns_parse(&q, guarded_bytes(answers[_i].in, answers[_i].n));
	ck_assert(ret == 0 || ret == (int)answers[_i].rcode);
	dns_answer(&q, answers[_i].rcode, addrs, 2, 60, &out);
	ck_assert(!out.full);
	ck_assert_uint_eq(out.n, answers[_i].n_want);
	ck_assert_mem_eq(out.p, answers[_i].want, out.n);
}
END_TEST

START_TEST(test_longest_answer_fits)
{
	struct dns_query q;
	char space[DNS_ANSWER_MAX];
	struct buf out = BUF(space);

	ck_assert_int_eq(dns_parse(&q, guarded_bytes(BYTES(ASK_OPT L63 L63 L63 L61 "\0" IN_A OPT))),
			 0);
	dns_answer(&q, DNS_NXDOMAIN, NULL, 0, 60, &out);
	ck_assert(!out.full);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_query, 0, LEN(queries));
	tcase_add_loop_test(tc, test_answer, 0, LEN(answers));
	tcase_add_test(tc, test_longest_answer_fits);
}

int main(void)
{
	return suite_run("dns", add);
}
