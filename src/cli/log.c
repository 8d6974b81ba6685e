/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/log.h"
#include "supervise/audit.h"
#include "supervise/entry.h"
#include "supervise/record.h"

static const char usage[] =
	"usage: agentbox log [--json] [--follow] [TASK]\n"
	"       agentbox log verify [--head=HASH] [--key=KEY] [TASK]\n"
	"       agentbox log key\n\n"
	"Shows what was recorded about a task, one event a line. TASK is the beginning of a "
	"task's\n"
	"id, or \"latest\", which is the default.\n\n"
	"  -j, --json        the lines as they were written\n"
	"  -f, --follow      wait for what a running task adds, until it ends\n\n"
	"verify recomputes the hash chain, checks the seal, and names the first line that does "
	"not\n"
	"fit.\n\n"
	"  --head=HASH       hash of the last line, kept elsewhere, or 16 digits of it or more: "
	"proves\n"
	"                    that nothing was cut off or rewritten\n"
	"  --key=KEY         public key that must have sealed it, instead of your own\n\n"
	"key prints your public key.\n\n"
	"Exit status: 0; 1 no such task, or its record is not intact; 2 usage.\n";

static int run(int argc, char **argv);

const struct verb verb_log = { .name = "log", .usage = usage, .run = run };

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "follow", no_argument, NULL, 'f' },
	{ 0 },
};

/* What was asked for. */
struct query {
	bool json, follow, colour;
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
static void show(const struct query *query, const struct record *r, struct str line)
{
	char space[EVENT_LINE + 128], text[EVENT_LINE];
	struct buf out = BUF(space), said = BUF(text);
	struct entry entry;

	switch (entry_read(&entry, line)) {
	case 0:
		break;
	case ENTRY_E_UNKNOWN:
		printf("line %zu: an event that this version does not know; see --json\n",
		       r->number);
		return;
	default:
		printf("line %zu: not a line of a log; see agentbox log verify\n", r->number);
		return;
	}
	add_local_time(entry.head.time, &out);
	buf_printf(&out, "  %-13s  ", event_kind_name((enum event_kind)entry.ev.kind));
	entry_line(&entry, &said);
	if (query->colour)
		add_coloured((struct str){ said.p, said.n }, &out);
	else
		buf_str(&out, (struct str){ said.p, said.n });
	puts(out.p);
}

static void show_as_is(struct str line)
{
	fwrite(line.p, 1, line.n, stdout);
	putchar('\n');
}

/* All lines that are there now. Returns 1 if the last event is among them, 0, or a negative errno.
 */
static int show_present(const struct query *query, struct record *r, bool tail, struct err *e)
{
	struct line_head head;
	struct str line, event;
	int got, ended = 0;

	while ((got = record_next(r, tail, &line, e)) > 0) {
		if (query->json)
			show_as_is(line);
		else
			show(query, r, line);
		ended |= line_parse(line, &head, &event) == 0 &&
			 event_kind_of(event) == EVENT_TASK_END;
	}
	fflush(stdout);
	return got < 0 ? got : ended;
}

/* While the task runs, a line without its end is one that is being written. */
static int show_task(const struct query *query, struct record *r, struct err *e)
{
	const struct timespec pause = { .tv_nsec = 100000000 };

	for (;;) {
		bool running = record_running(r);
		int ended = show_present(query, r, !running, e);

		if (ended || !running || !query->follow || ferror(stdout))
			return ended < 0 ? ended : 0;
		nanosleep(&pause, NULL);
	}
}

/* Returns 0, or the status to exit with. */
static int parse(struct query *query, int argc, char **argv)
{
	int option;

	optind = 0;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "+:jf", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			query->json = true;
			break;
		case 'f':
			query->follow = true;
			break;
		case ':':
			return verb_misused(&verb_log, "option %s needs a value", argv[optind - 1]);
		default:
			return verb_misused(&verb_log, "there is no option %s", argv[optind - 1]);
		}
	}
	if (argc - optind > 1)
		return verb_misused(&verb_log, "one task at a time");
	query->task = argv[optind];
	query->colour = wants_colour();
	return 0;
}

static int look(const struct query *query, struct record *r, struct err *e)
{
	char dir[PATH_MAX], task[TASK_ID_MAX];

	if (audit_state_dir(dir, e) < 0 || record_find(dir, query->task, task, e) < 0 ||
	    record_open(r, dir, task, e) < 0)
		return e->code;
	return show_task(query, r, e);
}

static int log_show(int argc, char **argv)
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

static const struct {
	const char *word;
	int (*run)(int argc, char **argv);
} words[] = {
	{ "verify", log_verify },
	{ "key", log_key },
};

static int run(int argc, char **argv)
{
	int (*what)(int, char **) = log_show;
	int r;

	for (size_t i = 0; i < LEN(words) && argc > 1; i++)
		if (!strcmp(argv[1], words[i].word))
			what = words[i].run;
	r = what == log_show ? what(argc, argv) : what(argc - 1, argv + 1);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("agentbox: write to standard output");
		r = 1;
	}
	return r;
}
