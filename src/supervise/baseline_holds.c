/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "os/sys.h"
#include "os/trees.h"
#include "supervise/baseline.h"

/*
 * Most commands change no lock file, and then no process has to be started to find that out: a file
 * whose inode has not changed since it was copied is as it was, for nobody but the kernel sets the
 * time of such a change (st_ctime, inode(7)).
 */
static bool same_file(int top, const char *path, const struct stamp *stamp)
{
	struct stat st;

	return stamp->changed && fstatat(top, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_ino == stamp->inode && (uint64_t)st.st_size == stamp->size &&
	       file_time(st.st_ctim) == stamp->changed;
}

/* @i: where it most likely stands, for directories are read in the same order again. */
static bool was(const char *const *list, size_t n, const char *path, size_t i)
{
	if (i < n && !strcmp(list[i], path))
		return true;
	for (i = 0; i < n; i++)
		if (!strcmp(list[i], path))
			return true;
	return false;
}

static bool same_list(const char *const *list, size_t n, const char *const *now, size_t n_now)
{
	bool same = n == n_now;

	for (size_t i = 0; i < n && same; i++)
		same = was(list, n, now[i], i);
	return same;
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

bool baseline_holds(const struct baseline *b, const struct host *host, const struct host *now)
{
	_cleanup_fd_ int top = open(host->workspace, O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool holds = top >= 0 && b->stamp &&
		     same_list(host->watched, host->n_watched, now->watched, now->n_watched) &&
		     same_list(host->trees, host->n_trees, now->trees, now->n_trees);

	for (size_t i = 0; i < host->n_watched && holds; i++)
		holds = same_file(top, host->watched[i], &b->stamp[i]);
	return holds && same_trees(b, host, top);
}
