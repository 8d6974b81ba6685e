/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFC 5424. The message is the line of the log; what the header has a place for is there, too. To a
 * stream each goes with its length before it (RFC 6587, 3.4.1; RFC 5425, 4.3). Nobody confirms a
 * message: what the receiver's socket has taken counts as delivered.
 */
#include "sink/form.h"

#include <inttypes.h>

/* Of header and parameters: printable ASCII without what would end them (6, 6.3.3). */
static void add_word(struct str word, struct buf *out)
{
	for (size_t i = 0; i < word.n; i++) {
		const char c = word.p[i];
		const bool plain = c > ' ' && c <= '~' && c != '"' && c != '\\' && c != ']';

		buf_puts(out, plain ? (char[]){ c, '\0' } : "?");
	}
	if (word.n == 0)
		buf_puts(out, "-");
}

/* PROCID tells which messages belong together (6.2.6): those of a task. "meta" is of 7.3. */
void syslog_write(const struct message *m, struct buf *out)
{
	const struct entry *entry = m->event.entry;

	buf_printf(out, "<%u>1 ", FORM_AUDIT * 8 + form_priority(m));
	add_word(entry->head.time, out);
	buf_puts(out, " ");
	add_word(str_of(m->host), out);
	buf_puts(out, " agentbox ");
	add_word(entry->head.task, out);
	buf_printf(out, " %s ", event_kind_name((enum event_kind)entry->ev.kind));
	buf_puts(out, "[origin software=\"agentbox\" swVersion=\"");
	add_word(str_of(m->event.origin->version), out);
	buf_printf(out, "\"][meta sequenceId=\"%" PRIu64 "\"] ", entry->head.seq);
	buf_str(out, m->line);
}

static int add(const struct message *m, struct batch *b, struct channel *c, struct err *e)
{
	char number[24];
	struct buf length = BUF(number);
	int r = channel_open(c, e);

	b->out.n = 0;
	syslog_write(m, &b->out);
	buf_printf(&length, "%zu ", b->out.n);
	if (r == 0 && !c->datagrams)
		r = channel_send(c, (struct str){ length.p, length.n }, e);
	return r < 0 ? r : channel_send(c, (struct str){ b->out.p, b->out.n }, e);
}

const struct form form_syslog = { add, form_drained };
