/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/scan.h"

/*
 * Theory of operation
 *
 * What watch.c finds is covered by a child in the namespaces of the box (amend.c), all of it at
 * once, a few milliseconds after it has happened. In between it can be read, which no watcher can
 * prevent; a workspace that others write secrets into while a box runs wants another profile.
 *
 * Watching begins a moment after the command (supervisor.c), and looks at everything first.
 *
 * What was protected and is gone could be made in the box: a placeholder takes its place.
 *
 * A cover that cannot be mounted ends the task, and so does a number of them that only a box
 * brings about that makes such files itself.
 */

enum {
	TRIES = 3,	   /* for what changes under our hands */
	COVERS_MAX = 4096, /* mounts that come late: a kernel has room for 100,000 (fs.mount-max) */
};

/* As the log has it: within the workspace, or in full. */
static struct str shown(const struct host *host, const char *path)
{
	const size_t n = strlen(host->workspace);

	return str_of(path_is_below(path, host->workspace) && path[n] ? path + n + 1 : path);
}

static void tell(struct guard *g, const struct found *found)
{
	const bool hidden = found->step.kind == STEP_HIDE;
	struct event ev = event_new(hidden ? EVENT_FILE_HIDDEN : EVENT_FILE_PROTECTED);

	event_text(&ev, FIELD_PATH, shown(g->host, found->step.dst));
	event_text(&ev, FIELD_REASON,
		   found->again	     ? STR("it was replaced or removed outside")
		   : found->step.why ? str_of(found->step.why)
				     : STR("it came into being while the box ran"));
	g->to.tell(g->to.of, &ev);
}

static void tell_unwatched(struct guard *g)
{
	struct event ev = event_new(EVENT_FILE_UNWATCHED);

	if (g->watch.dirs.missed == 0 || g->told)
		return;
	event_num(&ev, FIELD_COUNT, g->watch.dirs.missed);
	event_text(&ev, FIELD_REASON, str_of(strerror(-g->watch.dirs.error)));
	g->to.tell(g->to.of, &ev);
	g->told = true;
}

void guard_start(struct guard *g, const struct plan *plan, const struct host *host,
		 const struct amend *amend, struct placeholders *placeholders, struct listening to)
{
	*g = (struct guard){
		.host = host,
		.amend = *amend,
		.placeholders = placeholders,
		.to = to,
	};
	watch_open(&g->watch, plan, host);
	watch_all(&g->watch);
}

int guard_fd(const struct guard *g)
{
	return g->watch.dirs.fd;
}

/* Whether a placeholder has to be tried for again. What holds it may have gone as well. */
static bool restore(struct guard *g, const struct step *step)
{
	const int r = placeholders_restore(g->placeholders, step);

	return r != -ENOENT && r != -ENOTDIR && r != -ELOOP;
}

/* Whether one of them has to be tried again. */
static bool take_result(struct guard *g, const struct found *found, int result)
{
	if (result == AMEND_DONE) {
		watch_covered(&g->watch, found);
		tell(g, found);
		g->covered++;
	}
	if (result == AMEND_GONE && found->step.kind != STEP_HIDE)
		return restore(g, &found->step);
	return result < 0;
}

/* Covers what was found. Returns how many of them, at the front, have to be tried again. */
static int cover(struct guard *g, size_t n)
{
	const struct step **steps = calloc(n, sizeof(*steps));
	int *result = calloc(n, sizeof(*result)), r = steps && result ? 0 : -ENOMEM;
	struct found *found = g->watch.found;
	size_t left = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		steps[i] = &found[i].step;
	if (r == 0)
		r = amend(&g->amend, steps, result, n);
	for (size_t i = 0; i < n && r == 0; i++)
		if (take_result(g, &found[i], result[i]))
			found[left++] = found[i];
	free(steps);
	free(result);
	return r < 0 ? r : (int)left;
}

static int cover_all(struct guard *g, struct err *e)
{
	int n = (int)g->watch.n_found;

	for (int i = 0; i < TRIES && n > 0; i++) {
		if (i > 0)
			usleep(1000);
		n = cover(g, (size_t)n);
	}
	if (n < 0)
		return err_set(e, n, "cover what came into being in the workspace");
	if (n > 0)
		return err_say(e, -EBUSY, "%s changed and cannot be covered",
			       g->watch.found[0].step.dst);
	if (g->covered > COVERS_MAX)
		return err_say(e, -E2BIG,
			       "more than %d files that hide= names came into being while the box "
			       "ran",
			       COVERS_MAX);
	return 0;
}

int guard_look(struct guard *g, struct err *e)
{
	int r;

	watch_read(&g->watch);
	if (g->watch.dirs.lost)
		watch_all(&g->watch);
	r = cover_all(g, e);
	watch_clear(&g->watch);
	tell_unwatched(g);
	return r;
}

/* Whether the box can write something in the workspace. */
static bool is_writable(const struct plan *plan, const struct host *host)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->step[i].kind == STEP_BIND && !(plan->step[i].flags & STEP_READONLY) &&
		    path_is_below(plan->step[i].dst, host->workspace))
			return true;
	return false;
}

static void tell_new(struct guard *g, const char *path, const char *reason, unsigned count)
{
	struct event ev = event_new(EVENT_FILE_NEW);

	event_text(&ev, FIELD_PATH, shown(g->host, path));
	event_text(&ev, FIELD_REASON, str_of(reason));
	if (count)
		event_num(&ev, FIELD_COUNT, count);
	g->to.tell(g->to.of, &ev);
}

static void report(struct guard *g)
{
	watch_take_git(&g->watch);
	tell_unwatched(g);
	for (size_t i = 0; i < g->watch.n_fresh; i++) {
		const struct fresh *fresh = &g->watch.fresh[i];

		if (faccessat(AT_FDCWD, fresh->path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			tell_new(g, fresh->path, fresh->why, 0);
	}
	if (g->watch.n_more)
		tell_new(g, g->host->workspace, "there are more of them in it", g->watch.n_more);
}

/* What another look at the workspace has found, if it has not failed. */
static void take(struct guard *g, const struct host *now, int missed)
{
	if (missed < 0)
		dirwatch_miss(&g->watch.dirs, missed);
	watch_take(&g->watch, now);
}

void guard_finish(struct guard *g, const struct plan *plan)
{
	struct host now;
	struct err e;

	if (!is_writable(plan, g->host))
		return;
	if (!watch_finish(&g->watch)) {
		take(g, &now, scan_again(g->host, plan->policy, &now, &e));
		arena_fini(&now.arena);
	}
	report(g);
}

void guard_report(const struct plan *plan, const struct host *host, const struct host *now,
		  int missed, struct listening to)
{
	struct guard g = GUARD_NONE;

	if (!is_writable(plan, host))
		return;
	g.host = g.watch.host = host;
	g.to = to;
	take(&g, now, missed);
	report(&g);
	watch_clear(&g.watch);
	arena_fini(&g.watch.arena);
}
