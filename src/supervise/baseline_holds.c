/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "eco/watch.h"
#include "os/parallel.h"
#include "os/sys.h"
#include "os/trees.h"
#include "policy/match.h"
#include "supervise/baseline.h"

/*
 * Most commands change no lock file, and then no process has to be started to find that out: a file
 * whose inode has not changed since it was copied is as it was, for nobody but the kernel sets the
 * time of such a change (st_ctime, inode(7)), and a directory that has not changed has no new entry.
 * One that has changed is read, as every box changes the top of its workspace by its placeholders:
 * what counts are directories and watched names that the scan did not see.
 */

static bool same_file(int top, const char *path, const struct stamp *stamp)
{
	struct stat st;

	return stamp->changed && fstatat(top, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_ino == stamp->inode && (uint64_t)st.st_size == stamp->size &&
	       file_time(st.st_ctim) == stamp->changed;
}

static bool was_watched(const struct host *host, const char *path)
{
	for (size_t i = 0; i < host->n_watched; i++)
		if (!strcmp(host->watched[i], path))
			return true;
	return false;
}

static bool was_tree(const struct host *host, const char *path)
{
	for (size_t i = 0; i < host->n_trees; i++)
		if (!strcmp(host->trees[i], path))
			return true;
	return false;
}

static bool was_dir(const struct host *host, const char *path)
{
	for (size_t i = 0; i < host->n_dirs; i++)
		if (!strcmp(host->dirs[i].path, path))
			return true;
	return false;
}

/* A socket is nothing that anybody reads: placeholders are some. */
static bool is_old(const struct host *host, const struct watch_index *names, const char *dir,
		   const struct dirent *entry)
{
	const struct str name = str_of(entry->d_name);
	char path[PATH_MAX];

	if (entry->d_type == DT_SOCK || str_is(name, ".") || str_is(name, ".."))
		return true;
	if (entry->d_type == DT_UNKNOWN ||
	    snprintf(path, sizeof(path), "%s%s%s", dir, *dir ? "/" : "", entry->d_name) >=
		    (int)sizeof(path))
		return false;
	if (entry->d_type == DT_DIR)
		return match_dir(name) == DIR_BUILD || str_eq_nocase(name, STR(".git")) ||
		       (match_dir(name) == DIR_PACKAGES ? was_tree : was_dir)(host, path);
	return !watch_find(names, str_of(dir), name) || was_watched(host, path);
}

static bool same_entries(const struct host *host, const struct watch_index *names, int top,
			 const char *dir)
{
	int fd = openat(top, *dir ? dir : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	bool same = stream != NULL;

	while (same && (entry = readdir(stream)))
		same = is_old(host, names, dir, entry);
	if (stream)
		closedir(stream);
	else if (fd >= 0)
		close(fd);
	return same;
}

/* Directories, and which of them have not changed, or are gone with what was watched in them. */
struct looking {
	const struct host *host;
	int top;
	bool *same;
};

static void look_at(void *of, size_t i)
{
	const struct looking *looking = of;
	const struct host_dir *dir = &looking->host->dirs[i];
	struct stat st;

	if (fstatat(looking->top, *dir->path ? dir->path : ".", &st, AT_SYMLINK_NOFOLLOW) < 0)
		looking->same[i] = errno == ENOENT;
	else
		looking->same[i] = dir->changed && file_time(st.st_ctim) == dir->changed;
}

static bool same_dirs(const struct host *host, int top)
{
	_cleanup_free_ bool *same = calloc(host->n_dirs + 1, sizeof(*same));
	struct watch_index names;
	bool holds = same != NULL;

	watch_index(&names);
	if (same)
		parallel_each(host->n_dirs, look_at, &(struct looking){ host, top, same });
	for (size_t i = 0; i < host->n_dirs && holds; i++)
		holds = same[i] || same_entries(host, &names, top, host->dirs[i].path);
	return holds;
}

static bool same_trees(const struct baseline *b, const struct host *host, int top)
{
	for (size_t i = 0; i < host->n_trees; i++) {
		const int64_t changed = trees_walk(top, host->trees[i], NULL);

		if (changed == 0 || changed >= b->began)
			return false;
	}
	return true;
}

bool baseline_holds(const struct baseline *b, const struct host *host)
{
	_cleanup_fd_ int top = open(host->workspace, O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool holds = top >= 0 && b->stamp;

	for (size_t i = 0; i < host->n_watched && holds; i++)
		holds = same_file(top, host->watched[i], &b->stamp[i]);
	return holds && same_dirs(host, top) && same_trees(b, host, top);
}
