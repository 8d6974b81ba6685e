/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"

/* Small things about descriptors and processes that the kernel offers and libc does not. */

static inline void close_indirect(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define _cleanup_fd_ _cleanup_(close_indirect)

/*
 * The same for a process that is about to close all that it does not keep, at once: what it has
 * many of waits for that, within the limit that the caller has set.
 */
void close_later(int *fd);
#define _cleanup_later_ _cleanup_(close_later)

static inline int fd_steal(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

/* A time of a file, in nanoseconds since 1970. */
static inline int64_t file_time(struct timespec t)
{
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* What it is of one that changes now, where the file system does not round it. */
int64_t file_now(void);

/* Sends one message with @n descriptors (at most 16). Returns 0 or -errno. */
int fds_send(int sock, const void *msg, size_t len, const int *fds, size_t n);

/*
 * Receives one message of at most @cap bytes and @n descriptors, made O_CLOEXEC. Returns its
 * length, 0 at the end, or -errno. *@n becomes the number received; those are the caller's. A
 * message or a set of descriptors that was cut is -EMSGSIZE, and no descriptor is left open.
 */
ssize_t fds_receive(int sock, void *msg, size_t cap, int *fds, size_t *n);

/* The same of a message that is there already, and stays; its descriptors are new ones. */
ssize_t fds_peek(int sock, void *msg, size_t cap, int *fds, size_t *n);

enum { FDS_KEPT_MAX = 5 };

/* Closes all but the standard descriptors and @kept, of which some may be -1. */
int fds_keep(const int *kept, size_t n);

/* CLOCK_MONOTONIC, in milliseconds, */
int64_t now_ms(void);

/* of which so many are left until then, at least 0, for poll(2), */
int ms_until(int64_t then);

/* and CLOCK_REALTIME, since 1970. */
int64_t date_ms(void);

/* Writes all of it, or returns -errno. */
int write_all(int fd, const void *bytes, size_t n);

/* Reads a whole file of at most @max bytes into @arena, terminated. Returns 0, -EFBIG or -errno. */
int read_whole(int fd, size_t max, struct arena *arena, struct str *out);

/*
 * The same with the regular file at @path below @dir; @flags may be O_NOFOLLOW. -EINVAL: it is
 * none, and nothing was done to it; -EFBIG: it is too large, and was not read.
 */
int read_regular(int dir, const char *path, int flags, size_t max, struct arena *arena,
		 struct str *out);

/* The absolute @path as the kernel sees it: links resolved as far as there is something. */
const char *path_real(const char *path, struct arena *arena);

/*
 * A process that is made or woken is often queued behind the one that does it, for as long as that
 * runs, though another CPU idles (Linux 6.18: in half of all launches, each of which takes a sixth
 * longer then).
 *
 * process_avoid() keeps one of ours, 0: the caller, off @cpu, if there is another: then @allowed is
 * for sched_setaffinity(2), to undo that. process_spread() moves it, and undoes that at once.
 */
bool process_avoid(pid_t pid, int cpu, cpu_set_t *allowed);
void process_spread(pid_t pid, int cpu);
