/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/event.h"

#include "fuzz.h"
#include "supervise/entry.h"

static const char rule[] = "/etc/\x1b]0;x\x07\xff\xe2\x80\xae.ini:7";

/* As the supervisor does with an index from another process: some rules exist, some do not. */
static void where(const void *of, uint64_t index, struct buf *out)
{
	if (index % 2)
		buf_puts(out, of);
}

static void as_read(const void *of, uint64_t index, struct buf *out)
{
	(void)index;
	buf_puts(out, of);
}

/* Nothing ends the line, moves a cursor or gives a terminal an order. */
static void check_plain(const struct buf *text)
{
	assert(!text->full);
	for (size_t i = 0; i < text->n; i++)
		assert((unsigned char)text->p[i] >= ' ' && text->p[i] != 0x7f);
}

/* An event that passed gives one line of strict JSON, from which the same event can be read. */
static void check_event(const struct event *ev)
{
	static char line_space[EVENT_JSON + 512], json_space[EVENT_JSON], again_space[EVENT_JSON],
		said_space[EVENT_LINE];
	struct buf line = BUF(line_space), json = BUF(json_space), again = BUF(again_space),
		   said = BUF(said_space);
	const struct event_rules rules = { where, rule };
	struct line_head head = { .seq = 1, .task = STR("T"), .time = STR("t") };
	static struct entry entry;
	const struct event_rules read_rules = { as_read, entry.rule };
	struct chain chain, check;

	event_json(ev, &rules, &json);
	event_line(ev, &rules, &said);
	check_plain(&said);
	chain_start(&chain, head.task);
	check = chain;
	line_begin(&head, &line);
	buf_add(&line, json.p, json.n);
	line_seal(&chain, &line);
	line.n--;
	assert(line.p[line.n] == '\n');
	check_plain(&line);
	assert(line_check(&check, (struct str){ line.p, line.n }) == LINE_GOOD);
	assert(entry_read(&entry, (struct str){ line.p, line.n }) == 0);
	event_json(&entry.ev, &read_rules, &again);
	assert(str_eq((struct str){ json.p, json.n }, (struct str){ again.p, again.n }));
}

/* Takes up to @n bytes off the front. */
static struct str take(struct str *in, size_t n)
{
	struct str taken = { in->p, n < in->n ? n : in->n };

	*in = (struct str){ in->p + taken.n, in->n - taken.n };
	return taken;
}

static uint64_t take_number(struct str *in)
{
	struct str bytes = take(in, sizeof(uint64_t));
	uint64_t number = 0;

	memcpy(&number, bytes.p, bytes.n);
	return number;
}

/* An event as our own code makes it, from any bytes. */
static struct event make(struct str in)
{
	struct event ev = event_new(1 + take_number(&in) % (N_EVENT_KINDS - 1));
	const struct event_row *row = event_row((enum event_kind)ev.kind);
	uint64_t chosen = (take_number(&in) & row->may) | row->must;

	for (enum field field = FIELD_NONE + 1; field < N_FIELDS; field++) {
		uint64_t max = event_field(field)->max, number;

		if (!(chosen >> field & 1))
			continue;
		number = take_number(&in);
		if (event_field(field)->type == TYPE_TEXT)
			event_text(&ev, field, take(&in, number % (2 * EVENT_TEXT_ONE)));
		else
			event_num(&ev, field, max == UINT64_MAX ? number : number % (max + 1));
	}
	return ev;
}

/* Any bytes are shown without harm and come back. */
static void check_bytes(struct str in)
{
	static char json[8 * 20000 + 3], shown[4 * 20000 + 1];
	struct buf out = BUF(json), said = BUF(shown);

	quote_json(&out, in);
	check_plain(&out);
	quote_term(&said, in);
	check_plain(&said);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct event ev;
	static struct entry entry;
	struct chain chain = { 0 };
	struct str in = { (const char *)data, size };

	if (size > 20000)
		return 0;
	memset(&ev, 0, sizeof(ev));
	memcpy(&ev, data, size < sizeof(ev) ? size : sizeof(ev));
	if (event_valid(&ev, size))
		check_event(&ev);
	ev = make(in);
	check_event(&ev);
	check_bytes(in);
	line_check(&chain, in);
	entry_read(&entry, in);
	return 0;
}
