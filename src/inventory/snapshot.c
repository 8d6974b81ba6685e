/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory/snapshot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "os/sys.h"
#include "policy/match.h"
#include "wire/tar.h"

enum {
	FILE_MAX = 64 << 20,
	TOTAL_MAX = 256 << 20,
	BASELINE_MAX = TOTAL_MAX + (64 << 20),
	FILES_MAX = 4096,
	DIRS_MAX = 1 << 20,
};

struct walk {
	struct snapshot *s;
	struct watch_index names;
	struct matcher hidden;
	int top;
	const char **dir;
	size_t n_dirs, total;
};

static struct str dir_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return (struct str){ path, slash ? (size_t)(slash - path) : 0 };
}

static struct file *add(struct snapshot *s, const struct watch_index *names, const char *path)
{
	const struct str dir = dir_of(path);
	const struct str name = str_of(path + dir.n + (dir.n > 0));
	const struct watched *row = watch_find(names, dir, name);
	struct file *file;

	if (!row || s->n == FILES_MAX)
		return NULL;
	file = arena_push(s->arena, s->file, s->n);
	*file = (struct file){ .path = path, .row = row };
	file->lock.arena = s->arena;
	file->lock.dir = dir;
	return file;
}

static int by_path(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static void sort(struct snapshot *s)
{
	if (s->n)
		qsort(s->file, s->n, sizeof(*s->file), by_path);
}

int snapshot_read(struct snapshot *s, int fd, struct err *e)
{
	struct watch_index names;
	struct tar_entry entry;
	struct str rest, content;
	int r = read_whole(fd, BASELINE_MAX, s->arena, &rest);

	if (r < 0)
		return err_set(e, r, "read the baseline");
	watch_index(&names);
	while ((r = tar_next(&rest, &entry, &content)) == 0) {
		struct file *file =
			add(s, &names, arena_strndup(s->arena, entry.path.p, entry.path.n));

		if (!file)
			continue;
		file->kind = entry.target.n ? FILE_LINK : FILE_REGULAR;
		file->text = entry.target.n ? entry.target : content;
	}
	sort(s);
	return r == TAR_E_END ? 0 : err_say(e, -EPROTO, "the baseline is damaged");
}

static void read_file(struct walk *w, struct file *file)
{
	const size_t left = TOTAL_MAX - w->total, max = left < FILE_MAX ? left : FILE_MAX;

	file->kind = FILE_UNREAD;
	if (read_regular(w->top, file->path, O_NOFOLLOW, max, w->s->arena, &file->text) < 0)
		return;
	w->total += file->text.n;
	file->kind = FILE_REGULAR;
}

static void read_link(struct walk *w, struct file *file)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(w->top, file->path, target, sizeof(target));

	file->kind = n > 0 ? FILE_LINK : FILE_UNREAD;
	if (n > 0)
		file->text =
			(struct str){ arena_strndup(w->s->arena, target, (size_t)n), (size_t)n };
}

static bool is_hidden(const struct walk *w, const char *path, struct str name)
{
	const struct pattern *pattern = match_name(&w->hidden, name);

	if (!pattern || !pattern->hide)
		pattern = match_path(&w->hidden, path);
	for (size_t i = 0; i < w->hidden.n_paths && !(pattern && pattern->hide); i++)
		if (str_eq_nocase(w->hidden.path[i].glob, str_of(path)))
			pattern = &w->hidden.path[i];
	return pattern && pattern->hide;
}

static unsigned char type_of(int dir, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type;
	return fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? DT_UNKNOWN
									 : IFTODT(st.st_mode);
}

static void take_dir(struct walk *w, const char *path, struct str name)
{
	const enum dir_kind kind = match_dir(name);

	if (kind == DIR_PACKAGES)
		*arena_push(w->s->arena, w->s->tree, w->s->n_trees) = path;
	else if (kind == DIR_PLAIN && !str_eq_nocase(name, STR(".git")) && w->n_dirs < DIRS_MAX)
		*arena_push(w->s->arena, w->dir, w->n_dirs) = path;
}

static void take(struct walk *w, const char *dir, int fd, const struct dirent *entry)
{
	const struct str name = str_of(entry->d_name);
	const unsigned char type = type_of(fd, entry);
	const bool wanted = (type == DT_REG || type == DT_LNK || type == DT_FIFO) &&
			    watch_find(&w->names, str_of(dir), name);
	struct file *file;
	const char *path;

	if (!wanted && type != DT_DIR)
		return;
	path = *dir ? arena_printf(w->s->arena, "%s/%s", dir, entry->d_name)
		    : arena_strdup(w->s->arena, entry->d_name);
	if (is_hidden(w, path, name))
		return;
	if (type == DT_DIR) {
		take_dir(w, path, name);
		return;
	}
	file = add(w->s, &w->names, path);
	if (file && type == DT_LNK)
		read_link(w, file);
	else if (file)
		read_file(w, file);
}

static void read_dir(struct walk *w, const char *dir)
{
	int fd = openat(w->top, *dir ? dir : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (fd >= 0 && !stream)
		close(fd);
	while (stream && (entry = readdir(stream)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			take(w, dir, fd, entry);
	if (stream)
		closedir(stream);
}

/* The box is gone: nobody changes what is walked through, but perhaps another task. */
int snapshot_walk(struct snapshot *s, int workspace, const struct policy *policy, struct err *e)
{
	struct walk w = { .s = s, .top = workspace };

	watch_index(&w.names);
	match_init(&w.hidden, policy, s->arena);
	*arena_push(s->arena, w.dir, w.n_dirs) = "";
	for (size_t i = 0; i < w.n_dirs; i++)
		read_dir(&w, w.dir[i]);
	sort(s);
	return s->n == FILES_MAX
		       ? err_say(e, -E2BIG, "there are more than %d lock files", FILES_MAX - 1)
		       : 0;
}

bool snapshot_lock(const struct snapshot *s, struct file *file)
{
	(void)s;
	if (file->row->format == LOCK_NONE || file->kind != FILE_REGULAR)
		return false;
	if (!file->read)
		file->wrong = lock_read(file->row->format, file->text, &file->lock);
	file->read = true;
	return !file->wrong;
}
