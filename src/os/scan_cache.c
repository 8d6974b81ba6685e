/* SPDX-License-Identifier: Apache-2.0 */
#include "os/scan_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/vfs.h>

#include "os/parallel.h"
#include "os/sys.h"

/*
 * Theory of operation
 *
 * To read a directory costs ten microseconds, to look whether it has changed two. So a scan of a
 * large workspace saves for each directory what in it counts, and the next one reads only those
 * whose time of change is another; the one at the end of a box has it in memory. The kernel sets
 * that time with every entry that is made, removed or renamed; nobody can set it to what he
 * likes, which is why it is asked and not the time of modification. Its clock ticks, and of some
 * file systems only every two seconds: a directory that had changed shortly before it was read
 * is read again. File systems that do not keep the time themselves (over a network, or in a
 * process) are not trusted, nor what is mounted in the workspace.
 *
 * What was saved depends on the patterns; they are part of the key. Whatever is not as it should be
 * in the file makes it void. It lies in the state directory, where no box writes.
 */

enum {
	SETTLED_S = 3,	     /* so old a change is not followed by one of the same time */
	CACHE_MAX = 1 << 28, /* bytes */
	NEAR = 64,	     /* names to look at for one: their order hardly changes */
};

static const char magic[8] = "scan 4\n";

/* How a file begins; then come the key, padded to 8 bytes, the directories, and the text. */
struct header {
	char magic[8];
	uint32_t key, n, size, unused;
};

static const long trusted[] = { EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC, TMPFS_MAGIC,
				F2FS_SUPER_MAGIC };

static bool keeps_time(int top)
{
	struct statfs fs;

	if (fstatfs(top, &fs) < 0)
		return false;
	for (size_t i = 0; i < LEN(trusted); i++)
		if (fs.f_type == trusted[i])
			return true;
	return false;
}

void scan_cache_identify(struct scan_dir *dir, int fd)
{
	const int64_t settled = file_now() - SETTLED_S * 1000000000LL;
	struct stat st;

	if (fstat(fd, &st) < 0 || file_time(st.st_ctim) > settled)
		return;
	dir->ino = st.st_ino;
	dir->changed = file_time(st.st_ctim);
}

/* What is found in a directory that does not change depends on these, and on this program. */
static struct str key_of(const struct host *host, bool watch)
{
	static char space[64 * 1024];
	const struct matcher *m = &host->matcher;
	struct buf key = BUF(space);

	buf_printf(&key, "%s\n%s\n%d\n", VERSION, host->workspace, watch);
	for (size_t i = 0; i < m->n_names; i++)
		buf_printf(&key, "%d %.*s\n", m->name[i].hide, (int)m->name[i].glob.n,
			   m->name[i].glob.p);
	for (size_t i = 0; i < m->n_paths; i++)
		buf_printf(&key, "%d %.*s\n", m->path[i].hide, (int)m->path[i].glob.n,
			   m->path[i].glob.p);
	return key.full ? (struct str){ 0 } : (struct str){ key.p, key.n };
}

/* FNV-1a: only a name. The key itself is in the file. */
static const char *name_of(struct host *host, struct str key)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < key.n; i++)
		hash = (hash ^ (unsigned char)key.p[i]) * UINT64_C(0x100000001b3);
	return arena_printf(&host->arena, "%s/%016llx", host->scans, (unsigned long long)hash);
}

static size_t padded(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

/* Every part of the text ends in it, and each directory comes once, after the one it lies in. */
static bool is_sound(const struct scan_cache *c)
{
	uint64_t next = 1;

	if (c->n == 0 || c->size == 0 || c->text[c->size - 1])
		return false;
	for (uint32_t i = 0; i < c->n; i++) {
		const struct scan_dir *d = &c->dir[i];
		const uint64_t end = (uint64_t)d->entries + d->size;

		if (d->path >= c->size || end > c->size || (d->size && c->text[end - 1]) ||
		    (d->n && (d->child != next || d->child <= i)))
			return false;
		next += d->n;
	}
	return next == c->n;
}

static bool read_cache(struct scan_cache *c, int fd, struct str key)
{
	struct header header;
	struct stat st;
	char *bytes;
	size_t before, size;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    st.st_mode & (S_IWGRP | S_IWOTH) || st.st_size > CACHE_MAX ||
	    read(fd, &header, sizeof(header)) != sizeof(header) ||
	    memcmp(header.magic, magic, sizeof(magic)) != 0 || header.key != key.n)
		return false;
	before = padded(key.n);
	size = before + (size_t)header.n * sizeof(struct scan_dir) + header.size;
	if ((uint64_t)st.st_size != sizeof(header) + size)
		return false;
	bytes = arena_alloc(c->arena, size);
	if (read(fd, bytes, size) != (ssize_t)size || memcmp(bytes, key.p, key.n) != 0)
		return false;
	c->n = header.n;
	c->size = header.size;
	c->dir = (struct scan_dir *)(void *)(bytes + before);
	c->text = bytes + size - header.size;
	return is_sound(c);
}

struct comparison {
	struct scan_cache *c;
	int top;
	dev_t dev;
};

static void compare(void *of, size_t i)
{
	const struct comparison *with = of;
	const struct scan_dir *d = &with->c->dir[i];
	const char *path = with->c->text + d->path;
	struct stat st;

	with->c->same[i] = d->ino &&
			   fstatat(with->top, *path ? path : ".", &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			   st.st_ino == d->ino && S_ISDIR(st.st_mode) && st.st_dev == with->dev &&
			   file_time(st.st_ctim) == d->changed;
}

static void leave(struct scan_cache *c, struct host *host)
{
	c->same = arena_alloc(&host->arena, c->n * sizeof(*c->same));
	host->remembered = arena_alloc(&host->arena, sizeof(*c));
	*host->remembered = *c;
}

static void load(struct host *host, bool watch)
{
	const struct str key = key_of(host, watch);
	struct scan_cache c = { .arena = &host->arena, .watch = watch };
	_cleanup_fd_ int fd =
		open(name_of(host, key), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	host->remembered = NULL;
	if (fd >= 0 && key.n && read_cache(&c, fd, key))
		leave(&c, host);
}

void scan_cache_load(struct scan_cache *c, struct host *host, bool watch, int top)
{
	struct stat st;

	*c = (struct scan_cache){ 0 };
	if (!keeps_time(top) || fstat(top, &st) < 0)
		return;
	if (!host->remembered || host->remembered->watch != watch)
		load(host, watch);
	if (!host->remembered)
		return;
	*c = *host->remembered;
	parallel_each(c->n, compare, &(struct comparison){ c, top, st.st_dev });
	for (uint32_t i = 0; i < c->n; i++)
		c->changed += !c->same[i];
}

/* Whether @path is @name in @dir. */
static bool is_in(const char *path, const char *dir, const char *name)
{
	const size_t n = strlen(dir);

	return !strncmp(path, dir, n) && (n == 0 || path[n] == '/') &&
	       !strcmp(path + n + (n > 0), name);
}

uint32_t scan_cache_child(const struct scan_cache *c, uint32_t dir, const char *name,
			  uint32_t *near)
{
	const struct scan_dir *d = dir ? &c->dir[dir - 1] : NULL;

	for (uint32_t i = 0; d && i < d->n && i < NEAR; i++) {
		const uint32_t at = (*near + i) % d->n;

		if (!is_in(c->text + c->dir[d->child + at].path, c->text + d->path, name))
			continue;
		*near = at + 1;
		return d->child + at + 1;
	}
	return 0;
}

uint32_t scan_cache_note(struct scan_cache *c, const void *bytes, size_t n)
{
	const uint32_t at = c->size;

	if (at + n > c->room) {
		c->room = (uint32_t)(2 * (at + n) + 4096);
		c->text = arena_grow(c->arena, c->text, at, c->room);
	}
	memcpy(c->text + at, bytes, n);
	c->size += (uint32_t)n;
	return at;
}

static bool write_cache(const struct scan_cache *c, int fd, struct str key)
{
	struct header header = { .key = (uint32_t)key.n, .n = c->n, .size = c->size };
	char none[8] = { 0 };
	struct iovec parts[] = {
		{ &header, sizeof(header) },
		{ (void *)(uintptr_t)key.p, key.n },
		{ none, padded(key.n) - key.n },
		{ c->dir, c->n * sizeof(*c->dir) },
		{ c->text, c->size },
	};
	ssize_t size = 0;

	memcpy(header.magic, magic, sizeof(magic));
	for (size_t i = 0; i < LEN(parts); i++)
		size += (ssize_t)parts[i].iov_len;
	return size <= CACHE_MAX && writev(fd, parts, LEN(parts)) == size;
}

void scan_cache_save(struct scan_cache *c, struct host *host)
{
	const struct str key = key_of(host, c->watch);
	const char *name = name_of(host, key);
	const char *fresh = arena_printf(&host->arena, "%s.%d", name, (int)getpid());
	_cleanup_fd_ int fd = -1;

	leave(c, host);
	if (!key.n || (mkdir(host->scans, 0700) < 0 && errno != EEXIST))
		return;
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0 && (!write_cache(c, fd, key) || rename(fresh, name) < 0))
		unlink(fresh);
}
