/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/quote.h"

#include <stdio.h>

#include "suite.h"

static const struct {
	const char *in, *json, *term;
} rows[] = {
	{ "", "", "" },
	{ "left-pad 1.3", "left-pad 1.3", "left-pad 1.3" },
	{ "a\"b\\c/", "a\\\"b\\\\c/", "a\"b\\\\c/" },
	{ "line\nnext\r\tx", "line\\u000anext\\u000d\\u0009x", "line\\x0anext\\x0d\\x09x" },
	{ "\x1b[2J\x7f", "\\u001b[2J\\u007f", "\\x1b[2J\\x7f" },
	{ "k\xc3\xb6nig \xe2\x82\xac \xf0\x9f\x90\xa7",
	  "k\xc3\xb6nig \xe2\x82\xac \xf0\x9f\x90\xa7",
	  "k\xc3\xb6nig \xe2\x82\xac \xf0\x9f\x90\xa7" },
	/* not UTF-8: alone, short, too long a form, surrogate, beyond the last character */
	{ "\xff", "\\ufffdff", "\\xff" },
	{ "a\x80"
	  "b",
	  "a\\ufffd80b", "a\\x80b" },
	{ "\xe2\x82", "\\ufffde2\\ufffd82", "\\xe2\\x82" },
	{ "\xe2\x82q", "\\ufffde2\\ufffd82q", "\\xe2\\x82q" },
	{ "\xc0\xaf", "\\ufffdc0\\ufffdaf", "\\xc0\\xaf" },
	{ "\xe0\x80\x8a", "\\ufffde0\\ufffd80\\ufffd8a", "\\xe0\\x80\\x8a" },
	{ "\xed\xa0\x80", "\\ufffded\\ufffda0\\ufffd80", "\\xed\\xa0\\x80" },
	{ "\xf4\x90\x80\x80", "\\ufffdf4\\ufffd90\\ufffd80\\ufffd80", "\\xf4\\x90\\x80\\x80" },
	{ "\xf8\x88\x80\x80\x80", "\\ufffdf8\\ufffd88\\ufffd80\\ufffd80\\ufffd80",
	  "\\xf8\\x88\\x80\\x80\\x80" },
	/* a genuine U+FFFD cannot pass for the sign that announces a byte */
	{ "\xef\xbf\xbd"
	  "ff",
	  "\\ufffdef\\ufffdbf\\ufffdbdff",
	  "\xef\xbf\xbd"
	  "ff" },
	/*
	 * C1: next line, control sequence introducer; soft hyphen; bidi; separators; BOM; tag; no
	 * characters
	 */
	{ "\xc2\x85\xc2\x9b"
	  "2J",
	  "\\u0085\\u009b2J", "\\u{0085}\\u{009b}2J" },
	{ "a\xc2\xad"
	  "b",
	  "a\\u00adb", "a\\u{00ad}b" },
	{ "\xe2\x80\xae"
	  "gpj.exe\xe2\x81\xa9",
	  "\\u202egpj.exe\\u2069", "\\u{202e}gpj.exe\\u{2069}" },
	{ "\xd8\x9c\xe2\x80\x8e", "\\u061c\\u200e", "\\u{061c}\\u{200e}" },
	{ "\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029", "\\u{2028}\\u{2029}" },
	{ "\xef\xbb\xbfx\xe2\x80\x8by", "\\ufeffx\\u200by", "\\u{feff}x\\u{200b}y" },
	{ "\xf3\xa0\x81\x81", "\\udb40\\udc41", "\\u{e0041}" },
	{ "\xef\xbf\xbe\xef\xbf\xbf", "\\ufffe\\uffff", "\\u{fffe}\\u{ffff}" },
};

START_TEST(test_row)
{
	char space[256], want[256];
	struct buf out = BUF(space);

	quote_json(&out, guarded(rows[_i].in));
	snprintf(want, sizeof(want), "\"%s\"", rows[_i].json);
	ck_assert_str_eq(out.p, want);

	out.n = 0;
	space[0] = '\0';
	quote_term(&out, guarded(rows[_i].in));
	ck_assert_str_eq(out.p, rows[_i].term);
	ck_assert(!out.full);
}
END_TEST

/* Every pair of bytes, NUL too: bounds hold and no control is left. */
START_TEST(test_all_pairs)
{
	for (unsigned pair = 0; pair <= 0xffff; pair++) {
		char in[] = { (char)(pair >> 8), (char)pair }, json[2 * 8 + 3], term[2 * 4 + 1];
		struct buf out = BUF(json), shown = BUF(term);

		quote_json(&out, (struct str){ in, 2 });
		quote_term(&shown, (struct str){ in, 2 });
		ck_assert(!out.full && !shown.full);
		for (size_t i = 0; i < out.n; i++)
			ck_assert((unsigned char)out.p[i] >= ' ' && out.p[i] != 0x7f);
		for (size_t i = 0; i < shown.n; i++)
			ck_assert((unsigned char)shown.p[i] >= ' ' && shown.p[i] != 0x7f);
	}
}
END_TEST

static const struct {
	const char *in, *out;
} restored[] = {
	{ "", "" },
	{ "plain", "plain" },
	{ "\xef\xbf\xbd"
	  "ff",
	  "\xff" },
	{ "a\xef\xbf\xbd"
	  "ef\xef\xbf\xbd"
	  "bf\xef\xbf\xbd"
	  "bdff",
	  "a\xef\xbf\xbd"
	  "ff" },
	/* not ours: left as it is */
	{ "\xef\xbf\xbd", "\xef\xbf\xbd" },
	{ "\xef\xbf\xbd"
	  "f",
	  "\xef\xbf\xbd"
	  "f" },
	{ "\xef\xbf\xbd"
	  "FF",
	  "\xef\xbf\xbd"
	  "FF" },
	{ "\xef\xbf", "\xef\xbf" },
};

START_TEST(test_restore)
{
	char space[64] = "";
	struct buf out = BUF(space);

	quote_restore(&out, guarded(restored[_i].in));
	ck_assert_str_eq(out.p, restored[_i].out);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_row, 0, LEN(rows));
	tcase_add_test(tc, test_all_pairs);
	tcase_add_loop_test(tc, test_restore, 0, LEN(restored));
}

int main(void)
{
	return suite_run("quote", add);
}
