/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/egress_child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/handover.h"
#include "os/sys.h"

static const char plain[] = LIBEXECDIR "/agentbox-egress",
		  with_tls[] = LIBEXECDIR "/agentbox-egress-tls";

/* Its descriptors, each with the option that names it; -1: it has none. */
enum { POLICY, EVENTS, LISTENERS, ROOTS, TRUST, CREDENTIALS, ADVISORIES, BOX };
static const char *const options[] = {
	[POLICY] = "--policy-fd",	  [EVENTS] = "--events-fd",
	[LISTENERS] = "--listeners-fd",	  [ROOTS] = "--roots-fd",
	[TRUST] = "--trust-fd",		  [CREDENTIALS] = "--credentials-fd",
	[ADVISORIES] = "--advisories-fd", [BOX] = "--box-fd",
};
static_assert(LEN(options) == EGRESS_FDS, "every descriptor has an option");

static void close_fds(struct egress_fds *fds)
{
	for (size_t i = 0; i < EGRESS_FDS; i++)
		close_indirect(&fds->fd[i]);
	*fds = EGRESS_FDS_NONE;
}

enum { ORIGINS_MAX = 2 << 20 };

/* Text, sealed: the egress process reads what was decided, and nobody edits it. */
static int sealed_after(const char *name, struct str head, struct str text, struct err *e)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
	_cleanup_fd_ int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r = fd < 0 ? -errno : write_all(fd, head.p, head.n);

	if (r == 0)
		r = write_all(fd, text.p, text.n);

	if (r == 0 && (lseek(fd, 0, SEEK_SET) < 0 || fcntl(fd, F_ADD_SEALS, seals) < 0))
		r = -errno;
	return r < 0 ? err_set(e, r, "seal the %s", name) : fd_steal(&fd);
}

static int sealed(const char *name, struct str text, struct err *e)
{
	return sealed_after(name, STR(""), text, e);
}

/* Before it stands what it is called, and where in the profile its rules are. */
static int sealed_policy(const struct policy *policy, struct str text, const char *digest,
			 struct err *e)
{
	_cleanup_free_ char *space = malloc(ORIGINS_MAX);
	struct buf head = buf_over(space, ORIGINS_MAX);

	if (!space)
		return err_set(e, -ENOMEM, "hand the policy on");
	if (digest)
		buf_printf(&head, "# policy %s\n", digest);
	if (policy)
		policy_print_origins(policy, &head);
	if (head.full)
		return err_say(e, -E2BIG, "the profile has too many rules");
	return sealed_after("policy", (struct str){ head.p, head.n }, text, e);
}

static int socket_pair(int *ours, int *theirs, struct err *e)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(e, -errno, "make a socket pair");
	*ours = pair[0];
	*theirs = pair[1];
	return 0;
}

static int dup_of(int fd, struct err *e)
{
	const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	return copy < 0 ? err_set(e, -errno, "duplicate a descriptor") : copy;
}

static int connect_all(struct egress_child *child, const struct egress_start *start, struct err *e)
{
	int *fd = child->theirs.fd, r;

	fd[TRUST] = fd_steal(&child->teller);
	r = fd[LISTENERS] = dup_of(child->receiver, e);
	if (r >= 0)
		r = fd[POLICY] = sealed_policy(start->policy, start->text, start->digest, e);
	if (r >= 0 && start->credentials.n)
		r = fd[CREDENTIALS] = sealed("credentials", start->credentials, e);
	if (r >= 0 && start->advisories > 0)
		r = fd[ADVISORIES] = dup_of(start->advisories, e);
	if (r >= 0)
		r = socket_pair(&child->events, &fd[EVENTS], e);
	if (r >= 0 && fd[TRUST] >= 0)
		r = fd[ROOTS] = sealed("certificate authorities", start->roots, e);
	return r < 0 ? r : 0;
}

/* Between vfork(2) and execve(2): no memory is written but @failed, no lock is taken. */
static void become(const char *program, const struct egress_fds *fds, volatile int *failed)
{
	char numbers[EGRESS_FDS][16];
	const char *argv[2 * EGRESS_FDS + 2] = { program };
	char *environment[] = { NULL };
	size_t n = 1;

	for (size_t i = 0; i < EGRESS_FDS; i++) {
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

int egress_child_start(struct egress_child *child, struct err *e)
{
	volatile int failed = 0;
	const pid_t pid = vfork();

	if (pid == 0)
		become(child->program, &child->theirs, &failed);
	if (pid < 0 || failed)
		err_set(e, failed ? -failed : -errno, "start %s", child->program);
	else
		child->pid = pid;
	if (pid > 0 && failed)
		waitpid(pid, NULL, 0);
	close_fds(&child->theirs);
	close_indirect(&child->wanted);
	child->wanted = -1;
	return child->pid ? 0 : e->code;
}

void egress_child_listen(struct egress_child *child)
{
	child->wanted = handover_wanted(child->receiver);
}

int egress_child_connect(struct egress_child *child, bool opens_tls, struct err *e)
{
	int ends[2];

	*child = EGRESS_CHILD_NONE;
	child->program = opens_tls ? with_tls : plain;
	if (opens_tls) {
		if (pipe2(ends, O_CLOEXEC) < 0)
			return err_set(e, -errno, "make a pipe");
		child->trust = ends[0];
		child->teller = ends[1];
	}
	return socket_pair(&child->listeners, &child->receiver, e);
}

int egress_child_prepare(struct egress_child *child, const struct egress_start *start,
			 struct err *e)
{
	int r = connect_all(child, start, e);

	if (r == 0 && access(child->program, X_OK) < 0)
		r = err_set(e, -errno, "start %s", child->program);
	if (r < 0)
		egress_child_end(child);
	return r;
}

int egress_child_publish(struct egress_child *child, int box, struct err *e)
{
	int *fd = child->theirs.fd, r;

	*child = EGRESS_CHILD_NONE;
	child->program = plain;
	r = fd[BOX] = dup_of(box, e);
	if (r >= 0)
		r = socket_pair(&child->events, &fd[EVENTS], e);
	if (r == 0)
		r = socket_pair(&child->listeners, &fd[LISTENERS], e);
	if (r == 0)
		r = egress_child_start(child, e);
	if (r < 0)
		egress_child_end(child);
	return r;
}

int egress_child_reload(const struct egress_child *child, const struct policy *policy,
			struct str text, const char *digest, struct err *e)
{
	static const char word = SAY_POLICY;
	_cleanup_fd_ int fd = sealed_policy(policy, text, digest, e);
	int r = fd < 0 ? fd : fds_send(child->events, &word, 1, &fd, 1);

	return r < 0 && fd >= 0 ? err_set(e, r, "give the egress process another policy") : r;
}

int egress_child_tell_locked(const struct egress_child *child, int fd, struct err *e)
{
	static const char word = SAY_LOCKED;
	int r = fds_send(child->events, &word, 1, &fd, 1);

	return r < 0 ? err_set(e, r, "tell the egress process what lock files name") : 0;
}

void egress_child_searched(const struct egress_child *child, uint64_t n)
{
	send(child->events, &n, sizeof(n), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/*
 * Whoever lets go of the listeners last waits for the kernel (see egress_main()): if no process has
 * them, one that is made for it.
 */
static void leave_listeners(const struct egress_child *child)
{
	const int kept[] = { child->receiver, child->theirs.fd[EVENTS] };
	struct pollfd closed = { .fd = kept[1] }; /* with the last of ours */

	if (child->pid || fork() != 0)
		return;
	close_range(STDIN_FILENO, STDERR_FILENO, 0);
	fds_keep(kept, LEN(kept));
	poll(&closed, 1, -1);
	_exit(EXIT_SUCCESS);
}

bool egress_child_dismiss(struct egress_child *child)
{
	struct pollfd said = { .fd = child->events, .events = POLLIN };

	if (child->receiver < 0 || poll(&said, 1, 0) != 0 || !handover_quiet(child->receiver))
		return false;
	leave_listeners(child);
	close(fd_steal(&child->receiver));
	if (child->pid)
		kill(child->pid, SIGKILL);
	egress_child_leave(child);
	return true;
}

void egress_child_leave(struct egress_child *child)
{
	if (child->pid)
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
	close_fds(&child->theirs);
	close_indirect(&child->listeners);
	close_indirect(&child->receiver);
	close_indirect(&child->trust);
	close_indirect(&child->teller);
	close_indirect(&child->wanted);
	close_indirect(&child->events); /* the last one: see leave_listeners() */
	*child = EGRESS_CHILD_NONE;
	return status;
}
