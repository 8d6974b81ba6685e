/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/log.h"
#include "cli/log_filter.h"
#include "supervise/audit.h"
#include "supervise/entry.h"
#include "supervise/format.h"
#include "supervise/record.h"

enum { OPTION_FORMAT = 256, OPTION_SEVERITY, OPTION_HOST, OPTION_PACKAGE, OPTION_SINCE };

static const struct option options[] = {
	{ "follow", no_argument, NULL, 'f' },
	{ "json", no_argument, NULL, 'j' },
	{ "format", required_argument, NULL, OPTION_FORMAT },
	{ "kind", required_argument, NULL, 'k' },
	{ "verdict", required_argument, NULL, 'v' },
	{ "severity", required_argument, NULL, OPTION_SEVERITY },
	{ "host", required_argument, NULL, OPTION_HOST },
	{ "package", required_argument, NULL, OPTION_PACKAGE },
	{ "since", required_argument, NULL, OPTION_SINCE },
	{ 0 },
};

static const struct format *const formats[] = { &format_ocsf, &format_ecs, &format_cef };

/* What was asked for. */
struct query {
	bool json, follow, colour;
	const struct format *format; /* NULL: for people, or as it is */
	struct filter filter;
	struct origin origin;
	const char *task;
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

static const char *find_format(struct query *query, const char *name)
{
	for (size_t i = 0; i < LEN(formats); i++) {
		if (strcmp(name, formats[i]->name) != 0)
			continue;
		query->format = formats[i];
		return NULL;
	}
	return "ocsf, ecs or cef";
}

/* Takes an option with its value. Returns NULL, or what the value should have been. */
static const char *take(struct query *query, int option)
{
	switch (option) {
	case 'f':
		query->follow = true;
		return NULL;
	case 'j':
		query->json = true;
		return NULL;
	case 'k':
		query->filter.kind = optarg;
		return NULL;
	case OPTION_HOST:
		query->filter.host = optarg;
		return NULL;
	case OPTION_PACKAGE:
		query->filter.package = optarg;
		return NULL;
	case 'v':
		return filter_verdict(&query->filter, optarg);
	case OPTION_SEVERITY:
		return filter_severity(&query->filter, optarg);
	case OPTION_SINCE:
		return filter_since(&query->filter, optarg);
	case OPTION_FORMAT:
		return find_format(query, optarg);
	}
	return "another option";
}

/* Returns 0, or the status to exit with. */
static int parse(struct query *query, int argc, char **argv)
{
	const char *wanted;
	int option;

	optind = 0;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "+:fjk:v:", options, NULL)) != -1) {
		if (option == ':')
			return verb_misused(&verb_log, "option %s needs a value", argv[optind - 1]);
		if (option == '?')
			return verb_misused(&verb_log, "there is no option %s", argv[optind - 1]);
		wanted = take(query, option);
		if (wanted)
			return verb_misused(&verb_log, "\"%s\" should be %s", optarg, wanted);
	}
	if (argc - optind > 1)
		return verb_misused(&verb_log, "one task at a time");
	if (query->json && query->format)
		return verb_misused(&verb_log, "--json is a format, too: choose one");
	query->task = argv[optind];
	query->colour = wants_colour();
	return 0;
}

static int look(struct query *query, struct record *r, struct err *e)
{
	char dir[PATH_MAX], task[TASK_ID_MAX];

	if (audit_state_dir(dir, e) < 0 || record_find(dir, query->task, task, e) < 0 ||
	    record_open(r, dir, task, e) < 0)
		return e->code;
	return show_task(query, r, e);
}

int log_show(int argc, char **argv)
{
	struct record record = { .fd = -1 };
	struct query query = { 0 };
	struct err e = { 0 };
	int r;

	r = parse(&query, argc, argv);
	if (r != 0)
		return r;
	r = look(&query, &record, &e);
	record_close(&record);
	if (r < 0)
		fprintf(stderr, "agentbox: %s\n", e.text);
	return r != 0;
}
