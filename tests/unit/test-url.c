/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/url.h"

#include "suite.h"

/* NULL: refused. */
static const struct {
	const char *in, *want;
} authorities[] = {
	{ "example.test", "example.test" },
	{ "EXAMPLE.test.", "example.test" },
	{ "example.test:80", "example.test:80" },
	{ "example.test.:65535", "example.test:65535" },
	{ "192.0.2.1", "192.0.2.1" },
	{ "192.0.2.1:1", "192.0.2.1:1" },
	{ "[2001:DB8::1]", "[2001:db8::1]" },
	{ "[2001:db8::1]:443", "[2001:db8::1]:443" },
	{ "[::ffff:192.0.2.1]:443", "192.0.2.1:443" },

	{ "", NULL },
	{ ":80", NULL },
	{ "example.test:", NULL },
	{ "example.test:0", NULL },
	{ "example.test:080", NULL },
	{ "example.test:65536", NULL },
	{ "example.test:65617", NULL }, /* 81 in 16 bits */
	{ "example.test:+80", NULL },
	{ "example.test: 80", NULL },
	{ "example.test:80:80", NULL },
	{ "example.test:80/", NULL },
	{ "example.test/", NULL },
	{ "user@example.test", NULL },
	{ "a.test:80@example.test", NULL },
	{ "a.test,b.test", NULL },
	{ "a.test b.test", NULL },
	{ "127.1", NULL },
	{ "0x7f.1:80", NULL },
	{ "2130706433:80", NULL },
	{ "::1", NULL },
	{ "::1:80", NULL },
	{ "2001:db8::1", NULL },
	{ "[2001:db8::1", NULL },
	{ "[2001:db8::1]x", NULL },
	{ "[2001:db8::1]]", NULL },
	{ "[[2001:db8::1]]", NULL },
	{ "[192.0.2.1]", NULL },
	{ "[example.test]", NULL },
	{ "[fe80::1%25lo]", NULL },
	{ "[]:80", NULL },
};

START_TEST(test_authority)
{
	struct authority a, again;
	char space[300];
	struct buf out = BUF(space);

	ck_assert_int_eq(url_authority(guarded(authorities[_i].in), &a),
			 authorities[_i].want ? 0 : -1);
	if (!authorities[_i].want)
		return;
	url_write_authority(&a, &out);
	ck_assert_str_eq(space, authorities[_i].want);
	ck_assert_int_eq(url_authority(guarded(space), &again), 0);
	ck_assert(url_same_host(&a, &again) && a.port == again.port);
}
END_TEST

START_TEST(test_same_host)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {
		{ "example.test", "EXAMPLE.test.:443", true },
		{ "192.0.2.1", "[::ffff:c000:201]", true },
		{ "example.test", "www.example.test", false },
		{ "192.0.2.1", "192.0.2.2", false },
		{ "192.0.2.1", "example.test", false },
	};
	struct authority a, b;

	for (size_t i = 0; i < LEN(cases); i++) {
		ck_assert_int_eq(url_authority(guarded(cases[i].a), &a), 0);
		ck_assert_int_eq(url_authority(guarded(cases[i].b), &b), 0);
		ck_assert_int_eq(url_same_host(&a, &b), cases[i].same);
	}
}
END_TEST

static const struct {
	const char *in, *want;
} paths[] = {
	{ "/", "/" },
	{ "/a/b.c", "/a/b.c" },
	{ "/a/", "/a/" },
	{ "/%61%2D%5f%7E%2e%2Etxt", "/a-_~..txt" },
	{ "/%c3%bc", "/%C3%BC" },
	{ "/@scope%2fname", "/@scope%2Fname" },
	{ "/a%5cb", "/a%5Cb" },
	{ "/a%20b%3F%23%25", "/a%20b%3F%23%25" },
	{ "/:@!$&'()*+,;=", "/:@!$&'()*+,;=" },
	{ "/pages/[id]/a|b^{c}", "/pages/%5Bid%5D/a%7Cb%5E%7Bc%7D" },
	{ "//", "/" },
	{ "//evil.test/a///b//", "/evil.test/a/b/" },
	{ "/a%2F/b", "/a%2F/b" },
	{ "/...", "/..." },
	{ "/.git/..a/a..", "/.git/..a/a.." },
	{ "/a;b=.;c=..", "/a;b=.;c=.." },
	{ "/docker-ce_5%253a24.0_amd64.deb", "/docker-ce_5%253a24.0_amd64.deb" },
	{ "/100%25", "/100%25" },
	{ "/100%25x", "/100%25x" },

	{ "", NULL },
	{ "a", NULL },
	{ "*", NULL },
	{ "/a b", NULL },
	{ "/a\tb", NULL },
	{ "/a\r\nb", NULL },
	{ "/a\x7f", NULL },
	{ "/\xc3\xbc", NULL },
	{ "/a?b", NULL },
	{ "/a#b", NULL },
	{ "/a\\b", NULL },
	{ "/a\"b", NULL },
	{ "/<a>", NULL },
	{ "/a`", NULL },
	{ "/%", NULL },
	{ "/%4", NULL },
	{ "/%4g", NULL },
	{ "/%%34%31", NULL },
	{ "/%u0041", NULL },
	{ "/%00", NULL },
	{ "/a%0d%0ab", NULL },
	{ "/a%7F", NULL },
	{ "/.", NULL },
	{ "/..", NULL },
	{ "/a/../b", NULL },
	{ "/a/./b", NULL },
	{ "/a/..", NULL },
	{ "/a/%2e%2E/b", NULL },
	{ "/a/.%2e/b", NULL },
	{ "/a//../b", NULL },
	{ "/a%2f..%2fb", NULL },
	{ "/a%2F../b", NULL },
	{ "/a/..%2fb", NULL },
	{ "/a%5c..%5cb", NULL },
	{ "/a/..;x/b", NULL },
	{ "/a/..%3bx/b", NULL },
	{ "/a/.;/b", NULL },
	{ "/a/%252e%252e/b", NULL },
	{ "/a%252fb", NULL },
	{ "/a%255Cb", NULL },
	{ "/a%2500", NULL },
	{ "/a%250d%250a", NULL },
	{ "/a%252525", NULL },
	{ "/adm%2569n", NULL },
	{ "/adm%25%36%39n", NULL },
	{ "/adm%25%369n", NULL },
};

START_TEST(test_path)
{
	char space[256], twice[256];
	struct buf out = BUF(space), again = BUF(twice);
	const char *wrong;

	space[0] = '\0';
	wrong = url_path(guarded(paths[_i].in), &out);
	ck_assert_msg(!wrong == !!paths[_i].want, "%s: %s", paths[_i].in, wrong ? wrong : space);
	if (wrong)
		return;
	ck_assert_str_eq(space, paths[_i].want);
	ck_assert_ptr_null(url_path(guarded(space), &again));
	ck_assert_str_eq(twice, space);
}
END_TEST

START_TEST(test_path_with_nul)
{
	char space[16];
	struct buf out = BUF(space);

	ck_assert_ptr_nonnull(url_path(guarded_bytes("/a\0b", 4), &out));
}
END_TEST

/* What is before it in the buffer does not matter, and what does not fit is refused. */
START_TEST(test_path_room)
{
	char space[8];
	struct buf out = BUF(space);

	buf_puts(&out, "x/");
	ck_assert_ptr_null(url_path(guarded("//a/"), &out));
	ck_assert_str_eq(space, "x//a/");
	ck_assert_ptr_nonnull(url_path(guarded("/|"), &out));
}
END_TEST

START_TEST(test_query)
{
	static const struct {
		const char *in;
		bool ok;
	} cases[] = {
		{ "", true },
		{ "a=b&c[d]=|{}%zz?/../\"'<>\\", true },
		{ "a b", false },
		{ "a#b", false },
		{ "a\rb", false },
		{ "\x7f", false },
		{ "\xc3\xbc", false },
		{ "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", false },
	};

	for (size_t i = 0; i < LEN(cases); i++) {
		char space[40] = "";
		struct buf out = BUF(space);
		const char *wrong = url_query(guarded(cases[i].in), &out);

		ck_assert_int_eq(!wrong, cases[i].ok);
		ck_assert(wrong || strcmp(space, cases[i].in) == 0);
	}
}
END_TEST

static const struct {
	const char *page, *reference, *want;
} joined[] = {
	{ "/simple/x/", "../../packages/x-1.0.whl", "/packages/x-1.0.whl" },
	{ "/simple/x/", "../x-1.0.whl", "/simple/x-1.0.whl" },
	{ "/simple/x/", "x-1.0.whl", "/simple/x/x-1.0.whl" },
	{ "/simple/x", "x-1.0.whl", "/simple/x-1.0.whl" },
	{ "/simple/x/", "./x-1.0.whl", "/simple/x/x-1.0.whl" },
	{ "/simple/x/", "./../y", "/simple/y" },
	{ "/simple/x/", "/packages/x", "/packages/x" },
	{ "/", "x", "/x" },
	{ "/simple/x/", "a/../b", "/simple/x/a/../b" }, /* for url_path() to refuse */
	{ "/simple/x/", "?a:b/c", NULL },
	{ "/simple/x/", "../../../y", NULL },
	{ "/simple/x/", "//evil.test/y", NULL },
	{ "/simple/x/", "https://evil.test/y", NULL },
	{ "/simple/x/", "javascript:x/y", NULL },
	{ "/simple/x/", "", NULL },
};

START_TEST(test_join)
{
	char space[64];
	struct buf out = BUF(space);
	const int r = url_join(guarded(joined[_i].page), guarded(joined[_i].reference), &out);

	ck_assert_int_eq(r, joined[_i].want ? 0 : -1);
	if (r == 0)
		ck_assert_str_eq(out.p, joined[_i].want);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_join, 0, LEN(joined));
	tcase_add_loop_test(tc, test_authority, 0, LEN(authorities));
	tcase_add_test(tc, test_same_host);
	tcase_add_loop_test(tc, test_path, 0, LEN(paths));
	tcase_add_test(tc, test_path_with_nul);
	tcase_add_test(tc, test_path_room);
	tcase_add_test(tc, test_query);
}

int main(void)
{
	return suite_run("url", add);
}
