/* SPDX-License-Identifier: Apache-2.0 */
#include "os/handover.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/mem.h"
#include "os/sys.h"

/* One message carries up to 16 listeners: what fds_send() takes at once. None: the end mark. */
enum { ROWS = 16 };

struct row {
	uint16_t kind, port;
};

int handover_send(int sock, const struct listener *listeners, size_t n, struct err *e)
{
	assert(n <= LISTENERS_MAX);
	for (size_t at = 0;; at += ROWS) {
		size_t left = at < n ? n - at : 0, count = left < ROWS ? left : ROWS;
		struct row rows[ROWS + 1] = {
			0
		}; /* a message of no bytes would be an end of file */
		int fds[ROWS], r;

		for (size_t i = 0; i < count; i++) {
			rows[i] = (struct row){ (uint16_t)listeners[at + i].kind,
						listeners[at + i].port };
			fds[i] = listeners[at + i].fd;
		}
		r = fds_send(sock, rows, (count + 1) * sizeof(rows[0]), fds, count);
		if (r < 0)
			return err_set(e, r, "hand over the listeners");
		if (count == 0)
			return 0;
	}
}

int handover_wanted(int sock)
{
	_cleanup_fd_ int wanted = epoll_create1(EPOLL_CLOEXEC);
	struct row rows[ROWS + 1];
	int fds[ROWS];
	size_t n = ROWS;
	bool all =
		wanted >= 0 && fds_peek(sock, rows, sizeof(rows), fds, &n) > 0 && n > 0 && n < ROWS;

	for (size_t i = 0; i < n; i++) {
		struct epoll_event readable = { .events = EPOLLIN };

		/* it remains registered, as what waits on @sock stays open */
		all = epoll_ctl(wanted, EPOLL_CTL_ADD, fds[i], &readable) == 0 && all;
		close(fds[i]);
	}
	return all ? fd_steal(&wanted) : -1;
}

bool handover_quiet(int sock)
{
	_cleanup_fd_ int wanted = handover_wanted(sock);
	struct pollfd polled = { .fd = wanted, .events = POLLIN };

	return wanted >= 0 && poll(&polled, 1, 0) == 0;
}

static int receive_some(int sock, struct listener *listeners, size_t *n, size_t *count)
{
	struct row rows[ROWS + 1] = { 0 };
	int fds[ROWS];
	ssize_t r;

	*count = ROWS;
	r = fds_receive(sock, rows, sizeof(rows), fds, count);
	if (r < 0)
		return (int)r;
	for (size_t i = 0; i < *count; i++) {
		if (*n == LISTENERS_MAX) {
			close(fds[i]);
			continue;
		}
		listeners[(*n)++] = (struct listener){ rows[i].kind, rows[i].port, fds[i] };
	}
	return (size_t)r == (*count + 1) * sizeof(rows[0]) ? 0 : -EPROTO;
}

int handover_receive(int sock, struct listener listeners[LISTENERS_MAX], size_t *n, struct err *e)
{
	size_t count;
	int r;

	*n = 0;
	do {
		size_t before = *n;

		r = receive_some(sock, listeners, n, &count);
		if (r == 0 && *n - before != count)
			r = -EPROTO;
		for (size_t i = before; r == 0 && i < *n; i++)
			if (listeners[i].kind == LISTENER_NONE ||
			    listeners[i].kind >= N_LISTENER_KINDS)
				r = -EPROTO;
		if (r < 0)
			return err_set(e, r, "receive the listeners");
	} while (count);
	return 0;
}
