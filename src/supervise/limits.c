/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/timerfd.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "os/sys.h"
#include "supervise/usage.h"

/*
 * Theory of operation
 *
 * deadline= is a timer, which also runs while the machine sleeps: what a task may do ends at a
 * time, not after so much work.
 *
 * memory= is best kept by the kernel, in a cgroup. Where none is delegated, the supervisor looks
 * four times a second at what the box holds: private memory of its processes, and what is in its
 * tmpfs. Counted for each process, memory that a fork shares is counted too often; only when that
 * sum is over the limit, the exact one is taken, and that decides: no box is ended that holds
 * less than it may. A watcher comes late by nature, and does not see what is neither mapped nor in
 * a tmpfs (a memfd that is only written, a full pipe): it stops mistakes, where a cgroup is a wall.
 *
 * Without these limits nothing is opened, and nobody wakes up.
 */

enum { TICK_MS = 250, AFTERWARDS_MS = 3000 };

static const struct step *find(const struct plan *plan, enum step_kind kind)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->step[i].kind == kind)
			return &plan->step[i];
	return NULL;
}

int limits_prepare(struct limits *l, const struct plan *plan, struct err *e)
{
	struct usage usage;
	int r;

	*l = LIMITS_NONE;
	l->deadline = find(plan, STEP_DEADLINE);
	l->memory = find(plan, STEP_MEMORY);
	if (!l->memory || cgroup_make(&l->cgroup, l->memory->n, l->memory->m, e) == 0)
		return 0;
	cgroup_remove(&l->cgroup);
	r = usage_of(getpid(), false, &usage);
	if (r < 0)
		return err_set(e, r, "watch the memory of a box");
	*e = (struct err){ 0 };
	return 0;
}

const char *limits_means(const struct limits *l)
{
	if (!l->memory)
		return NULL;
	return l->cgroup.dir >= 0 ? "cgroup" : "watched";
}

int limits_open(struct limits *l, const struct plan *plan, int root, struct err *e)
{
	if (!l->memory || l->cgroup.dir >= 0)
		return 0;
	for (size_t i = 0; i < plan->n; i++) {
		const struct step *step = &plan->step[i];
		int fd;

		if (step->kind != STEP_TMPFS && step->kind != STEP_OVERLAY)
			continue;
		if (l->n_tmpfs == LIMITS_TMPFS)
			return err_say(e, -E2BIG, "more than %d tmpfs to watch", LIMITS_TMPFS);
		fd = openat(root, step->dst + 1, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			return err_set(e, -errno, "watch %s", step->dst);
		l->tmpfs[l->n_tmpfs++] = fd;
	}
	return 0;
}

static int start_timer(const struct itimerspec *when, struct err *e)
{
	_cleanup_fd_ int fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd < 0 || timerfd_settime(fd, 0, when, NULL) < 0)
		return err_set(e, -errno, "start a timer");
	return fd_steal(&fd);
}

int limits_start(struct limits *l, struct err *e)
{
	if (l->deadline) {
		const struct itimerspec once = { .it_value.tv_sec = (time_t)l->deadline->n };

		l->timer = start_timer(&once, e);
		if (l->timer < 0)
			return l->timer;
	}
	if (l->memory && l->cgroup.dir < 0) {
		const struct timespec tick = { .tv_nsec = TICK_MS * 1000000L };
		const struct itimerspec always = { .it_value = tick, .it_interval = tick };

		l->ticker = start_timer(&always, e);
		if (l->ticker < 0)
			return l->ticker;
	}
	return 0;
}

static uint64_t in_tmpfs(const struct limits *l)
{
	uint64_t bytes = 0;
	struct statfs fs;

	for (size_t i = 0; i < l->n_tmpfs; i++)
		if (fstatfs(l->tmpfs[i], &fs) == 0)
			bytes += (fs.f_blocks - fs.f_bfree) * (uint64_t)fs.f_bsize;
	return bytes;
}

bool limits_too_large(struct limits *l, pid_t pid)
{
	const uint64_t stored = in_tmpfs(l);
	struct usage usage;
	uint64_t ticks;

	if (read(l->ticker, &ticks, sizeof(ticks)) < 0)
		return false;
	usage_of(pid, false, &usage);
	l->used = usage.own + usage.shared + stored;
	if (l->used <= l->memory->n)
		return false;
	usage_of(pid, true, &usage);
	/* What is mapped may lie in a tmpfs: the larger of both is sure to be there. */
	l->used = usage.own + (usage.shared > stored ? usage.shared : stored);
	return l->used > l->memory->n;
}

int64_t limits_until(const struct limits *l)
{
	struct itimerspec left;

	if (l->timer < 0 || timerfd_gettime(l->timer, &left) < 0)
		return INT64_MAX;
	return now_ms() + AFTERWARDS_MS + left.it_value.tv_sec * 1000LL;
}

void limits_end(struct limits *l)
{
	for (size_t i = 0; i < l->n_tmpfs; i++)
		close(l->tmpfs[i]);
	close_indirect(&l->timer);
	close_indirect(&l->ticker);
	cgroup_remove(&l->cgroup);
	*l = LIMITS_NONE;
}
