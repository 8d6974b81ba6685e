/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/inventory_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/sys.h"

static const char program[] = LIBEXECDIR "/agentbox-inventory";

/* By the member, the option that names it. */
static const struct {
	size_t member;
	const char *name;
} options[] = {
	{ offsetof(struct inventory_fds, workspace), "--workspace-fd" },
	{ offsetof(struct inventory_fds, events), "--events-fd" },
	{ offsetof(struct inventory_fds, result), "--result-fd" },
	{ offsetof(struct inventory_fds, trees), "--trees-fd" },
	{ offsetof(struct inventory_fds, baseline), "--baseline-fd" },
	{ offsetof(struct inventory_fds, policy), "--policy-fd" },
	{ offsetof(struct inventory_fds, installed), "--installed-fd" },
	{ offsetof(struct inventory_fds, fetched), "--fetched-fd" },
	{ offsetof(struct inventory_fds, locked), "--locked-fd" },
};

static int *member(struct inventory_fds *fds, size_t i)
{
	return (int *)(void *)((char *)fds + options[i].member);
}

void inventory_fds_close(struct inventory_fds *fds)
{
	for (size_t i = 0; i < LEN(options); i++)
		close_indirect(member(fds, i));
	*fds = INVENTORY_FDS_NONE;
}

/* Between vfork(2) and execve(2): no memory is written but @failed, no lock is taken. */
static void become(struct inventory_fds *fds, volatile int *failed)
{
	char numbers[LEN(options)][16];
	const char *argv[2 * LEN(options) + 2] = { program };
	char *environment[] = { NULL };
	size_t n = 1;

	for (size_t i = 0; i < LEN(options); i++) {
		const int fd = *member(fds, i);

		if (fd < 0)
			continue;
		snprintf(numbers[i], sizeof(numbers[i]), "%d", fd);
		fcntl(fd, F_SETFD, 0);
		argv[n++] = options[i].name;
		argv[n++] = numbers[i];
	}
	execve(program, (char *const *)(uintptr_t)argv, environment);
	*failed = errno;
	_exit(127);
}

/* Returns its pid or a negative errno. */
static pid_t start(struct inventory_fds *fds)
{
	volatile int failed = 0;
	const pid_t pid = vfork();

	if (pid == 0)
		become(fds, &failed);
	if (pid > 0 && failed)
		waitpid(pid, NULL, 0);
	return pid < 0 ? -errno : failed ? -failed : pid;
}

int inventory_child_start(struct inventory_child *child, struct inventory_fds *fds, struct err *e)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(e, -errno, "make a socket pair");
	fds->events = pair[1];
	pid = start(fds);
	if (pid < 0) {
		close(pair[0]);
		return err_set(e, pid, "start %s", program);
	}
	*child = (struct inventory_child){ pid, pair[0] };
	return 0;
}

int inventory_child_end(struct inventory_child *child)
{
	int status = 0;

	close_indirect(&child->events);
	if (child->pid > 0) {
		kill(child->pid, SIGKILL); /* one that has said all is dead already */
		while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	*child = INVENTORY_CHILD_NONE;
	return status;
}

void inventory_child_leave(struct inventory_child *child)
{
	close_indirect(&child->events);
	if (child->pid > 0)
		waitpid(child->pid, NULL, WNOHANG);
	*child = INVENTORY_CHILD_NONE;
}
