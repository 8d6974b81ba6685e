/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/entry.h"

#include "suite.h"

#define HEAD                                                                                       \
	"{\"v\":1,\"seq\":7,\"task\":\"T\",\"time\":\"2026-11-23T07:41:00.123Z\",\"mono_ns\":5,"
#define TAIL ",\"prev\":\"00\",\"hash\":\"00\"}"
#define DENIED "\"event\":\"net.connect\",\"verdict\":\"deny\""

static const struct {
	const char *line;
	int want;
	const char *said;
} rows[] = {
	{ HEAD DENIED ",\"rule\":null,\"port\":443,\"host\":\"a.test\"" TAIL, 0,
	  "denied a.test:443" },
	{ HEAD DENIED ",\"rule\":\"n.ini:3\",\"host\":\"a.test\"" TAIL, 0,
	  "denied a.test [n.ini:3]" },
	{ HEAD DENIED ",\"host\":\"a\\u001b\\ufffdff\"" TAIL, 0, "denied a\\x1b\\xff" },
	{ HEAD DENIED ",\"host\":\"a\",\"later\":[1,{}]" TAIL, 0, "denied a" },
	{ HEAD DENIED ",\"host\":\"a\",\"cut\":true" TAIL, 0, "denied a" },
	{ HEAD "\"event\":\"net.lost\",\"count\":9007199254740991" TAIL, 0,
	  "9007199254740991 more events were only counted" },
	{ HEAD "\"event\":\"pkg.fetch\",\"x\":1" TAIL, ENTRY_E_UNKNOWN, NULL },
	/* not by any writer of ours */
	{ "", ENTRY_E_BAD, NULL },
	{ "{}", ENTRY_E_BAD, NULL },
	{ HEAD DENIED ",\"host\":\"a\"", ENTRY_E_BAD, NULL },
	{ HEAD DENIED ",\"host\":\"a\"}{}", ENTRY_E_BAD, NULL },
	{ HEAD DENIED ",\"host\":\"a\",\"host\":\"b\"" TAIL, ENTRY_E_BAD, NULL },
	{ HEAD DENIED ",\"verdict\":\"allow\"" TAIL, ENTRY_E_BAD, NULL },
	{ HEAD DENIED ",\"host\":\"\\ud800\"" TAIL, ENTRY_E_BAD, NULL },
	{ HEAD DENIED ",\"host\":\"\xff\"" TAIL, ENTRY_E_BAD, NULL },
	{ HEAD DENIED ",\"host\":7" TAIL, ENTRY_E_BAD, NULL },
	{ HEAD DENIED ",\"port\":65536" TAIL, ENTRY_E_BAD, NULL },
	{ HEAD DENIED ",\"port\":-1" TAIL, ENTRY_E_BAD, NULL },
	{ HEAD DENIED ",\"port\":1.0" TAIL, ENTRY_E_BAD, NULL },
	{ HEAD DENIED ",\"port\":\"443\"" TAIL, ENTRY_E_BAD, NULL },
	{ HEAD DENIED ",\"rule\":3" TAIL, ENTRY_E_BAD, NULL },
	{ HEAD DENIED ",\"exit\":0" TAIL, ENTRY_E_BAD, NULL },
	{ HEAD "\"event\":\"net.connect\",\"host\":\"a\"" TAIL, ENTRY_E_BAD, NULL },
	{ HEAD "\"event\":\"net.connect\",\"verdict\":\"maybe\"" TAIL, ENTRY_E_BAD, NULL },
	{ HEAD "\"event\":\"\",\"verdict\":\"deny\"" TAIL, ENTRY_E_UNKNOWN, NULL },
	{ "{\"v\":2" /* later form */ ",\"seq\":7,\"task\":\"T\",\"time\":\"t\",\"mono_ns\":"
	  "5," DENIED TAIL,
	  ENTRY_E_BAD, NULL },
	{ "{\"seq\":7,\"v\":1,\"task\":\"T\",\"time\":\"t\",\"mono_ns\":5," DENIED TAIL,
	  ENTRY_E_BAD, NULL },
};

START_TEST(test_row)
{
	char space[EVENT_LINE] = "";
	struct buf out = BUF(space);
	struct entry entry;

	ck_assert_int_eq(entry_read(&entry, guarded(rows[_i].line)), rows[_i].want);
	if (rows[_i].want)
		return;
	entry_line(&entry, &out);
	ck_assert_str_eq(out.p, rows[_i].said);
	ck_assert_uint_eq(entry.head.seq, 7);
}
END_TEST

static void where(const void *of, uint64_t index, struct buf *out)
{
	(void)index;
	buf_puts(out, of);
}

/* Whatever bytes an event holds, its line is one line, and reading it gives them back. */
START_TEST(test_round_trip)
{
	char bytes[256], text[EVENT_JSON + 256], again[EVENT_JSON];
	struct event ev = event_new(EVENT_HTTP_REQUEST);
	const struct event_rules rules = { where, "p\xff\x1b.ini:1" };
	struct line_head head = { .seq = 1, .task = STR("T"), .time = STR("t") };
	struct buf line = BUF(text), json = BUF(again);
	struct chain chain = { 0 };
	struct entry entry;
	struct str path;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)i;
	event_num(&ev, FIELD_VERDICT, 0);
	event_num(&ev, FIELD_RULE, 0);
	event_text(&ev, FIELD_PATH, (struct str){ bytes, sizeof(bytes) });
	event_text(&ev, FIELD_HOST,
		   STR("\xef\xbf\xbd"
		       "ff\xef\xbf\xbd\xe2\x80\xae"));
	line_begin(&head, &line);
	event_json(&ev, &rules, &line);
	line_seal(&chain, &line);
	ck_assert_ptr_eq(strchr(line.p, '\n'), line.p + line.n - 1);
	ck_assert_int_eq(entry_read(&entry, (struct str){ line.p, line.n - 1 }), 0);
	ck_assert_int_eq(event_get_text(&entry.ev, FIELD_PATH, &path), 0);
	ck_assert(str_eq(path, (struct str){ bytes, sizeof(bytes) }));
	ck_assert_str_eq(entry.rule, rules.of);
	event_json(&entry.ev, &rules, &json);
	ck_assert_ptr_nonnull(strstr(line.p, json.p));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_row, 0, LEN(rows));
	tcase_add_test(tc, test_round_trip);
}

int main(void)
{
	return suite_run("entry", add);
}
