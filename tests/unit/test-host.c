/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/host.h"

#include "suite.h"

#define X10 "aaaaaaaaaa"
#define L63 X10 X10 X10 X10 X10 X10 "aaa"
#define H253 L63 "." L63 "." L63 "." X10 X10 X10 X10 X10 X10 "a"

/* NULL: not a name. */
static const struct {
	const char *in, *want;
} names[] = {
	{ "example.test", "example.test" },
	{ "EXAMPLE.Test", "example.test" },
	{ "example.test.", "example.test" },
	{ "localhost", "localhost" },
	{ "_dmarc.a_b.test", "_dmarc.a_b.test" },
	{ "r3---sn-x.example.test", "r3---sn-x.example.test" },
	{ "xn--bcher-kva.xn--p1ai", "xn--bcher-kva.xn--p1ai" },
	{ "1.2.3.4.test", "1.2.3.4.test" },
	{ "0xab.test", "0xab.test" },
	{ "127.0.0.1.0xg", "127.0.0.1.0xg" },
	{ "a.1b", "a.1b" },
	{ L63 ".test", L63 ".test" },
	{ H253, H253 },
	{ H253 ".", H253 },

	{ "", NULL },
	{ ".", NULL },
	{ "..", NULL },
	{ ".example.test", NULL },
	{ "example..test", NULL },
	{ "example.test..", NULL },
	{ "-a.test", NULL },
	{ "a-.test", NULL },
	{ "*.example.test", NULL },
	{ "exa mple.test", NULL },
	{ "example.test ", NULL },
	{ "example.test\n", NULL },
	{ "example.test:443", NULL },
	{ "user@example.test", NULL },
	{ "example.test/", NULL },
	{ "example%2etest", NULL },
	{ "b\xc3\xbc"
	  "cher.test",
	  NULL },
	{ "example\xe3\x80\x82test", NULL }, /* U+3002, a full stop to IDNA */
	{ "\xef\xbc\x91.test", NULL },
	{ L63 "a.test", NULL },
	{ H253 "a", NULL },

	{ "127.0.0.1", NULL },
	{ "127.0.0.1.", NULL },
	{ "127.1", NULL },
	{ "2130706433", NULL },
	{ "017700000001", NULL },
	{ "0x7f000001", NULL },
	{ "0X7F000001", NULL },
	{ "0x", NULL },
	{ "0x.0x", NULL },
	{ "0x7f.1", NULL },
	{ "0177.0.0.0x1", NULL },
	{ "example.1", NULL },
	{ "example.0xff", NULL },
	{ "[::1]", NULL },
	{ "::1", NULL },
};

START_TEST(test_name)
{
	char out[HOST_MAX + 1], again[HOST_MAX + 1];
	int ret = host_canon(guarded(names[_i].in), out);

	ck_assert_int_eq(ret, names[_i].want ? 0 : -1);
	if (ret < 0)
		return;
	ck_assert_str_eq(out, names[_i].want);
	ck_assert_int_eq(host_canon(guarded(out), again), 0);
	ck_assert_str_eq(again, out);
}
END_TEST

START_TEST(test_name_with_nul)
{
	char out[HOST_MAX + 1];

	ck_assert_int_eq(host_canon(guarded_bytes("evil.test\0.example.test", 22), out), -1);
	ck_assert_int_eq(host_canon(guarded_bytes("example.test\0", 13), out), -1);
}
END_TEST

/* What addr_text() makes of an address; NULL: not one. */
static const struct {
	const char *in, *want;
} literals[] = {
	{ "1.2.3.4", "1.2.3.4" },
	{ "0.0.0.0", "0.0.0.0" },
	{ "255.255.255.255", "255.255.255.255" },
	{ "::", "::" },
	{ "::1", "::1" },
	{ "[::1]", "::1" },
	{ "1::", "1::" },
	{ "2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
	{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
	{ "2001:0db8::0001", "2001:db8::1" },
	{ "1:0:0:2:0:0:0:3", "1:0:0:2::3" },
	{ "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8" },
	{ "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0" },
	{ "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8" },
	{ "::ffff:1.2.3.4", "1.2.3.4" },
	{ "::ffff:102:304", "1.2.3.4" },
	{ "64:ff9b::10.0.0.1", "64:ff9b::a00:1" },
	{ "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304" },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },

	{ "", NULL },
	{ "1", NULL },
	{ "1.2.3", NULL },
	{ "1.2.3.4.", NULL },
	{ "1.2.3.4.5", NULL },
	{ ".1.2.3.4", NULL },
	{ "1.2..4", NULL },
	{ "1.2.3.256", NULL },
	{ "01.2.3.4", NULL },
	{ "1.2.3.00", NULL },
	{ "0x1.2.3.4", NULL },
	{ "127.1", NULL },
	{ "2130706433", NULL },
	{ "0x7f000001", NULL },
	{ "017700000001", NULL },
	{ "1.2.3.4 ", NULL },
	{ "+1.2.3.4", NULL },
	{ "[1.2.3.4]", NULL },
	{ "[]", NULL },
	{ "[", NULL },
	{ "[::1", NULL },
	{ "::1]", NULL },
	{ "[[::1]]", NULL },
	{ "[::1]:80", NULL },
	{ ":", NULL },
	{ ":::", NULL },
	{ "1:", NULL },
	{ ":1", NULL },
	{ "1::2::3", NULL },
	{ "1:::2", NULL },
	{ "::1:", NULL },
	{ "1:2:3:4:5:6:7", NULL },
	{ "1:2:3:4:5:6:7:8:9", NULL },
	{ "1:2:3:4:5:6:7:8::", NULL },
	{ "1:2:3:4::5:6:7:8", NULL },
	{ "::12345", NULL },
	{ "::g", NULL },
	{ "fe80::1%lo", NULL },
	{ "[fe80::1%25lo]", NULL },
	{ "::1.2.3", NULL },
	{ "::1.2.3.4:5", NULL },
	{ "1.2.3.4::", NULL },
	{ "::01.2.3.4", NULL },
	{ "1:2:3:4:5:6:7:1.2.3.4", NULL },
	{ "example.test", NULL },
};

START_TEST(test_literal)
{
	char text[ADDR_TEXT_MAX];
	struct addr a, again;
	int ret = addr_parse(guarded(literals[_i].in), &a);

	ck_assert_int_eq(ret, literals[_i].want ? 0 : -1);
	if (ret < 0)
		return;
	addr_text(&a, text);
	ck_assert_str_eq(text, literals[_i].want);
	ck_assert_int_eq(addr_parse(guarded(text), &again), 0);
	ck_assert_mem_eq(again.b, a.b, sizeof(a.b));
	ck_assert_int_eq(addr_is_v4(&a), strchr(text, ':') == NULL);
}
END_TEST

/* NULL: public. First and last of each range, and the neighbours that are not in it. */
static const struct {
	const char *in, *want;
} specials[] = {
	{ "1.1.1.1", NULL },
	{ "0.0.0.0", "this network" },
	{ "0.255.255.255", "this network" },
	{ "1.0.0.0", NULL },
	{ "9.255.255.255", NULL },
	{ "10.0.0.0", "private" },
	{ "10.255.255.255", "private" },
	{ "11.0.0.0", NULL },
	{ "100.63.255.255", NULL },
	{ "100.64.0.0", "shared (carrier-grade NAT)" },
	{ "100.100.100.200", "metadata service" },
	{ "100.127.255.255", "shared (carrier-grade NAT)" },
	{ "100.128.0.0", NULL },
	{ "126.255.255.255", NULL },
	{ "127.0.0.1", "loopback" },
	{ "127.255.255.255", "loopback" },
	{ "128.0.0.0", NULL },
	{ "168.63.129.16", "metadata service" },
	{ "168.63.129.15", NULL },
	{ "169.253.255.255", NULL },
	{ "169.254.0.0", "link-local" },
	{ "169.254.169.254", "metadata service" },
	{ "169.254.170.2", "metadata service" },
	{ "169.254.255.255", "link-local" },
	{ "169.255.0.0", NULL },
	{ "172.15.255.255", NULL },
	{ "172.16.0.0", "private" },
	{ "172.31.255.255", "private" },
	{ "172.32.0.0", NULL },
	{ "192.0.0.0", "protocol assignments" },
	{ "192.0.0.192", "metadata service" },
	{ "192.0.1.0", NULL },
	{ "192.0.2.1", NULL },
	{ "192.88.99.1", "6to4 relay" },
	{ "192.168.255.255", "private" },
	{ "192.169.0.0", NULL },
	{ "198.17.255.255", NULL },
	{ "198.18.0.0", "benchmarking" },
	{ "198.19.255.255", "benchmarking" },
	{ "198.20.0.0", NULL },
	{ "198.51.100.1", NULL },
	{ "203.0.113.1", NULL },
	{ "223.255.255.255", NULL },
	{ "224.0.0.1", "multicast" },
	{ "239.255.255.255", "multicast" },
	{ "240.0.0.0", "reserved" },
	{ "255.255.255.254", "reserved" },
	{ "255.255.255.255", "broadcast" },

	{ "2606:4700::1111", NULL },
	{ "::", "unspecified" },
	{ "::1", "loopback" },
	{ "::2", "this network" },
	{ "::127.0.0.1", "loopback" },
	{ "::8.8.8.8", "IPv4-compatible" },
	{ "::ffff:169.254.169.254", "metadata service" },
	{ "::ffff:0:10.0.0.1", "private" },
	{ "::ffff:0:8.8.8.8", "IPv4-translated" },
	{ "::fffe:0:0:1", "reserved" },
	{ "64:ff9b::8.8.8.8", NULL },
	{ "64:ff9b::169.254.169.254", "metadata service" },
	{ "64:ff9b::7f00:1", "loopback" },
	{ "64:ff9b:1::8.8.8.8", "private (local NAT64)" },
	{ "64:ff9b:2::8.8.8.8", "reserved" },
	{ "64:ff9b::1:808:808", "reserved" },
	{ "100::1", "discard" },
	{ "100:0:0:1::1", "reserved" },
	{ "1fff:ffff::", "reserved" },
	{ "2000::", NULL },
	{ "2001::1", "reserved" },		   /* Teredo of 255.255.255.254 */
	{ "2001:0:1:2:3:4:f5ff:fffe", "private" }, /* Teredo of 10.0.0.1 */
	{ "2001:0:1:2:3:4:f7f7:f7f7", "Teredo" },  /* of 8.8.8.8 */
	{ "2001:1::1", "protocol assignments" },
	{ "2001:2::1", "benchmarking" },
	{ "2001:1ff:ffff::", "protocol assignments" },
	{ "2001:200::", NULL },
	{ "2001:db8::1", NULL },
	{ "2001:db9::1", NULL },
	{ "2002:7f00:1::", "loopback" },
	{ "2002:a9fe:a9fe::1", "metadata service" },
	{ "2002:808:808::1", NULL },
	{ "3fff::1", NULL },
	{ "3fff:fff:ffff::", NULL },
	{ "3fff:1000::", NULL },
	{ "3ffe:ffff::", NULL },
	{ "4000::", "reserved" },
	{ "5f00::1", "segment routing" },
	{ "fc00::1", "private" },
	{ "fd00:ec2::254", "metadata service" },
	{ "fd00:a9e::1", "private" },
	{ "fe00::1", "reserved" },
	{ "fe80::1", "link-local" },
	{ "febf:ffff::", "link-local" },
	{ "fec0::1", "private (site-local)" },
	{ "ff02::1", "multicast" },
};

START_TEST(test_special)
{
	struct addr a;
	const char *got;

	ck_assert_int_eq(addr_parse(guarded(specials[_i].in), &a), 0);
	got = addr_special(&a);
	ck_assert_str_eq(got ? got : "public", specials[_i].want ? specials[_i].want : "public");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_name, 0, LEN(names));
	tcase_add_test(tc, test_name_with_nul);
	tcase_add_loop_test(tc, test_literal, 0, LEN(literals));
	tcase_add_loop_test(tc, test_special, 0, LEN(specials));
}

int main(void)
{
	return suite_run("host", add);
}
