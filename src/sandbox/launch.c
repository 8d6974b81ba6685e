/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/launch.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "os/sys.h"
#include "sandbox/init.h"

/* clone(2) does the same where a filter hides clone3, whose flags it cannot read. */
pid_t box_fork(uint64_t flags, int cgroup, int *pidfd)
{
	struct clone_args args = {
		.flags = flags | (pidfd ? CLONE_PIDFD : 0) | (cgroup >= 0 ? CLONE_INTO_CGROUP : 0),
		.pidfd = (uint64_t)(uintptr_t)pidfd,
		.cgroup = cgroup >= 0 ? (uint64_t)cgroup : 0,
		.exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid < 0 && errno == ENOSYS && cgroup < 0)
		pid = syscall(SYS_clone, args.flags | SIGCHLD, NULL, pidfd, NULL, NULL);
	return pid < 0 ? -errno : (pid_t)pid;
}

int box_launch(struct box *box, struct plan *plan, struct spaces *spaces,
	       const struct box_egress *egress, int cgroup, struct err *e)
{
	int pair[2];
	pid_t pid;

	*box = BOX_NONE;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(e, -errno, "make a socket pair");
	pid = spaces_fork(spaces, cgroup, e);
	if (pid == 0) {
		close(pair[0]);
		init_main(plan, spaces, egress, pair[1]);
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return e->code;
	}
	box->pid = pid;
	box->channel = pair[0];
	return 0;
}

int box_say(const struct box *box, enum box_word word)
{
	return send(box->channel, &(char){ (char)word }, 1, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static bool hands(enum box_message message)
{
	return message == BOX_READY || message == BOX_NAMESPACES;
}

int box_receive(struct box *box, struct box_report *report)
{
	int *const members[] = {
		[BOX_TERMINAL] = &box->terminal, [BOX_ROOT] = &box->root, [BOX_NET] = &box->net,
		[BOX_SEARCH] = &box->search,	 [BOX_USER] = &box->user, [BOX_MNT] = &box->mnt,
	};
	int fds[N_BOX_HANDED], *to[N_BOX_HANDED];
	size_t n_fds, n_to = 0;
	ssize_t n;

	/* When init ended without reading what we sent, that is told before its last report. */
	do {
		n_fds = LEN(fds);
		n = fds_receive(box->channel, report, sizeof(*report), fds, &n_fds);
	} while (n == -ECONNRESET);
	if (n <= 0)
		return (int)n;
	for (int i = 0; i < N_BOX_HANDED; i++)
		if (n == sizeof(*report) && hands(report->message) && report->status >> i & 1)
			to[n_to++] = members[i];
	for (size_t i = 0; i < n_fds; i++) {
		if (i < n_to)
			close_indirect(to[i]);
		if (i < n_to)
			*to[i] = fds[i];
		else
			close(fds[i]);
	}
	return n == sizeof(*report) && n_fds == n_to ? 1 : -EPROTO;
}

void box_end(struct box *box)
{
	if (box->pid > 0) {
		kill(box->pid, SIGKILL);
		while (waitpid(box->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close_indirect(&box->channel);
	close_indirect(&box->terminal);
	close_indirect(&box->root);
	close_indirect(&box->net);
	close_indirect(&box->search);
	close_indirect(&box->user);
	close_indirect(&box->mnt);
	*box = BOX_NONE;
}
