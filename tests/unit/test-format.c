/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/format.h"

#include <jansson.h>

#include "suite.h"

static const struct format *const formats[] = { &format_ocsf, &format_ecs, &format_cef };

static const struct origin origin = { "00ff", "node", "", "0.1.0" };

static const char *project(const struct format *format, const struct entry *entry)
{
	static char space[FORMAT_MAX];
	struct buf out = BUF(space);

	format->add(&(struct projected){ entry, &origin }, &out);
	ck_assert(!out.full && out.n && !memchr(out.p, '\n', out.n) &&
		  !memchr(out.p, '\033', out.n));
	return out.p;
}

/* As it comes from the log. */
static struct entry denied(void)
{
	struct entry entry;

	ck_assert_int_eq(
		entry_read(&entry,
			   STR("{\"v\":1,\"seq\":7,\"task\":\"20261123T074100.000Z-aaaaaa\","
			       "\"time\":\"2026-11-23T07:41:00.123Z\",\"mono_ns\":9,"
			       "\"event\":\"net.connect\",\"verdict\":\"deny\","
			       "\"rule\":\"a=b.ini:3\",\"port\":443,"
			       "\"host\":\"x|y=z.example\",\"protocol\":\"tls\","
			       "\"reason\":\"a\\u001b[31m\\\\\"}")),
		0);
	return entry;
}

static const char *const golden[] = {
	"{\"activity_id\":5,\"category_uid\":4,\"class_uid\":4001,\"type_uid\":400105,"
	"\"severity_id\":3,\"time\":1795419660123,\"action_id\":2,\"disposition_id\":2,"
	"\"message\":\"denied x|y=z.example:443 (tls): a\\\\x1b[31m\\\\\\\\ [a=b.ini:3]\","
	"\"metadata\":{\"version\":\"1.3.0\",\"product\":{\"name\":\"agentbox\","
	"\"vendor_name\":\"agentbox\",\"version\":\"0.1.0\"},"
	"\"uid\":\"20261123T074100.000Z-aaaaaa:7\",\"sequence\":7,"
	"\"correlation_uid\":\"20261123T074100.000Z-aaaaaa\",\"event_code\":\"net.connect\","
	"\"labels\":[\"ASI02\",\"ASI04\",\"MAESTRO:L4\",\"MAESTRO:L7\",\"AIRMF:MAP-4.1\","
	"\"AIRMF:MANAGE-3.1\",\"CSF:GV.SC-05\",\"CSF:GV.SC-07\",\"CSF:ID.RA-09\",\"CSF:PR.PS-05\"],"
	"\"profiles\":[\"security_control\"]},"
	"\"src_endpoint\":{\"uid\":\"20261123T074100.000Z-aaaaaa\"},"
	"\"dst_endpoint\":{\"hostname\":\"x|y=z.example\",\"port\":443},"
	"\"connection_info\":{\"direction_id\":2,\"protocol_name\":\"tls\"},"
	"\"firewall_rule\":{\"name\":\"a=b.ini:3\"},"
	"\"unmapped\":{\"stage\":\"tooling\",\"policy\":\"00ff\",\"profile\":\"node\","
	"\"reason\":\"a\\u001b[31m\\\\\"}}",

	"{\"@timestamp\":\"2026-11-23T07:41:00.123Z\",\"ecs\":{\"version\":\"8.11.0\"},"
	"\"message\":\"denied x|y=z.example:443 (tls): a\\\\x1b[31m\\\\\\\\ [a=b.ini:3]\","
	"\"event\":{\"kind\":\"event\",\"category\":[\"network\"],"
	"\"type\":[\"connection\",\"denied\"],\"action\":\"net.connect\",\"outcome\":\"failure\","
	"\"reason\":\"a\\u001b[31m\\\\\",\"severity\":3,\"sequence\":7,"
	"\"id\":\"20261123T074100.000Z-aaaaaa:7\",\"module\":\"agentbox\",\"provider\":"
	"\"agentbox\"},"
	"\"rule\":{\"name\":\"a=b.ini:3\"},"
	"\"destination\":{\"domain\":\"x|y=z.example\",\"port\":443},"
	"\"network\":{\"protocol\":\"tls\"},"
	"\"observer\":{\"product\":\"agentbox\",\"version\":\"0.1.0\"},"
	"\"tags\":[\"ASI02\",\"ASI04\",\"MAESTRO:L4\",\"MAESTRO:L7\",\"AIRMF:MAP-4.1\","
	"\"AIRMF:MANAGE-3.1\",\"CSF:GV.SC-05\",\"CSF:GV.SC-07\",\"CSF:ID.RA-09\",\"CSF:PR.PS-05\"],"
	"\"labels\":{\"task\":\"20261123T074100.000Z-aaaaaa\",\"policy\":\"00ff\","
	"\"profile\":\"node\",\"stage\":\"tooling\"}}",

	"CEF:0|agentbox|agentbox|0.1.0|net.connect|a connection was judged|5|rt=1795419660123 "
	"externalId=7 deviceExternalId=20261123T074100.000Z-aaaaaa act=deny dhost=x|y\\=z.example "
	"dpt=443 app=tls reason=a\\\\x1b[31m\\\\\\\\ cs2=a\\=b.ini:3 cs2Label=rule "
	"msg=denied x|y\\=z.example:443 (tls): a\\\\x1b[31m\\\\\\\\ [a\\=b.ini:3]",
};

START_TEST(test_golden)
{
	struct entry entry = denied();

	ck_assert_str_eq(project(formats[_i], &entry), golden[_i]);
}
END_TEST

/* Each kind with every field it may have, full of what hurts. */
static struct entry nasty(enum event_kind kind)
{
	const struct event_row *row = event_row(kind);
	struct entry entry = { .head = { .seq = 1, .task = STR("t\"|="), .time = STR("no time") },
			       .ev = event_new(kind),
			       .rule = "\"}\n|=\\\033" };
	unsigned n = 0;

	for (enum field field = FIELD_NONE + 1; field < N_FIELDS && n < EVENT_SLOTS; field++) {
		if (!((row->must | row->may) >> field & 1))
			continue;
		n++;
		if (event_field(field)->type == TYPE_TEXT)
			event_text(&entry.ev, field, STR("\"}\n|=\\\033\xff\xe2\x80\xae\0x"));
		else
			event_num(&entry.ev, field, 0);
	}
	return entry;
}

/* What OCSF 1.3.0 requires of a class, besides what all have. */
static const struct {
	int class;
	const char *path[8];
} required[] = {
	{ 1001, { "actor.app_name", "device.uid", "device.type_id", "file.path", "file.type_id" } },
	{ 2004, { "finding_info.title", "finding_info.uid" } },
	{ 4001, { "src_endpoint.uid", "connection_info.direction_id" } },
	{ 4002, { "src_endpoint.uid" } },
	{ 4003, { "src_endpoint.uid", "query.hostname" } },
	{ 6002, { "app.name", "app.vendor_name" } },
	{ 6003, { "actor.app_name", "api.operation", "src_endpoint.uid" } },
};

static const json_t *at_path(const json_t *json, const char *path)
{
	struct str name, rest = str_of(path);
	char space[40];

	while (json && rest.n) {
		struct buf key = BUF(space);

		if (!str_cut(rest, '.', &name, &rest))
			rest = (struct str){ 0 };
		buf_str(&key, name);
		json = json_object_get(json, space);
	}
	return json;
}

static void check_required(const json_t *json)
{
	static const char *const all[] = { "activity_id",      "category_uid",	       "class_uid",
					   "type_uid",	       "severity_id",	       "time",
					   "metadata.version", "metadata.product.name" };
	const json_int_t class = json_integer_value(json_object_get(json, "class_uid"));
	bool known = false;

	for (size_t i = 0; i < LEN(all); i++)
		ck_assert_msg(at_path(json, all[i]) != NULL, "%s", all[i]);
	for (size_t i = 0; i < LEN(required); i++) {
		known |= class == required[i].class;
		for (size_t n = 0; class == required[i].class && required[i].path[n]; n++)
			ck_assert_msg(at_path(json, required[i].path[n]) != NULL, "%d: %s",
				      required[i].class, required[i].path[n]);
	}
	ck_assert_msg(known, "class %d", (int)class);
	if (json_integer_value(json_object_get(json, "activity_id")) == 99)
		ck_assert_ptr_nonnull(json_object_get(json, "activity_name"));
}

START_TEST(test_every_kind)
{
	struct entry entry = nasty((enum event_kind)_i);
	json_t *json;

	for (size_t i = 0; i < 2; i++) {
		json = json_loads(project(formats[i], &entry), JSON_REJECT_DUPLICATES, NULL);
		ck_assert_msg(json != NULL, "%s", project(formats[i], &entry));
		if (formats[i] == &format_ocsf)
			check_required(json);
		json_decref(json);
	}
	(void)project(&format_cef, &entry);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_golden, 0, LEN(formats));
	tcase_add_loop_test(tc, test_every_kind, EVENT_NONE + 1, N_EVENT_KINDS);
}

int main(void)
{
	return suite_run("format", add);
}
