/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/event.h"

#include <inttypes.h>

/* Members of every line, with what they must be. */
static const struct {
	const char *name, *schema;
} common[] = {
	{ "v", "{\"const\":1}" },
	{ "seq", "{\"type\":\"integer\",\"minimum\":1}" },
	{ "task", "{\"type\":\"string\",\"minLength\":1,\"maxLength\":31}" },
	{ "time",
	  "{\"type\":\"string\",\"format\":\"date-time\",\"pattern\":"
	  "\"^\\\\d{4}-\\\\d\\\\d-\\\\d\\\\dT\\\\d\\\\d:\\\\d\\\\d:\\\\d\\\\d\\\\.\\\\d{3}Z$\"}" },
	{ "mono_ns", "{\"type\":\"integer\",\"minimum\":0}" },
	{ "event", "{\"type\":\"string\"}" },
	{ "prev", "{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"}" },
	{ "hash", "{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"}" },
};

static void add_common_names(struct buf *out)
{
	for (size_t i = 0; i < LEN(common); i++)
		buf_printf(out, "%s\"%s\"", i ? "," : "", common[i].name);
}

static void add_type(const struct field_row *row, struct buf *out)
{
	switch (row->type) {
	case TYPE_NUMBER:
		buf_printf(out, "\"type\":\"integer\",\"minimum\":0,\"maximum\":%" PRIu64,
			   row->max);
		break;
	case TYPE_VERDICT:
		buf_puts(out, "\"enum\":[");
		for (uint64_t verdict = 0; verdict <= row->max; verdict++)
			buf_printf(out, "%s\"%s\"", verdict ? "," : "",
				   event_verdict_name(verdict));
		buf_puts(out, "]");
		break;
	case TYPE_RULE:
		buf_puts(out, "\"type\":[\"string\",\"null\"]");
		break;
	case TYPE_TEXT:
		buf_puts(out, "\"type\":\"string\"");
		break;
	}
}

static void add_properties(struct buf *out)
{
	for (size_t i = 0; i < LEN(common); i++)
		buf_printf(out, "\"%s\":%s,\n", common[i].name, common[i].schema);
	for (enum field field = FIELD_NONE + 1; field < N_FIELDS; field++) {
		const struct field_row *row = event_field(field);

		buf_printf(out, "\"%s\":{\"description\":", row->name);
		quote_json(out, str_of(row->text));
		buf_puts(out, ",");
		add_type(row, out);
		buf_puts(out, "},\n");
	}
	buf_puts(out,
		 "\"cut\":{\"description\":\"a text was too long and was cut\",\"const\":true}");
}

static void add_names(uint64_t set, struct buf *out)
{
	for (enum field field = FIELD_NONE + 1; field < N_FIELDS; field++)
		if (set >> field & 1)
			buf_printf(out, ",\"%s\"", event_field(field)->name);
}

static void add_class(const struct event_row *row, struct buf *out)
{
	const struct concern_row *concern = event_concern(row->concern);

	buf_printf(out, "\"x-severity\":\"%s\",", event_severity_name(row->severity));
	if (row->denied)
		buf_printf(out, "\"x-severity-denied\":\"%s\",", event_severity_name(row->denied));
	buf_printf(out, "\"x-stage\":\"%s\",\"x-concern\":\"%s\",\"x-framework\":[",
		   event_stage_name(row->stage), concern->name);
	for (size_t i = 0; i < CONCERN_TAGS && concern->tags[i]; i++)
		buf_printf(out, "%s\"%s\"", i ? "," : "", concern->tags[i]);
	buf_puts(out, "]");
}

static void add_kind(const struct event_row *row, struct buf *out)
{
	buf_printf(out,
		   "{\"if\":{\"properties\":{\"event\":{\"const\":\"%s\"}}},\"then\":{"
		   "\"description\":",
		   row->name);
	quote_json(out, str_of(row->text));
	buf_puts(out, ",\"required\":[\"event\"");
	add_names(row->must, out);
	buf_puts(out, "],\"propertyNames\":{\"enum\":[");
	add_common_names(out);
	add_names(row->must | row->may, out);
	buf_puts(out, ",\"cut\"]},");
	add_class(row, out);
	buf_puts(out, "}}");
}

void event_schema(struct buf *out)
{
	buf_puts(
		out,
		"{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\n"
		"\"title\":\"a line of the log of agentbox\",\"type\":\"object\",\n\"required\":[");
	add_common_names(out);
	buf_puts(out, "],\n\"properties\":{\n");
	add_properties(out);
	buf_puts(out, "},\n\"allOf\":[\n{\"properties\":{\"event\":{\"enum\":[");
	for (enum event_kind kind = EVENT_NONE + 1; kind < N_EVENT_KINDS; kind++)
		buf_printf(out, "%s\"%s\"", kind > EVENT_NONE + 1 ? "," : "",
			   event_kind_name(kind));
	buf_puts(out, "]}}}");
	for (enum event_kind kind = EVENT_NONE + 1; kind < N_EVENT_KINDS; kind++) {
		buf_puts(out, ",\n");
		add_kind(event_row(kind), out);
	}
	buf_puts(out, "]}\n");
}
