/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/net.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "box.h"
#include "wire/host.h"

static struct listener listeners[LISTENERS_MAX];
static size_t n_listeners;

enum { TCP, DNS_UDP, DNS_TCP, WATCH };

static void box(void)
{
	struct err e = { 0 };

	ck_assert(box_enter());
	ck_assert_msg(net_loopback(true, &e) == 0, "%s", e.text);
	ck_assert_int_eq(net_listen(LISTENER_TCP, 443, listeners, &n_listeners, &e), 0);
	ck_assert_int_eq(net_listen(LISTENER_DNS_UDP, 53, listeners, &n_listeners, &e), 0);
	ck_assert_int_eq(net_listen(LISTENER_DNS_TCP, 53, listeners, &n_listeners, &e), 0);
	ck_assert_int_eq(net_listen(LISTENER_WATCH, 0, listeners, &n_listeners, &e), 0);
}

static struct sockaddr_in6 address(const char *text, uint16_t port)
{
	struct sockaddr_in6 sa = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct addr a;

	ck_assert_int_eq(addr_parse(str_of(text), &a), 0);
	memcpy(&sa.sin6_addr, a.b, sizeof(a.b));
	return sa;
}

/* IPv4 goes through a socket of its own family, as a program would do it. */
static int reach(int type, const char *text, uint16_t port, const char *say)
{
	struct sockaddr_in6 to = address(text, port);
	struct sockaddr_in to4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	bool v4 = IN6_IS_ADDR_V4MAPPED(&to.sin6_addr);
	_cleanup_fd_ int fd = socket(v4 ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, 0);
	int r;

	memcpy(&to4.sin_addr, to.sin6_addr.s6_addr + 12, 4);
	r = v4 ? connect(fd, (struct sockaddr *)&to4, sizeof(to4))
	       : connect(fd, (struct sockaddr *)&to, sizeof(to));
	if (r == 0 && type == SOCK_DGRAM)
		r = (int)send(fd, say, strlen(say), 0);
	return r < 0 ? -errno : 0;
}

static const struct {
	int type;
	const char *to;
	uint16_t port;
	int ret;
	bool seen;
} attempts[] = {
	{ SOCK_STREAM, "203.0.113.5", 443, 0, false },
	{ SOCK_STREAM, "2001:db8::5", 443, 0, false },
	{ SOCK_STREAM, "198.18.1.0", 443, 0, false },
	{ SOCK_STREAM, "127.0.0.1", 443, 0, false },
	{ SOCK_STREAM, "::1", 443, 0, false },
	{ SOCK_STREAM, "203.0.113.5", 53, 0, false },
	{ SOCK_STREAM, "203.0.113.5", 80, -ECONNREFUSED, true },
	{ SOCK_STREAM, "2001:db8::5", 22, -ECONNREFUSED, true },
	{ SOCK_STREAM, "::2", 22, -ECONNREFUSED, true },
	{ SOCK_STREAM, "fd00:a9e::1:0:2", 22, -ECONNREFUSED, true },
	{ SOCK_STREAM, "127.0.0.1", 80, -ECONNREFUSED, false },
	{ SOCK_STREAM, "::1", 80, -ECONNREFUSED, false },
	{ SOCK_STREAM, "198.18.0.2", 80, -ECONNREFUSED, false },
	{ SOCK_STREAM, "fd00:a9e::2", 80, -ECONNREFUSED, false },
	{ SOCK_DGRAM, "203.0.113.5", 443, 0, true },
	{ SOCK_DGRAM, "2001:db8::5", 443, 0, true },
	{ SOCK_DGRAM, "203.0.113.5", 53, 0, false },
	{ SOCK_DGRAM, "2001:db8::5", 53, 0, false },
	{ SOCK_DGRAM, "127.0.0.1", 443, 0, false },
};

START_TEST(test_attempt)
{
	char packet[128];
	ssize_t n;

	box();
	ck_assert_int_eq(reach(attempts[_i].type, attempts[_i].to, attempts[_i].port, "x"),
			 attempts[_i].ret);
	n = recv(listeners[WATCH].fd, packet, sizeof(packet), 0);
	ck_assert_int_eq(n > 0, attempts[_i].seen);
	ck_assert_int_lt(recv(listeners[WATCH].fd, packet, sizeof(packet), 0), 0);
}
END_TEST

/* The accepted socket's own address is what the box asked for. */
START_TEST(test_original_destination)
{
	static const char *const to[] = { "203.0.113.5", "2001:db8::5", "127.0.0.1" };

	box();
	for (size_t i = 0; i < LEN(to); i++) {
		struct sockaddr_in6 want = address(to[i], 443), got, peer;
		socklen_t len = sizeof(got);
		int fd;

		ck_assert_int_eq(reach(SOCK_STREAM, to[i], 443, ""), 0);
		fd = accept(listeners[TCP].fd, (struct sockaddr *)&peer, &len);
		ck_assert_int_ge(fd, 0);
		len = sizeof(got);
		ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&got, &len), 0);
		ck_assert_mem_eq(&got.sin6_addr, &want.sin6_addr, 16);
		ck_assert(memcmp(&peer.sin6_addr, &want.sin6_addr, 16) != 0 || i == 2);
		close(fd);
	}
}
END_TEST

/* A port in the range that clients get theirs from must never be connected to by itself. */
START_TEST(test_no_connection_to_itself)
{
	box();
	for (int i = 0; i < 20000; i++)
		ck_assert_int_eq(
			reach(SOCK_STREAM, i & 1 ? "203.0.113.5" : "2001:db8::5", 40000, ""),
			-ECONNREFUSED);
}
END_TEST

START_TEST(test_served_ports_are_taken)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(443) };
	struct err e = { 0 };
	int on = 1, fd;

	box();
	ck_assert_int_eq(net_listen(LISTENER_TCP, 443, listeners, &n_listeners, &e), -EADDRINUSE);
	any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	ck_assert_int_lt(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
	ck_assert_int_eq(errno, EADDRINUSE);
}
END_TEST

START_TEST(test_filter_is_locked)
{
	int on = 1;

	box();
	ck_assert_int_lt(
		setsockopt(listeners[WATCH].fd, SOL_SOCKET, SO_DETACH_FILTER, &on, sizeof(on)), 0);
	ck_assert_int_eq(errno, EPERM);
}
END_TEST

/* As many served ports as there may be: the jumps of the filter reach over all of them. */
START_TEST(test_many_ports)
{
	struct err e = { 0 };
	char packet[128];

	ck_assert(box_enter());
	ck_assert_int_eq(net_loopback(true, &e), 0);
	for (uint16_t port = 1000; n_listeners < LISTENERS_MAX - 1; port++)
		ck_assert_int_eq(net_listen(LISTENER_TCP, port, listeners, &n_listeners, &e), 0);
	ck_assert_int_eq(net_listen(LISTENER_WATCH, 0, listeners, &n_listeners, &e), 0);
	ck_assert_int_eq(net_listen(LISTENER_TCP, 999, listeners, &n_listeners, &e), -ENOSPC);
	ck_assert_int_eq(reach(SOCK_STREAM, "203.0.113.5", 1000, ""), 0);
	ck_assert_int_eq(reach(SOCK_STREAM, "2001:db8::1", 1000 + LISTENERS_MAX - 2, ""), 0);
	ck_assert_int_lt(recv(listeners[LISTENERS_MAX - 1].fd, packet, sizeof(packet), 0), 0);
	ck_assert_int_eq(reach(SOCK_STREAM, "203.0.113.5", 1000 + LISTENERS_MAX - 1, ""),
			 -ECONNREFUSED);
	ck_assert_int_gt(recv(listeners[LISTENERS_MAX - 1].fd, packet, sizeof(packet), 0), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_attempt, 0, LEN(attempts));
	tcase_add_test(tc, test_original_destination);
	tcase_add_test(tc, test_no_connection_to_itself);
	tcase_add_test(tc, test_served_ports_are_taken);
	tcase_add_test(tc, test_filter_is_locked);
	tcase_add_test(tc, test_many_ports);
}

int main(void)
{
	return box_run("net", add);
}
