/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <unistd.h>

#include "base/exit.h"
#include "os/sys.h"
#include "supervise/start.h"

/* What a person is told while a task runs and when it ends, and the end of its log. */

enum {
	HEAD_SHORT = 16, /* digits: 64 bits, which nobody meets by trying */
	NEW_SHOWN = 10,
};

int record_change(struct supervisor *s, const struct event *ev, struct err *e)
{
	char space[EVENT_LINE];
	struct buf line = BUF(space);

	event_line(ev, NULL, &line);
	if (ev->kind != EVENT_FILE_NEW || ++s->n_new <= NEW_SHOWN)
		teller_say(&s->teller, (struct str){ line.p, line.n });
	return audit_write(&s->audit, ev, e);
}

static void tell_more(struct supervisor *s)
{
	char space[100];
	struct buf line = BUF(space);

	if (s->n_new <= NEW_SHOWN)
		return;
	buf_printf(&line, "the log has %u more new file%s that programs obey", s->n_new - NEW_SHOWN,
		   plural(s->n_new - NEW_SHOWN));
	teller_say(&s->teller, (struct str){ line.p, line.n });
}

static void tell_summary(struct supervisor *s)
{
	char space[2048];
	struct buf line = BUF(space);

	summary_print(&s->children.summary, s->audit.task, &line);
	if (line.n)
		teller_say(&s->teller, (struct str){ line.p, line.n });
}

void tell_end(struct supervisor *s)
{
	tell_more(s);
	tell_summary(s);
}

static int record_end(struct supervisor *s, struct err *e)
{
	struct event ev = event_new(EVENT_TASK_END);

	event_num(&ev, FIELD_EXIT, (uint64_t)s->status);
	if (s->signal)
		event_num(&ev, FIELD_SIGNAL, (uint64_t)s->signal);
	if (e->text[0])
		event_text(&ev, FIELD_REASON, str_of(e->text));
	event_num(&ev, FIELD_MS, (uint64_t)(now_ms() - s->began));
	return audit_write(&s->audit, &ev, e);
}

/*
 * Says the last hash: all of it to who asked for it, the beginning to a person. A command's
 * standard error that goes elsewhere than to a terminal remains the command's.
 */
static int tell_head(const struct supervisor *s, struct err *e)
{
	const char *task = s->task->host->task;
	char line[CHAIN_HEX + TASK_ID_MAX + 2], head[CHAIN_HEX];
	int n, r;

	audit_head(&s->audit, head);
	if (!s->task->quiet && isatty(STDERR_FILENO))
		fprintf(stderr, "agentbox: recorded as %s, last hash %.*s\n", task, HEAD_SHORT,
			head);
	if (!s->task->head_fd)
		return 0;
	n = snprintf(line, sizeof(line), "%s %s\n", head, task);
	r = write_all(s->task->head_fd, line, (size_t)n);
	return r < 0 ? err_set(e, r, "write the last hash to descriptor %d", s->task->head_fd) : 0;
}

/* The end of the task, and the seal. */
static int close_log(struct supervisor *s, struct err *e)
{
	int r = record_end(s, e);

	if (r == 0)
		r = audit_seal(&s->audit, s->task->state_dir, e);
	if (r < 0 && s->audit.dispensable) {
		fprintf(stderr, "agentbox: %s\n", e->text);
		*e = (struct err){ 0 };
		r = 0;
	}
	return r == 0 ? tell_head(s, e) : r;
}

int conclude(struct supervisor *s, struct err *e)
{
	if (s->children.gate && s->status == 0) {
		s->status = EXIT_GATE;
		if (s->task->quiet)
			err_say(e, 0, "a gate failed: see agentbox log %s", s->task->host->task);
	}
	return close_log(s, e);
}

/* Then the file has everything: what the sinks have not got is no fault of the task's. */
void end_log(struct supervisor *s)
{
	const uint64_t lines = s->audit.seq - 1;
	char space[SINKS_MAX * (SINK_TEXT_MAX + 512)];
	struct buf out = BUF(space);

	audit_close(&s->audit);
	if (sinks_finish(&s->sinks, lines, true, &out) > 0)
		fprintf(stderr, "%sagentbox: to send what is missing: agentbox log send %s\n",
			out.p, s->task->host->task);
}
