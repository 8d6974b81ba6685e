/* SPDX-License-Identifier: Apache-2.0 */
#include "os/sys.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

enum { FDS_MAX = 16 };

/* A control message is aligned as its header is. */
union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(FDS_MAX * sizeof(int))];
};

int fds_send(int sock, const void *msg, size_t len, const int *fds, size_t n)
{
	union control control = { 0 };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)msg, .iov_len = len };
	struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t r;

	assert(n <= FDS_MAX);
	if (n) {
		header.msg_control = control.space;
		header.msg_controllen = CMSG_SPACE(n * sizeof(int));
		control.header = (struct cmsghdr){
			.cmsg_len = CMSG_LEN(n * sizeof(int)),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
		};
		memcpy(CMSG_DATA(&control.header), fds, n * sizeof(int));
	}
	do
		r = sendmsg(sock, &header, MSG_NOSIGNAL);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

static void close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

/* Takes the descriptors of @header, at most @cap; what is beyond is closed. Returns how many came.
 */
static size_t take_fds(struct msghdr *header, int *fds, size_t cap)
{
	size_t got = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++, got++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (got < cap)
				fds[got] = fd;
			else
				close(fd);
		}
	}
	return got;
}

static ssize_t receive(int sock, int flags, void *msg, size_t cap, int *fds, size_t *n)
{
	union control control;
	struct iovec iov = { .iov_base = msg, .iov_len = cap };
	struct msghdr header = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};
	size_t room = *n, got;
	ssize_t r;

	*n = 0;
	do
		r = recvmsg(sock, &header, MSG_CMSG_CLOEXEC | flags);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	got = take_fds(&header, fds, room);
	if (got > room || (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
		close_all(fds, got < room ? got : room);
		return -EMSGSIZE;
	}
	*n = got;
	return r;
}

ssize_t fds_receive(int sock, void *msg, size_t cap, int *fds, size_t *n)
{
	return receive(sock, 0, msg, cap, fds, n);
}

ssize_t fds_peek(int sock, void *msg, size_t cap, int *fds, size_t *n)
{
	return receive(sock, MSG_PEEK | MSG_DONTWAIT, msg, cap, fds, n);
}

void close_later(int *fd)
{
	static rlim_t waiting = 128;
	static bool known;
	struct rlimit limit;

	if (!known && getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur / 2 < waiting)
		waiting = limit.rlim_cur / 2;
	known = true;
	if (*fd >= 0 && (rlim_t)*fd >= waiting)
		close(*fd);
}

static int ascending(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

int fds_keep(const int *kept, size_t n)
{
	int sorted[FDS_KEPT_MAX];
	unsigned next = STDERR_FILENO + 1;
	int r = 0;

	assert(n <= LEN(sorted));
	memcpy(sorted, kept, n * sizeof(*kept));
	qsort(sorted, n, sizeof(*sorted), ascending);
	for (size_t i = 0; i < n && r == 0; i++) {
		if (sorted[i] < (int)next)
			continue;
		if (sorted[i] > (int)next)
			r = close_range(next, (unsigned)sorted[i] - 1, 0);
		next = (unsigned)sorted[i] + 1;
	}
	return r < 0 || close_range(next, ~0U, 0) < 0 ? -errno : 0;
}

int64_t file_now(void)
{
	struct timespec t = { 0 };

	clock_gettime(CLOCK_REALTIME_COARSE, &t);
	return file_time(t);
}

static int64_t clock_ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

int64_t now_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

int ms_until(int64_t then)
{
	const int64_t left = then - now_ms();

	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

int64_t date_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

int write_all(int fd, const void *bytes, size_t n)
{
	const char *p = bytes;

	while (n) {
		ssize_t r = write(fd, p, n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		p += r;
		n -= (size_t)r;
	}
	return 0;
}

enum { FIRST = 4096 };

/* There are about @first bytes: in /proc fstat() tells 0, and elsewhere the size may change. */
static int read_all(int fd, size_t first, size_t max, struct arena *arena, struct str *out)
{
	size_t n = 0, cap = 0;
	char *p = NULL;
	ssize_t r;

	for (;;) {
		if (n == cap) {
			size_t more = cap ? 2 * cap : first;

			p = arena_grow(arena, p, n, more + 1);
			cap = more;
		}
		r = read(fd, p + n, cap - n);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			break;
		n += (size_t)r;
		if (n > max)
			return -EFBIG;
	}
	p[n] = '\0';
	*out = (struct str){ p, n };
	return 0;
}

int read_whole(int fd, size_t max, struct arena *arena, struct str *out)
{
	return read_all(fd, FIRST, max, arena, out);
}

int read_regular(int dir, const char *path, int flags, size_t max, struct arena *arena,
		 struct str *out)
{
	_cleanup_fd_ int fd =
		openat(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if ((uint64_t)st.st_size > max)
		return -EFBIG;
	return read_all(fd, (size_t)st.st_size + FIRST, max, arena, out);
}

const char *path_real(const char *path, struct arena *arena)
{
	char *found = arena_strdup(arena, path), *slash, real[PATH_MAX];

	while (!realpath(found, real)) {
		slash = strrchr(found, '/');
		if (slash == found)
			return path;
		*slash = '\0';
	}
	path += strlen(found);
	return arena_printf(arena, "%s%s", real[1] || !*path ? real : "", path);
}

bool process_avoid(pid_t pid, int cpu, cpu_set_t *allowed)
{
	cpu_set_t others;

	if (sched_getaffinity(0, sizeof(*allowed), allowed) < 0)
		return false;
	others = *allowed;
	CPU_CLR(cpu, &others);
	return CPU_COUNT(&others) && sched_setaffinity(pid, sizeof(others), &others) == 0;
}

void process_spread(pid_t pid, int cpu)
{
	cpu_set_t allowed;

	if (process_avoid(pid, cpu, &allowed))
		sched_setaffinity(pid, sizeof(allowed), &allowed);
}
