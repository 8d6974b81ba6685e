/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "cli/log.h"
#include "cli/options.h"
#include "os/sys.h"
#include "supervise/audit.h"
#include "supervise/delivery.h"
#include "supervise/record.h"
#include "supervise/sinks.h"

/*
 * How far the sink number @n has come. What it refused is sent again, with all else. Returns 0, 1
 * if there is no such file, or -errno.
 */
static int look(const struct sinks *sinks, unsigned n, struct delivery *d, struct err *e)
{
	_cleanup_fd_ int fd = delivery_open(sinks->state_dir, sinks->task, n, 0, e);
	int r = fd < 0 ? fd : delivery_read(fd, d);

	if (fd == -ENOENT)
		return 1;
	if (r == 0 && d->refused) {
		d->done = d->refused = 0;
		r = delivery_write(fd, d, NULL);
	}
	return r < 0 && fd >= 0 ? err_set(e, r, "read how far sink %u has come", n) : r;
}

/*
 * Starts them all; or @only, which has a number already or gets one. Returns how many, or -errno.
 */
static int start(struct sinks *sinks, const char *only, struct err *e)
{
	struct delivery d;
	int r = 0, started = 0;
	unsigned n;

	for (n = 0; n < SINKS_MAX && r == 0; n++) {
		r = look(sinks, n, &d, e);
		if (r != 0 || (only && strcmp(only, d.sink) != 0))
			continue;
		r = sinks_start(sinks, n, d.sink, e);
		started++;
	}
	if (r == 1 && only && !started) {
		r = sinks_start(sinks, n - 1, only, e);
		started++;
	}
	return r < 0 ? r : started;
}

/* Counts the lines, of a task that is over. Returns 0 or -errno. */
static int count(const struct sinks *sinks, uint64_t *lines, struct err *e)
{
	static struct record record;
	struct str line;
	int r = record_open(&record, sinks->state_dir, sinks->task, e);

	*lines = 0;
	if (r == 0 && record_running(&record) && !record.shared)
		r = err_say(e, -EBUSY, "task %s still runs, and its sinks with it", sinks->task);
	while (r == 0 && (r = record_next(&record, false, &line, e)) > 0) {
		++*lines;
		r = 0;
	}
	record_close(&record);
	return r;
}

/* Returns how many sinks have not got all of it, or -errno. */
static int send_all(const char *name, const char *only, struct err *e)
{
	char dir[PATH_MAX], task[TASK_ID_MAX], space[SINKS_MAX * (SINK_TEXT_MAX + 512)];
	struct sinks sinks = { dir, task, { 0 } };
	struct buf out = BUF(space);
	uint64_t lines;
	int r, missed;

	if (audit_state_dir(dir, e) < 0 || record_find(dir, name, task, e) < 0 ||
	    count(&sinks, &lines, e) < 0)
		return e->code;
	r = start(&sinks, only, e);
	missed = (int)sinks_finish(&sinks, lines, false, &out);
	fprintf(stderr, "%s", out.p);
	if (r == 0)
		return err_say(e, -ENOENT, "task %s has no sink; see --sink", task);
	return r < 0 ? r : missed;
}

int log_send(char **argv)
{
	char space[SINK_TEXT_MAX];
	struct buf only = BUF(space);
	char *task[2];
	const char *text = NULL, *wrong;
	const struct verb_option options[] = { { "sink", .text = &text }, { 0 } };
	struct sink sink;
	struct err e = { 0 };
	int r = options_words(&verb_log, options, argv, task, 1);

	if (r != 0)
		return r;
	if (text) {
		wrong = sink_parse(str_of(text), &sink);
		if (wrong)
			return verb_misused(&verb_log, "--sink=%s: %s", text, wrong);
		sink_write(&sink, &only);
	}
	r = send_all(task[0], text ? space : NULL, &e);
	return r < 0 ? verb_failed(&e) : r != 0;
}
