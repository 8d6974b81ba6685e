/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/control.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "suite.h"

static struct control control;
static struct sockaddr_un at = { .sun_family = AF_UNIX };
static socklen_t len;

static void set_up(void)
{
	char task[32];

	snprintf(task, sizeof(task), "test-%d", getpid());
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			  (size_t)snprintf(at.sun_path + 1, sizeof(at.sun_path) - 1, "agentbox/%s",
					   task));
	control = CONTROL_NONE;
	control_open(&control, task);
	ck_assert_int_ge(control.listener, 0);
}

static int caller(void)
{
	const int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static void call(int fd)
{
	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&at, len), 0);
}

static bool somebody_waits(void)
{
	struct pollfd listener = { .fd = control.listener, .events = POLLIN };

	return poll(&listener, 1, 0) == 1;
}

static void limit_files(rlim_t n)
{
	struct rlimit files;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &files), 0);
	files.rlim_cur = n;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
}

/* All below it are in use. */
static int next_descriptor(void)
{
	const int fd = dup(control.listener);

	close(fd);
	return fd;
}

START_TEST(test_one_at_a_time)
{
	int first, second;
	char byte;

	set_up();
	first = caller();
	second = caller();
	call(first);
	control_accept(&control);
	ck_assert_int_ge(control.client, 0);
	call(second);
	control_accept(&control);
	ck_assert_int_eq(recv(second, &byte, 1, 0), 0);
	control_close(&control);
	ck_assert_int_eq(recv(first, &byte, 1, 0), 0);
}
END_TEST

/* Who cannot be let in does not keep the listener ready for ever: each is sent away. */
START_TEST(test_no_descriptor)
{
	int callers[3];
	char byte;

	set_up();
	for (size_t i = 0; i < LEN(callers); i++)
		callers[i] = caller();
	limit_files((rlim_t)next_descriptor());
	for (size_t i = 0; i < LEN(callers); i++) {
		call(callers[i]);
		ck_assert(somebody_waits());
		control_accept(&control);
		ck_assert(!somebody_waits());
		ck_assert_int_eq(recv(callers[i], &byte, 1, MSG_DONTWAIT), 0);
		ck_assert_int_lt(control.client, 0);
	}
	limit_files(100);
	callers[0] = caller();
	call(callers[0]);
	control_accept(&control);
	ck_assert_int_ge(control.client, 0);
	control_close(&control);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_one_at_a_time);
	tcase_add_test(tc, test_no_descriptor);
}

int main(void)
{
	return suite_run("control", add);
}
