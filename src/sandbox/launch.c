/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/launch.h"

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "os/sys.h"
#include "sandbox/init.h"

static const uint64_t namespaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET |
				   CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

/* clone(2) does the same where a filter hides clone3, whose flags it cannot read. */
pid_t box_fork(uint64_t flags, int *pidfd)
{
	struct clone_args args = {
		.flags = flags | (pidfd ? CLONE_PIDFD : 0),
		.pidfd = (uint64_t)(uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid < 0 && errno == ENOSYS)
		pid = syscall(SYS_clone, args.flags | SIGCHLD, NULL, pidfd, NULL, NULL);
	return pid < 0 ? -errno : (pid_t)pid;
}

int box_launch(struct box *box, const struct plan *plan, int listeners, struct err *e)
{
	int pair[2], pidfd = -1;
	pid_t pid;

	*box = BOX_NONE;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(e, -errno, "make a socket pair");
	pid = box_fork(namespaces, &pidfd);
	if (pid == 0) {
		close(pair[0]);
		init_main(plan, pair[1], listeners);
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return err_set(e, pid,
			       "make user, mount, pid, network, ipc, uts and cgroup namespaces");
	}
	*box = (struct box){ .pid = pid, .pidfd = pidfd, .channel = pair[0], .terminal = -1 };
	return 0;
}

int box_go(const struct box *box)
{
	return send(box->channel, "", 1, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int box_receive(struct box *box, struct box_report *report)
{
	int fds[1];
	size_t n_fds = LEN(fds);
	ssize_t n = fds_receive(box->channel, report, sizeof(*report), fds, &n_fds);

	if (n == -ECONNRESET)
		return 0;
	if (n <= 0)
		return (int)n;
	if (n_fds == 1) {
		close_indirect(&box->terminal);
		box->terminal = fds[0];
	}
	return n == sizeof(*report) ? 1 : -EPROTO;
}

void box_end(struct box *box)
{
	if (box->pid > 0) {
		kill(box->pid, SIGKILL);
		while (waitpid(box->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close_indirect(&box->pidfd);
	close_indirect(&box->channel);
	close_indirect(&box->terminal);
	*box = BOX_NONE;
}
