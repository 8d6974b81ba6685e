/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hload: the load of tests/bench/egress, and the server that takes it.
 *
 *   hload serve PORT
 *   hload bulk|requests|connections HOST PORT N SECONDS [PROXY-PORT]   MB/s, requests/s,
 * connections/s hload connect|burst HOST PORT N SECONDS [PROXY-PORT]               microseconds:
 * median, p99 hload idle HOST PORT N SECONDS [PROXY-PORT]                        holds N; "ready"
 * once it has them
 *
 * A request is 64 bytes that no proxy takes for HTTP or TLS; it says how long its answer is to be.
 * With PROXY-PORT the connection is asked for by CONNECT from a proxy on 127.0.0.1.
 */
#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	REQUEST = 64,
	CHUNK = 256 * 1024,
	SMALL_ANSWER = 512,
	BULK_ANSWER = 16 << 20,
	CONNS = 20000
};

struct conn {
	int fd;
	uint64_t left; /* bytes of the answer still to come, or to send */
	uint32_t n_in;
	bool connecting;
	double since;
	unsigned char in[REQUEST];
};

static char chunk[CHUNK];
static struct conn conns[CONNS];
static double samples[1 << 20];
static size_t n_samples;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "hload: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void watch(int epoll, int op, int fd, uint32_t events, struct conn *c)
{
	struct epoll_event ev = { .events = events, .data.ptr = c };

	if (epoll_ctl(epoll, op, fd, &ev) < 0)
		die("epoll_ctl");
}

static void no_delay(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* --- the server --- */

static void answer(int epoll, struct conn *c)
{
	while (c->left) {
		ssize_t n = send(c->fd, chunk, c->left < CHUNK ? c->left : CHUNK, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN) {
			watch(epoll, EPOLL_CTL_MOD, c->fd, EPOLLOUT, c);
			return;
		}
		if (n < 0)
			break;
		c->left -= (uint64_t)n;
	}
	watch(epoll, EPOLL_CTL_MOD, c->fd, EPOLLIN, c);
}

static void serve_one(int epoll, struct conn *c, uint32_t events)
{
	ssize_t n;

	if (events & EPOLLOUT) {
		answer(epoll, c);
		return;
	}
	n = recv(c->fd, c->in + c->n_in, REQUEST - c->n_in, 0);
	if (n <= 0) {
		close(c->fd);
		free(c);
		return;
	}
	c->n_in += (uint32_t)n;
	if (c->n_in < REQUEST)
		return;
	c->n_in = 0;
	memcpy(&c->left, c->in + 8, sizeof(c->left));
	n = send(c->fd, chunk, c->left < CHUNK ? c->left : CHUNK, MSG_NOSIGNAL);
	if (n > 0)
		c->left -= (uint64_t)n;
	if (c->left)
		answer(epoll, c);
}

static _Noreturn void serve(uint16_t port)
{
	struct sockaddr_in6 at = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int epoll = epoll_create1(0), on = 1;
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	no_delay(fd);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 4096) < 0)
		die("listen");
	watch(epoll, EPOLL_CTL_ADD, fd, EPOLLIN, NULL);
	for (;;) {
		struct epoll_event ev[64];
		int n = epoll_wait(epoll, ev, 64, -1);

		for (int i = 0; i < n; i++) {
			struct conn *c = ev[i].data.ptr;

			if (c) {
				serve_one(epoll, c, ev[i].events);
				continue;
			}
			c = calloc(1, sizeof(*c));
			c->fd = accept4(fd, NULL, NULL, SOCK_NONBLOCK);
			if (c->fd >= 0)
				watch(epoll, EPOLL_CTL_ADD, c->fd, EPOLLIN, c);
		}
	}
}

/* --- the client --- */

struct target {
	struct sockaddr_storage to;
	socklen_t len;
	char connect[300]; /* what a proxy is asked */
	uint64_t answer;
};

static void set_target(struct target *t, char **argv, int argc)
{
	const char *host = argc > 6 ? "127.0.0.1" : argv[2], *port = argc > 6 ? argv[6] : argv[3];
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_family = AF_INET };
	struct addrinfo *list;

	if (getaddrinfo(host, port, &hints, &list) != 0)
		die(host);
	memcpy(&t->to, list->ai_addr, list->ai_addrlen);
	t->len = list->ai_addrlen;
	freeaddrinfo(list);
	if (argc > 6)
		snprintf(t->connect, sizeof(t->connect),
			 "CONNECT %s:%s HTTP/1.1\r\nHost: %s:%s\r\n\r\n", argv[2], argv[3], argv[2],
			 argv[3]);
}

static void ask(struct conn *c, const struct target *t)
{
	unsigned char request[REQUEST] = { 0 };

	memcpy(request + 8, &t->answer, sizeof(t->answer));
	if (send(c->fd, request, sizeof(request), MSG_NOSIGNAL) != REQUEST)
		die("send");
	c->left = t->answer;
}

static void start(int epoll, struct conn *c, const struct target *t)
{
	*c = (struct conn){ .connecting = true, .since = now() };
	c->fd = socket(t->to.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		die("socket");
	no_delay(c->fd);
	if (connect(c->fd, (const struct sockaddr *)&t->to, t->len) < 0 && errno != EINPROGRESS)
		die("connect");
	watch(epoll, EPOLL_CTL_ADD, c->fd, EPOLLOUT, c);
}

/* Connected: asks the proxy if there is one, else the server. */
static void greet(int epoll, struct conn *c, const struct target *t)
{
	c->connecting = false;
	watch(epoll, EPOLL_CTL_MOD, c->fd, EPOLLIN, c);
	if (!t->connect[0])
		ask(c, t);
	else if (send(c->fd, t->connect, strlen(t->connect), MSG_NOSIGNAL) < 0)
		die("send");
}

/* Returns how many bytes of an answer came; 0 after a proxy's. */
static size_t take(struct conn *c, const struct target *t, bool *tunnel)
{
	ssize_t n = recv(c->fd, chunk, CHUNK, 0);

	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n <= 0)
		die("the connection ended");
	if (t->connect[0] && c->left == 0 && !*tunnel) {
		if (n < 12 || memcmp(chunk + 8, " 200", 4) != 0)
			die("the proxy refused");
		*tunnel = true;
		ask(c, t);
		return 0;
	}
	c->left -= (uint64_t)n;
	return (size_t)n;
}

static void sample(double value)
{
	if (n_samples < sizeof(samples) / sizeof(samples[0]))
		samples[n_samples++] = value;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print_samples(void)
{
	qsort(samples, n_samples, sizeof(samples[0]), by_value);
	assert(n_samples);
	printf("%.1f %.1f\n", 1e6 * samples[n_samples / 2], 1e6 * samples[n_samples * 99 / 100]);
}

static void run(const char *mode, const struct target *t, int n, double seconds)
{
	const bool again = strcmp(mode, "connections") == 0 || strcmp(mode, "connect") == 0;
	const bool once = strcmp(mode, "burst") == 0, idle = strcmp(mode, "idle") == 0;
	int epoll = epoll_create1(0), ready = 0;
	uint64_t bytes = 0, answers = 0;
	double begin, end;
	bool *tunnel = calloc((size_t)n, sizeof(*tunnel));

	for (int i = 0; i < n; i++)
		start(epoll, &conns[i], t);
	begin = now();
	end = begin + seconds;
	while (once ? ready < n : now() < end) {
		struct epoll_event ev[64];
		int count = epoll_wait(epoll, ev, 64, idle ? 1000 : 100);

		for (int i = 0; i < count; i++) {
			struct conn *c = ev[i].data.ptr;

			if (c->connecting) {
				greet(epoll, c, t);
				continue;
			}
			bytes += take(c, t, &tunnel[c - conns]);
			if (c->left || (t->connect[0] && !tunnel[c - conns]))
				continue;
			answers++;
			sample(now() - c->since);
			ready++;
			if (idle && ready == n) {
				puts("ready");
				fflush(stdout);
			}
			if (again) {
				const struct linger reset = { .l_onoff = 1 };

				setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
				close(c->fd);
				tunnel[c - conns] = false;
				start(epoll, c, t);
			} else if (!once && !idle) {
				c->since = now();
				ask(c, t);
			}
		}
	}
	if (strcmp(mode, "bulk") == 0)
		printf("%.1f\n", (double)bytes / 1e6 / (now() - begin));
	else if (strcmp(mode, "requests") == 0 || strcmp(mode, "connections") == 0)
		printf("%.0f\n", (double)answers / (now() - begin));
	else if (!idle)
		print_samples();
}

int main(int argc, char **argv)
{
	struct rlimit files = { 65536, 65536 };
	struct target t = { 0 };

	setrlimit(RLIMIT_NOFILE, &files);
	if (argc == 3 && strcmp(argv[1], "serve") == 0)
		serve((uint16_t)atoi(argv[2]));
	if (argc < 6 || atoi(argv[4]) > CONNS) {
		fputs("Usage: see hload.c\n", stderr);
		return 2;
	}
	set_target(&t, argv, argc);
	t.answer = strcmp(argv[1], "bulk") == 0 ? BULK_ANSWER : SMALL_ANSWER;
	run(argv[1], &t, atoi(argv[4]), atof(argv[5]));
	return 0;
}
