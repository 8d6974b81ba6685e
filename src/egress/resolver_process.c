/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/resolver_process.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "egress/confine.h"
#include "os/sys.h"

/*
 * Theory of operation
 *
 * What resolves names on this host is not ours to choose: getaddrinfo(3) reads nsswitch.conf, loads
 * modules, talks to daemons, and blocks. So it runs in processes of its own, one for each lookup,
 * which answer by themselves and end. The one that starts them only counts them, and answers for
 * those that end without success. They may read the system's configuration and nothing else.
 *
 * A name is looked up as it is: LOCALDOMAIN is empty, so no search list of resolv.conf makes
 * another name of one that does not exist.
 */

enum {
	LOOKUPS_MAX = 32, /* processes at a time: further questions wait in the socket */
	LOOKUP_SECONDS = 15,
};

struct running {
	pid_t pid; /* 0: free */
	uint32_t id;
};

static enum resolver_status status_of(int code)
{
	switch (code) {
	case EAI_NONAME:
	case EAI_NODATA:
	case EAI_ADDRFAMILY:
		return RESOLVER_UNKNOWN;
	case EAI_AGAIN:
		return RESOLVER_UNREACHABLE;
	default:
		return RESOLVER_FAILED;
	}
}

static int addr_from(const struct sockaddr *sa, struct addr *out)
{
	if (sa->sa_family == AF_INET6) {
		memcpy(out->b, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, 16);
		return 0;
	}
	if (sa->sa_family != AF_INET)
		return -1;
	*out = (struct addr){ { [10] = 0xff, 0xff } };
	memcpy(out->b + 12, &((const struct sockaddr_in *)(const void *)sa)->sin_addr, 4);
	return 0;
}

static void collect(const struct addrinfo *list, struct resolver_answer *answer)
{
	struct addr addr;

	answer->status = RESOLVER_FOUND;
	for (; list; list = list->ai_next) {
		if (addr_from(list->ai_addr, &addr) < 0)
			continue;
		if (answer->n == RESOLVER_ADDRS) {
			answer->status = RESOLVER_TOO_MANY;
			answer->n = 0;
			return;
		}
		answer->addr[answer->n++] = addr;
	}
	if (answer->n == 0)
		answer->status = RESOLVER_UNKNOWN;
}

/* The process of one lookup. */
static _Noreturn void look_up(int sock, const struct resolver_question *question)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	struct resolver_answer answer = { .id = question->id };
	struct addrinfo *list;
	int r;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(LOOKUP_SECONDS);
	r = getaddrinfo(question->host, NULL, &hints, &list);
	if (r == 0)
		collect(list, &answer);
	else
		answer.status = status_of(r);
	r = (int)send(sock, &answer, sizeof(answer), MSG_NOSIGNAL);
	_exit(r == (int)sizeof(answer) ? 0 : 1);
}

static int fail(int sock, uint32_t id)
{
	const struct resolver_answer answer = { .id = id, .status = RESOLVER_FAILED };

	return send(sock, &answer, sizeof(answer), MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/*
 * Reads one question and starts its process. Returns 1, 0: there is none, or -errno: nobody asks.
 */
static int take_question(int sock, struct running *running)
{
	struct resolver_question question;
	ssize_t n = recv(sock, &question, sizeof(question), 0);

	if (n != (ssize_t)sizeof(question))
		return n < 0 ? -errno : -EPIPE;
	question.host[HOST_MAX] = '\0';
	while (running->pid)
		running++;
	running->id = question.id;
	running->pid = fork();
	if (running->pid == 0)
		look_up(sock, &question);
	if (running->pid > 0)
		return 1;
	running->pid = 0;
	return fail(sock, question.id);
}

/* Returns how many have ended, or -errno. */
static int reap(int sock, int signals, struct running *running)
{
	struct signalfd_siginfo info;
	int n = 0, status, r = 0;
	pid_t pid;

	if (read(signals, &info, sizeof(info)) < 0)
		return -errno;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (struct running *at = running; at < running + LOOKUPS_MAX; at++) {
			if (at->pid != pid)
				continue;
			at->pid = 0;
			n++;
			if (status != 0)
				r = fail(sock, at->id);
		}
	}
	return r < 0 ? r : n;
}

static int serve(int sock, int signals)
{
	struct running running[LOOKUPS_MAX] = { 0 };
	struct pollfd polled[] = { { .fd = signals, .events = POLLIN }, { .events = POLLIN } };
	int n = 0, r;

	for (;;) {
		polled[1].fd = n < LOOKUPS_MAX ? sock : -1;
		if (poll(polled, LEN(polled), -1) < 0)
			return -errno;
		if (polled[0].revents) {
			r = reap(sock, signals, running);
			if (r < 0)
				return r;
			n -= r;
		}
		if (polled[1].revents) {
			r = take_question(sock, running);
			if (r < 0)
				return r;
			n += r;
		}
	}
}

/* Confined before it reads the first question, which in many a task never comes. */
static _Noreturn void resolver_main(int sock, pid_t parent)
{
	struct pollfd first = { .fd = sock, .events = POLLIN };
	struct err e = { 0 };
	sigset_t child;
	int signals;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || poll(&first, 1, -1) < 0)
		_exit(1);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	signals = signalfd(-1, &child, SFD_CLOEXEC);
	if (signals < 0 || setenv("LOCALDOMAIN", "", 1) < 0 || confine_resolver(&e) < 0)
		_exit(1);
	_exit(serve(sock, signals) < 0);
}

int resolver_process_start(struct err *e)
{
	pid_t parent = getpid(), pid;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(e, -errno, "make a socket pair");
	pid = fork();
	if (pid == 0) {
		/* Listeners and the log, which may be standard output, are not for it. */
		if (dup2(pair[1], STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0 ||
		    close_range(STDERR_FILENO + 1, ~0U, 0) < 0)
			_exit(1);
		resolver_main(STDIN_FILENO, parent);
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return err_set(e, -errno, "start the resolver");
	}
	return pair[0];
}
