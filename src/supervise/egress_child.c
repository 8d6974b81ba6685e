/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/egress_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/sys.h"

static const char program[] = LIBEXECDIR "/agentbox-egress";

/* The canonical text, sealed: the egress process reads what was decided, and nobody edits it. */
static int policy_memfd(struct str text, struct err *e)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
	_cleanup_fd_ int fd = memfd_create("policy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r = fd < 0 ? -errno : write_all(fd, text.p, text.n);

	if (r == 0 && (lseek(fd, 0, SEEK_SET) < 0 || fcntl(fd, F_ADD_SEALS, seals) < 0))
		r = -errno;
	return r < 0 ? err_set(e, r, "seal the policy") : fd_steal(&fd);
}

static int socket_pair(int pair[2], struct err *e)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(e, -errno, "make a socket pair");
	return 0;
}

/* Between vfork(2) and execve(2): no memory is written but @failed, no lock is taken. */
static void become(const int fds[3], volatile int *failed)
{
	static char name[] = "agentbox-egress", policy[] = "--policy-fd", events[] = "--events-fd",
		    listeners[] = "--listeners-fd";
	char numbers[3][16];
	char *argv[] = {
		name, policy, numbers[0], events, numbers[1], listeners, numbers[2], NULL
	};
	char *environment[] = { NULL };

	for (size_t i = 0; i < LEN(numbers); i++) {
		snprintf(numbers[i], sizeof(numbers[i]), "%d", fds[i]);
		fcntl(fds[i], F_SETFD, 0);
	}
	execve(program, argv, environment);
	*failed = errno;
	_exit(127);
}

int egress_child_start(struct egress_child *child, struct str policy, struct err *e)
{
	int events[2], listeners[2];
	volatile int failed = 0;
	int memfd, r;

	*child = EGRESS_CHILD_NONE;
	memfd = policy_memfd(policy, e);
	if (memfd < 0)
		return memfd;
	_cleanup_fd_ int policy_fd = memfd;
	r = socket_pair(events, e);
	if (r < 0)
		return r;
	_cleanup_fd_ int events_theirs = events[1];
	child->events = events[0];
	r = socket_pair(listeners, e);
	if (r < 0) {
		egress_child_end(child);
		return r;
	}
	_cleanup_fd_ int listeners_theirs = listeners[1];
	child->listeners = listeners[0];
	child->pid = vfork();
	if (child->pid == 0)
		become((const int[]){ policy_fd, events_theirs, listeners_theirs }, &failed);
	if (child->pid < 0 || failed) {
		r = err_set(e, failed ? -failed : -errno, "start %s", program);
		child->pid = child->pid < 0 ? 0 : child->pid;
		egress_child_end(child);
		return r;
	}
	return 0;
}

void egress_child_leave(struct egress_child *child)
{
	waitpid(child->pid, NULL, WNOHANG);
	child->pid = 0;
	egress_child_end(child);
}

int egress_child_end(struct egress_child *child)
{
	int status = 0;

	if (child->pid > 0) {
		kill(child->pid, SIGKILL);
		while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	close_indirect(&child->events);
	close_indirect(&child->listeners);
	*child = EGRESS_CHILD_NONE;
	return status;
}
