/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "os/scan.h"
#include "os/scan_find.h"
#include "os/sys.h"

/*
 * Theory of operation
 *
 * What git runs of a git directory is protected (default.ini), but a box that commits has to write
 * in it, and what it leaves there may lead the next git of the host astray: a link at logs/HEAD has
 * git append to what it leads to, a repository at modules/NAME is the submodule of that name, hooks
 * and all, and the list of a rebase may tell to execute something. None of it can be denied without
 * denying git its work, so it is told.
 *
 * New is what changed since the scan of the start began; nobody can set that time (inode(7)).
 * Objects are not looked at: they are named by their content, and git sees to that.
 */

static const struct {
	const char *path, *why;
} states[] = {
	{ "branches/origin", "git fetches and pushes where it says" },
	{ "objects/info/alternates", "git takes objects from where it says" },
	{ "rebase-merge/git-rebase-todo", "git runs what it lists" },
	{ "rebase-merge/strategy", "git runs the program that it names" },
	{ "remotes/origin", "git fetches and pushes where it says" },
	{ "sequencer/opts", "git runs the program that it names" },
};

struct look {
	const struct host *known;
	struct arena arena;
	const char **dir; /* as a queue */
	size_t n;
	struct scan_listener *to;
};

static bool is_new(const struct look *l, const struct stat *st)
{
	const time_t rounded = st->st_ctim.tv_nsec == 0; /* some file systems have no less */

	return file_time(st->st_ctim) + rounded * 1000000000LL >= l->known->scanned;
}

/* Whether @path is or leads to something that is protected in git directories; "" does to all. */
static bool is_protected(const struct matcher *m, const char *path)
{
	for (size_t i = 0; i < m->n_paths; i++)
		if (!m->path[i].hide && str_starts(m->path[i].glob, ".git/") &&
		    (!*path || path_is_below(m->path[i].glob.p + strlen(".git/"), path)))
			return true;
	return false;
}

/* Whether the scan of the start has found the git directory @dir, and what is protected in it. */
static bool is_known(const struct host *known, const char *dir)
{
	const size_t n = strlen(dir);

	for (size_t i = 0; i < known->n_matches; i++) {
		const char *path = known->matches[i].path;

		if (path_is_below(path, dir) && path[n] &&
		    is_protected(&known->matcher, path + n + 1))
			return true;
	}
	return false;
}

/*
 * Whether @dir is where objects lie, by the first two digits of their names: of a git directory
 * that is known, or is told.
 */
static bool is_store(int fd, const char *dir)
{
	return str_ends(str_of(dir), "/objects") &&
	       faccessat(fd, "../HEAD", F_OK, AT_SYMLINK_NOFOLLOW) == 0 &&
	       faccessat(fd, "../refs", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void look_at_entry(struct look *l, int fd, const char *dir, const struct dirent *entry)
{
	const char *path;
	struct stat st;

	if ((entry->d_type != DT_LNK && entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN) ||
	    fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	path = arena_printf(&l->arena, "%s/%s", dir, entry->d_name);
	if (S_ISLNK(st.st_mode) && is_new(l, &st))
		l->to->tell(l->to, path, "a link that git follows");
	/* Without a directory in it, and as it was, it has nothing new (inode(7), st_nlink). */
	if (S_ISDIR(st.st_mode) && (st.st_nlink != 2 || is_new(l, &st)))
		*arena_push(&l->arena, l->dir, l->n) = path;
}

static void look_at_states(struct look *l, int fd, const char *dir)
{
	struct stat st;

	for (size_t i = 0; i < LEN(states); i++)
		if (fstatat(fd, states[i].path, &st, AT_SYMLINK_NOFOLLOW) == 0 && is_new(l, &st))
			l->to->tell(l->to, arena_printf(&l->arena, "%s/%s", dir, states[i].path),
				    states[i].why);
}

static int look_in(struct look *l, const char *dir, bool top)
{
	const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	unsigned parts = 0;
	bool store;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : -errno;
	if (!stream) {
		close(fd);
		return -ENOMEM;
	}
	store = is_store(fd, dir);
	while ((entry = readdir(stream))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
		    (store && entry->d_type == DT_DIR && strlen(entry->d_name) == 2))
			continue;
		parts |= find_bare_part(entry->d_name);
		look_at_entry(l, fd, dir, entry);
	}
	if (top || (find_is_bare(parts) && is_known(l->known, dir)))
		look_at_states(l, fd, dir);
	else if (find_is_bare(parts))
		l->to->tell(l->to, arena_printf(&l->arena, "%s/HEAD", dir), "a git directory");
	closedir(stream);
	return 0;
}

static void add(struct look *l, const char *workspace, const char *dir, const char *git)
{
	*arena_push(&l->arena, l->dir, l->n) =
		arena_printf(&l->arena, "%s%s%s%s", workspace, *dir ? "/" : "", dir, git);
}

int scan_git(const struct host *known, struct scan_listener *to)
{
	const char *elsewhere = known->commondir ? known->commondir : known->gitdir;
	struct look l = { .known = known, .to = to };
	size_t tops;
	int r = 0, failed = 0;

	if (!is_protected(&known->matcher, ""))
		return 0;
	add(&l, known->workspace, "", "/.git");
	if (elsewhere)
		add(&l, elsewhere, "", "");
	for (size_t i = 0; i < known->n_repositories; i++)
		if (*known->repositories[i])
			add(&l, known->workspace, known->repositories[i], "/.git");
	for (size_t i = 0; i < known->n_bare; i++)
		add(&l, known->workspace, known->bare[i], "");
	tops = l.n;
	for (size_t i = 0; i < l.n; i++) {
		r = look_in(&l, l.dir[i], i < tops);
		failed = r < 0 ? r : failed;
	}
	arena_fini(&l.arena);
	return failed;
}
