/* SPDX-License-Identifier: Apache-2.0 */
#include "os/dirwatch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/mem.h"
#include "os/sys.h"

enum { EVENTS_SIZE = 64 * 1024 };

void dirwatch_miss(struct dirwatch *d, int error)
{
	d->missed++;
	d->error = error;
}

void dirwatch_open(struct dirwatch *d)
{
	*d = DIRWATCH_NONE;
	d->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (d->fd < 0)
		dirwatch_miss(d, -errno);
}

static int by_wd(const void *a, const void *b)
{
	const struct watched_dir *x = a, *y = b;

	return x->wd - y->wd;
}

static struct watched_dir *find(const struct dirwatch *d, int wd)
{
	const struct watched_dir key = { .wd = wd };

	return d->n ? bsearch(&key, d->dir, d->n, sizeof(key), by_wd) : NULL;
}

/* Numbers are handed out in their order and not used twice (inotify(7)): @dir stays sorted. */
static void drop_gone(struct dirwatch *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		if (d->dir[i].path)
			d->dir[n++] = d->dir[i];
	d->n = n;
	d->n_gone = 0;
}

static bool make_room(struct dirwatch *d)
{
	struct watched_dir *grown;

	if (d->n_gone > d->n / 2)
		drop_gone(d);
	if (d->n < d->room)
		return true;
	grown = realloc(d->dir, (2 * d->room + 64) * sizeof(*grown));
	if (!grown)
		return false;
	d->room = 2 * d->room + 64;
	d->dir = grown;
	return true;
}

/* A directory that was removed since it was opened: nothing can come into being in it. */
static bool is_gone(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_nlink == 0;
}

void dirwatch_add(struct dirwatch *d, int fd, const char *path, uint32_t mask)
{
	struct watched_dir *known;
	char magic[64];
	int wd, r;

	if (d->n - d->n_gone >= DIRWATCH_MAX || !make_room(d)) {
		dirwatch_miss(d, -E2BIG);
		return;
	}
	snprintf(magic, sizeof(magic), "/proc/self/fd/%d", fd);
	wd = inotify_add_watch(d->fd, magic, mask | IN_MASK_ADD);
	if (wd < 0) {
		r = -errno;
		if (!is_gone(fd))
			dirwatch_miss(d, r);
		return;
	}
	known = find(d, wd);
	if (!known) {
		known = &d->dir[d->n++];
		*known = (struct watched_dir){ .wd = wd };
	}
	free(known->path);
	known->path = strdup(path);
}

void dirwatch_add_path(struct dirwatch *d, const char *path, uint32_t mask)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	_cleanup_fd_ int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));

	if (fd >= 0)
		dirwatch_add(d, fd, path, mask);
	else if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
		dirwatch_miss(d, -errno);
}

static void forget(struct dirwatch *d, struct watched_dir *gone)
{
	free(gone->path);
	gone->path = NULL;
	d->n_gone++;
}

static void take(struct dirwatch *d, const struct inotify_event *event,
		 struct dirwatch_listener *listener)
{
	struct watched_dir *at = event->wd < 0 ? NULL : find(d, event->wd);

	if (event->mask & IN_Q_OVERFLOW) {
		d->lost = true;
	} else if (at && at->path && event->mask & IN_IGNORED) {
		forget(d, at);
	} else if (at && at->path && event->len) {
		/* The listener may add directories, which moves and renames those there are. */
		_cleanup_free_ char *dir = strdup(at->path);

		if (dir)
			listener->happened(listener, dir, event->name, event->mask);
		else
			d->lost = true;
	}
}

bool dirwatch_read(struct dirwatch *d, struct dirwatch_listener *listener)
{
	_Alignas(struct inotify_event) char events[EVENTS_SIZE];
	ssize_t n = read(d->fd, events, sizeof(events));

	for (ssize_t at = 0; at < n;) {
		const struct inotify_event *event =
			(const struct inotify_event *)(const void *)(events + at);

		take(d, event, listener);
		at += (ssize_t)(sizeof(*event) + event->len);
	}
	return n > 0;
}
