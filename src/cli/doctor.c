/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <libmount.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/mem.h"
#include "cli/options.h"
#include "cli/trial.h"
#include "os/facts.h"
#include "wire/quote.h"

static const char usage[] =
	"usage: agentbox doctor [--json]\n\n"
	"Tries each thing that makes a box, in processes that are thrown away, and says\n"
	"what is refused, why, and what can be done. The last line is the level of\n"
	"enforcement that boxes have here.\n\n"
	"      --json              one JSON object\n\n"
	"Exit status: 0 the level is full; 1 there is none: no box can be made; 2 usage.\n";

static int run(char **argv);

const struct verb verb_doctor = { .name = "doctor", .usage = usage, .run = run };

static const char *const result_names[] = { "failed", "ok", "untried" };
static_assert(LEN(result_names) == N_TRIAL_RESULTS, "a word for each result");

/* What was found out about the machine. */
struct examination {
	struct trial_report *report; /* of each trial */
	unsigned facts;
	bool full;
	struct arena arena;
	const char **covers; /* mounts that cover parts of /proc */
	size_t n_covers;
};

static void unref_table(struct libmnt_table **table)
{
	mnt_unref_table(*table);
}

static void free_iter(struct libmnt_iter **iter)
{
	mnt_free_iter(*iter);
}

/* What mounts on its empty directories, the kernel does not count as covering it. */
static bool is_part_of_proc(const struct libmnt_fs *fs)
{
	const char *type = mnt_fs_get_fstype((struct libmnt_fs *)(uintptr_t)fs);

	return type && (!strcmp(type, "autofs") || !strcmp(type, "binfmt_misc"));
}

static void find_covers(struct examination *x)
{
	_cleanup_(unref_table) struct libmnt_table *table =
		mnt_new_table_from_file("/proc/self/mountinfo");
	_cleanup_(free_iter) struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs;

	while (table && iter && mnt_table_next_fs(table, iter, &fs) == 0) {
		const char *target = mnt_fs_get_target(fs);

		if (target && str_starts(str_of(target), "/proc/") && !is_part_of_proc(fs))
			*arena_push(&x->arena, x->covers, x->n_covers) =
				arena_strdup(&x->arena, target);
	}
}

static void examine(struct examination *x)
{
	x->facts = facts_read();
	x->full = true;
	x->report = arena_alloc(&x->arena, n_trials * sizeof(*x->report));
	for (size_t i = 0; i < n_trials; i++) {
		trial_run(&trials[i], &x->report[i]);
		if (x->report[i].result == TRIAL_OK)
			continue;
		if (trials[i].needed)
			x->full = false;
		if (trials[i].stage == STAGE_PROC)
			find_covers(x);
	}
}

/* The state of a trial in one word: what a box can do without is missing, not failed. */
static const char *state_of(const struct examination *x, size_t i)
{
	bool missing = x->report[i].result == TRIAL_FAILED && !trials[i].needed;

	return missing ? "missing" : result_names[x->report[i].result];
}

static const struct cause *cause_of(const struct examination *x, size_t i)
{
	if (x->report[i].result != TRIAL_FAILED)
		return NULL;
	return cause_find(trials[i].stage, x->report[i].err.code, x->facts);
}

static void print_trial(const struct examination *x, size_t i)
{
	const struct cause *cause = cause_of(x, i);
	const char *text = x->report[i].err.text;

	printf("%-22s %s%s%s\n", trials[i].name, state_of(x, i), text[0] ? ": " : "", text);
	if (cause)
		printf("    cause:  %s\n    remedy: %s\n", cause->text, cause->remedy);
	if (trials[i].stage != STAGE_PROC)
		return;
	for (size_t k = 0; k < x->n_covers; k++) {
		char space[4 * PATH_MAX];
		struct buf path = BUF(space);

		quote_term(&path, str_of(x->covers[k]));
		printf("    covered: %s\n", path.p);
	}
}

static void print_text(const struct examination *x)
{
	for (size_t i = 0; i < n_trials; i++)
		print_trial(x, i);
	printf("level: %s\n", x->full ? "full" : "none");
}

static void add_trial(const struct examination *x, size_t i, struct buf *out)
{
	const struct trial_report *report = &x->report[i];
	const struct cause *cause = cause_of(x, i);
	const char *text = report->err.text;
	int error = report->result == TRIAL_FAILED ? -report->err.code : 0;

	buf_puts(out, "{");
	quote_member(out, "name", trials[i].name);
	buf_printf(out, ",\"needed\":%s", trials[i].needed ? "true" : "false");
	quote_member(out, "state", state_of(x, i));
	quote_member(out, "detail", text[0] ? text : NULL);
	quote_member(out, "errno", error ? strerrorname_np(error) : NULL);
	quote_member(out, "cause", cause ? cause->text : NULL);
	quote_member(out, "remedy", cause ? cause->remedy : NULL);
	buf_puts(out, "}");
}

static int print_json(const struct examination *x)
{
	static char space[256 * 1024];
	struct buf out = BUF(space);
	struct utsname kernel;

	buf_puts(&out, "{");
	quote_member(&out, "level", x->full ? "full" : "none");
	quote_member(&out, "version", VERSION);
	quote_member(&out, "kernel", uname(&kernel) < 0 ? NULL : kernel.release);
	buf_puts(&out, ",\"trials\":[\n");
	for (size_t i = 0; i < n_trials; i++) {
		add_trial(x, i, &out);
		buf_puts(&out, i + 1 < n_trials ? ",\n" : "\n");
	}
	buf_puts(&out, "],\"covered\":[");
	for (size_t i = 0; i < x->n_covers; i++) {
		buf_puts(&out, i ? "," : "");
		quote_json(&out, str_of(x->covers[i]));
	}
	buf_puts(&out, "]}\n");
	fwrite(out.p, 1, out.n, stdout);
	return out.full ? -EFBIG : 0;
}

static int run(char **argv)
{
	struct examination x = { 0 };
	bool json = false;
	const struct verb_option options[] = { { "json", .set = &json }, { 0 } };
	char *none[1];
	int r = options_words(&verb_doctor, options, argv, none, 0);

	if (r != 0)
		return r;
	examine(&x);
	if (json)
		r = print_json(&x);
	else
		print_text(&x);
	arena_fini(&x.arena);
	return r == 0 && x.full ? 0 : 1;
}
