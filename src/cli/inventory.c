/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "inventory/sbom.h"
#include "os/sys.h"
#include "supervise/audit.h"
#include "supervise/entry.h"
#include "supervise/inventory.h"
#include "supervise/record.h"
#include "wire/rfc3339.h"

static const char usage[] =
	"usage: agentbox inventory [OPTION]... [TASK]\n\n"
	"Lists the packages of a task's workspace, as its lock files name them and as\n"
	"they are installed: at the end of the task, or now, while it runs. TASK is the\n"
	"beginning of a task's id, or \"latest\", which is the default.\n\n"
	"      --before            before the task\n"
	"      --after             after it (the default)\n"
	"      --added             those that were not there before, and those fetched\n"
	"      --untracked         those that are installed, and neither were there\n"
	"                          before nor were fetched\n"
	"      --changes           what a running task has changed, instead of packages\n"
	"      --format=FORMAT     text (the default), cyclonedx (1.6, JSON) or spdx\n"
	"                          (2.3, JSON)\n\n"
	"SOURCE_DATE_EPOCH in the environment replaces the time of the task.\n\n"
	"Exit status: 0; 1 no such task, or it has no inventory; 2 usage.\n";

static int run(char **argv);

const struct verb verb_inventory = { .name = "inventory", .usage = usage, .run = run };

enum { INVENTORY_MAX = 256 << 20 };

static const struct {
	const char *name;
	void (*write)(const struct sbom *sbom, FILE *out);
} formats[] = {
	{ "text", sbom_text },
	{ "cyclonedx", sbom_cyclonedx },
	{ "spdx", sbom_spdx },
};

static const struct {
	const char *name;
	unsigned any, none; /* states */
} selections[] = {
	{ "after", COMPONENT_AFTER, 0 },
	{ "before", COMPONENT_BEFORE, 0 },
	{ "added", COMPONENT_ADDED, COMPONENT_BEFORE },
	{ "untracked", COMPONENT_UNTRACKED, 0 },
};

struct query {
	size_t format, selection;
	bool changes;
	char *task[2];		  /* or NULL: the latest */
	struct inventory_fds fds; /* of the supervisor's options, which are for nobody else */
};

static const char *take_format(void *of, const char *name)
{
	size_t *format = of;

	for (*format = 0; *format < LEN(formats); (*format)++)
		if (!strcmp(formats[*format].name, name))
			return NULL;
	return "text, cyclonedx or spdx";
}

static const char *take_fd(void *of, const char *text)
{
	unsigned long number;

	if (str_to_ulong(str_of(text), INT32_MAX, &number) < 0)
		return "a descriptor";
	*(int *)of = (int)number;
	return NULL;
}

/* Returns 0, or what the verb has to return. */
static int parse(struct query *query, char **argv)
{
	struct inventory_fds *fds = &query->fds;
	bool chosen[LEN(selections)] = { 0 };
	const struct verb_option options[] = {
		{ "format", .take = take_format, .of = &query->format },
		{ "after", .set = &chosen[0] },
		{ "before", .set = &chosen[1] },
		{ "added", .set = &chosen[2] },
		{ "untracked", .set = &chosen[3] },
		{ "changes", .set = &query->changes },
		{ "workspace-fd", .take = take_fd, .of = &fds->workspace },
		{ "events-fd", .take = take_fd, .of = &fds->events },
		{ "result-fd", .take = take_fd, .of = &fds->result },
		{ "trees-fd", .take = take_fd, .of = &fds->trees },
		{ "baseline-fd", .take = take_fd, .of = &fds->baseline },
		{ "policy-fd", .take = take_fd, .of = &fds->policy },
		{ "installed-fd", .take = take_fd, .of = &fds->installed },
		{ "fetched-fd", .take = take_fd, .of = &fds->fetched },
		{ "locked-fd", .take = take_fd, .of = &fds->locked },
		{ 0 },
	};
	int r = options_words(&verb_inventory, options, argv, query->task, 1), n = query->changes;

	for (size_t i = 0; i < LEN(selections); i++) {
		n += chosen[i];
		if (chosen[i])
			query->selection = i;
	}
	if (r == 0 && n > 1)
		r = verb_misused(
			&verb_inventory,
			"--after, --before, --added, --untracked or --changes: choose one");
	return r;
}

/* What there is to list, and where it comes from. */
struct view {
	const char *state, *task, *workspace;
	bool running;
	struct arena *arena;
	struct components all;
};

/* The workspace, as the first event of the task has it; and whether it still runs. */
static int read_start(struct view *view, struct err *e)
{
	_cleanup_free_ struct record *record = calloc(1, sizeof(*record));
	_cleanup_free_ struct entry *entry = calloc(1, sizeof(*entry));
	struct str line, text;
	int r;

	if (!record || !entry)
		return err_set(e, -ENOMEM, "read the log");
	r = record_open(record, view->state, view->task, e);
	if (r == 0 && record_next(record, false, &line, e) > 0 && entry_read(entry, line) == 0 &&
	    event_get_text(&entry->ev, FIELD_WORKSPACE, &text) == 0)
		view->workspace = arena_strndup(view->arena, text.p, text.n);
	view->running = r == 0 && record_running(record);
	record_close(record);
	return r;
}

/* "20261123T074100.123Z-...": ids of tasks begin with their time. */
static const char *time_of(const char *task, struct arena *arena)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	unsigned long seconds;
	char text[32];
	struct buf time = BUF(text);

	if (epoch && str_to_ulong(str_of(epoch), INT64_MAX / 1000, &seconds) == 0 &&
	    rfc3339_print((int64_t)seconds * 1000, &time) == 0)
		return arena_printf(arena, "%.19sZ", text);
	return arena_printf(arena, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", task, task + 4, task + 6,
			    task + 9, task + 11, task + 13);
}

/* Version 8 of RFC 9562: of what the list is about, so that the same list has the same one. */
static const char *uuid_of(const char *task, size_t selection, struct arena *arena)
{
	const char *name = arena_printf(arena, "agentbox inventory of %s: %s", task,
					selections[selection].name);
	char hex[CHAIN_HEX];

	chain_digest(str_of(name), hex);
	return arena_printf(arena, "%.8s-%.4s-8%.3s-a%.3s-%.12s", hex, hex + 8, hex + 13, hex + 17,
			    hex + 20);
}

static int open_of_task(const struct view *view, const char *name)
{
	return open(arena_printf(view->arena, "%s/tasks/%s/%s", view->state, view->task, name),
		    O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
}

static int read_list(struct view *view, int fd, struct err *e)
{
	struct str text;
	int r = read_whole(fd, INVENTORY_MAX, view->arena, &text);

	return r < 0 ? err_set(e, r, "read the inventory") : components_read(&view->all, text, e);
}

/* A task that changed nothing has left no inventory: what it began with is it. */
static int read_unchanged(struct view *view, int baseline, int installed, struct err *e)
{
	struct snapshot snapshot = { .arena = view->arena };
	int r = installed < 0 ? 0 : read_list(view, installed, e);

	if (r == 0)
		r = snapshot_read(&snapshot, baseline, e);
	if (r < 0)
		return r;
	components_add(&view->all, &snapshot, COMPONENT_BEFORE, COMPONENT_BEFORE);
	components_sort(&view->all);
	for (size_t i = 0; i < view->all.n; i++)
		view->all.component[i].states |= COMPONENT_NAMED;
	return 0;
}

static int read_ended(struct view *view, struct err *e)
{
	_cleanup_fd_ int result = open_of_task(view, "inventory.json");
	_cleanup_fd_ int baseline = open_of_task(view, "baseline.tar");
	_cleanup_fd_ int installed = open_of_task(view, "installed.json");
	int r;

	if (result < 0 && baseline < 0)
		return err_say(e, -ENOENT,
			       "task %s has no inventory: it could not write to its workspace, or "
			       "[lockfiles] mode is allow",
			       view->task);
	r = inventory_confine(-1, e);
	if (r < 0)
		return r;
	return result >= 0 ? read_list(view, result, e)
			   : read_unchanged(view, baseline, installed, e);
}

static void print_change(struct reporter *reporter, const struct event *ev)
{
	char space[EVENT_LINE];
	struct buf line = BUF(space);

	(void)reporter;
	event_line(ev, NULL, &line);
	printf("%s\n", line.p);
}

static void say_nothing(struct reporter *reporter, const struct event *ev)
{
	(void)reporter, (void)ev;
}

/* The task goes on: what is there is compared with its beginning, as will be at its end. */
static int read_running(struct view *view, bool changes, struct err *e)
{
	_cleanup_(inventory_fds_close) struct inventory_fds fds;
	struct reporter reporter = { changes ? print_change : say_nothing };
	int r = inventory_open(&fds, view->state, view->task, view->workspace, e);

	return r < 0 ? r : inventory_look(&fds, &reporter, &view->all, e);
}

static void list(const struct view *view, const struct query *query)
{
	struct sbom sbom = { .task = view->task, .workspace = view->workspace };
	const unsigned any = selections[query->selection].any,
		       none = selections[query->selection].none;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): it is an array of pointers */
	const struct component **chosen =
		arena_alloc(view->arena, (view->all.n + 1) * sizeof(*chosen));

	for (size_t i = 0; i < view->all.n; i++) {
		const struct component *c = &view->all.component[i];

		if (c->states & any && !(c->states & none))
			chosen[sbom.n++] = c;
	}
	sbom.component = chosen;
	sbom.time = time_of(view->task, view->arena);
	sbom.uuid = uuid_of(view->task, query->selection, view->arena);
	formats[query->format].write(&sbom, stdout);
}

static int show(const struct query *query, const char *state, const char *task, struct arena *arena,
		struct err *e)
{
	struct view view = { state, task, "", false, arena, { .arena = arena } };
	int r = read_start(&view, e);

	if (r == 0 && query->changes && !view.running)
		r = err_say(e, -ESRCH, "task %s has ended: agentbox report says what it changed",
			    task);
	if (r == 0)
		r = view.running ? read_running(&view, query->changes, e) : read_ended(&view, e);
	if (r == 0 && !query->changes)
		list(&view, query);
	return r;
}

static int run(char **argv)
{
	struct query query = { .fds = INVENTORY_FDS_NONE };
	char state[PATH_MAX], task[TASK_ID_MAX];
	struct arena arena = { 0 };
	struct err e = { 0 };
	int r = parse(&query, argv);

	if (r != 0)
		return r;
	if (query.fds.locked >= 0) {
		r = inventory_list(&query.fds, &e);
	} else if (query.fds.events >= 0) {
		r = inventory_serve(&query.fds, &e);
	} else {
		r = audit_state_dir(state, &e);
		if (r == 0)
			r = record_find(state, query.task[0], task, &e);
		if (r == 0)
			r = show(&query, state, task, &arena, &e);
	}
	if (r < 0)
		verb_failed(&e);
	arena_fini(&arena);
	return r != 0;
}
