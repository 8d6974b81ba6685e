/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/entry.h"

#include <jansson.h>
#include <string.h>

static void decref_indirect(json_t **json)
{
	json_decref(*json);
}

static enum field field_of(const char *name)
{
	for (enum field field = FIELD_NONE + 1; field < N_FIELDS; field++)
		if (!strcmp(name, event_field(field)->name))
			return field;
	return FIELD_NONE;
}

static bool read_number(struct event *ev, enum field field, const json_t *value)
{
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value) || number < 0 || (uint64_t)number > event_field(field)->max)
		return false;
	event_num(ev, field, (uint64_t)number);
	return true;
}

static bool read_verdict(struct event *ev, enum field field, const json_t *value)
{
	for (uint64_t verdict = 0; verdict <= event_field(field)->max; verdict++) {
		if (json_is_string(value) &&
		    !strcmp(json_string_value(value), event_verdict_name(verdict))) {
			event_num(ev, field, verdict);
			return true;
		}
	}
	return false;
}

/* The bytes that quote_json() was given. */
static bool restore(const json_t *value, struct buf *out)
{
	if (!json_is_string(value))
		return false;
	quote_restore(out, (struct str){ json_string_value(value), json_string_length(value) });
	return !out->full;
}

static bool read_rule(struct entry *entry, enum field field, const json_t *value)
{
	struct buf rule = BUF(entry->rule);

	event_num(&entry->ev, field, json_is_null(value) ? EVENT_NO_RULE : 0);
	return json_is_null(value) || restore(value, &rule);
}

static bool read_text(struct event *ev, enum field field, const json_t *value)
{
	char space[EVENT_TEXT_ONE + 1];
	struct buf text = BUF(space);

	if (!restore(value, &text))
		return false;
	event_text(ev, field, (struct str){ text.p, text.n });
	return true;
}

static bool read_member(struct entry *entry, const char *name, const json_t *value)
{
	const struct event_row *row = event_row((enum event_kind)entry->ev.kind);
	enum field field = field_of(name);

	if (!strcmp(name, "cut"))
		entry->ev.cut = json_is_true(value);
	if (field == FIELD_NONE)
		return true;
	if (!((row->must | row->may) >> field & 1))
		return false;
	switch (event_field(field)->type) {
	case TYPE_NUMBER:
		return read_number(&entry->ev, field, value);
	case TYPE_VERDICT:
		return read_verdict(&entry->ev, field, value);
	case TYPE_RULE:
		return read_rule(entry, field, value);
	case TYPE_TEXT:
		return read_text(&entry->ev, field, value);
	}
	return false;
}

static bool is_complete(const struct event *ev)
{
	uint64_t must = event_row((enum event_kind)ev->kind)->must;

	for (unsigned i = 0; i < ev->n_slots; i++)
		must &= ~((uint64_t)1 << ev->field[i]);
	return must == 0;
}

int entry_read(struct entry *entry, struct str line)
{
	_cleanup_(decref_indirect) json_t *json =
		json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, NULL);
	enum event_kind kind;
	const char *name;
	struct str event;
	json_t *value;

	memset(entry, 0, sizeof(*entry));
	if (!json || line_parse(line, &entry->head, &event) < 0)
		return ENTRY_E_BAD;
	kind = event_kind_of(event);
	if (kind == EVENT_NONE)
		return ENTRY_E_UNKNOWN;
	entry->ev = event_new(kind);
	json_object_foreach(json, name,
			    value) if (!read_member(entry, name, value)) return ENTRY_E_BAD;
	return is_complete(&entry->ev) ? 0 : ENTRY_E_BAD;
}

static void add_rule(const void *of, uint64_t index, struct buf *out)
{
	(void)index;
	buf_puts(out, of);
}

struct event_rules entry_rules(const struct entry *entry)
{
	return (struct event_rules){ add_rule, entry->rule };
}

void entry_line(const struct entry *entry, struct buf *out)
{
	const struct event_rules rules = entry_rules(entry);

	event_line(&entry->ev, &rules, out);
}
