/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/format.h"

#include <inttypes.h>
#include <string.h>

#include "wire/rfc3339.h"

static void learn(const struct event *ev, enum field field, char *to, size_t cap)
{
	struct buf out = buf_over(to, cap);
	struct str text;

	if (event_get_text(ev, field, &text) == 0)
		buf_str(&out, text);
}

void origin_learn(struct origin *origin, const struct entry *entry)
{
	if (entry->ev.kind != EVENT_TASK_START)
		return;
	*origin = (struct origin){ 0 };
	learn(&entry->ev, FIELD_POLICY, origin->policy, sizeof(origin->policy));
	learn(&entry->ev, FIELD_PROFILE, origin->profile, sizeof(origin->profile));
	learn(&entry->ev, FIELD_PARENT, origin->parent, sizeof(origin->parent));
	learn(&entry->ev, FIELD_VERSION, origin->version, sizeof(origin->version));
}

int64_t projected_ms(const struct projected *p)
{
	int64_t ms;

	return rfc3339_parse(p->entry->head.time, &ms) < 0 ? 0 : ms;
}

/* Each row begins with its prefix; the last one's is "". */
const void *format_kind(const void *rows, size_t size, const struct projected *p)
{
	struct str name = str_of(event_kind_name((enum event_kind)p->entry->ev.kind));
	const char *row = rows;

	while (!str_starts(name, *(const char *const *)(const void *)row))
		row += size;
	return row;
}

bool format_number(struct buf *out, uint64_t n)
{
	buf_printf(out, "%" PRIu64, n);
	return true;
}

bool format_text(struct buf *out, const char *s)
{
	if (s[0])
		quote_json(out, str_of(s));
	return s[0] != '\0';
}

bool projected_severity(const struct projected *p, struct buf *out)
{
	return format_number(out, event_severity(&p->entry->ev));
}

bool projected_message(const struct projected *p, struct buf *out)
{
	char space[EVENT_LINE];
	struct buf line = BUF(space);

	entry_line(p->entry, &line);
	return format_text(out, line.p);
}

bool projected_version(const struct projected *p, struct buf *out)
{
	return format_text(out, p->origin->version);
}

bool projected_uid(const struct projected *p, struct buf *out)
{
	char space[TASK_ID_MAX + 24];
	struct buf uid = BUF(space);

	buf_str(&uid, p->entry->head.task);
	buf_printf(&uid, ":%" PRIu64, p->entry->head.seq);
	return format_text(out, space);
}

bool projected_seq(const struct projected *p, struct buf *out)
{
	return format_number(out, p->entry->head.seq);
}

bool projected_task(const struct projected *p, struct buf *out)
{
	quote_json(out, p->entry->head.task);
	return true;
}

bool projected_labels(const struct projected *p, struct buf *out)
{
	const struct event_row *row = event_row((enum event_kind)p->entry->ev.kind);
	const char *const *tags = event_concern(row->concern)->tags;

	for (size_t i = 0; i < CONCERN_TAGS && tags[i]; i++)
		buf_printf(out, "%s\"%s\"", i ? "," : "[", tags[i]);
	buf_puts(out, "]");
	return true;
}

bool projected_kind(const struct projected *p, struct buf *out)
{
	return format_text(out, event_kind_name((enum event_kind)p->entry->ev.kind));
}

bool projected_policy(const struct projected *p, struct buf *out)
{
	return format_text(out, p->origin->policy);
}

bool projected_profile(const struct projected *p, struct buf *out)
{
	return format_text(out, p->origin->profile);
}

bool projected_parent(const struct projected *p, struct buf *out)
{
	return format_text(out, p->origin->parent);
}

bool projected_stage(const struct projected *p, struct buf *out)
{
	return format_text(out,
			   event_stage_name(event_row((enum event_kind)p->entry->ev.kind)->stage));
}

bool projected_product(const struct projected *p, struct buf *out)
{
	(void)p;
	return format_text(out, "agentbox");
}
