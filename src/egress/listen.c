/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"

enum { FIRST = 3 }; /* SD_LISTEN_FDS_START */

static unsigned long number(const char *variable, unsigned long max)
{
	const char *text = getenv(variable);
	unsigned long value;

	return text && str_to_ulong(str_of(text), max, &value) == 0 ? value : 0;
}

/* Names are separated by colons, so there is none in "tcp-443". */
static int read_name(struct str name, struct listener *l)
{
	static const struct {
		const char *name;
		enum listener_kind kind;
	} names[] = {
		{ "dns-udp", LISTENER_DNS_UDP },
		{ "dns-tcp", LISTENER_DNS_TCP },
		{ "watch", LISTENER_WATCH },
		{ "proxy", LISTENER_PROXY },
	};
	struct str kind, port;
	unsigned long value;

	for (size_t i = 0; i < LEN(names); i++)
		if (str_is(name, names[i].name))
			l->kind = names[i].kind;
	if (l->kind != LISTENER_NONE)
		return 0;
	if (!str_cut(name, '-', &kind, &port) || !str_is(kind, "tcp") ||
	    str_to_ulong(port, UINT16_MAX, &value) < 0)
		return -EINVAL;
	l->kind = LISTENER_TCP;
	l->port = (uint16_t)value;
	return 0;
}

int listen_from_environment(struct listener listeners[LISTENERS_MAX], size_t *n, struct err *e)
{
	const unsigned long count = number("LISTEN_FDS", LISTENERS_MAX);
	const char *text = getenv("LISTEN_FDNAMES");
	struct str name, rest = str_of(text ? text : "");

	*n = 0;
	if (count == 0 || number("LISTEN_PID", INT32_MAX) != (unsigned long)getpid())
		return err_say(e, -EINVAL, "no listeners were passed (sd_listen_fds(3))");
	for (; *n < count; (*n)++) {
		struct listener *l = &listeners[*n];

		str_cut(rest, ':', &name, &rest);
		*l = (struct listener){ .fd = FIRST + (int)*n };
		if (read_name(name, l) < 0)
			return err_say(e, -EINVAL,
				       "LISTEN_FDNAMES: \"%.*s\" is no kind of listener",
				       (int)name.n, name.p);
		if (fcntl(l->fd, F_SETFD, FD_CLOEXEC) < 0)
			return err_set(e, -errno, "listener %zu", *n);
	}
	return 0;
}
