/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/event.h"

#include <stdio.h>

#include "policy/rules.h"
#include "suite.h"

static void where(const void *of, uint64_t index, struct buf *out)
{
	const char *const *files = of;

	if (index < 2)
		buf_printf(out, "%s:%u", files[index], 12 + (unsigned)index);
}

static const char *const files[] = { "node.ini", "b\x1b[2Jad\"\n.ini" };
static const struct event_rules rules = { where, files };

static struct event denied(void)
{
	struct event ev = event_new(EVENT_NET_CONNECT);

	event_text(&ev, FIELD_HOST, STR("example.com"));
	event_num(&ev, FIELD_VERDICT, 0);
	event_num(&ev, FIELD_PORT, 443);
	event_text(&ev, FIELD_PROTOCOL, STR("tls"));
	event_text(&ev, FIELD_REASON, STR("no rule allows it"));
	event_text(&ev, FIELD_HINT, STR("allow = example.com"));
	event_num(&ev, FIELD_RULE, EVENT_NO_RULE);
	return ev;
}

static struct event refused(void)
{
	struct event ev = event_new(EVENT_NET_REFUSED);

	event_num(&ev, FIELD_VERDICT, 0);
	event_text(&ev, FIELD_ADDRESS, STR("2001:db8::1"));
	event_num(&ev, FIELD_PORT, 25);
	event_text(&ev, FIELD_PROTOCOL, STR("tcp"));
	return ev;
}

static struct event hostile(void)
{
	struct event ev = event_new(EVENT_HTTP_REQUEST);

	event_num(&ev, FIELD_VERDICT, 1);
	event_text(&ev, FIELD_METHOD, STR("GET"));
	event_text(&ev, FIELD_HOST, STR("x\",\"verdict\":\"deny\n{\"seq\":9}"));
	event_text(&ev, FIELD_PATH, STR("/\x1b]0;owned\x07\xe2\x80\xae\xff{rule}<>"));
	event_num(&ev, FIELD_RULE, 1);
	return ev;
}

static struct event start(void)
{
	struct event ev = event_new(EVENT_TASK_START);

	event_text(&ev, FIELD_LEVEL, STR("full"));
	event_text(&ev, FIELD_POLICY, STR("00ff"));
	event_text(&ev, FIELD_COMMAND, STR("npm install"));
	event_text(&ev, FIELD_PROFILE, STR("node"));
	return ev;
}

static struct event close_of_many(void)
{
	struct event ev = event_new(EVENT_NET_CLOSE);

	event_num(&ev, FIELD_FLOW, 7);
	event_text(&ev, FIELD_HOST, STR("r.test"));
	event_num(&ev, FIELD_PORT, 443);
	event_num(&ev, FIELD_BYTES_DOWN, EVENT_NUMBER_MAX);
	return ev;
}

static struct event out_of_table(void)
{
	struct event ev = event_new(EVENT_DNS_QUERY);

	event_text(&ev, FIELD_HOST, STR("a.test"));
	event_num(&ev, FIELD_VERDICT, 2);
	event_num(&ev, FIELD_RULE, 99);
	return ev;
}

static const struct {
	struct event (*make)(void);
	const char *json, *line;
} forms[] = {
	{ denied,
	  "\"event\":\"net.connect\",\"verdict\":\"deny\",\"rule\":null,\"port\":443,"
	  "\"host\":\"example.com\",\"protocol\":\"tls\",\"reason\":\"no rule allows it\","
	  "\"hint\":\"allow = example.com\"",
	  "denied example.com:443 (tls): no rule allows it; to allow: [egress] allow = "
	  "example.com" },
	{ refused,
	  "\"event\":\"net.refused\",\"verdict\":\"deny\",\"port\":25,"
	  "\"address\":\"2001:db8::1\",\"protocol\":\"tcp\"",
	  "denied [2001:db8::1]:25 (tcp)" },
	{ hostile,
	  "\"event\":\"http.request\",\"verdict\":\"allow\",\"rule\":\"b\\u001b[2Jad\\\"\\u000a."
	  "ini:13\","
	  "\"host\":\"x\\\",\\\"verdict\\\":\\\"deny\\u000a{\\\"seq\\\":9}\",\"method\":\"GET\","
	  "\"path\":\"/\\u001b]0;owned\\u0007\\u202e\\ufffdff{rule}<>\"",
	  "allowed GET "
	  "x\",\"verdict\":\"deny\\x0a{\"seq\":9}/\\x1b]0;owned\\x07\\u{202e}\\xff{rule}<>"
	  " [b\\x1b[2Jad\"\\x0a.ini:13]" },
	{ start,
	  "\"event\":\"task.start\",\"level\":\"full\",\"profile\":\"node\",\"policy\":\"00ff\","
	  "\"command\":\"npm install\"",
	  "started npm install with profile node, level full" },
	{ close_of_many,
	  "\"event\":\"net.close\",\"port\":443,\"flow\":7,\"bytes_down\":9007199254740991,"
	  "\"host\":\"r.test\"",
	  "closed r.test:443, 9007199254740991 bytes down" },
	{ out_of_table,
	  "\"event\":\"dns.query\",\"verdict\":\"ask\",\"rule\":\"#99\",\"host\":\"a.test\"",
	  "held back a.test" },
};

START_TEST(test_form)
{
	struct event ev = forms[_i].make();
	char json[EVENT_JSON], line[EVENT_LINE];
	struct buf out = BUF(json), shown = BUF(line);

	event_json(&ev, &rules, &out);
	ck_assert_str_eq(out.p, forms[_i].json);
	event_line(&ev, &rules, &shown);
	ck_assert_str_eq(shown.p, forms[_i].line);
}
END_TEST

START_TEST(test_bounds)
{
	char big[2 * EVENT_TEXT], json[EVENT_JSON], line[EVENT_LINE];
	struct event ev = event_new(EVENT_HTTP_REQUEST);
	struct buf out = BUF(json), shown = BUF(line);
	struct str text;

	memset(big, '\xff', sizeof(big));
	event_num(&ev, FIELD_VERDICT, 0);
	event_num(&ev, FIELD_RULE, 1);
	event_text(&ev, FIELD_HOST, (struct str){ big, sizeof(big) });
	event_text(&ev, FIELD_PATH, (struct str){ big, sizeof(big) });
	event_text(&ev, FIELD_HINT, (struct str){ big, 1 });
	ck_assert_int_eq(event_get_text(&ev, FIELD_HOST, &text), 0);
	ck_assert_uint_eq(text.n, EVENT_TEXT_ONE);
	ck_assert_int_eq(event_get_text(&ev, FIELD_HINT, &text), 0);
	ck_assert_uint_eq(text.n, 0);
	ck_assert(event_valid(&ev, event_size(&ev)));
	event_json(&ev, &rules, &out);
	event_line(&ev, &rules, &shown);
	ck_assert(!out.full && !shown.full);
	ck_assert(str_ends((struct str){ out.p, out.n }, ",\"cut\":true"));
}
END_TEST

/* What a broken or hostile egress process might send: each row spoils one member of denied(). */
#define AT(member) offsetof(struct event, member), sizeof(((struct event *)0)->member)
static const struct {
	size_t offset, n;
	uint64_t value;
} spoilt[] = {
	{ AT(kind), EVENT_NONE },
	{ AT(kind), N_EVENT_KINDS },
	{ AT(kind), EVENT_TASK_END },
	{ AT(kind), EVENT_EGRESS_READY },
	{ AT(n_slots), EVENT_SLOTS },
	{ AT(n_slots), EVENT_SLOTS + 1 },
	{ AT(n_slots), 5 }, /* text that belongs to no field */
	{ AT(n_text), EVENT_TEXT + 1 },
	{ AT(n_text), 0 },
	{ AT(cut), 2 },
	{ AT(field[0]), FIELD_NONE },
	{ AT(field[0]), N_FIELDS },
	{ AT(field[0]), UINT8_MAX },
	{ AT(field[1]), FIELD_FLOW }, /* no verdict */
	{ AT(field[3]), FIELD_HOST }, /* twice */
	{ AT(value[0]), (uint64_t)EVENT_TEXT << 16 | 11 },
	{ AT(value[0]), UINT64_MAX << 16 | 11 },
	{ AT(value[0]), UINT16_MAX },
	{ AT(value[0]), 12 },
	{ AT(value[1]), 3 }, /* no such verdict */
	{ AT(value[2]), UINT16_MAX + 1 },
};

START_TEST(test_invalid)
{
	struct event ev = denied();

	ck_assert(event_valid(&ev, event_size(&ev)));
	memcpy((char *)&ev + spoilt[_i].offset, &spoilt[_i].value, spoilt[_i].n);
	ck_assert(!event_valid(&ev, sizeof(ev)));
}
END_TEST

START_TEST(test_length)
{
	struct event ev = denied();

	for (size_t n = 0; n <= sizeof(ev) + 1; n++)
		ck_assert_int_eq(event_valid(&ev, n), n >= event_size(&ev) && n <= sizeof(ev));
}
END_TEST

START_TEST(test_names)
{
	ck_assert_int_eq(event_kind_of(STR("")), EVENT_NONE);
	ck_assert_int_eq(event_kind_of(STR("net.connec")), EVENT_NONE);
	for (enum event_kind kind = EVENT_NONE + 1; kind < N_EVENT_KINDS; kind++)
		ck_assert_int_eq(event_kind_of(str_of(event_kind_name(kind))), kind);
	ck_assert_uint_eq(event_field(FIELD_VERDICT)->max, N_VERDICTS - 1);
	for (enum verdict verdict = VERDICT_DENY; verdict < N_VERDICTS; verdict++)
		ck_assert_str_eq(event_verdict_name(verdict), verdict_name(verdict));
}
END_TEST

/* Each kind is classified, and what is denied weighs no less than what is allowed. */
START_TEST(test_class)
{
	const struct event_row *row = event_row((enum event_kind)_i);

	ck_assert_ptr_nonnull(event_severity_name(row->severity));
	ck_assert(row->denied == SEVERITY_NONE || row->denied > row->severity);
	ck_assert(row->denied == SEVERITY_NONE || (row->must | row->may) >> FIELD_VERDICT & 1);
	ck_assert_ptr_nonnull(event_stage_name(row->stage));
	ck_assert_ptr_nonnull(event_concern(row->concern)->name);
	ck_assert_ptr_nonnull(event_concern(row->concern)->tags[0]);
}
END_TEST

/* An event of each kind with all the fields it may have fits, and its line names only known fields.
 */
START_TEST(test_full)
{
	enum event_kind kind = (enum event_kind)_i;
	const struct event_row *row = event_row(kind);
	struct event ev = event_new(kind);
	char json[EVENT_JSON], line[EVENT_LINE];
	struct buf out = BUF(json), shown = BUF(line);

	for (enum field field = FIELD_NONE + 1; field < N_FIELDS; field++) {
		if (!((row->must | row->may) >> field & 1))
			continue;
		if (event_field(field)->type == TYPE_TEXT)
			event_text(&ev, field, STR("x"));
		else
			event_num(&ev, field, 1);
	}
	ck_assert(event_sound(&ev, event_size(&ev)));
	ck_assert_int_eq(event_valid(&ev, event_size(&ev)), row->foreign && !row->own);
	event_json(&ev, NULL, &out);
	event_line(&ev, NULL, &shown);
	ck_assert(shown.n > 0 && !out.full && !shown.full);
	ck_assert(strpbrk(shown.p, "{}<>") == NULL);
}
END_TEST

static void list_fields(const char *lead, uint64_t set, struct buf *out)
{
	const char *between = "";

	if (set)
		buf_printf(out, "%s\n.Cm", lead);
	for (enum field field = FIELD_NONE + 1; field < N_FIELDS; field++) {
		if (!(set >> field & 1))
			continue;
		buf_printf(out, "%s %s", between, event_field(field)->name);
		between = " ,";
	}
	if (set)
		buf_puts(out, " .\n");
}

static void list_events(struct buf *out)
{
	buf_puts(out, ".Bl -tag -width Ds\n");
	for (enum event_kind kind = EVENT_NONE + 1; kind < N_EVENT_KINDS; kind++) {
		const struct event_row *row = event_row(kind);

		buf_printf(out, ".It Cm %s\n%s.\n", row->name, row->text);
		list_fields("Always", row->must, out);
		list_fields("Sometimes", row->may & ~row->must, out);
	}
	buf_puts(out, ".El\n");
}

static void list_members(struct buf *out)
{
	static const char *const types[] = { "number", "word", "text or null", "text" };

	buf_puts(out, ".Bl -tag -width Ds\n");
	for (enum field field = FIELD_NONE + 1; field < N_FIELDS; field++) {
		const struct field_row *row = event_field(field);

		buf_printf(out, ".It Cm %s Pq %s\n%s.\n", row->name, types[row->type], row->text);
	}
	buf_puts(out, ".El\n");
}

/* The manual has what is in the tables: to mend it, copy what the failure prints. */
START_TEST(test_manual)
{
	static void (*const lists[])(struct buf *) = { list_events, list_members };
	const char *source = getenv("AGENTBOX_SOURCE");
	char path[4096], manual[32768], space[16384];
	struct buf want = BUF(space);
	FILE *file;
	size_t n;

	ck_assert_msg(source != NULL, "AGENTBOX_SOURCE is not set");
	snprintf(path, sizeof(path), "%s/man/agentbox-events.5", source);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	n = fread(manual, 1, sizeof(manual) - 1, file);
	manual[n] = '\0';
	fclose(file);
	lists[_i](&want);
	ck_assert(!want.full && n < sizeof(manual) - 1);
	if (!strstr(manual, want.p))
		fprintf(stderr, "%s should have:\n%s", path, want.p);
	ck_assert_ptr_nonnull(strstr(manual, want.p));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_form, 0, LEN(forms));
	tcase_add_test(tc, test_bounds);
	tcase_add_loop_test(tc, test_invalid, 0, LEN(spoilt));
	tcase_add_test(tc, test_length);
	tcase_add_test(tc, test_names);
	tcase_add_loop_test(tc, test_manual, 0, 2);
	tcase_add_loop_test(tc, test_class, EVENT_NONE + 1, N_EVENT_KINDS);
	tcase_add_loop_test(tc, test_full, EVENT_NONE + 1, N_EVENT_KINDS);
}

int main(void)
{
	return suite_run("event", add);
}
