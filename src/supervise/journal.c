/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "os/sys.h"
#include "supervise/audit.h"

/*
 * Theory of operation
 *
 * A journal is a file that is empty when nothing is to be undone. It is written twice: what is
 * going to be made, before anything is; then what was made, with the inodes. Its lock (flock(2))
 * lives as long as the process that will undo it: a journal that can be locked belongs to nobody
 * any more, and whoever finds it undoes it. A task takes over the first one that it finds like
 * this: a file system may take a millisecond to make a file after many were removed. An inode that
 * was not written down any more is told by its form and by its time of change, which is not before
 * the one written down; the journal's own moves even if the second writing is cut off.
 *
 * Several tasks may work in one directory. They make and remove under the lock of the directory of
 * journals, one after the other, and each writes down also what it found and counts on: whoever
 * ends leaves to the others what they have in their journals.
 *
 * Nothing is removed by its name alone, and nothing that has become a file or directory of
 * somebody else. Its parent is reached from the top of the tree without following a link.
 */

enum { JOURNAL_MAX = 4 << 20 };

/* What a record begins with; then comes the path with its NUL. Without an inode, dev is a time. */
struct record {
	uint32_t kind, top;
	uint64_t dev, ino;
};

void held_close_dir(struct held_dir *at)
{
	if (at->fd != at->top)
		close_indirect(&at->fd);
	close_indirect(&at->top);
	*at = HELD_DIR_NONE;
}

static int open_top(const struct held *held)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.*s", (int)held->top, held->path);
	return open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int open_below(int top, const struct held *held, size_t n)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	char path[PATH_MAX];

	if (n == held->top)
		return top;
	snprintf(path, sizeof(path), "%.*s", (int)(n - held->top - 1), held->path + held->top + 1);
	return (int)syscall(SYS_openat2, top, path, &how, sizeof(how));
}

int held_open_dir(struct held_dir *at, const struct held *held, const char **name)
{
	const size_t n = (size_t)(strrchr(held->path, '/') - held->path);

	*name = held->path + n + 1;
	if (n >= PATH_MAX)
		return -ENAMETOOLONG;
	if (at->top < 0 || at->n_top != held->top || memcmp(at->path, held->path, held->top) != 0) {
		held_close_dir(at);
		at->top = open_top(held);
	} else if (at->fd >= 0 && at->n == n && !memcmp(at->path, held->path, n)) {
		return at->fd;
	} else if (at->fd != at->top) {
		close_indirect(&at->fd);
	}
	*at = (struct held_dir){
		.top = at->top,
		.fd = at->top < 0 ? -1 : open_below(at->top, held, n),
		.path = held->path,
		.n_top = held->top,
		.n = n,
	};
	return at->fd < 0 ? -errno : at->fd;
}

/* Removes it also from a directory of the caller's that was made unwritable meanwhile. */
static bool remove_from(int dir, const char *name, int flags)
{
	char path[32];
	struct stat st;
	bool done = unlinkat(dir, name, flags) == 0 || errno == ENOTEMPTY;

	if (done || errno != EACCES || fstat(dir, &st) < 0)
		return done;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", dir); /* it is open as O_PATH */
	if (chmod(path, (st.st_mode | S_IWUSR | S_IXUSR) & 07777) < 0)
		return false;
	done = unlinkat(dir, name, flags) == 0 || errno == ENOTEMPTY;
	return chmod(path, st.st_mode & 07777) == 0 && done;
}

/* Whether there is nothing to undo any more, or never will be: it has become somebody else's. */
static bool undo(struct held_dir *at, const struct held *held)
{
	const char *name;
	const int dir = held_open_dir(at, held, &name);
	struct stat st;
	int r = dir < 0 ? dir : fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;

	if (r < 0)
		return r == -ENOENT || r == -ENOTDIR || r == -ELOOP;
	if (st.st_dev != held->dev || st.st_ino != held->ino ||
	    !placeholder_is(held->kind, st.st_mode, (uint64_t)st.st_size))
		return true;
	return remove_from(dir, name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0);
}

/* Takes the next record off @rest. False at the end, and at what is none. */
static bool take(struct str *rest, struct held *held)
{
	struct record record;
	size_t n;

	if (rest->n <= sizeof(record))
		return false;
	memcpy(&record, rest->p, sizeof(record));
	*held = (struct held){ rest->p + sizeof(record), record.top, (enum placeholder)record.kind,
			       record.dev, record.ino };
	n = strnlen(held->path, rest->n - sizeof(record));
	if (n == rest->n - sizeof(record) || record.top + 1 >= n || held->path[0] != '/' ||
	    held->path[record.top] != '/' || record.kind >= N_PLACEHOLDERS)
		return false;
	rest->p += sizeof(record) + n + 1;
	rest->n -= sizeof(record) + n + 1;
	return true;
}

/* What was made for @held and not written down any more: something that is there since then. */
static void guess(struct held *held)
{
	_cleanup_(held_close_dir) struct held_dir at = HELD_DIR_NONE;
	const char *name;
	const int dir = held_open_dir(&at, held, &name);
	struct stat st;

	if (dir < 0 || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_uid != geteuid() ||
	    file_time(st.st_ctim) < (int64_t)held->dev)
		return;
	held->dev = st.st_dev;
	held->ino = st.st_ino;
	held->kind = S_ISDIR(st.st_mode) ? PLACEHOLDER_DIR : held->kind;
}

/* Adds what the journal @fd holds to a list. Returns 1, or 0 if it is empty, or -errno. */
static int read_file(struct journal *j, int fd, struct held **list, size_t *n)
{
	const size_t first = *n;
	struct str text;
	struct stat st;
	struct held held;
	bool known = false;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size == 0)
		return 0;
	r = read_whole(fd, JOURNAL_MAX, &j->arena, &text);
	if (r < 0)
		return r;
	while (take(&text, &held)) {
		known = known || held.ino;
		*arena_push(&j->arena, *list, *n) = held;
	}
	for (size_t i = first; i < *n && !known; i++)
		guess(*list + i);
	return 1;
}

bool journal_shares(const struct journal *j, const struct held *held)
{
	for (size_t i = 0; i < j->n_others; i++)
		if (j->others[i].dev == held->dev && j->others[i].ino == held->ino &&
		    !strcmp(j->others[i].path, held->path))
			return true;
	return false;
}

/* False: what could not be undone has to stay in its journal. */
static bool undo_all(const struct journal *j, const struct held *held, size_t n)
{
	_cleanup_(held_close_dir) struct held_dir at = HELD_DIR_NONE;
	bool all = true;

	while (n-- > 0)
		if (held[n].ino && !journal_shares(j, &held[n]) && !undo(&at, &held[n]))
			all = false;
	return all;
}

/* The journal of a task that is gone. */
struct left {
	const char *name;
	struct held *held;
	size_t n;
	bool written;
};

/* Makes it @j's, which has none. */
static int take_over(struct journal *j, const struct left *left, int *file, struct err *e)
{
	if (left->written && ftruncate(*file, 0) < 0)
		return err_set(e, -errno, "empty the journal of placeholders");
	snprintf(j->name, sizeof(j->name), "%s", left->name);
	j->file = fd_steal(file);
	return 0;
}

/* What could not be undone, the next start tries again. */
static int settle(struct journal *j, const struct left *left, int *file, struct err *e)
{
	if (!undo_all(j, left->held, left->n))
		return 0;
	if (*file >= 0)
		return take_over(j, left, file, e);
	unlinkat(j->dir, left->name, 0);
	return 0;
}

struct turn {
	struct left *left;
	size_t n;
	int file; /* of the first one, which may become a task's */
};

static void end_turn(struct turn *turn)
{
	close_indirect(&turn->file);
}

/* Reads the journal @name, of a task that runs or of one that is gone. */
static int take_file(struct journal *j, struct turn *turn, const char *name)
{
	_cleanup_fd_ int file =
		openat(j->dir, name, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct left *left;
	int r;

	if (file < 0)
		return errno == ENOENT ? 0 : -errno;
	if (flock(file, LOCK_EX | LOCK_NB) < 0)
		return read_file(j, file, &j->others, &j->n_others);
	left = arena_push(&j->arena, turn->left, turn->n);
	*left = (struct left){ .name = arena_strdup(&j->arena, name) };
	r = read_file(j, file, &left->held, &left->n);
	left->written = r > 0;
	if (turn->n == 1 && j->file < 0 && j->name[0] && strlen(name) < sizeof(j->name))
		turn->file = fd_steal(&file);
	return r;
}

/* Each journal but @j's. */
static int take_files(struct journal *j, struct turn *turn)
{
	_Alignas(struct dirent64) char entries[4096];
	ssize_t n = 0;
	int r = lseek(j->dir, 0, SEEK_SET) < 0 ? -errno : 0;

	while (r >= 0 && (n = getdents64(j->dir, entries, sizeof(entries))) > 0)
		for (ssize_t at = 0; at < n && r >= 0;) {
			const struct dirent64 *entry = (void *)(entries + at);
			const char *name = entry->d_name;

			at += entry->d_reclen;
			if (name[0] != '.' && (j->file < 0 || strcmp(name, j->name) != 0))
				r = take_file(j, turn, name);
		}
	return n < 0 ? -errno : r;
}

/*
 * Locks all journals, reads those of others, and undoes what nobody is there for any more. One of
 * these becomes @j's, if it is a task's.
 */
static int take_turn(struct journal *j, struct err *e)
{
	_cleanup_(end_turn) struct turn turn = { .file = -1 };
	int none = -1, r;

	if (flock(j->dir, LOCK_EX) < 0)
		return err_set(e, -errno, "lock the directory of placeholders");
	j->others = NULL;
	j->n_others = 0;
	r = take_files(j, &turn);
	if (r < 0)
		return err_set(e, r, "read the journals of placeholders");
	r = 0;
	for (size_t i = 0; i < turn.n && r == 0; i++)
		r = settle(j, &turn.left[i], i == 0 ? &turn.file : &none, e);
	return r;
}

int journal_open(struct journal *j, const char *state_dir, const char *task, struct err *e)
{
	*j = JOURNAL_NONE;
	snprintf(j->name, sizeof(j->name), "%s", task);
	j->dir = audit_open_state(state_dir, "placeholders", e);
	return j->dir < 0 ? j->dir : take_turn(j, e);
}

int journal_write(struct journal *j, const struct held *held, size_t n, struct err *e)
{
	const uint64_t now = (uint64_t)file_now();
	char *text = NULL;
	size_t at = 0, size = 0;
	int r;

	if (j->file < 0) {
		j->file = openat(j->dir, j->name,
				 O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (j->file < 0 || flock(j->file, LOCK_EX | LOCK_NB) < 0)
			return err_set(e, -errno, "make the journal of placeholders");
	}
	for (size_t i = 0; i < n; i++)
		size += sizeof(struct record) + strlen(held[i].path) + 1;
	text = arena_alloc(&j->arena, size);
	for (size_t i = 0; i < n; i++) {
		const struct record record = { held[i].kind, (uint32_t)held[i].top,
					       held[i].ino ? held[i].dev : now, held[i].ino };

		memcpy(text + at, &record, sizeof(record));
		at += sizeof(record);
		memcpy(text + at, held[i].path, strlen(held[i].path) + 1);
		at += strlen(held[i].path) + 1;
	}
	r = write_all(j->file, text, size);
	return r < 0 ? err_set(e, r, "write the journal of placeholders") : 0;
}

int journal_lock(struct journal *j, struct err *e)
{
	return take_turn(j, e);
}

void journal_unlock(struct journal *j)
{
	flock(j->dir, LOCK_UN);
}

void journal_undo(struct journal *j, const struct held *held, size_t n)
{
	struct err e;

	if (j->file < 0 || take_turn(j, &e) < 0)
		return;
	if (undo_all(j, held, n) && ftruncate(j->file, 0) < 0)
		unlinkat(j->dir, j->name, 0);
	journal_unlock(j);
}

void journal_close(struct journal *j)
{
	close_indirect(&j->file);
	close_indirect(&j->dir);
	arena_fini(&j->arena);
	*j = JOURNAL_NONE;
}
