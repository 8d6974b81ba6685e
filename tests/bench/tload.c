/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tload: the load of tests/bench/tls, and the server that takes it: HTTP/1.1 inside of TLS.
 *
 *   tload serve PORT CERTIFICATE KEY
 *   tload bulk|requests|connections HOST PORT N SECONDS CA [PROXY-PORT]  MB/s, requests/s, ...
 *   tload latency HOST PORT 1 SECONDS CA [PROXY-PORT]                    microseconds a request
 *   tload idle HOST PORT N SECONDS CA [PROXY-PORT]                       "ready" once it holds N
 *
 * GET /N is answered with N bytes. A thread for each connection: what is measured is what lies
 * between the two. With PROXY-PORT the connection is asked for by CONNECT from a proxy on
 * 127.0.0.1.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ssl.h>

enum { SMALL = 512, BULK = 16 << 20, CHUNK = 256 * 1024, HEAD = 4096, STACK = 256 * 1024 };
enum mode { SERVE, BULK_MODE, REQUESTS, CONNECTIONS, LATENCY, IDLE, N_MODES };

static const char *const names[N_MODES] = { "serve",	   "bulk",    "requests",
					    "connections", "latency", "idle" };

static SSL_CTX *ctx;
static enum mode mode;
static const char *host, *port, *proxy;
static _Atomic uint64_t done;
static _Atomic int holding;
static _Atomic bool go;
static double until;
static char chunk[CHUNK];

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "tload: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void start_thread(void *(*run)(void *), void *of)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (pthread_create(&thread, &attr, run, of))
		die("start a thread");
	pthread_attr_destroy(&attr);
}

static void no_delay(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* Reads up to the end of a head, of which nothing follows. Returns 0 at the end. */
static int read_head(SSL *ssl, char head[HEAD])
{
	size_t n = 0;
	int r;

	do {
		r = SSL_read(ssl, head + n, (int)(HEAD - 1 - n));
		if (r <= 0)
			return 0;
		n += (size_t)r;
		head[n] = '\0';
	} while (!strstr(head, "\r\n\r\n"));
	return (int)n;
}

static void *serve_one(void *of)
{
	int fd = (int)(intptr_t)of;
	SSL *ssl = SSL_new(ctx);
	char head[HEAD];

	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1) {
		while (read_head(ssl, head)) {
			long left = strtol(strchr(head, '/') + 1, NULL, 10);
			int n = snprintf(head, sizeof(head),
					 "HTTP/1.1 200 OK\r\nContent-Length: %ld\r\n\r\n", left);
			char answer[HEAD];

			memcpy(answer, head, (size_t)n);
			if (left <= SMALL) { /* one record, as servers do */
				memset(answer + n, 'x', (size_t)left);
				n += (int)left;
				left = 0;
			}
			if (SSL_write(ssl, answer, n) <= 0)
				break;
			for (; left > 0; left -= CHUNK)
				if (SSL_write(ssl, chunk, (int)(left < CHUNK ? left : CHUNK)) <= 0)
					break;
		}
		SSL_shutdown(ssl);
	}
	SSL_free(ssl);
	close(fd);
	return NULL;
}

static void serve(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 4096) < 0)
		die("listen");
	for (;;) {
		int one = accept(fd, NULL, NULL);

		if (one < 0)
			die("accept");
		no_delay(one);
		start_thread(serve_one, (void *)(intptr_t)one);
	}
}

static int dial(const char *name, const char *service)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_family = AF_INET };
	struct addrinfo *list;
	int fd;

	if (getaddrinfo(name, service, &hints, &list))
		die("getaddrinfo");
	fd = socket(list->ai_family, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, list->ai_addr, list->ai_addrlen) < 0)
		die("connect");
	freeaddrinfo(list);
	no_delay(fd);
	return fd;
}

static void ask_proxy(int fd)
{
	char text[HEAD];
	int n = snprintf(text, sizeof(text), "CONNECT %s:%s HTTP/1.1\r\nHost: %s:%s\r\n\r\n", host,
			 port, host, port);
	ssize_t r;

	if (send(fd, text, (size_t)n, 0) != n)
		die("CONNECT");
	n = 0;
	do {
		r = recv(fd, text + n, 1, 0);
		if (r <= 0)
			die("CONNECT");
		text[++n] = '\0';
	} while (!strstr(text, "\r\n\r\n"));
}

static SSL *open_one(void)
{
	int fd = proxy ? dial("127.0.0.1", proxy) : dial(host, port);
	SSL *ssl = SSL_new(ctx);

	if (proxy)
		ask_proxy(fd);
	SSL_set_fd(ssl, fd);
	SSL_set1_host(ssl, host);
	SSL_set_tlsext_host_name(ssl, host);
	if (SSL_connect(ssl) != 1)
		die("TLS handshake");
	return ssl;
}

static void close_one(SSL *ssl)
{
	int fd = SSL_get_fd(ssl);

	SSL_shutdown(ssl);
	SSL_free(ssl);
	close(fd);
}

/* One request and its answer of @size bytes. */
static void fetch(SSL *ssl, char *space, long size)
{
	int n = snprintf(space, HEAD, "GET /%ld HTTP/1.1\r\nHost: %s:%s\r\n\r\n", size, host, port);
	char *body = NULL;
	long had = 0;

	if (SSL_write(ssl, space, n) != n)
		die("write");
	while (!body || had < size) {
		n = SSL_read(ssl, space + (body ? 0 : had), body ? CHUNK : (int)(HEAD - had));
		if (n <= 0)
			die("read");
		had += n;
		if (mode == BULK_MODE)
			done += (uint64_t)n;
		if (!body && (body = memmem(space, (size_t)had, "\r\n\r\n", 4))) {
			if (!memmem(space, (size_t)had, " 200 ", 5))
				die("answer");
			had -= body + 4 - space;
		}
	}
}

static void *load(void *of)
{
	char *space = malloc(CHUNK);
	SSL *ssl = NULL;

	(void)of;
	if (mode != CONNECTIONS) { /* everybody is there before the clock starts */
		ssl = open_one();
		fetch(ssl, space, SMALL);
	}
	holding++;
	while (mode == IDLE)
		pause();
	while (!go)
		usleep(1000);
	while (now() < until) {
		if (!ssl)
			ssl = open_one();
		fetch(ssl, space, mode == BULK_MODE ? BULK : SMALL);
		if (mode != BULK_MODE)
			done++;
		if (mode == CONNECTIONS) {
			close_one(ssl);
			ssl = NULL;
		}
	}
	for (;;)
		pause();
	return NULL;
}

static void start(int n, double seconds)
{
	double began;

	for (int i = 0; i < n; i++) {
		start_thread(load, NULL);
		while (holding + 32 < i)
			usleep(1000);
	}
	while (holding < n)
		usleep(1000);
	if (mode == IDLE) {
		puts("ready");
		fflush(stdout);
		pause();
	}
	done = 0;
	began = now();
	until = began + seconds;
	go = true;
	usleep((useconds_t)(seconds * 1e6));
	seconds = now() - began;
	if (mode == LATENCY)
		printf("%.1f\n", seconds * 1e6 / (double)done);
	else
		printf("%.1f\n", (double)done / seconds / (mode == BULK_MODE ? 1e6 : 1));
	fflush(stdout);
	_exit(0); /* the others are in the middle of something */
}

int main(int argc, char **argv)
{
	while (argc > 1 && mode < N_MODES && strcmp(argv[1], names[mode]) != 0)
		mode++;
	if (argc < 5 || mode == N_MODES)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	ctx = SSL_CTX_new(mode == SERVE ? TLS_server_method() : TLS_client_method());
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	if (mode == SERVE) {
		port = argv[2];
		if (SSL_CTX_use_certificate_chain_file(ctx, argv[3]) != 1 ||
		    SSL_CTX_use_PrivateKey_file(ctx, argv[4], SSL_FILETYPE_PEM) != 1)
			die("certificate");
		serve();
	}
	if (argc < 7)
		return 2;
	host = argv[2];
	port = argv[3];
	proxy = argc > 7 ? argv[7] : NULL;
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	if (SSL_CTX_load_verify_locations(ctx, argv[6], NULL) != 1)
		die(argv[6]);
	start(atoi(argv[4]), atof(argv[5]));
	return 0;
}
