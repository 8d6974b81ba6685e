/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/log.h"
#include "cli/log_filter.h"
#include "cli/options.h"
#include "supervise/audit.h"
#include "supervise/entry.h"
#include "supervise/format.h"
#include "supervise/record.h"

static const struct format *const formats[] = { &format_ocsf, &format_ecs, &format_cef };

/* What was asked for. */
struct query {
	bool json, follow, colour;
	const struct format *format; /* NULL: for people, or as it is */
	struct filter filter;
	struct origin origin;
	char *task[2]; /* or NULL: the latest */
};

/* How lines that report a decision begin, and their colour. */
static const struct {
	const char *word, *colour;
} verdicts[] = {
	{ "denied ", "\033[31m" },
	{ "allowed ", "\033[32m" },
	{ "asked for ", "\033[33m" },
};

/* https://no-color.org */
static bool wants_colour(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_color && no_color[0]) && term &&
	       strcmp(term, "dumb") != 0;
}

/* The time of a line, in the zone of whoever looks. */
static void add_local_time(struct str time, struct buf *out)
{
	char text[sizeof("2026-11-23T07:41:00.123Z")] = "", local[32];
	struct tm tm = { 0 };
	const char *rest;
	time_t at;

	if (time.n < sizeof(text))
		memcpy(text, time.p, time.n);
	rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	if (!rest || rest[0] != '.') {
		quote_term(out, time);
		return;
	}
	at = timegm(&tm);
	localtime_r(&at, &tm);
	strftime(local, sizeof(local), "%F %T", &tm);
	buf_puts(out, local);
	quote_term(out, (struct str){ rest, strlen(rest) - 1 });
}

static void add_coloured(struct str line, struct buf *out)
{
	for (size_t i = 0; i < LEN(verdicts); i++) {
		size_t n = strlen(verdicts[i].word);

		if (!str_starts(line, verdicts[i].word))
			continue;
		buf_printf(out, "%s%s\033[0m", verdicts[i].colour, verdicts[i].word);
		line = (struct str){ line.p + n, line.n - n };
		break;
	}
	buf_str(out, line);
}

/* One line for people. */
static void show_text(const struct query *query, const struct entry *entry)
{
	char space[EVENT_LINE + 128], text[EVENT_LINE];
	struct buf out = BUF(space), said = BUF(text);

	add_local_time(entry->head.time, &out);
	buf_printf(&out, "  %-17s  ", event_kind_name((enum event_kind)entry->ev.kind));
	entry_line(entry, &said);
	if (query->colour)
		add_coloured((struct str){ said.p, said.n }, &out);
	else
		buf_str(&out, (struct str){ said.p, said.n });
	puts(out.p);
}

static void show_format(const struct query *query, const struct entry *entry)
{
	static char space[FORMAT_MAX];
	struct buf out = BUF(space);

	query->format->add(&(struct projected){ entry, &query->origin }, &out);
	puts(out.p);
}

static void show_as_is(struct str line)
{
	fwrite(line.p, 1, line.n, stdout);
	putchar('\n');
}

/* What cannot be read passes every filter: nobody hides a line by spoiling it. */
static void show_unread(const struct query *query, const struct record *r, struct str line,
			int code)
{
	if (query->json)
		show_as_is(line);
	else
		fprintf(query->format ? stderr : stdout, "line %zu: %s\n", r->number,
			code == ENTRY_E_UNKNOWN
				? "an event that this version does not know; see --json"
				: "not a line of a log; see agentbox log verify");
}

static void show(struct query *query, const struct record *r, struct str line)
{
	struct entry entry;
	int code = entry_read(&entry, line);

	if (code != 0) {
		show_unread(query, r, line, code);
		return;
	}
	origin_learn(&query->origin, &entry);
	if (!filter_admits(&query->filter, &entry))
		return;
	if (query->json)
		show_as_is(line);
	else if (query->format)
		show_format(query, &entry);
	else
		show_text(query, &entry);
}

/* All lines that are there now. Returns 1 if the last of all is among them, 0, or a negative errno.
 */
static int show_present(struct query *query, struct record *r, bool tail, struct err *e)
{
	struct line_head head;
	struct str line, event;
	int got, sealed = 0;

	while ((got = record_next(r, tail, &line, e)) > 0) {
		show(query, r, line);
		sealed |= line_parse(line, &head, &event) == 0 &&
			  event_kind_of(event) == EVENT_LOG_SEAL;
	}
	fflush(stdout);
	return got < 0 ? got : sealed;
}

/* While the task runs, a line without its end is one that is being written. */
static int show_task(struct query *query, struct record *r, struct err *e)
{
	const struct timespec pause = { .tv_nsec = 100000000 };

	for (;;) {
		bool running = record_running(r);
		int over = show_present(query, r, !running, e);

		if (over || !running || !query->follow || ferror(stdout))
			return over < 0 ? over : 0;
		nanosleep(&pause, NULL);
	}
}

static const char *take_format(void *of, const char *name)
{
	const struct format **format = of;

	for (size_t i = 0; i < LEN(formats); i++) {
		*format = formats[i];
		if (!strcmp(name, formats[i]->name))
			return NULL;
	}
	return "ocsf, ecs or cef";
}

/* Returns 0, or what the verb has to return. */
static int parse(struct query *query, char **argv)
{
	struct filter *f = &query->filter;
	const struct verb_option options[] = {
		{ "follow", 'f', .set = &query->follow },
		{ "json", 'j', .set = &query->json },
		{ "format", .take = take_format, .of = &query->format },
		{ "kind", 'k', .text = &f->kind },
		{ "verdict", 'v', .take = filter_verdict, .of = f },
		{ "severity", .take = filter_severity, .of = f },
		{ "host", .text = &f->host },
		{ "package", .text = &f->package },
		{ "since", .take = filter_since, .of = f },
		{ 0 },
	};
	int r = options_words(&verb_log, options, argv, query->task, 1);

	if (r != 0)
		return r;
	if (query->json && query->format)
		return verb_misused(&verb_log, "--json is a format, too: choose one");
	query->colour = wants_colour();
	return 0;
}

static int look(struct query *query, struct record *r, struct err *e)
{
	char dir[PATH_MAX], task[TASK_ID_MAX];

	if (audit_state_dir(dir, e) < 0 || record_find(dir, query->task[0], task, e) < 0 ||
	    record_open(r, dir, task, e) < 0)
		return e->code;
	return show_task(query, r, e);
}

int log_show(char **argv)
{
	struct record record = { .fd = -1 };
	struct query query = { 0 };
	struct err e = { 0 };
	int r;

	r = parse(&query, argv);
	if (r != 0)
		return r;
	r = look(&query, &record, &e);
	record_close(&record);
	return r < 0 ? verb_failed(&e) : 0;
}
