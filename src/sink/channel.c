/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/channel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "egress/resolver_process.h"
#include "os/outside.h"
#include "os/sys.h"
#include "sink/tls.h"

enum {
	TICK_MS = 1000,	   /* after so long without progress a call looks up */
	DEAD_MS = 30000,   /* a peer that does not even acknowledge is gone */
	LINGER_MS = 500,   /* for the peer to close, too */
	PAUSE_MAX_MS = 50, /* between two looks at what is not taken yet */
};

int channel_init(struct channel *c, const struct sink *to, struct err *e)
{
	static struct arena arena; /* until the process ends */
	const char *wrong = NULL;

	*c = (struct channel){ .to = to, .resolver = -1, .fd = -1 };
	if (to->header_file[0])
		wrong = outside_read_headers(to->header_file, &arena, &c->headers);
	if (wrong)
		return err_say(e, -EACCES, "%s: %s", to->header_file, wrong);
	if (to->way == SINK_TLS) {
		c->tls = sink_tls_context(e);
		if (!c->tls)
			return e->code;
	}
	if (to->way == SINK_UNIX || !to->at.host[0] || !strcmp(to->at.host, "localhost"))
		return 0;
	c->resolver = resolver_process_start(e);
	return c->resolver < 0 ? c->resolver : 0;
}

static void set_times(int fd)
{
	const struct timeval tick = { .tv_sec = TICK_MS / 1000 };
	const int on = 1, dead = DEAD_MS;

	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tick, sizeof(tick));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof(tick));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &dead, sizeof(dead));
}

/* Returns a descriptor or -errno. */
static int connect_to(int type, const void *address, socklen_t n)
{
	const struct sockaddr *sa = address;
	_cleanup_fd_ int fd = socket(sa->sa_family, type | SOCK_CLOEXEC, 0);
	int r;

	if (fd < 0)
		return -errno;
	set_times(fd);
	r = connect(fd, sa, n);
	/* socket(7): SO_SNDTIMEO holds for connect(2), and then it says EINPROGRESS; of a socket of
	 * this machine, EAGAIN */
	if (r < 0)
		return errno == EINPROGRESS ? -ETIMEDOUT : -errno;
	return fd_steal(&fd);
}

static int connect_unix(struct channel *c)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd;

	memcpy(un.sun_path, c->to->path, sizeof(un.sun_path));
	fd = connect_to(SOCK_DGRAM, &un, sizeof(un));
	c->datagrams = fd != -EPROTOTYPE || c->to->kind != SINK_SYSLOG;
	return c->datagrams ? fd : connect_to(SOCK_STREAM, &un, sizeof(un));
}

static int connect_addr(const struct channel *c, const struct addr *addr)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(c->to->at.port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(c->to->at.port) };

	memcpy(&v4.sin_addr, addr->b + 12, sizeof(v4.sin_addr));
	memcpy(&v6.sin6_addr, addr->b, sizeof(v6.sin6_addr));
	return addr_is_v4(addr) ? connect_to(SOCK_STREAM, &v4, sizeof(v4))
				: connect_to(SOCK_STREAM, &v6, sizeof(v6));
}

/* RFC 6761, 6.3: nobody is asked. */
static void add_localhost(struct resolver_answer *answer)
{
	answer->n = 2;
	addr_parse(STR("127.0.0.1"), &answer->addr[0]);
	addr_parse(STR("::1"), &answer->addr[1]);
}

static int resolve(const struct channel *c, struct resolver_answer *answer, struct err *e)
{
	struct resolver_question question = { 0 };

	*answer = (struct resolver_answer){ 0 };
	if (c->resolver < 0 && c->to->at.host[0]) {
		add_localhost(answer);
		return 0;
	}
	if (c->resolver < 0) {
		answer->addr[answer->n++] = c->to->at.addr;
		return 0;
	}
	memcpy(question.host, c->to->at.host, sizeof(question.host));
	if (send(c->resolver, &question, sizeof(question), MSG_NOSIGNAL) < 0 ||
	    recv(c->resolver, answer, sizeof(*answer), 0) != sizeof(*answer) ||
	    answer->n > RESOLVER_ADDRS)
		return err_say(e, -EIO, "the resolver failed");
	return answer->n ? 0 : err_say(e, -ENOENT, "its name has no address");
}

static int connect_name(struct channel *c, struct err *e)
{
	struct resolver_answer answer;
	int fd = resolve(c, &answer, e);

	if (fd < 0)
		return fd;
	for (uint32_t i = 0; i < answer.n; i++) {
		fd = connect_addr(c, &answer.addr[i]);
		if (fd >= 0)
			return fd;
	}
	return err_set(e, fd, "connect");
}

int channel_open(struct channel *c, struct err *e)
{
	if (c->fd >= 0)
		return 0;
	c->datagrams = false;
	c->fd = c->to->way == SINK_UNIX ? connect_unix(c) : connect_name(c, e);
	if (c->fd < 0 && c->to->way == SINK_UNIX)
		err_set(e, c->fd, "connect");
	if (c->fd >= 0 && c->tls) {
		c->ssl = sink_tls_connect(c->tls, c->fd, &c->to->at, e);
		if (!c->ssl)
			channel_close(c);
	}
	return c->fd < 0 ? e->code : 0;
}

/*
 * A socket that is closed with something unread in it takes what it sent with it (RFC 2525, 2.17);
 * TLS 1.3 always leaves something.
 */
static void linger(struct channel *c)
{
	const int64_t deadline = now_ms() + LINGER_MS;
	struct pollfd fd = { .fd = c->fd, .events = POLLIN };
	char rest[4096];

	shutdown(c->fd, SHUT_WR);
	while (deadline > now_ms() && poll(&fd, 1, LINGER_MS) > 0 &&
	       recv(c->fd, rest, sizeof(rest), MSG_DONTWAIT) > 0)
		;
}

void channel_close(struct channel *c)
{
	if (c->ssl && c->proven) {
		SSL_shutdown(c->ssl);
		linger(c);
	}
	SSL_free(c->ssl);
	c->ssl = NULL;
	close_indirect(&c->fd);
	c->fd = -1;
	c->proven = false;
}

/* As write(2), but that -EAGAIN says that there was no progress for a while. */
static ssize_t put(struct channel *c, struct str bytes)
{
	ssize_t n;

	if (c->ssl)
		return sink_tls_write(c->ssl, bytes);
	n = send(c->fd, bytes.p, bytes.n, MSG_NOSIGNAL);
	return n < 0 ? -errno : n;
}

int channel_send(struct channel *c, struct str bytes, struct err *e)
{
	while (bytes.n) {
		ssize_t n = put(c, bytes);

		if (n == -EAGAIN)
			c->stuck(c);
		if (n == -EAGAIN || n == -EINTR)
			continue;
		if (n < 0)
			return err_set(e, (int)n, "send");
		bytes = (struct str){ bytes.p + n, bytes.n - (size_t)n };
	}
	return 0;
}

static int broken(const struct channel *c)
{
	struct pollfd fd = { .fd = c->fd, .events = POLLRDHUP };
	int error = 0;
	socklen_t n = sizeof(error);

	if (poll(&fd, 1, 0) <= 0)
		return 0;
	getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &n);
	return error ? -error : -EPIPE;
}

int channel_drain(struct channel *c, struct err *e)
{
	int64_t tick = now_ms() + TICK_MS;
	int left = 0, pause = 1, r = 0;

	while (ioctl(c->fd, SIOCOUTQ, &left) == 0 && left > 0 && r == 0) {
		poll(NULL, 0, pause);
		pause = pause < PAUSE_MAX_MS ? 2 * pause : PAUSE_MAX_MS;
		if (now_ms() >= tick) {
			c->stuck(c);
			tick = now_ms() + TICK_MS;
		}
		r = broken(c);
	}
	/* What was sent to a connection that was reset is not waiting any more, either. */
	r = r < 0 ? r : broken(c);
	if (r < 0)
		return err_set(e, r, "the receiver closed");
	c->proven = true;
	return 0;
}

ssize_t channel_receive(struct channel *c, void *into, size_t cap, int64_t deadline, struct err *e)
{
	while (now_ms() < deadline) {
		ssize_t n = c->ssl ? sink_tls_read(c->ssl, into, cap) : recv(c->fd, into, cap, 0);

		n = n < 0 && !c->ssl ? -errno : n;
		if (n == -EAGAIN)
			c->stuck(c);
		if (n != -EAGAIN && n != -EINTR)
			return n < 0 ? err_set(e, (int)n, "receive") : n;
	}
	return err_say(e, -ETIMEDOUT, "it did not answer in time");
}
