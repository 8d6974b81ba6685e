/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/form.h"

#include <assert.h>
#include <inttypes.h>
#include <syslog.h>

int form_drained(struct batch *b, struct channel *c, struct err *e)
{
	(void)b;
	return channel_drain(c, e);
}

unsigned form_priority(const struct message *m)
{
	static const unsigned priorities[] = { LOG_INFO,    LOG_INFO, LOG_NOTICE,
					       LOG_WARNING, LOG_ERR,  LOG_CRIT };

	static_assert(LEN(priorities) == N_SEVERITIES, "every severity has a priority");
	return priorities[event_severity(&m->event.entry->ev)];
}

bool form_field(const struct message *m, enum field field, struct buf *out)
{
	const struct event *ev = &m->event.entry->ev;
	struct str text;
	uint64_t n;

	if (event_get_text(ev, field, &text) == 0)
		buf_str(out, text);
	else if (event_get_num(ev, field, &n) < 0)
		return false;
	else if (event_field(field)->type == TYPE_VERDICT)
		buf_puts(out, event_verdict_name(n));
	else if (event_field(field)->type == TYPE_RULE)
		buf_puts(out, m->event.entry->rule);
	else
		buf_printf(out, "%" PRIu64, n);
	return true;
}
