/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>

#include "os/sys.h"
#include "supervise/guard.h"

/*
 * Theory of operation
 *
 * A task changes two things of the caller's: his terminal is raw, and placeholders lie in his
 * directory. Both have to be undone on every way out, also when the launcher is killed; so they
 * are the business of another process, in a session of its own, which hardly anybody has a reason
 * to kill. It waits for the end of a socket that only the launcher holds. What it cannot undo
 * because it was killed as well, the next start does.
 *
 * It makes the placeholders itself: so what is made and what is undone is one thing in one place,
 * and it happens beside the set-up of the box, which waits only where it mounts something on one.
 *
 * While the box runs it keeps covered what is hidden and protected (guard.c): with the word to do
 * so come the namespaces of the box. It idles without waking up, and tells the launcher what it
 * did.
 *
 * The byte KEEPER_FINISH says that the launcher has restored the terminal itself: by then a shell
 * may have set it to its own liking.
 */

/* What the launcher says to it. */
enum { KEEPER_WATCH = 'w', KEEPER_FINISH = 'f' };

/* For as long it waits at most until a box that is over is gone: then it only takes longer. */
enum { BOX_END_MS = 1000 };

/* What it tells the launcher. */
struct news {
	bool failed; /* the task cannot go on: err */
	union {
		struct err err;
		struct event ev;
	};
};

struct keeping {
	int socket, channel; /* to the launcher, and to init */
	const struct plan *plan;
	const struct host *host;
	const char *state_dir;
	bool terminal; /* standard input is one that is going to be raw */
	struct termios saved;
	struct placeholders placeholders;
	struct amend amend; /* the box's, if it is guarded */
	int init;	    /* of a box that is empty, a pidfd; or -1 */
};

/* What else of the launcher's stayed open, the end of a pipe, would be somebody's news. */
static void keep_only(const struct keeping *k)
{
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	const int kept[] = { k->socket, k->channel };

	for (int standard = k->terminal ? 1 : 0; standard <= 2 && null >= 0; standard++)
		dup2(null, standard);
	fds_keep(kept, LEN(kept));
}

static void tell(void *of, const struct event *ev)
{
	const struct news news = { .ev = *ev };
	const struct keeping *k = of;

	fds_send(k->socket, &news, sizeof(news), NULL, 0);
}

static void fail(const struct keeping *k, const struct err *e)
{
	const struct news news = { .failed = true, .err = *e };

	fds_send(k->socket, &news, sizeof(news), NULL, 0);
}

static void make_placeholders(struct keeping *k)
{
	const struct box box = { .channel = k->channel };
	struct err e = { 0 };
	int r = placeholders_make(&k->placeholders, k->plan, k->host, k->state_dir, &e);

	if (r == 0 && box_say(&box, BOX_HELD) < 0)
		r = err_say(&e, -EPIPE, "init died while it built the box");
	if (r < 0)
		fail(k, &e);
}

/* What the launcher says, or 0: it is gone. */
static char hear(struct keeping *k)
{
	int fds[2];
	size_t n_fds = LEN(fds);
	char said = 0;
	ssize_t n = fds_receive(k->socket, &said, 1, fds, &n_fds);

	if (said == KEEPER_WATCH && n_fds == 2)
		k->amend = (struct amend){ .user = fds[0], .mnt = fds[1] };
	if (said == KEEPER_FINISH && n_fds == 1)
		k->init = fds[0];
	return n == 1 ? said : 0;
}

/*
 * With init goes the namespace of the box, and with that its mounts, which is cheap; with what is
 * removed below them, one by one, it would not be.
 */
static void await_end_of_box(const struct keeping *k)
{
	struct pollfd end = { .fd = k->init, .events = POLLIN };

	poll(&end, 1, k->init < 0 ? 0 : BOX_END_MS);
}

/* Guards until the launcher says something. */
static void watch(struct keeping *k, struct guard *guard)
{
	struct pollfd fds[] = { { .fd = k->socket, .events = POLLIN }, { .events = POLLIN } };
	struct err e = { 0 };

	guard_start(guard, k->plan, k->host, &k->amend, &k->placeholders,
		    (struct listening){ tell, k });
	fds[1].fd = guard_fd(guard);
	do {
		if (guard_look(guard, &e) < 0) {
			fail(k, &e); /* that is the end of the task */
			return;
		}
		if (poll(fds, LEN(fds), -1) < 0 && errno != EINTR)
			return;
	} while (!fds[0].revents);
}

static _Noreturn void keeper_main(struct keeping *k)
{
	struct guard guard = GUARD_NONE;
	sigset_t all;
	char said;

	/* Restoring from the background would stop us but for SIGTTOU being blocked (tcsetattr(3)).
	 */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setsid();
	umask(0);
	prctl(PR_SET_NAME, "agentbox-keeper");
	k->terminal = k->host->terminal && tcgetattr(STDIN_FILENO, &k->saved) == 0;
	keep_only(k);
	if (placeholders_wanted(k->plan))
		make_placeholders(k);
	close(k->channel);
	said = hear(k);
	if (said == KEEPER_WATCH) {
		watch(k, &guard);
		said = hear(k);
	}
	amend_close(&k->amend);
	if (said == KEEPER_FINISH && guard.host)
		guard_finish(&guard, k->plan);
	shutdown(k->socket, SHUT_WR);
	if (said != KEEPER_FINISH && k->terminal)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &k->saved);
	await_end_of_box(k);
	placeholders_remove(&k->placeholders);
	_exit(EXIT_SUCCESS);
}

int keeper_start(struct keeper *k, const struct plan *plan, const struct host *host,
		 const char *state_dir, const struct box *box, struct err *e)
{
	struct keeping keeping = {
		.plan = plan,
		.host = host,
		.state_dir = state_dir,
		.placeholders = PLACEHOLDERS_NONE,
		.amend = AMEND_NONE,
		.init = -1,
	};
	int pair[2];

	*k = KEEPER_NONE;
	k->state_dir = state_dir;
	if (!plan_has(plan, STEP_GUARD) && !placeholders_wanted(plan) && !host->terminal)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(e, -errno, "make a socket pair");
	_cleanup_fd_ int theirs = pair[1];
	k->socket = pair[0];
	k->pid = fork();
	if (k->pid == 0) {
		close(k->socket);
		keeping.socket = theirs;
		keeping.channel = box->channel;
		keeper_main(&keeping);
	}
	return k->pid < 0 ? err_set(e, -errno, "start the keeper") : 0;
}

int keeper_receive(struct keeper *k, struct event *ev, struct err *e)
{
	struct news news;
	ssize_t n;

	do
		n = recv(k->socket, &news, sizeof(news), 0);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		return 0;
	if (n == sizeof(news) && news.failed) {
		*e = news.err;
		return e->code < 0 ? e->code : -EPROTO;
	}
	if (n != sizeof(news) || !event_sound(&news.ev, sizeof(news.ev)))
		return err_say(e, -EPROTO, "the keeper sent something that is not an event");
	*ev = news.ev;
	return 1;
}

int keeper_watch(const struct keeper *k, const struct box *box, struct err *e)
{
	const int fds[] = { box->user, box->mnt };
	int r = fds_send(k->socket, &(char){ KEEPER_WATCH }, 1, fds, LEN(fds));

	return r < 0 ? err_set(e, r, "have the box guarded") : 0;
}

int keeper_lost(struct err *e)
{
	return err_say(e, -EPIPE, "the keeper of the box ended before the task");
}

int keeper_finish(const struct keeper *k, const struct box *box, struct err *e)
{
	_cleanup_fd_ int init = -1;
	int r;

	if (k->pid <= 0)
		return 0;
	if (box->pid > 0)
		init = (int)syscall(SYS_pidfd_open, box->pid, 0);
	process_spread(k->pid, sched_getcpu());
	r = fds_send(k->socket, &(char){ KEEPER_FINISH }, 1, &init, init >= 0);
	return r < 0 ? err_set(e, r, "tell the keeper that the task is over") : 0;
}

void keeper_wait(struct keeper *k)
{
	int status = 0;

	close_indirect(&k->socket);
	while (k->pid > 0 && waitpid(k->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status)
		placeholders_recover(k->state_dir);
	*k = KEEPER_NONE;
}
