/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/publish.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "os/sys.h"

/* Connections of a task that ended a moment ago do not keep the port (SO_REUSEADDR). */
static int open_listener(const struct sockaddr *at, socklen_t len)
{
	_cleanup_fd_ int fd = socket(at->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
	    bind(fd, at, len) < 0 || listen(fd, SOMAXCONN) < 0)
		return -errno;
	return fd_steal(&fd);
}

/*
 * Opens both listeners of a step. They lead to the port that they are handed over with, and know
 * their own.
 */
static int open_step(const struct step *step, struct listener *listeners, size_t *n)
{
	const uint16_t at = htons((uint16_t)step->n);
	const struct sockaddr_in at4 = {
		.sin_family = AF_INET,
		.sin_port = at,
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
	const struct sockaddr_in6 at6 = {
		.sin6_family = AF_INET6,
		.sin6_port = at,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
	};
	int fd = open_listener((const struct sockaddr *)&at4, sizeof(at4));

	if (fd < 0)
		return fd;
	listeners[(*n)++] = (struct listener){ LISTENER_TCP, (uint16_t)step->m, fd };
	fd = open_listener((const struct sockaddr *)&at6, sizeof(at6));
	if (fd == -EAFNOSUPPORT || fd == -EADDRNOTAVAIL)
		return 0;
	if (fd < 0)
		return fd;
	listeners[(*n)++] = (struct listener){ LISTENER_TCP, (uint16_t)step->m, fd };
	return 0;
}

static int explain(const struct step *step, int r, struct err *e)
{
	const unsigned port = (unsigned)step->n, line = step->where.line;
	const char *file = step->where.file;

	if (r == -EADDRINUSE)
		return err_say(e, r, "%s:%u: port %u of this machine's loopback is in use", file,
			       line, port);
	return err_set(e, r, "%s:%u: listen on port %u of this machine's loopback", file, line,
		       port);
}

int publish_open(const struct plan *plan, struct listener listeners[2 * PUBLISH_MAX], size_t *n,
		 struct err *e)
{
	int r = 0;

	*n = 0;
	for (size_t i = 0; i < plan->n && r == 0; i++) {
		if (plan->step[i].kind != STEP_PUBLISH)
			continue;
		assert(*n + 2 <= 2 * PUBLISH_MAX);
		r = open_step(&plan->step[i], listeners, n);
		if (r < 0)
			explain(&plan->step[i], r, e);
	}
	return r;
}

int publish_record(const struct plan *plan, struct audit *audit, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < plan->n && r == 0; i++) {
		struct event ev = event_new(EVENT_NET_PUBLISH);

		if (plan->step[i].kind != STEP_PUBLISH)
			continue;
		event_num(&ev, FIELD_HOST_PORT, plan->step[i].n);
		event_num(&ev, FIELD_PORT, plan->step[i].m);
		r = audit_write(audit, &ev, e);
	}
	return r;
}
