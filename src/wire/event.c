/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/event.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

static const char *const verdict_names[] = { "deny", "allow", "ask" };

static const struct field_row fields[] = {
	[FIELD_NONE] = { 0 },
	[FIELD_VERDICT] = { "verdict", TYPE_VERDICT, LEN(verdict_names) - 1,
			    "what was decided: deny, allow, or ask (denied until somebody "
			    "answers)" },
	[FIELD_RULE] = { "rule", TYPE_RULE, UINT64_MAX,
			 "file:line of the rule that decided; null when none matched" },
	[FIELD_PORT] = { "port", TYPE_NUMBER, UINT16_MAX, "port that the box asked for" },
	[FIELD_FLOW] = { "flow", TYPE_NUMBER, EVENT_NUMBER_MAX,
			 "number of the connection within the task" },
	[FIELD_BYTES_UP] = { "bytes_up", TYPE_NUMBER, EVENT_NUMBER_MAX, "bytes from the box" },
	[FIELD_BYTES_DOWN] = { "bytes_down", TYPE_NUMBER, EVENT_NUMBER_MAX, "bytes to the box" },
	[FIELD_MS] = { "ms", TYPE_NUMBER, EVENT_NUMBER_MAX, "duration in milliseconds" },
	[FIELD_EXIT] = { "exit", TYPE_NUMBER, 255, "status that agentbox exits with" },
	[FIELD_SIGNAL] = { "signal", TYPE_NUMBER, 64, "signal that ended the command" },
	[FIELD_COUNT] = { "count", TYPE_NUMBER, EVENT_NUMBER_MAX, "how many" },
	[FIELD_PID] = { "pid", TYPE_NUMBER, EVENT_NUMBER_MAX, "process, as the host numbers it" },
	[FIELD_USED] = { "used", TYPE_NUMBER, EVENT_NUMBER_MAX,
			 "how much there was of what is limited: bytes or seconds" },
	[FIELD_MAX] = { "max", TYPE_NUMBER, EVENT_NUMBER_MAX, "how much there may be" },
	[FIELD_STATUS] = { "status", TYPE_NUMBER, 999, "status of the HTTP answer" },
	[FIELD_HOST] = { "host", TYPE_TEXT, 0, "name that the box asked for" },
	[FIELD_ADDRESS] = { "address", TYPE_TEXT, 0, "literal address, asked for or connected to" },
	[FIELD_PROTOCOL] = { "protocol", TYPE_TEXT, 0, "tls, http, tcp, udp, dns or another" },
	[FIELD_METHOD] = { "method", TYPE_TEXT, 0, "HTTP method" },
	[FIELD_PATH] = { "path", TYPE_TEXT, 0, "path of the URL, without its query" },
	[FIELD_REASON] = { "reason", TYPE_TEXT, 0, "why, for a person" },
	[FIELD_HINT] = { "hint", TYPE_TEXT, 0,
			 "line of the profile's section [egress] that would allow it" },
	[FIELD_LEVEL] = { "level", TYPE_TEXT, 0, "level of enforcement reached" },
	[FIELD_MISSING] = { "missing", TYPE_TEXT, 0, "what the level lacks on this machine" },
	[FIELD_LIMIT] = { "limit", TYPE_TEXT, 0, "key of the profile: memory or deadline" },
	[FIELD_MEMORY] = { "memory", TYPE_TEXT, 0,
			   "how memory= is kept: cgroup (by the kernel) or watched (by the "
			   "supervisor)" },
	[FIELD_PROFILE] = { "profile", TYPE_TEXT, 0, "name of the profile" },
	[FIELD_POLICY] = { "policy", TYPE_TEXT, 0,
			   "SHA-256 of the policy's canonical text, hexadecimal" },
	[FIELD_WORKSPACE] = { "workspace", TYPE_TEXT, 0, "directory that the task works in" },
	[FIELD_COMMAND] = { "command", TYPE_TEXT, 0, "what was run" },
	[FIELD_VERSION] = { "version", TYPE_TEXT, 0, "of agentbox" },
};
static_assert(LEN(fields) == N_FIELDS, "a row for each field");
static_assert(N_FIELDS <= 64, "a set of fields is a word");

#define F(name) ((uint64_t)1 << FIELD_##name)
/* What was asked for, by which rule it was judged, why, and what would allow it. */
#define JUDGED                                                                                     \
	(F(RULE) | F(PORT) | F(FLOW) | F(HOST) | F(ADDRESS) | F(PROTOCOL) | F(REASON) | F(HINT))
#define TRAFFIC (F(BYTES_UP) | F(BYTES_DOWN) | F(MS))

static const struct event_row kinds[] = {
	[EVENT_NONE] = { 0 },
	[EVENT_TASK_START] = {
		.name = "task.start",
		.must = F(LEVEL) | F(POLICY),
		.may = F(PROFILE) | F(WORKSPACE) | F(MISSING) | F(MEMORY) | F(COMMAND) | F(VERSION) | F(PID),
		.text = "the first event, written before the command runs",
	},
	[EVENT_TASK_END] = {
		.name = "task.end",
		.must = F(EXIT),
		.may = F(SIGNAL) | F(REASON) | F(COUNT) | TRAFFIC,
		.text = "the last event; a log without it was cut, or its task was killed or still runs",
	},
	[EVENT_LIMIT_EXCEEDED] = {
		.name = "limit.exceeded",
		.must = F(LIMIT) | F(MAX),
		.may = F(USED) | F(REASON),
		.text = "the box was killed because it used more than its profile allows",
	},
	[EVENT_DNS_QUERY] = {
		.name = "dns.query",
		.foreign = true,
		.must = F(VERDICT) | F(HOST),
		.may = JUDGED,
		.text = "a name was asked for and refused; other names show up when they are used",
	},
	[EVENT_NET_CONNECT] = {
		.name = "net.connect",
		.foreign = true,
		.must = F(VERDICT),
		.may = JUDGED,
		.text = "a connection was judged",
	},
	[EVENT_NET_CLOSE] = {
		.name = "net.close",
		.foreign = true,
		.must = F(FLOW),
		.may = JUDGED | TRAFFIC,
		.text = "an allowed connection ended",
	},
	[EVENT_NET_REFUSED] = {
		.name = "net.refused",
		.foreign = true,
		.must = F(VERDICT),
		.may = JUDGED | F(COUNT),
		.text = "a packet went to a port or over a protocol that nothing serves",
	},
	[EVENT_NET_LOST] = {
		.name = "net.lost",
		.foreign = true,
		.must = F(COUNT),
		.may = F(REASON),
		.text = "events came too fast to be recorded one by one",
	},
	[EVENT_HTTP_REQUEST] = {
		.name = "http.request",
		.foreign = true,
		.must = F(VERDICT),
		.may = JUDGED | F(METHOD) | F(PATH) | F(STATUS) | TRAFFIC,
		.text = "an HTTP request was refused, or is over",
	},
	[EVENT_EGRESS_READY] = {
		.name = "egress.ready",
		.foreign = true,
		.may = F(LEVEL) | F(MISSING) | F(COUNT) | F(MS) | F(PID) | F(VERSION),
		.text = "the egress process serves the box",
	},
	[EVENT_EGRESS_FAILED] = {
		.name = "egress.failed",
		.foreign = true,
		.must = F(REASON),
		.may = F(EXIT) | F(SIGNAL) | F(PID),
		.text = "the egress process is gone: the box has no network any more",
	},
};
static_assert(LEN(kinds) == N_EVENT_KINDS, "a row for each kind");

const struct field_row *event_field(enum field field)
{
	assert(field < N_FIELDS);
	return &fields[field];
}

const struct event_row *event_row(enum event_kind kind)
{
	assert(kind < N_EVENT_KINDS);
	return &kinds[kind];
}

const char *event_kind_name(enum event_kind kind)
{
	return event_row(kind)->name;
}

enum event_kind event_kind_of(struct str name)
{
	for (enum event_kind kind = EVENT_NONE + 1; kind < N_EVENT_KINDS; kind++)
		if (str_is(name, kinds[kind].name))
			return kind;
	return EVENT_NONE;
}

const char *event_verdict_name(uint64_t verdict)
{
	assert(verdict < LEN(verdict_names));
	return verdict_names[verdict];
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
	const struct event_row *row = &kinds[ev->kind];

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
	assert(fields[field].type != TYPE_TEXT && value <= fields[field].max);
	add(ev, field, value);
}

void event_text(struct event *ev, enum field field, struct str value)
{
	size_t room = EVENT_TEXT - ev->n_text;

	assert(fields[field].type == TYPE_TEXT);
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
	const struct field_row *row = &fields[ev->field[i]];
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
		n_text += fields[ev->field[i]].type == TYPE_TEXT ? ev->value[i] & 0xffff : 0;
	}
	return (seen & kinds[ev->kind].must) == kinds[ev->kind].must && n_text == ev->n_text;
}

bool event_valid(const struct event *ev, size_t n)
{
	return n >= offsetof(struct event, text) && n <= sizeof(*ev) && well_formed(ev) &&
	       n >= event_size(ev) && kinds[ev->kind].foreign;
}

int event_get_num(const struct event *ev, enum field field, uint64_t *value)
{
	unsigned i = slot(ev, field);

	if (i == ev->n_slots || fields[field].type == TYPE_TEXT)
		return -1;
	*value = ev->value[i];
	return 0;
}

int event_get_text(const struct event *ev, enum field field, struct str *value)
{
	unsigned i = slot(ev, field);

	if (i == ev->n_slots || fields[field].type != TYPE_TEXT)
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
	switch (fields[ev->field[i]].type) {
	case TYPE_NUMBER:
		buf_printf(out, "%" PRIu64, ev->value[i]);
		break;
	case TYPE_VERDICT:
		quote_json(out, str_of(verdict_names[ev->value[i]]));
		break;
	case TYPE_RULE:
		rule_json(ev->value[i], rules, out);
		break;
	case TYPE_TEXT:
		quote_json(out, text_at(ev, i));
		break;
	}
}

void event_json(const struct event *ev, const struct event_rules *rules, struct buf *out)
{
	assert(well_formed(ev));
	buf_printf(out, "\"event\":\"%s\"", kinds[ev->kind].name);
	for (enum field field = FIELD_NONE + 1; field < N_FIELDS; field++) {
		unsigned i = slot(ev, field);

		if (i == ev->n_slots)
			continue;
		buf_printf(out, ",\"%s\":", fields[field].name);
		value_json(ev, i, rules, out);
	}
	if (ev->cut)
		buf_puts(out, ",\"cut\":true");
}
