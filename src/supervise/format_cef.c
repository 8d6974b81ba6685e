/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Common Event Format, version 0 (ArcSight): a header whose fields end with |, then key=value
 * pairs. Keys that it does not define are left out, but for what its custom strings carry.
 */
#include "supervise/format.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

static const struct {
	const char *key, *label; /* of a custom string, or NULL */
	enum field field;
} keys[] = {
	{ "act", NULL, FIELD_VERDICT },	   { "dhost", NULL, FIELD_HOST },
	{ "dst", NULL, FIELD_ADDRESS },	   { "dpt", NULL, FIELD_PORT },
	{ "app", NULL, FIELD_PROTOCOL },   { "requestMethod", NULL, FIELD_METHOD },
	{ "request", NULL, FIELD_PATH },   { "out", NULL, FIELD_BYTES_UP },
	{ "in", NULL, FIELD_BYTES_DOWN },  { "reason", NULL, FIELD_REASON },
	{ "outcome", NULL, FIELD_STATUS }, { "cnt", NULL, FIELD_COUNT },
	{ "filePath", NULL, FIELD_FILE },  { "dvcpid", NULL, FIELD_PID },
	{ "cs1", "purl", FIELD_PACKAGE },  { "cs2", "rule", FIELD_RULE },
	{ "cn1", "exit", FIELD_EXIT },	   { "c6a3", "Destination IPv6 Address", FIELD_ADDRESS },
	{ "sproc", NULL, FIELD_EXE },
};

/* Of a header or of an extension: what would end it is escaped; a line does not end in either. */
static void escape(struct str s, char end, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' || s.p[i] == end)
			buf_puts(out, "\\");
		buf_add(out, s.p + i, 1);
	}
}

/* Of IPv4 and of IPv6 each has a key. */
static bool fits(const struct projected *p, size_t key)
{
	struct str address;

	return keys[key].field != FIELD_ADDRESS ||
	       event_get_text(&p->entry->ev, FIELD_ADDRESS, &address) < 0 ||
	       !memchr(address.p, ':', address.n) == !keys[key].label;
}

/* Shown as on a terminal, so that no control character is in it. */
static bool value(const struct projected *p, enum field field, struct buf *out)
{
	char space[8 * EVENT_TEXT_ONE];
	struct buf shown = BUF(space);
	struct str text;
	uint64_t n;

	if (event_get_text(&p->entry->ev, field, &text) == 0)
		quote_term(&shown, text);
	else if (event_get_num(&p->entry->ev, field, &n) < 0)
		return false;
	else if (event_field(field)->type == TYPE_VERDICT)
		buf_puts(&shown, event_verdict_name(n));
	else if (event_field(field)->type == TYPE_RULE)
		quote_term(&shown, str_of(p->entry->rule));
	else
		buf_printf(&shown, "%" PRIu64, n);
	escape((struct str){ shown.p, shown.n }, '=', out);
	return shown.n != 0;
}

static void add_extension(const struct projected *p, struct buf *out)
{
	char space[EVENT_LINE];
	struct buf line = BUF(space);

	buf_printf(out, "rt=%" PRIi64 " externalId=%" PRIu64 " deviceExternalId=", projected_ms(p),
		   p->entry->head.seq);
	escape(p->entry->head.task, '=', out);
	for (size_t i = 0; i < LEN(keys); i++) {
		size_t before = out->n;

		buf_printf(out, " %s=", keys[i].key);
		if (!fits(p, i) || !value(p, keys[i].field, out))
			out->p[out->n = before] = '\0';
		else if (keys[i].label)
			buf_printf(out, " %sLabel=%s", keys[i].key, keys[i].label);
	}
	entry_line(p->entry, &line);
	buf_puts(out, " msg=");
	escape((struct str){ line.p, line.n }, '=', out);
}

/* Severities of CEF go from 0 to 10. */
static void add(const struct projected *p, struct buf *out)
{
	static const unsigned severities[] = { 0, 1, 3, 5, 8, 10 };
	const struct event_row *row = event_row((enum event_kind)p->entry->ev.kind);

	static_assert(LEN(severities) == N_SEVERITIES, "every severity has a number");
	buf_puts(out, "CEF:0|agentbox|agentbox|");
	escape(str_of(p->origin->version), '|', out);
	buf_printf(out, "|%s|", row->name);
	escape(str_of(row->text), '|', out);
	buf_printf(out, "|%u|", severities[event_severity(&p->entry->ev)]);
	add_extension(p, out);
}

const struct format format_cef = { "cef", add };
