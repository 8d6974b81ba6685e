/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/inventory_child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/sys.h"

static const char program[] = LIBEXECDIR "/agentbox-inventory";

/* Its descriptors, each with the option that names it. */
enum { WORKSPACE, BASELINE, POLICY, EVENTS, RESULT, LOCKED, N_FDS };
static const char *const options[] = {
	[WORKSPACE] = "--workspace-fd", [BASELINE] = "--baseline-fd", [POLICY] = "--policy-fd",
	[EVENTS] = "--events-fd",	[RESULT] = "--result-fd",     [LOCKED] = "--locked-fd",
};
static_assert(LEN(options) == N_FDS, "every descriptor has an option");

struct fds {
	int fd[N_FDS]; /* -1: it has none */
};

#define FDS_NONE ((struct fds){ { -1, -1, -1, -1, -1, -1 } })

static void close_fds(struct fds *fds)
{
	for (size_t i = 0; i < N_FDS; i++)
		close_indirect(&fds->fd[i]);
}

static int open_in(const char *dir, const char *name, int flags, struct err *e)
{
	char path[PATH_MAX + 32];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, flags | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? err_set(e, -errno, "open %s", path) : fd;
}

static int write_policy(struct str policy, struct err *e)
{
	_cleanup_fd_ int fd = memfd_create("policy", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : write_all(fd, policy.p, policy.n);

	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	return r < 0 ? err_set(e, r, "hand the policy on") : fd_steal(&fd);
}

static int open_all(struct inventory_child *child, struct fds *theirs, const char *workspace,
		    const char *task_dir, struct str policy, struct err *e)
{
	int pair[2];

	theirs->fd[WORKSPACE] = open(workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (theirs->fd[WORKSPACE] < 0)
		return err_set(e, -errno, "open %s", workspace);
	theirs->fd[BASELINE] = open_in(task_dir, "baseline.tar", O_RDONLY, e);
	if (theirs->fd[BASELINE] < 0)
		return theirs->fd[BASELINE];
	theirs->fd[RESULT] = open_in(task_dir, "inventory.json", O_WRONLY | O_CREAT | O_EXCL, e);
	if (theirs->fd[RESULT] < 0)
		return theirs->fd[RESULT];
	theirs->fd[POLICY] = write_policy(policy, e);
	if (theirs->fd[POLICY] < 0)
		return theirs->fd[POLICY];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(e, -errno, "make a socket pair");
	child->events = pair[0];
	theirs->fd[EVENTS] = pair[1];
	return 0;
}

/* Between vfork(2) and execve(2): no memory is written but @failed, no lock is taken. */
static void become(const struct fds *fds, volatile int *failed)
{
	char numbers[N_FDS][16];
	const char *argv[2 * N_FDS + 2] = { program };
	char *environment[] = { NULL };
	size_t n = 1;

	for (size_t i = 0; i < N_FDS; i++) {
		if (fds->fd[i] < 0)
			continue;
		snprintf(numbers[i], sizeof(numbers[i]), "%d", fds->fd[i]);
		fcntl(fds->fd[i], F_SETFD, 0);
		argv[n++] = options[i];
		argv[n++] = numbers[i];
	}
	execve(program, (char *const *)(uintptr_t)argv, environment);
	*failed = errno;
	_exit(127);
}

static int start(struct inventory_child *child, const struct fds *theirs, struct err *e)
{
	volatile int failed = 0;

	child->pid = vfork();
	if (child->pid == 0)
		become(theirs, &failed);
	if (child->pid > 0 && !failed)
		return 0;
	err_set(e, failed ? -failed : -errno, "start %s", program);
	child->pid = child->pid < 0 ? 0 : child->pid;
	return e->code;
}

int inventory_child_start(struct inventory_child *child, const char *workspace,
			  const char *task_dir, struct str policy, struct err *e)
{
	_cleanup_(close_fds) struct fds theirs = FDS_NONE;
	int r;

	*child = INVENTORY_CHILD_NONE;
	r = open_all(child, &theirs, workspace, task_dir, policy, e);
	if (r == 0)
		r = start(child, &theirs, e);
	if (r < 0)
		inventory_child_end(child);
	return r;
}

int inventory_child_list(struct inventory_child *child, const char *task_dir, int locked,
			 struct err *e)
{
	_cleanup_(close_fds) struct fds theirs = FDS_NONE;
	int r;

	*child = INVENTORY_CHILD_NONE;
	theirs.fd[LOCKED] = locked;
	r = theirs.fd[BASELINE] = open_in(task_dir, "baseline.tar", O_RDONLY, e);
	if (r >= 0)
		r = start(child, &theirs, e);
	if (r < 0)
		inventory_child_end(child);
	return r;
}

int inventory_child_end(struct inventory_child *child)
{
	int status = 0;

	close_indirect(&child->events);
	if (child->pid > 0)
		while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
			;
	*child = INVENTORY_CHILD_NONE;
	return status;
}
