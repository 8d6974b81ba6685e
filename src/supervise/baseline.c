/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/baseline.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "os/sys.h"
#include "wire/tar.h"

/*
 * Theory of operation
 *
 * What the repository says about its dependencies, and what builds obey, has to be known as it was
 * before the command: git's idea of it is one that the command can change. The names were found by
 * the scan for hide= and protect=; here the files are copied, while init builds the box and there
 * is nothing else to do. They are small and few: a package-lock.json of 500 kB costs a quarter of a
 * millisecond, beside the two of the box. The bytes go from file to file in the kernel, for the
 * supervisor reads nothing that others wrote. What they mean is found out by another process, after
 * the command: inventory/.
 */

enum { FILES_MAX = 4096 };

struct copying {
	int workspace, out;
	uint64_t size;
	int64_t now; /* before anything was copied */
	struct err *e;
};

/* Without following a link anywhere: the command of another task may be at work here. */
static int open_below(int dir, const char *path, uint64_t flags)
{
	struct open_how how = {
		.flags = flags | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};

	return (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

static int write_failed(struct copying *b, int r)
{
	return err_set(b->e, r, "copy lock files");
}

static int put_head(struct copying *b, const struct tar_entry *entry)
{
	char space[TAR_HEAD_MAX];
	struct buf head = BUF(space);
	int r;

	tar_head(entry, &head);
	if (head.full)
		return write_failed(b, -ENAMETOOLONG);
	r = write_all(b->out, head.p, head.n);
	return r < 0 ? write_failed(b, r) : 0;
}

/* As many bytes as the head says, whatever happens to the file meanwhile. */
static int put_content(struct copying *b, int fd, uint64_t size)
{
	static const char zeros[64 * 1024];
	uint64_t left = size + tar_padding(size), copied = 0;
	int r = 0;

	while (copied < size) {
		ssize_t n = sendfile(b->out, fd, NULL, size - copied);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG))
			return write_failed(b, -errno);
		if (n <= 0)
			break;
		copied += (uint64_t)n;
	}
	for (left -= copied; left && r == 0; left -= left < sizeof(zeros) ? left : sizeof(zeros))
		r = write_all(b->out, zeros, left < sizeof(zeros) ? left : sizeof(zeros));
	return r < 0 ? write_failed(b, r) : 0;
}

static int put_link(struct copying *b, const struct tar_entry *entry, int fd)
{
	char target[PATH_MAX];
	struct tar_entry link = *entry;
	ssize_t n = readlinkat(fd, "", target, sizeof(target));

	if (n <= 0 || n == sizeof(target))
		return 0;
	link.size = 0;
	link.target = (struct str){ target, (size_t)n };
	return put_head(b, &link);
}

static int put_file(struct copying *b, const struct tar_entry *entry)
{
	_cleanup_fd_ int fd =
		open_below(b->workspace, entry->path.p, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	int r;

	if (fd < 0)
		return 0;
	r = put_head(b, entry);
	if (r == 0)
		r = put_content(b, fd, entry->size);
	b->size += entry->size;
	return r;
}

static void note(struct copying *b, const struct stat *st, struct stamp *stamp)
{
	*stamp = (struct stamp){ .inode = st->st_ino, .size = (uint64_t)st->st_size };
	if (file_time(st->st_ctim) < b->now)
		stamp->changed = file_time(st->st_ctim);
}

static int put(struct copying *b, const char *path, struct stamp *stamp)
{
	_cleanup_fd_ int fd = open_below(b->workspace, path, O_PATH);
	struct tar_entry entry = { .path = str_of(path) };
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return 0;
	note(b, &st, stamp);
	entry.mode = st.st_mode & 07777;
	entry.size = (uint64_t)st.st_size;
	entry.mtime = st.st_mtime > 0 ? (uint64_t)st.st_mtime : 0;
	if (S_ISLNK(st.st_mode))
		return put_link(b, &entry, fd);
	if (!S_ISREG(st.st_mode) || entry.size > BASELINE_FILE_MAX ||
	    b->size + entry.size > BASELINE_MAX)
		return 0;
	return put_file(b, &entry);
}

int baseline_take(struct baseline *b, const struct host *host, const char *task_dir, struct err *e)
{
	static const char end[2 * TAR_BLOCK];
	char path[PATH_MAX + sizeof("/baseline.tar")];
	int r = 0;

	snprintf(path, sizeof(path), "%s/baseline.tar", task_dir);
	_cleanup_fd_ int workspace = open(host->workspace, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_fd_ int out = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct copying c = { .workspace = workspace, .out = out, .now = file_now(), .e = e };

	if (workspace < 0)
		return err_set(e, -errno, "open %s", host->workspace);
	if (out < 0)
		return err_set(e, -errno, "make %s", path);
	b->began = c.now;
	b->stamp = arena_alloc(&b->arena, host->n_watched * sizeof(*b->stamp));
	for (size_t i = 0; i < host->n_watched && i < FILES_MAX && r == 0; i++)
		r = put(&c, host->watched[i], &b->stamp[i]);
	if (r < 0)
		return r;
	r = write_all(out, end, sizeof(end));
	return r < 0 ? write_failed(&c, r) : 0;
}

void baseline_fini(struct baseline *b)
{
	arena_fini(&b->arena);
}
