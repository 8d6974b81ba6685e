/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/event.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

static const struct event_row *row_of(const struct event *ev)
{
	return event_row((enum event_kind)ev->kind);
}

/* Row of the field in slot @i. */
static const struct field_row *field_at(const struct event *ev, unsigned i)
{
	return event_field((enum field)ev->field[i]);
}

struct event event_new(enum event_kind kind)
{
	assert(kind > EVENT_NONE && kind < N_EVENT_KINDS);
	return (struct event){ .kind = (uint16_t)kind };
}

/* Slot of @field, or n_slots. */
static unsigned slot(const struct event *ev, enum field field)
{
	unsigned i = 0;

	while (i < ev->n_slots && ev->field[i] != field)
		i++;
	return i;
}

static bool may_have(const struct event *ev, enum field field)
{
	const struct event_row *row = row_of(ev);

	return field > FIELD_NONE && field < N_FIELDS && (row->must | row->may) >> field & 1;
}

static void add(struct event *ev, enum field field, uint64_t value)
{
	assert(may_have(ev, field));
	assert(slot(ev, field) == ev->n_slots && ev->n_slots < EVENT_SLOTS);
	ev->field[ev->n_slots] = (uint8_t)field;
	ev->value[ev->n_slots++] = value;
}

void event_num(struct event *ev, enum field field, uint64_t value)
{
	assert(event_field(field)->type != TYPE_TEXT && value <= event_field(field)->max);
	add(ev, field, value);
}

void event_text(struct event *ev, enum field field, struct str value)
{
	size_t room = EVENT_TEXT - ev->n_text;

	assert(event_field(field)->type == TYPE_TEXT);
	if (room > EVENT_TEXT_ONE)
		room = EVENT_TEXT_ONE;
	if (value.n > room) {
		value.n = room;
		ev->cut = 1;
	}
	if (value.n)
		memcpy(ev->text + ev->n_text, value.p, value.n);
	add(ev, field, (uint64_t)ev->n_text << 16 | value.n);
	ev->n_text = (uint16_t)(ev->n_text + value.n);
}

size_t event_size(const struct event *ev)
{
	return offsetof(struct event, text) + ev->n_text;
}

static struct str text_at(const struct event *ev, unsigned i)
{
	return (struct str){ ev->text + (ev->value[i] >> 16), ev->value[i] & 0xffff };
}

static bool value_valid(const struct event *ev, unsigned i)
{
	const struct field_row *row = field_at(ev, i);
	uint64_t offset = ev->value[i] >> 16, n = ev->value[i] & 0xffff;

	if (row->type == TYPE_TEXT)
		return offset <= ev->n_text && n <= ev->n_text - offset && n <= EVENT_TEXT_ONE;
	return ev->value[i] <= row->max;
}

/* All that the functions below rely on, each field once, and no more text than the bound of a line.
 */
static bool well_formed(const struct event *ev)
{
	uint64_t seen = 0;
	size_t n_text = 0;

	if (ev->kind == EVENT_NONE || ev->kind >= N_EVENT_KINDS || ev->n_slots > EVENT_SLOTS ||
	    ev->n_text > EVENT_TEXT || ev->cut > 1)
		return false;
	for (unsigned i = 0; i < ev->n_slots; i++) {
		if (!may_have(ev, ev->field[i]) || seen >> ev->field[i] & 1 || !value_valid(ev, i))
			return false;
		seen |= (uint64_t)1 << ev->field[i];
		n_text += field_at(ev, i)->type == TYPE_TEXT ? ev->value[i] & 0xffff : 0;
	}
	return (seen & row_of(ev)->must) == row_of(ev)->must && n_text == ev->n_text;
}

bool event_sound(const struct event *ev, size_t n)
{
	return n >= offsetof(struct event, text) && n <= sizeof(*ev) && well_formed(ev) &&
	       n >= event_size(ev);
}

bool event_valid(const struct event *ev, size_t n)
{
	if (!event_sound(ev, n) || !row_of(ev)->foreign)
		return false;
	for (unsigned i = 0; i < ev->n_slots; i++)
		if (row_of(ev)->own >> ev->field[i] & 1)
			return false;
	return true;
}

/* By their numbers in policy/rules.h: what nobody has been asked about yet is denied as well. */
bool event_is_denied(const struct event *ev)
{
	enum { ALLOW = 1 };
	uint64_t verdict;

	return event_get_num(ev, FIELD_VERDICT, &verdict) == 0 && verdict != ALLOW;
}

enum severity event_severity(const struct event *ev)
{
	const struct event_row *row = row_of(ev);

	return event_is_denied(ev) && row->denied ? row->denied : row->severity;
}

bool event_is_refusal(const struct event *ev)
{
	struct str action;

	if (ev->kind == EVENT_HTTP_REQUEST && event_get_text(ev, FIELD_ACTION, &action) == 0)
		return false;
	return event_is_denied(ev) && ev->kind != EVENT_DNS_QUERY;
}

int event_get_num(const struct event *ev, enum field field, uint64_t *value)
{
	unsigned i = slot(ev, field);

	if (i == ev->n_slots || event_field(field)->type == TYPE_TEXT)
		return -1;
	*value = ev->value[i];
	return 0;
}

int event_get_text(const struct event *ev, enum field field, struct str *value)
{
	unsigned i = slot(ev, field);

	if (i == ev->n_slots || event_field(field)->type != TYPE_TEXT)
		return -1;
	*value = text_at(ev, i);
	return 0;
}

static void rule_json(uint64_t index, const struct event_rules *rules, struct buf *out)
{
	char space[EVENT_TEXT_ONE + 1];
	struct buf where = BUF(space);

	if (index == EVENT_NO_RULE) {
		buf_puts(out, "null");
		return;
	}
	if (rules)
		rules->where(rules->of, index, &where);
	if (where.n == 0)
		buf_printf(&where, "#%" PRIu64, index);
	quote_json(out, (struct str){ where.p, where.n });
}

static void value_json(const struct event *ev, unsigned i, const struct event_rules *rules,
		       struct buf *out)
{
	switch (field_at(ev, i)->type) {
	case TYPE_NUMBER:
		buf_printf(out, "%" PRIu64, ev->value[i]);
		break;
	case TYPE_VERDICT:
		quote_json(out, str_of(event_verdict_name(ev->value[i])));
		break;
	case TYPE_RULE:
		rule_json(ev->value[i], rules, out);
		break;
	case TYPE_TEXT:
		quote_json(out, text_at(ev, i));
		break;
	}
}

bool event_value(const struct event *ev, enum field field, const struct event_rules *rules,
		 struct buf *out)
{
	unsigned i = slot(ev, field);

	if (i < ev->n_slots)
		value_json(ev, i, rules, out);
	return i < ev->n_slots;
}

void event_json(const struct event *ev, const struct event_rules *rules, struct buf *out)
{
	assert(well_formed(ev));
	buf_printf(out, "\"event\":\"%s\"", row_of(ev)->name);
	for (enum field field = FIELD_NONE + 1; field < N_FIELDS; field++) {
		unsigned i = slot(ev, field);

		if (i == ev->n_slots)
			continue;
		buf_printf(out, ",\"%s\":", event_field(field)->name);
		value_json(ev, i, rules, out);
	}
	if (ev->cut)
		buf_puts(out, ",\"cut\":true");
}
