/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/spaces.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/sys.h"
#include "sandbox/identity.h"
#include "sandbox/launch.h"
#include "sandbox/net.h"

/*
 * Theory of operation
 *
 * A launcher has something to do before it knows what box to make, and the kernel takes as long to
 * make a network namespace as all the others and their mounts together. So another process makes
 * the namespaces first of all, while the launcher reads its profile and looks around, and the
 * network's last, while init builds what is in the others.
 *
 * A process enters a user namespace only alone (setns(2)), and the launcher stays where it is. So a
 * child of it enters them, which shares its memory, as after vfork(2), and forks init from there
 * with CLONE_PARENT: init has the memory and the parent that it would have had otherwise.
 *
 * Who holds them says twice how far it came: the first time the launcher hears it, the second time
 * init. It waits for the end of its socket then, and dies with the launcher.
 */

enum {
	FIRST = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS,
	LAST = CLONE_NEWPID | CLONE_NEWCGROUP,
};

static const char all[] = "make user, mount, pid, ipc, uts and cgroup namespaces";

struct outcome {
	enum stage stage;
	struct err err;
};

/* @self: as in STEP_ID_MAP. */
static void make(const struct step *self, struct outcome *o)
{
	o->stage = STAGE_USER_NAMESPACE;
	if (unshare(FIRST) < 0) {
		err_set(&o->err, -errno, "%s", all);
		return;
	}
	o->stage = STAGE_IDS;
	identity_map(self, &o->err);
}

static void make_network(struct outcome *o)
{
	o->stage = STAGE_NAMESPACE;
	if (unshare(CLONE_NEWNET) < 0)
		err_set(&o->err, -errno, "make a network namespace");
	else
		net_loopback(false, &o->err);
}

static void say(int socket, const struct outcome *o)
{
	if (send(socket, o, sizeof(*o), MSG_NOSIGNAL) < 0)
		_exit(EXIT_FAILURE); /* that is heard, too */
}

static _Noreturn void hold(int socket)
{
	const struct step self = { .n = getuid(), .m = getgid() };
	struct outcome o = { 0 };
	sigset_t blocked;
	char nothing;

	sched_yield();	      /* to the launcher, which moves us */
	sigfillset(&blocked); /* what the caller's terminal says is for the launcher */
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	make(&self, &o);
	say(socket, &o);
	if (o.err.code == 0) {
		make_network(&o);
		say(socket, &o);
	}
	while (recv(socket, &nothing, 1, 0) < 0 && errno == EINTR)
		;
	_exit(EXIT_SUCCESS);
}

static int begin(struct spaces *s, struct err *e)
{
	int pair[2];

	*s = SPACES_NONE;
	s->stage = STAGE_USER_NAMESPACE;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(e, -errno, "make a socket pair");
	s->socket = pair[0];
	s->pid = box_fork(0, -1, &s->pidfd);
	if (s->pid == 0) {
		close(s->socket);
		hold(pair[1]);
	}
	close(pair[1]);
	if (s->pid > 0) {
		process_spread(s->pid, sched_getcpu());
		return 0;
	}
	err_set(e, s->pid, "%s", all);
	spaces_end(s);
	return e->code;
}

void spaces_begin(struct spaces *s)
{
	struct err unsaid;

	begin(s, &unsaid);
}

static int hear(struct spaces *s, struct err *e)
{
	struct outcome o;
	ssize_t n;

	do
		n = recv(s->socket, &o, sizeof(o), 0);
	while (n < 0 && errno == EINTR);
	if (n != sizeof(o))
		return err_say(e, -EIO, "who makes the namespaces of the box died");
	s->stage = o.stage;
	*e = o.err;
	return e->code;
}

/* After vfork(2) from @cpu: enters the namespaces and forks init. Returns as box_fork() does. */
static pid_t fork_inside(const struct spaces *s, int cpu, int cgroup)
{
	cpu_set_t allowed;
	const bool apart = process_avoid(0, cpu, &allowed); /* and so does init */
	pid_t pid;

	if (setns(s->pidfd, FIRST) < 0)
		return -errno;
	pid = box_fork(LAST | CLONE_PARENT, cgroup, NULL);
	if (pid == 0)
		sched_yield(); /* to who lets the launcher go on */
	if (pid > 0 && apart)
		sched_setaffinity(pid, sizeof(allowed), &allowed);
	return pid;
}

pid_t spaces_fork(struct spaces *s, int cgroup, struct err *e)
{
	volatile pid_t forked = 0;
	pid_t between;
	int cpu, r = s->pid == 0 ? begin(s, e) : 0;

	if (r == 0)
		r = hear(s, e);
	if (r < 0)
		return r;
	s->stage = STAGE_NAMESPACE;
	cpu = sched_getcpu();
	between = vfork();
	if (between == 0) {
		forked = fork_inside(s, cpu, cgroup);
		if (forked == 0)
			return 0; /* with a stack of its own */
		_exit(EXIT_SUCCESS);
	}
	if (between < 0)
		return err_set(e, -errno, "%s", all);
	waitpid(between, NULL, 0);
	close_indirect(&s->socket); /* init has it */
	s->socket = -1;
	return forked < 0 ? err_set(e, forked, "%s", all) : forked;
}

int spaces_enter_network(struct spaces *s, struct err *e)
{
	int r = hear(s, e);

	if (r == 0 && setns(s->pidfd, CLONE_NEWNET) < 0)
		return err_set(e, -errno, "enter the network");
	return r;
}

void spaces_end(struct spaces *s)
{
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
	}
	close_indirect(&s->socket);
	close_indirect(&s->pidfd);
	*s = SPACES_NONE;
}
