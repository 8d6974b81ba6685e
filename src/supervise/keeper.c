/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>

#include "os/sys.h"
#include "supervise/placeholders.h"

/*
 * Theory of operation
 *
 * A task changes two things of the caller's: his terminal is raw, and placeholders lie in his
 * directory. Both have to be undone on every way out, also when the launcher is killed; so they
 * are the business of another process, in a session of its own, which hardly anybody has a reason
 * to kill. It is forked before there is anything to undo, and waits for the end of a socket that
 * only the launcher holds. What it cannot undo because it was killed as well, the next start does.
 *
 * It makes the placeholders itself: so what is made and what is undone is one thing in one place,
 * and it happens beside the set-up of the box, which waits only where it mounts something on one.
 *
 * The byte KEEPER_FINISH says that the launcher has restored the terminal itself: by then a shell
 * may have set it to its own liking.
 */

enum { KEEPER_FINISH = 'f' };

struct keeping {
	bool terminal; /* standard input is one that is going to be raw */
	struct termios saved;
	struct placeholders placeholders;
};

/* What of the launcher's stays open, by these numbers: the end of a pipe is somebody's news. */
enum { SOCKET = 3, CHANNEL, N_KEPT };

static void keep_only(int socket, int channel, bool terminal)
{
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	const int kept[] = { fcntl(socket, F_DUPFD_CLOEXEC, N_KEPT),
			     fcntl(channel, F_DUPFD_CLOEXEC, N_KEPT) };

	for (int standard = terminal ? 1 : 0; standard <= 2 && null >= 0; standard++)
		dup2(null, standard);
	for (int i = 0; i < (int)LEN(kept); i++)
		dup3(kept[i], SOCKET + i, O_CLOEXEC);
	close_range(N_KEPT, ~0U, 0);
}

/* Waits for the launcher to finish, true, or to die. */
static bool wait_for_end(void)
{
	char byte;
	ssize_t n;

	do
		n = recv(SOCKET, &byte, 1, 0);
	while (n < 0 && errno == EINTR);
	return n == 1 && byte == KEEPER_FINISH;
}

static void make_placeholders(struct keeping *k, const struct plan *plan, const struct host *host,
			      const char *state_dir)
{
	const struct box box = { .channel = CHANNEL };
	struct err e = { 0 };
	int r = placeholders_make(&k->placeholders, plan, host, state_dir, &e);

	if (r == 0 && box_go(&box) < 0)
		r = err_say(&e, -EPIPE, "init died while it built the box");
	if (r < 0)
		fds_send(SOCKET, &e, sizeof(e), NULL, 0);
}

static _Noreturn void keeper_main(int socket, const struct plan *plan, const struct host *host,
				  const char *state_dir, const struct box *box)
{
	struct keeping k = { .placeholders = PLACEHOLDERS_NONE };
	sigset_t all;

	/* Restoring from the background would stop us but for SIGTTOU being blocked (tcsetattr(3)).
	 */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setsid();
	umask(0);
	prctl(PR_SET_NAME, "agentbox-keeper");
	k.terminal = host->terminal && tcgetattr(STDIN_FILENO, &k.saved) == 0;
	keep_only(socket, box->channel, k.terminal);
	if (placeholders_wanted(plan))
		make_placeholders(&k, plan, host, state_dir);
	close(CHANNEL);
	if (!wait_for_end() && k.terminal)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &k.saved);
	placeholders_remove(&k.placeholders);
	_exit(EXIT_SUCCESS);
}

int keeper_start(struct keeper *k, const struct plan *plan, const struct host *host,
		 const char *state_dir, const struct box *box, struct err *e)
{
	int pair[2];

	*k = KEEPER_NONE;
	k->state_dir = state_dir;
	if (!placeholders_wanted(plan) && !host->terminal)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(e, -errno, "make a socket pair");
	_cleanup_fd_ int theirs = pair[1];
	k->socket = pair[0];
	k->pid = fork();
	if (k->pid == 0) {
		close(k->socket);
		keeper_main(theirs, plan, host, state_dir, box);
	}
	return k->pid < 0 ? err_set(e, -errno, "start the keeper") : 0;
}

int keeper_failure(struct keeper *k, struct err *e)
{
	struct err said;

	if (recv(k->socket, &said, sizeof(said), MSG_DONTWAIT) != sizeof(said))
		return err_say(e, -EPIPE, "the keeper of the box ended");
	*e = said;
	return e->code < 0 ? e->code : -EPROTO;
}

void keeper_finish(const struct keeper *k)
{
	if (k->pid > 0)
		send(k->socket, &(char){ KEEPER_FINISH }, 1, MSG_NOSIGNAL);
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
