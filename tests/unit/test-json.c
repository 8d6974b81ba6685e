/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/json.h"

#include <stdio.h>

#include "suite.h"

/*
 * Reads all of it, entering everything, and all of it again, entering nothing: both say the same.
 */
static bool accepted(struct str text)
{
	struct json j, lazy;
	struct json_value v;
	unsigned depth = 0;

	json_init(&lazy, text);
	json_init(&j, text);
	do {
		while (json_next(&j, &v))
			depth += json_enter(&j, v.type);
	} while (depth-- > 0);
	ck_assert_int_eq(!json_done(&j), !json_done(&lazy));
	return !json_done(&j);
}

static const struct {
	const char *in;
	bool want;
} texts[] = {
	{ "null", true },
	{ " [ ] ", true },
	{ "{}", true },
	{ "\t{\"a\" : [1 , 2,\r\n{\"b\":{}}] }\n", true },
	{ "[[[[[[]]]],{}]]", true },
	{ "\"\"", true },
	{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\"", true },
	{ "\"\\ud800\"", true }, /* the grammar has it */
	{ "\"\x7f\xc3\xa9\xe2\x98\x83\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\"", true },
	{ "\"longer than eight bytes, \xc3\xa9, and longer than that \\u0041\"", true },
	{ "{\"a\":1,\"a\":2}", true }, /* see json_keys */
	{ "-0", true },
	{ "[0,-1,10,1.5,0.0e0,1E+9,1e-9,123456789012345678901234567890]", true },

	{ "", false },
	{ " ", false },
	{ "nul", false },
	{ "nulll", false },
	{ "True", false },
	{ "NaN", false },
	{ "Infinity", false },
	{ "1 2", false },
	{ "{} {}", false },
	{ "[]]", false },
	{ "[", false },
	{ "[1", false },
	{ "[1,", false },
	{ "[1,]", false },
	{ "[,1]", false },
	{ "[1 2]", false },
	{ "[1,,2]", false },
	{ "[1}", false },
	{ "{]", false },
	{ "{\"a\"}", false },
	{ "{\"a\":}", false },
	{ "{\"a\":1,}", false },
	{ "{,\"a\":1}", false },
	{ "{\"a\" 1}", false },
	{ "{\"a\"::1}", false },
	{ "{a:1}", false },
	{ "{1:1}", false },
	{ "{'a':1}", false },
	{ "[\"a\":1]", false },
	{ "{\"a\":1", false },
	{ "{\"a\":\"", false },
	{ "\"", false },
	{ "\"\\", false },
	{ "\"\\\"", false },
	{ "\"\\x41\"", false },
	{ "\"\\u\"", false },
	{ "\"\\u12\"", false },
	{ "\"\\u123", false },
	{ "\"\\u12g4\"", false },
	{ "\"\\U0041\"", false },
	{ "\"\n\"", false },
	{ "\"\x1f\"", false },
	{ "\"1234567\x1f\"", false },
	{ "\"\x80\"", false },
	{ "\"\xc0\x80\"", false },
	{ "\"\xc1\xbf\"", false },
	{ "\"\xe0\x9f\xbf\"", false },
	{ "\"\xed\xa0\x80\"", false },
	{ "\"\xf0\x8f\xbf\xbf\"", false },
	{ "\"\xf4\x90\x80\x80\"", false },
	{ "\"\xf5\x80\x80\x80\"", false },
	{ "\"\xe2\x98\"", false },
	{ "\"\xe2", false },
	{ "\xef\xbb\xbf{}", false },
	{ "\xc2\xa0{}", false },
	{ "\v{}", false },
	{ "01", false },
	{ "-", false },
	{ "+1", false },
	{ "--1", false },
	{ ".5", false },
	{ "1.", false },
	{ "1.e1", false },
	{ "1e", false },
	{ "1e+", false },
	{ "-a", false },
	{ "0x10", false },
	{ "1_0", false },
	{ "[1]// x", false },
	{ "/* x */ 1", false },
};

START_TEST(test_grammar)
{
	ck_assert_msg(accepted(guarded(texts[_i].in)) == texts[_i].want, "%s", texts[_i].in);
}
END_TEST

START_TEST(test_nul)
{
	ck_assert(!accepted(guarded_bytes("1\0", 2)));
	ck_assert(!accepted(guarded_bytes("\"\0\"", 3)));
	ck_assert(!accepted(guarded_bytes("[\0]", 3)));
	ck_assert(accepted(guarded("\"\\u0000\"")));
}
END_TEST

START_TEST(test_depth)
{
	char text[2 * (JSON_DEPTH + 1)];

	memset(text, '[', sizeof(text) / 2);
	memset(text + sizeof(text) / 2, ']', sizeof(text) / 2);
	ck_assert(!accepted(guarded_bytes(text, sizeof(text))));
	ck_assert(accepted(guarded_bytes(text + 1, sizeof(text) - 2)));
}
END_TEST

static const char document[] = "{ \"name\": \"x\", \"versions\": {\"1.0.0\": {\"a\": [1, {}]}, "
			       "\"1.1.0\" : {}, \"2.0.0\":7},\"la\\u0073t\":\"\\u0041\" }";

/* What stands before the elements of a container that was entered, and its bracket at the end. */
static struct str opening(const struct json *j, const struct json_value *v, bool comma)
{
	const size_t from = comma ? v->comma : v->start;

	return (struct str){ j->text.p + from, v->value + 1 - from };
}

static struct str closing(const struct json *j)
{
	return (struct str){ j->text.p + j->at - 1, 1 };
}

/* Leaves out the members of "versions" whose keys are in @dropped. */
static void filter(const char *dropped, char *out)
{
	struct json j;
	struct json_value v;
	bool kept = false;
	struct buf b = buf_over(out, sizeof(document));

	json_init(&j, guarded(document));
	ck_assert(json_next(&j, &v) && json_enter(&j, JSON_OBJECT));
	buf_str(&b, opening(&j, &v, true));
	while (json_next(&j, &v)) {
		if (!json_is(v.key, "versions")) {
			buf_str(&b, json_whole(&j, &v, true));
			continue;
		}
		ck_assert(json_enter(&j, JSON_OBJECT));
		buf_str(&b, opening(&j, &v, true));
		while (json_next(&j, &v)) {
			if (memmem(dropped, strlen(dropped), v.key.p, v.key.n))
				continue;
			buf_str(&b, json_whole(&j, &v, kept));
			kept = true;
		}
		buf_str(&b, closing(&j));
	}
	buf_str(&b, closing(&j));
	ck_assert(!json_done(&j) && !b.full);
}

START_TEST(test_filter)
{
	static const struct {
		const char *dropped, *want;
	} cases[] = {
		{ "", "{\"1.0.0\": {\"a\": [1, {}]}, \"1.1.0\" : {}, \"2.0.0\":7}" },
		{ "1.0.0", "{\"1.1.0\" : {}, \"2.0.0\":7}" },
		{ "1.1.0", "{\"1.0.0\": {\"a\": [1, {}]}, \"2.0.0\":7}" },
		{ "2.0.0", "{\"1.0.0\": {\"a\": [1, {}]}, \"1.1.0\" : {}}" },
		{ "1.0.0 1.1.0", "{\"2.0.0\":7}" },
		{ "1.0.0 1.1.0 2.0.0", "{}" },
	};

	for (size_t i = 0; i < LEN(cases); i++) {
		char out[sizeof(document)], want[sizeof(document)];

		filter(cases[i].dropped, out);
		snprintf(want, sizeof(want),
			 "{ \"name\": \"x\", \"versions\": %s,\"la\\u0073t\":\"\\u0041\"}",
			 cases[i].want);
		ck_assert_str_eq(out, want);
		ck_assert(accepted(guarded(out)));
	}
}
END_TEST

START_TEST(test_walk)
{
	struct json j;
	struct json_value v;
	char space[8];
	struct buf b = BUF(space);

	json_init(&j, guarded(document));
	ck_assert(json_next(&j, &v) && v.type == JSON_OBJECT && !v.key.p);
	ck_assert(!json_enter(&j, JSON_ARRAY) && json_enter(&j, JSON_OBJECT));
	ck_assert(json_next(&j, &v) && json_is(v.key, "name") && str_is(v.text, "x"));
	ck_assert(!json_enter(&j, JSON_OBJECT));
	ck_assert(json_next(&j, &v) && json_enter(&j, JSON_OBJECT));
	ck_assert(json_next(&j, &v) && json_is(v.key, "1.0.0") && json_enter(&j, JSON_OBJECT));
	while (json_next(&j, &v))
		;
	ck_assert(json_next(&j, &v) && json_is(v.key, "1.1.0")); /* skipped */
	ck_assert(json_next(&j, &v) && v.type == JSON_NUMBER && str_is(v.text, "7"));
	ck_assert(!json_next(&j, &v));
	ck_assert(json_next(&j, &v) && json_is(v.key, "last") && json_is(v.text, "A"));
	ck_assert_int_eq(json_decode(v.text, &b), 0);
	ck_assert_str_eq(space, "A");
	ck_assert(!json_next(&j, &v) && !json_next(&j, &v));
	ck_assert_ptr_null(json_done(&j));
}
END_TEST

/* The end is looked at, whoever stops early. */
START_TEST(test_early)
{
	struct json j;
	struct json_value v;

	json_init(&j, guarded("{\"a\":{\"b\":1},\"c\":}"));
	ck_assert(json_next(&j, &v) && json_enter(&j, JSON_OBJECT));
	ck_assert(json_next(&j, &v) && json_enter(&j, JSON_OBJECT));
	ck_assert_ptr_nonnull(json_done(&j));
	ck_assert(!json_next(&j, &v) && !json_enter(&j, JSON_OBJECT));
	ck_assert_uint_eq(json_whole(&j, &v, true).n, 0);
}
END_TEST

static const struct {
	const char *raw, *want;
} strings[] = {
	{ "", "" },
	{ "a\\/b", "a/b" },
	{ "\\\"\\\\\\b\\f\\n\\r\\t", "\"\\\b\f\n\r\t" },
	{ "x\\u00e9\\u2603y", "x\xc3\xa9\xe2\x98\x83y" },
	{ "\\ud83d\\uDE00", "\xf0\x9f\x98\x80" },
	{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
	{ "\\ud83d", NULL },
	{ "\\ud83dx", NULL },
	{ "\\ud83d\\n12345", NULL },
	{ "\\ud83d\\u0041", NULL },
	{ "\\ud83d\\ud83d", NULL },
	{ "a\\ude00", NULL },
};

START_TEST(test_string)
{
	char space[64];
	struct buf b = BUF(space);
	struct str raw = guarded(strings[_i].raw);

	ck_assert_int_eq(json_decode(raw, &b), strings[_i].want ? 0 : -1);
	if (!strings[_i].want)
		return;
	ck_assert(str_is((struct str){ space, b.n }, strings[_i].want));
	ck_assert(json_is(raw, strings[_i].want));
	ck_assert(!json_is(raw, "another"));
	ck_assert(!json_is(raw, "\xf0\x9f\x98\x80x"));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_grammar, 0, LEN(texts));
	tcase_add_test(tc, test_nul);
	tcase_add_test(tc, test_depth);
	tcase_add_test(tc, test_filter);
	tcase_add_test(tc, test_walk);
	tcase_add_test(tc, test_early);
	tcase_add_loop_test(tc, test_string, 0, LEN(strings));
}

int main(void)
{
	return suite_run("json", add);
}
