/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/later.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "os/sys.h"
#include "os/trust.h"

/*
 * Theory of operation
 *
 * What is in the files of the task's authority is known when the egress process has made it, which
 * takes longer than building the box. The command need not wait for that, but only who opens one of
 * them: init has a write lease on each (fcntl(2), F_SETLEASE), so that the kernel lets open(2) wait
 * until init has let go of it, by whatever mount it is reached, and sends init SIGIO, which has the
 * supervisor start that process if it does not run yet (pid1.c). By then all of them are complete.
 * One has another name then, by which OpenSSL looks for it; but who does has seen a certificate
 * before, and the egress process serves nobody until init has closed the pipe.
 *
 * When the egress process ends before, or takes too long, the box ends, and that before the kernel
 * takes a lease away (/proc/sys/fs/lease-break-time: 45 s). Who does not want to wait is told so:
 * open(2) with O_NONBLOCK says EWOULDBLOCK, and stat(2) shows what is there. Where there are no
 * leases (/proc/sys/fs/leases-enable) the box waits as a whole.
 *
 * The root is read-only by then, but not the mount of it that is nowhere but here.
 */

int later_open(struct later *l, struct err *e)
{
	if (l->trust < 0)
		return 0;
	l->tree = (int)syscall(SYS_open_tree, AT_FDCWD, ".", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	return l->tree < 0 ? err_set(e, -errno, "open the root") : 0;
}

/* Paths of a plan are absolute. */
static const char *in_tree(const char *path)
{
	return path + 1;
}

static int open_files(struct later *l, bool *leased, struct err *e)
{
	*leased = true;
	for (size_t i = 0; i < l->plan->n; i++) {
		const struct step *step = &l->plan->step[i];
		int fd;

		if (!(step->flags & STEP_LATER))
			continue;
		fd = openat(l->tree, in_tree(step->dst), O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			return err_set(e, -errno, "open %s", step->dst);
		assert(l->n < LATER_MAX);
		l->file[l->n++] = fd;
		*leased = *leased && fcntl(fd, F_SETLEASE, F_WRLCK) == 0;
	}
	return 0;
}

int later_hold(struct later *l, struct err *e)
{
	bool leased;
	int r;

	if (l->trust < 0)
		return 0;
	l->until = now_ms() + LATER_MS;
	r = open_files(l, &leased, e);
	return r < 0 || leased ? r : 1;
}

int later_ms(const struct later *l)
{
	return l->trust < 0 ? -1 : ms_until(l->until);
}

static int complete_file(const struct later *l, const struct step *step, int fd, struct err *e)
{
	int r;

	if (step->src && linkat(l->tree, in_tree(step->src), l->tree, in_tree(step->dst), 0) < 0)
		return err_set(e, -errno, "name %s", step->dst);
	r = write_all(fd, step->text, step->n);
	return r < 0 ? err_set(e, r, "write %s", step->dst) : 0;
}

static int complete(const struct later *l, struct err *e)
{
	struct plan *plan = l->plan;
	struct trust trust;
	size_t n = 0;
	int r = trust_receive(l->trust, l->until, &plan->arena, &trust, e);

	if (r < 0)
		return r;
	plan_trust_fill(plan, &(struct plan_trust){ .hash = trust.hash,
						    .ca = trust.ca,
						    .jks = trust.jks,
						    .machine = l->machine });
	for (size_t i = 0; i < plan->n && r == 0; i++)
		if (plan->step[i].flags & STEP_LATER)
			r = complete_file(l, &plan->step[i], l->file[n++], e);
	return r;
}

int later_complete(struct later *l, struct err *e)
{
	const int r = complete(l, e);

	if (r < 0)
		return r;
	while (l->n)
		close(l->file[--l->n]);
	close(fd_steal(&l->tree));
	close(fd_steal(&l->trust));
	return 0;
}
