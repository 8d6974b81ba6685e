/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "os/sys.h"

/*
 * Theory of operation
 *
 * A supervisor listens on an abstract socket (unix(7)) that is named after its task. Abstract names
 * belong to a network namespace, and every box has its own: from inside there is no such name, and
 * no file that could be found in its stead. When the supervisor dies, so does the name.
 *
 * Others on this machine see it. So each end looks at whom it talks to (SO_PEERCRED), before a word
 * is read: the supervisor listens to its own user and to root, and whoever wants something of a
 * task believes none but his own user, for the name could be taken by anybody.
 */

enum { PATIENCE = 10 }; /* seconds, for the answer */

static socklen_t address_of(const char *task, struct sockaddr_un *at)
{
	int n;

	*at = (struct sockaddr_un){ .sun_family = AF_UNIX };
	n = snprintf(at->sun_path + 1, sizeof(at->sun_path) - 1, "agentbox/%s", task);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

static bool peer_is(int fd, uid_t user, bool or_root)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return false;
	return peer.uid == user || (or_root && peer.uid == 0);
}

void control_open(struct control *c, const char *task)
{
	struct sockaddr_un at;
	socklen_t len = address_of(task, &at);
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&at, len) < 0 || listen(fd, 4) < 0)
		return;
	c->spare = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	c->listener = fd_steal(&fd);
}

/*
 * Who waits for a descriptor makes the listener ready for ever, and the supervisor spin. So the
 * spare one is his; ended at once, it is spare again. If even that is gone, nothing can be told any
 * more.
 */
static void send_away(struct control *c)
{
	close_indirect(&c->spare);
	c->spare = accept4(c->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (c->spare >= 0)
		shutdown(c->spare, SHUT_RDWR);
	else
		close(fd_steal(&c->listener));
}

void control_accept(struct control *c)
{
	_cleanup_fd_ int fd = accept4(c->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0 && c->client < 0 && peer_is(fd, geteuid(), true))
		c->client = fd_steal(&fd);
	else if (fd < 0 && errno != EAGAIN)
		send_away(c);
}

enum control_word control_take(struct control *c)
{
	uint32_t word = CONTROL_NOTHING;
	ssize_t n = recv(c->client, &word, sizeof(word), MSG_DONTWAIT);

	if (n == sizeof(word) && word < N_CONTROL_WORDS && word != CONTROL_NOTHING)
		return (enum control_word)word;
	close_indirect(&c->client);
	c->client = -1;
	return CONTROL_NOTHING;
}

void control_answer(struct control *c, const struct err *e)
{
	if (c->client >= 0)
		send(c->client, e, sizeof(*e), MSG_DONTWAIT | MSG_NOSIGNAL);
	close_indirect(&c->client);
	c->client = -1;
}

void control_close(struct control *c)
{
	close_indirect(&c->client);
	close_indirect(&c->listener);
	close_indirect(&c->spare);
	*c = CONTROL_NONE;
}

static int ask(int fd, uint32_t word, struct err *e)
{
	const struct timeval patience = { .tv_sec = PATIENCE };
	struct err answer;
	ssize_t n;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
	    send(fd, &word, sizeof(word), MSG_NOSIGNAL) < 0)
		return err_set(e, -errno, "talk to the task");
	n = recv(fd, &answer, sizeof(answer), 0);
	if (n < 0 && errno == EAGAIN)
		return err_say(e, -ETIMEDOUT, "the task does not answer");
	if (n != sizeof(answer) || answer.code > 0)
		return err_say(e, -EPIPE, "the task ended, or talks to somebody else");
	answer.text[sizeof(answer.text) - 1] = '\0';
	*e = answer;
	return e->code;
}

int control_say(const char *task, enum control_word word, struct err *e)
{
	struct sockaddr_un at;
	socklen_t len = address_of(task, &at);
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_set(e, -errno, "make a socket");
	if (connect(fd, (const struct sockaddr *)&at, len) < 0)
		return err_set(e, -errno, "reach task %s", task);
	if (!peer_is(fd, geteuid(), false))
		return err_say(e, -EPERM, "what answers for task %s is not yours", task);
	return ask(fd, (uint32_t)word, e);
}
