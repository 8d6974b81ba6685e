/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/log_filter.h"
#include "cli/options.h"
#include "supervise/audit.h"
#include "supervise/entry.h"
#include "supervise/record.h"

static const char usage[] =
	"usage: agentbox tasks [--json]\n"
	"       agentbox tasks prune [--older-than=AGE] [--keep=N] [--dry-run]\n\n"
	"Lists the tasks that were recorded, the latest last: id, size of what is kept,\n"
	"how it ended, whether its log is sealed, profile and command.\n\n"
	"  -j, --json              one JSON object a line\n\n"
	"prune removes the records of tasks, but never that of one that runs. What is in\n"
	"a file of [audit] file= stays there.\n\n"
	"      --older-than=AGE    of those older than 90s, 10m, 2h, 30d\n"
	"      --keep=N            but for the N latest\n"
	"      --dry-run           only says which\n\n"
	"Exit status: 0; 1 something could not be read or removed; 2 usage.\n";

static int run(char **argv);

extern const struct verb verb_tasks;
const struct verb verb_tasks = { .name = "tasks", .usage = usage, .run = run };

/* What was asked for. */
struct query {
	bool json, prune, dry_run, by_age, by_number;
	struct filter age; /* its @since */
	unsigned long keep;
};

/* What is told of a task. */
struct summary {
	char profile[64], command[64];
	bool readable, running, ended, sealed;
	uint64_t exit, events;
	int64_t size;
};

static void copy(const struct event *ev, enum field field, char *to, size_t cap)
{
	char shown[4 * EVENT_TEXT_ONE + 1];
	struct buf out = BUF(shown);
	struct str text;

	if (event_get_text(ev, field, &text) == 0)
		quote_term(&out, text);
	memcpy(to, shown, out.n < cap ? out.n : cap - 1);
}

static void take_line(struct summary *s, struct str line)
{
	struct line_head head;
	struct entry entry;
	struct str event;
	enum event_kind kind;

	s->events++;
	kind = line_parse(line, &head, &event) < 0 ? EVENT_NONE : event_kind_of(event);
	if (kind == EVENT_LOG_SEAL)
		s->sealed = true;
	if ((kind != EVENT_TASK_START && kind != EVENT_TASK_END) || entry_read(&entry, line) != 0)
		return;
	if (kind == EVENT_TASK_END) {
		s->ended = event_get_num(&entry.ev, FIELD_EXIT, &s->exit) == 0;
		return;
	}
	copy(&entry.ev, FIELD_PROFILE, s->profile, sizeof(s->profile));
	copy(&entry.ev, FIELD_COMMAND, s->command, sizeof(s->command));
}

static int64_t total;

static int add_size(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)path, (void)ftw;
	if (type == FTW_F)
		total += st->st_size;
	return 0;
}

/* Adds up what the directory of a task holds; a log in another file does not count. */
static int64_t size_of(const char *path)
{
	total = 0;
	nftw(path, add_size, 16, FTW_PHYS);
	return total;
}

static void summarize(const char *state_dir, const char *task, struct summary *s)
{
	static struct record record;
	struct str line;
	struct err e;

	*s = (struct summary){ .size = size_of(task) };
	if (record_open(&record, state_dir, task, &e) < 0)
		return;
	s->readable = true;
	s->running = record_running(&record);
	while (record_next(&record, false, &line, &e) > 0)
		take_line(s, line);
	s->running = s->running && !s->sealed;
	record_close(&record);
}

static const char *state_of(const struct summary *s, char space[24])
{
	if (s->running)
		return "running";
	if (!s->ended)
		return s->readable ? "killed" : "no log";
	snprintf(space, 24, "exit %" PRIu64, s->exit);
	return space;
}

static void print_json(const char *task, const struct summary *s)
{
	char space[1024], state[24];
	struct buf out = BUF(space);

	buf_printf(&out,
		   "{\"task\":\"%s\",\"state\":\"%s\",\"sealed\":%s,\"events\":%" PRIu64
		   ",\"size\":%" PRIi64,
		   task, state_of(s, state), s->sealed ? "true" : "false", s->events, s->size);
	quote_member(&out, "profile", s->profile);
	quote_member(&out, "command", s->command);
	buf_puts(&out, "}");
	puts(out.p);
}

static void print_text(const char *task, const struct summary *s)
{
	char state[24];

	printf("%s %9" PRIi64 "  %-8s  %-8s  %-10s %s\n", task, s->size, state_of(s, state),
	       s->sealed ? "sealed" : "unsealed", s->profile, s->command);
}

static int only_ids(const struct dirent *entry)
{
	return audit_is_id(entry->d_name);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

/* A task that has just begun has a directory before it has a locked log. */
static bool may_be_starting(const struct summary *s, const char *path)
{
	struct stat st;

	return !s->readable && (stat(path, &st) < 0 || st.st_mtime + 60 > time(NULL));
}

/* Ids sort by time, and begin with it: 20261123T074100.123Z. */
static bool is_old(const struct query *q, const char *task)
{
	char text[40];
	struct filter started = { 0 };

	snprintf(text, sizeof(text), "%.4s-%.2s-%.2sT%.2s:%.2s:%.7s", task, task + 4, task + 6,
		 task + 9, task + 11, task + 13);
	return !q->by_age || (!filter_since(&started, text) && started.since < q->age.since);
}

static int prune_one(const struct query *q, const char *state_dir, const char *task)
{
	struct summary s;

	summarize(state_dir, task, &s);
	if (s.running || may_be_starting(&s, task) || !is_old(q, task))
		return 0;
	puts(task);
	if (q->dry_run || nftw(task, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) == 0)
		return 0;
	fprintf(stderr, "agentbox: remove %s/tasks/%s: %s\n", state_dir, task, strerror(errno));
	return 1;
}

static int list_one(const struct query *q, const char *state_dir, const char *task)
{
	struct summary s;

	summarize(state_dir, task, &s);
	if (q->json)
		print_json(task, &s);
	else
		print_text(task, &s);
	return 0;
}

/* From within the directory of tasks, so that what is removed lies in it. */
static int each(const struct query *q, const char *state_dir)
{
	struct dirent **names = NULL;
	int n, failed = 0;

	if (chdir(state_dir) < 0 || chdir("tasks") < 0) {
		if (errno == ENOENT)
			return 0;
		fprintf(stderr, "agentbox: open %s/tasks: %s\n", state_dir, strerror(errno));
		return 1;
	}
	n = scandir(".", &names, only_ids, alphasort);
	if (n < 0)
		perror("agentbox: read the directory of tasks");
	for (int i = 0; i < n; i++) {
		if (!q->prune)
			failed |= list_one(q, state_dir, names[i]->d_name);
		else if ((unsigned long)(n - i) > q->keep)
			failed |= prune_one(q, state_dir, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return failed || n < 0;
}

static const char *take_age(void *of, const char *text)
{
	struct query *q = of;

	q->by_age = true;
	return filter_since(&q->age, text) ? "an age: 90s, 10m, 2h or 30d" : NULL;
}

static const char *take_number(void *of, const char *text)
{
	struct query *q = of;

	q->by_number = true;
	return str_to_ulong(str_of(text), INT_MAX, &q->keep) < 0 ? "a number" : NULL;
}

/* Returns 0, or what the verb has to return. */
static int parse(struct query *q, char **argv)
{
	const struct verb_option list_options[] = { { "json", 'j', .set = &q->json }, { 0 } };
	const struct verb_option prune_options[] = {
		{ "older-than", .take = take_age, .of = q },
		{ "keep", .take = take_number, .of = q },
		{ "dry-run", .set = &q->dry_run },
		{ 0 },
	};
	char *none[1];
	int r = options_words(&verb_tasks, q->prune ? prune_options : list_options, argv, none, 0);

	if (r != 0)
		return r;
	if (q->prune && !q->by_age && !q->by_number)
		return verb_misused(&verb_tasks, "prune needs --older-than, --keep or both");
	return 0;
}

static int run(char **argv)
{
	struct query q = { .prune = argv[1] && !strcmp(argv[1], "prune") };
	char dir[PATH_MAX];
	struct err e;
	int r = parse(&q, argv + q.prune);

	if (r != 0)
		return r;
	return audit_state_dir(dir, &e) < 0 ? verb_failed(&e) : each(&q, dir);
}
