/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/stream.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t result(ssize_t n)
{
	return n < 0 ? -(errno == EINTR ? EAGAIN : errno) : n;
}

ssize_t stream_peek(struct stream *s, char *space, size_t max, struct str *in)
{
	ssize_t n;

	if (s->tls)
		return s->tls->ops->peek(s->tls, max, in);
	n = result(recv(s->watch.fd, space, max, MSG_PEEK));
	*in = (struct str){ space, n > 0 ? (size_t)n : 0 };
	return n;
}

/* The kernel wakes us when there are @n bytes. */
static void wake_at(struct stream *s, size_t n)
{
	int bytes = (int)n;

	setsockopt(s->watch.fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof(bytes));
	s->wake_at = n > 1 ? n : 0;
}

/*
 * TCP drops them where they are; a socket of another kind has to put them somewhere. On the stack,
 * that would be cleared each time (-ftrivial-auto-var-init).
 */
static ssize_t drop(const struct stream *s, size_t max, int flags)
{
	static char space[64 * 1024];

	return result(recv(s->watch.fd, space, max < sizeof(space) ? max : sizeof(space),
			   MSG_TRUNC | flags));
}

/* What came between the look and the end was not looked at. */
int stream_wait(struct stream *s, size_t n)
{
	struct pollfd end = { .fd = s->watch.fd, .events = POLLRDHUP };

	if (s->tls)
		return s->tls->ops->more(s->tls);
	if (poll(&end, 1, 0) > 0 && end.revents)
		return drop(s, n + 1, MSG_PEEK) > (ssize_t)n ? 1 : -ECONNABORTED;
	wake_at(s, n + 1);
	return 0;
}

ssize_t stream_drop(struct stream *s, size_t max)
{
	return drop(s, max, 0);
}

void stream_take(struct stream *s, size_t n)
{
	if (s->tls) {
		s->tls->ops->take(s->tls, n);
		return;
	}
	while (n) {
		ssize_t r = stream_drop(s, n);

		if (r <= 0)
			return; /* an error shows itself again with the next use */
		n -= (size_t)r;
	}
}

void stream_wake(struct stream *s)
{
	if (s->wake_at)
		wake_at(s, 1);
}

ssize_t stream_read(struct stream *s, void *into, size_t max)
{
	ssize_t n;

	if (s->tls)
		return s->tls->ops->read(s->tls, into, max);
	n = result(recv(s->watch.fd, into, max, 0));
	s->reset = n == -ECONNRESET;
	return n;
}

ssize_t stream_write(struct stream *s, struct str bytes)
{
	return s->tls ? s->tls->ops->write(s->tls, bytes)
		      : result(send(s->watch.fd, bytes.p, bytes.n, MSG_NOSIGNAL));
}

int stream_end(struct stream *s)
{
	if (s->tls)
		s->tls->ops->end(s->tls);
	return shutdown(s->watch.fd, SHUT_WR) < 0 && errno != ENOTCONN ? -errno : 0;
}

bool stream_holds(const struct stream *s)
{
	return s->tls && s->tls->ops->holds(s->tls);
}

bool stream_wants_room(const struct stream *s)
{
	return s->tls && s->tls->wants_room;
}

void stream_close(struct stream *s, bool abort)
{
	const struct linger now = { .l_onoff = 1 };

	if (s->tls)
		s->tls->ops->free(s->tls);
	s->tls = NULL;
	if (abort && !s->reset)
		setsockopt(s->watch.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(s->watch.fd);
}
