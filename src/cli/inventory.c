/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/verb.h"
#include "inventory/sbom.h"
#include "inventory/serve.h"
#include "os/sys.h"
#include "supervise/audit.h"
#include "supervise/entry.h"
#include "supervise/record.h"

static const char usage[] =
	"usage: agentbox inventory [OPTION]... [TASK]\n\n"
	"Lists the packages that the lock files of a task's workspace name, as they were when the "
	"task\n"
	"ended. TASK is the beginning of a task's id, or \"latest\", which is the default.\n\n"
	"  --before            as they were before the task\n"
	"  --after             after it (the default)\n"
	"  --added             those that were not there before\n"
	"  --format=FORMAT     text (the default), cyclonedx (1.6, JSON) or spdx (2.3, JSON)\n\n"
	"SOURCE_DATE_EPOCH in the environment replaces the time of the task.\n\n"
	"Exit status: 0; 1 no such task, or it has no inventory; 2 usage.\n";

static int run(int argc, char **argv);

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
	unsigned must, not ;
} selections[] = {
	{ "after", COMPONENT_AFTER, 0 },
	{ "before", COMPONENT_BEFORE, 0 },
	{ "added", COMPONENT_AFTER, COMPONENT_BEFORE },
};

struct query {
	size_t format, selection;
	const char *task;
	struct inventory_fds fds; /* of the supervisor's options, which are for nobody else */
};

enum { OPTION_FORMAT = 256, OPTION_SELECTION, OPTION_FD = OPTION_SELECTION + LEN(selections) };

static const struct option options[] = {
	{ "format", required_argument, NULL, OPTION_FORMAT },
	{ "after", no_argument, NULL, OPTION_SELECTION },
	{ "before", no_argument, NULL, OPTION_SELECTION + 1 },
	{ "added", no_argument, NULL, OPTION_SELECTION + 2 },
	{ "workspace-fd", required_argument, NULL, OPTION_FD },
	{ "baseline-fd", required_argument, NULL, OPTION_FD + 1 },
	{ "policy-fd", required_argument, NULL, OPTION_FD + 2 },
	{ "events-fd", required_argument, NULL, OPTION_FD + 3 },
	{ "result-fd", required_argument, NULL, OPTION_FD + 4 },
	{ "locked-fd", required_argument, NULL, OPTION_FD + 5 },
	{ 0 },
};

static int parse_format(struct query *query)
{
	for (query->format = 0; query->format < LEN(formats); query->format++)
		if (!strcmp(formats[query->format].name, optarg))
			return 0;
	return verb_misused(&verb_inventory, "there is no format \"%s\"", optarg);
}

static int parse_fd(struct query *query, int which)
{
	int *const fds[] = { &query->fds.workspace, &query->fds.baseline, &query->fds.policy,
			     &query->fds.events,    &query->fds.result,	  &query->fds.locked };
	unsigned long number;

	if (str_to_ulong(str_of(optarg), INT32_MAX, &number) < 0)
		return verb_misused(&verb_inventory, "%s is no descriptor", optarg);
	*fds[which] = (int)number;
	return 0;
}

/* Returns 0, or the status to exit with. */
static int parse(struct query *query, int argc, char **argv)
{
	int option, r = 0;

	optind = 0;
	opterr = 0;
	while (r == 0 && (option = getopt_long(argc, argv, "+:", options, NULL)) != -1) {
		if (option == ':')
			return verb_misused(&verb_inventory, "option %s needs a value",
					    argv[optind - 1]);
		if (option == '?')
			return verb_misused(&verb_inventory, "there is no option %s",
					    argv[optind - 1]);
		if (option == OPTION_FORMAT)
			r = parse_format(query);
		else if (option >= OPTION_FD)
			r = parse_fd(query, option - OPTION_FD);
		else
			query->selection = (size_t)(option - OPTION_SELECTION);
	}
	if (r == 0 && argc - optind > 1)
		r = verb_misused(&verb_inventory, "one task at a time");
	query->task = argv[optind];
	return r;
}

/* The workspace, as the first event of the task has it. */
static int read_workspace(const char *state, const char *task, struct arena *arena,
			  const char **workspace, struct err *e)
{
	_cleanup_free_ struct record *record = calloc(1, sizeof(*record));
	_cleanup_free_ struct entry *entry = calloc(1, sizeof(*entry));
	struct str line, text;
	int r;

	if (!record || !entry)
		return err_set(e, -ENOMEM, "read the log");
	r = record_open(record, state, task, e);
	if (r == 0 && record_next(record, false, &line, e) > 0 && entry_read(entry, line) == 0 &&
	    event_get_text(&entry->ev, FIELD_WORKSPACE, &text) == 0)
		*workspace = arena_strndup(arena, text.p, text.n);
	record_close(record);
	return r;
}

/* "20261123T074100.123Z-...": ids of tasks begin with their time. */
static const char *time_of(const char *task, struct arena *arena)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	unsigned long seconds;
	struct tm tm;
	char text[32];
	time_t at;

	if (epoch && str_to_ulong(str_of(epoch), INT64_MAX / 2, &seconds) == 0) {
		at = (time_t)seconds;
		if (gmtime_r(&at, &tm) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
			return arena_strdup(arena, text);
	}
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

static int open_of_task(const char *state, const char *task, const char *name, struct arena *arena)
{
	return open(arena_printf(arena, "%s/tasks/%s/%s", state, task, name),
		    O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
}

/* A task that changed nothing has left no inventory: its baseline is it. */
static int load(struct components *all, const char *state, const char *task, struct err *e)
{
	_cleanup_fd_ int result = open_of_task(state, task, "inventory.json", all->arena);
	_cleanup_fd_ int baseline = open_of_task(state, task, "baseline.tar", all->arena);
	struct snapshot snapshot = { .arena = all->arena };
	struct str text;
	int r;

	if (result < 0 && baseline < 0)
		return err_say(e, -ENOENT,
			       "task %s has no inventory: it could not write to its workspace, or "
			       "[lockfiles] mode is allow",
			       task);
	r = inventory_confine(-1, e);
	if (r == 0 && result >= 0) {
		r = read_whole(result, INVENTORY_MAX, all->arena, &text);
		return r < 0 ? err_set(e, r, "read the inventory") : components_read(all, text, e);
	}
	if (r == 0)
		r = snapshot_read(&snapshot, baseline, e);
	if (r == 0) {
		components_add(all, &snapshot, COMPONENT_BEFORE | COMPONENT_AFTER);
		components_sort(all);
	}
	return r;
}

static int show(const struct query *query, const char *state, const char *task, struct arena *arena,
		struct err *e)
{
	struct components all = { .arena = arena };
	struct sbom sbom = { .task = task, .workspace = "" };
	const struct component **chosen;
	int r = read_workspace(state, task, arena, &sbom.workspace, e);

	if (r < 0)
		return r;
	r = load(&all, state, task, e);
	if (r < 0)
		return r;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): it is an array of pointers */
	chosen = arena_alloc(arena, (all.n + 1) * sizeof(*chosen));
	for (size_t i = 0; i < all.n; i++)
		if ((all.component[i].states & selections[query->selection].must) &&
		    !(all.component[i].states & selections[query->selection].not ))
			chosen[sbom.n++] = &all.component[i];
	sbom.component = chosen;
	sbom.time = time_of(task, arena);
	sbom.uuid = uuid_of(task, query->selection, arena);
	formats[query->format].write(&sbom, stdout);
	return 0;
}

static int run(int argc, char **argv)
{
	struct query query = { .fds = { -1, -1, -1, -1, -1, -1 } };
	char state[PATH_MAX], task[TASK_ID_MAX];
	struct arena arena = { 0 };
	struct err e = { 0 };
	int r = parse(&query, argc, argv);

	if (r != 0)
		return r;
	if (query.fds.locked >= 0) {
		r = inventory_list(&query.fds, &e);
	} else if (query.fds.events >= 0) {
		r = inventory_serve(&query.fds, &e);
	} else {
		r = audit_state_dir(state, &e);
		if (r == 0)
			r = record_find(state, query.task, task, &e);
		if (r == 0)
			r = show(&query, state, task, &arena, &e);
	}
	if (r < 0)
		fprintf(stderr, "agentbox: %s\n", e.text);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("agentbox: write to standard output");
		r = 1;
	}
	arena_fini(&arena);
	return r != 0;
}
