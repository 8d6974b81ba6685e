/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/ini.h"

#include <stdio.h>

#include "suite.h"

#define X10(s) s s s s s s s s s s
#define X48 X10("aaaa") "aaaaaaaa"

/* Lines taken, as section.key=value@line, and complaints, in part; NULL: none. */
static const struct {
	const char *in, *taken, *complaint;
} cases[] = {
	{ "", "", NULL },
	{ "\n\n", "", NULL },
	{ "[a]\nk=v", "a@1 a.k=v@2 ", NULL },
	{ "[a]\nk = v\n", "a@1 a.k=v@2 ", NULL },
	{ "[a]\nk\t=\tv w\t \n", "a@1 a.k=v w@2 ", NULL },
	{ "# c\n; c\n  # indented\n\t; too\n[a] \nk=v\n", "a@5 a.k=v@6 ", NULL },
	{ "[a]\nk=a=b:c;d#e\n", "a@1 a.k=a=b:c;d#e@2 ", NULL },
	{ "[a]\nk=[v]\n[b]\nk=v\n[a]\nk=w\n", "a@1 a.k=[v]@2 b@3 b.k=v@4 a@5 a.k=w@6 ", NULL },
	{ "[a]\nk=\xc3\xa4\xe2\x82\xac\n", "a@1 a.k=\xc3\xa4\xe2\x82\xac@2 ", NULL },
	{ "[a]\nk=v\nk=w\n", "a@1 a.k=v@2 a.k=w@3 ", NULL },
	{ "# " X10(X10("long ")) "\n[a]\n", "a@2 ", NULL },
	{ "[" X48 "]\n" X48 "=v\n", X48 "@1 " X48 "." X48 "=v@2 ", NULL },

	{ "k=v\n", "", "f:1: error: a [section] comes first" },
	{ "[" X48 "a]\nk=v\n", "", "f:1: error: the name of a section" },
	{ "[a]\n" X48 "a=v\n", "a@1 ", "f:2: error: the name of a key" },
	{ "[a\nk=v\n", "", "f:1: error: a section is written" },
	{ "[a]b\nk=v\n", "", "f:1: error: nothing may follow" },
	{ "[a] # c\nk=v\n", "", "f:1: error: nothing may follow" },
	{ "[a]\nk=v\n[]\nk=w\n[b]\nk=x\n", "a@1 a.k=v@2 b@5 b.k=x@6 ", "f:3: error: the name of" },
	{ "[A]\nk=v\n", "", "f:1: error: the name of a section" },
	{ "[a  b]\n", "", "f:1: error: the name of a section" },
	{ "[a ]\n", "", "f:1: error: the name of a section" },
	{ "[ a]\n", "", "f:1: error: the name of a section" },
	{ "[a b c]\n", "", "f:1: error: the name of a section" },
	{ "[a B]\n", "", "f:1: error: the name of a section" },
	{ "[a " X48 "]\n", "", "f:1: error: the name of a section" },
	{ "[a]\nk v\n", "a@1 ", "f:2: error: neither" },
	{ "[a]\nk: v\n", "a@1 ", "f:2: error: a value follows '=', not ':'" },
	{ "[a]\nk:x=v\n", "a@1 ", "f:2: error: a value follows '=', not ':'" },
	{ "[a]\nK=v\n", "a@1 ", "f:2: error: the name of a key" },
	{ "[a]\n=v\n", "a@1 ", "f:2: error: the name of a key" },
	{ "[a]\nk k=v\n", "a@1 ", "f:2: error: the name of a key" },
	{ "[a]\nk=\n", "a@1 ", "f:2: error: the key has no value" },
	{ "[a]\nk= \t\n", "a@1 ", "f:2: error: the key has no value" },
	{ "[a]\nk=v ; c\n", "a@1 ", "f:2: error: a comment needs" },
	{ "[a]\nk=v\t;c\n", "a@1 ", "f:2: error: a comment needs" },
	{ "[a]\nk=;c\n", "a@1 ", "f:2: error: a comment needs" },
	{ "[a]\nk=v # c\n", "a@1 ", "f:2: error: a comment needs" },
	{ "[a]\nk=\"v\"\n", "a@1 ", "f:2: error: quotes" },
	{ "[a]\nk=v\tw\n", "a@1 ", "f:2: error: a value has no tab" },
	{ "[a]\nk=v\n  w\n", "a@1 a.k=v@2 ", "f:3: error: the line starts with a blank" },
	{ "[a]\nk=v\n\tl=w\n", "a@1 a.k=v@2 ", "f:3: error: the line starts with a blank" },
	{ " [a]\n", "", "f:1: error: the line starts with a blank" },
	{ "[a]\r\nk=v\r\n", "", "f:1: error: the line ends with CR" },
	{ "[a]\nk=v\x01\n", "a@1 ", "f:2: error: column 4 is not printable" },
	{ "[a]\nk=\x1b[31m\n", "a@1 ", "f:2: error: column 3 is not printable" },
	{ "[a]\nk=\xff\n", "a@1 ", "f:2: error: column 3 is not printable" },
	{ "[a]\nk=\xe2\x80\xaev\n", "a@1 ", "f:2: error: column 3 is not printable" },
	{ "[a]\nk=.env\xc2\xa0\n", "a@1 ", "f:2: error: column 7 is not printable" },
	{ "\xef\xbb\xbf[a]\n", "", "f:1: error: column 1 is not printable" },
	{ "[a]\n# \x1b\n", "a@1 ", "f:2: error: column 3 is not printable" },
};

static void show(struct buf *out, const struct ini *ini)
{
	for (size_t i = 0; i < ini->n; i++) {
		const struct ini_line *line = &ini->line[i];

		ck_assert_str_eq(line->where.file, "f");
		buf_puts(out, line->section);
		if (line->key)
			buf_printf(out, ".%s=%s", line->key, line->value);
		buf_printf(out, "@%u ", line->where.line);
	}
}

START_TEST(test_lines)
{
	char taken[1000] = "", complaints[2000] = "";
	struct complaints c = { .text = BUF(complaints) };
	struct buf out = BUF(taken);
	struct arena arena = { 0 };
	struct ini ini = { 0 };

	ini_read(&ini, "f", guarded(cases[_i].in), &arena, &c);
	show(&out, &ini);
	ck_assert_str_eq(taken, cases[_i].taken);
	ck_assert_uint_eq(c.n, cases[_i].complaint ? 1 : 0);
	ck_assert_msg(!cases[_i].complaint || strstr(complaints, cases[_i].complaint), "%s",
		      complaints);
	arena_fini(&arena);
}
END_TEST

/* One line of every length around the limits, compact and spread: taken whole or complained of. */
START_TEST(test_length)
{
	for (size_t n = 150; n < 450; n++) {
		char text[500] = "[a]\nkey=", complaints[500];
		struct complaints c = { .text = BUF(complaints) };
		struct arena arena = { 0 };
		struct ini ini = { 0 };

		memset(text + strlen(text), 'v', n);
		ini_read(&ini, "f", guarded(text), &arena, &c);
		ck_assert_uint_eq(ini.n, n <= INI_LINE_MAX - strlen("key = ") ? 2 : 1);
		ck_assert_uint_eq(c.n, 2 - ini.n);
		if (ini.n == 2)
			ck_assert_uint_eq(strlen(ini.line[1].value), n);
		arena_fini(&arena);
	}
}
END_TEST

START_TEST(test_binary_has_one_complaint)
{
	char complaints[200];
	struct complaints c = { .text = BUF(complaints) };
	struct arena arena = { 0 };
	struct ini ini = { 0 };

	ini_read(&ini, "f\x1b", guarded_bytes("[a]\nk=v\0\nk=\n", 12), &arena, &c);
	ck_assert_str_eq(complaints, "f\\x1b: error: not a text file\n");
	ck_assert_uint_eq(ini.n, 0);
	arena_fini(&arena);
}
END_TEST

START_TEST(test_all_complaints)
{
	static const char *const text = "[a]\nk\nl=\n[b\nm=v ;\n[c]\nn\n";
	char complaints[1000];
	struct complaints c = { .text = BUF(complaints) };
	struct arena arena = { 0 };
	struct ini ini = { 0 };

	ini_read(&ini, "f", guarded(text), &arena, &c);
	ck_assert_uint_eq(c.n, 5);
	for (unsigned line = 2; line < 8; line++) {
		char start[20];

		snprintf(start, sizeof(start), "f:%u: error: ", line);
		ck_assert_int_eq(!strstr(complaints, start), line == 6);
	}
	arena_fini(&arena);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_lines, 0, LEN(cases));
	tcase_add_test(tc, test_length);
	tcase_add_test(tc, test_binary_has_one_complaint);
	tcase_add_test(tc, test_all_complaints);
}

int main(void)
{
	return suite_run("ini", add);
}
