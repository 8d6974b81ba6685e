/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/pid1.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "os/sys.h"

void pid1_report(int channel, enum box_message message, int status, const struct err *e)
{
	struct box_report report = { .message = message, .status = status };

	if (e)
		report.err = *e;
	fds_send(channel, &report, sizeof(report), NULL, 0);
}

int pid1_hand(int channel, enum box_message message, const int handed[N_BOX_HANDED])
{
	struct box_report report = { .message = message };
	int fds[N_BOX_HANDED];
	size_t n = 0;

	for (int i = 0; i < N_BOX_HANDED; i++) {
		if (handed[i] < 0)
			continue;
		report.status |= 1 << i;
		fds[n++] = handed[i];
	}
	return fds_send(channel, &report, sizeof(report), fds, n);
}

/*
 * Nobody outlives the command: whom it left behind is our child by now. The kernel would see to it
 * when we end; but that takes longer, and by then the supervisor can have begun to tidy up.
 */
static void end_others(void)
{
	while (waitpid(-1, NULL, WNOHANG) >= 0) {
		kill(-1, SIGKILL);
		waitpid(-1, NULL, 0);
	}
}

/* Reaps whoever ended. Returns false once the command is among them. */
static bool reap(int channel, pid_t command)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (pid != command)
			continue;
		if (!WIFSTOPPED(status)) {
			end_others();
			pid1_report(channel, BOX_EXITED, status, NULL);
			return false;
		}
		pid1_report(channel, BOX_STOPPED, status, NULL);
	}
	return true;
}

static bool take_signal(int signals, int channel, pid_t command, const struct later *later)
{
	struct signalfd_siginfo si;

	if (read(signals, &si, sizeof(si)) != sizeof(si))
		return true;
	if (si.ssi_signo == SIGCHLD)
		return reap(channel, command);
	if (si.ssi_signo == SIGIO && si.ssi_code > 0) { /* of the kernel: see later.c */
		if (later->trust >= 0)
			pid1_report(channel, BOX_WANTED, 0, NULL);
		return true;
	}
	kill(-command, (int)si.ssi_signo);
	return true;
}

static bool hand_namespaces(int channel)
{
	_cleanup_fd_ int user = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	_cleanup_fd_ int mnt = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	const int handed[] = {
		[BOX_TERMINAL] = -1, [BOX_ROOT] = -1,	[BOX_NET] = -1,
		[BOX_SEARCH] = -1,   [BOX_USER] = user, [BOX_MNT] = mnt,
	};

	return pid1_hand(channel, BOX_NAMESPACES, handed) == 0;
}

/* What the supervisor asks for. Returns false when it is gone, or not reached. */
static bool take_word(int channel)
{
	char word;

	if (recv(channel, &word, 1, 0) != 1)
		return false;
	if (word == BOX_FREEZE || word == BOX_THAW) {
		kill(-1, word == BOX_FREEZE ? SIGSTOP : SIGCONT);
		return true;
	}
	return hand_namespaces(channel);
}

/* Without them it is not the box that it was meant to be: who waits for one does not see it. */
static bool complete(struct later *later, int channel)
{
	struct err e = { 0 };

	if (later_complete(later, &e) == 0)
		return true;
	end_others();
	pid1_report(channel, BOX_FAILED, -1, &e);
	return false;
}

void pid1_serve(int channel, pid_t command, struct later *later)
{
	_cleanup_fd_ int signals = -1;
	bool running = true;
	sigset_t all;

	sigfillset(&all);
	signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	while (signals >= 0 && running) {
		struct pollfd fds[] = {
			{ .fd = signals, .events = POLLIN },
			{ .fd = channel, .events = POLLIN },
			{ .fd = later->trust, .events = POLLIN },
		};

		if (poll(fds, LEN(fds), later_ms(later)) < 0 && errno != EINTR)
			return;
		if (fds[1].revents)
			running = take_word(channel);
		if (fds[0].revents && running)
			running = take_signal(signals, channel, command, later);
		if ((fds[2].revents || later_ms(later) == 0) && running)
			running = complete(later, channel);
	}
}
