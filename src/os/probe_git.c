/* SPDX-License-Identifier: Apache-2.0 */
#include "os/probe_git.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/sys.h"

enum { POINTER_MAX = PATH_MAX + 64, CONFIG_MAX = 1 << 20 };

/* The text of a small file, without its line end. Returns 0, or a negative errno: -ENOENT is usual.
 */
static int read_text(struct arena *arena, const char *path, size_t max, struct str *text)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	int r;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -EINVAL;
	r = read_whole(fd, max, arena, text);
	while (r == 0 && text->n && text->p[text->n - 1] == '\n')
		text->n--;
	return r;
}

/* @text as a path, relative to @dir if it is relative; NULL if there is nothing like that. */
static char *resolve(struct host *host, const char *dir, struct str text)
{
	const char *joined =
		text.n && text.p[0] == '/'
			? arena_strndup(&host->arena, text.p, text.n)
			: arena_printf(&host->arena, "%s/%.*s", dir, (int)text.n, text.p);
	_cleanup_free_ char *real = realpath(joined, NULL);

	return real ? arena_strdup(&host->arena, real) : NULL;
}

/* A worktree's directory holds a file "gitdir" that names the .git file of the worktree. */
static bool worktree_points_back(struct host *host, const char *gitdir)
{
	const char *file = arena_printf(&host->arena, "%s/gitdir", gitdir);
	const char *expected = arena_printf(&host->arena, "%s/.git", host->workspace);
	struct str text;
	const char *back;

	if (read_text(&host->arena, file, POINTER_MAX, &text) < 0)
		return false;
	back = resolve(host, gitdir, text);
	return back && !strcmp(back, expected);
}

/* A submodule's config has "worktree = PATH", relative to the directory that holds it. */
static bool submodule_points_back(struct host *host, const char *gitdir)
{
	const char *file = arena_printf(&host->arena, "%s/config", gitdir), *back;
	struct str rest, line, key, value;

	if (read_text(&host->arena, file, CONFIG_MAX, &rest) < 0)
		return false;
	while (rest.n) {
		str_cut(rest, '\n', &line, &rest);
		if (!str_cut(str_trim(line), '=', &key, &value) ||
		    !str_is(str_trim(key), "worktree"))
			continue;
		back = resolve(host, gitdir, str_trim(value));
		return back && !strcmp(back, host->workspace);
	}
	return false;
}

/*
 * Whether @gitdir is where git puts what belongs to a worktree of the repository at @commondir. A
 * box can write pointers that agree with each other in its own workspace, and if that lies in a
 * directory "worktrees" they could name the one above; but it cannot make that a repository.
 */
static bool is_worktree_of(struct host *host, const char *gitdir, const char *commondir)
{
	static const char *const parts[] = { "HEAD", "objects", "refs" };
	const char *place = arena_printf(&host->arena, "%s/worktrees/", commondir);

	if (!str_starts(str_of(gitdir), place) || strchr(gitdir + strlen(place), '/') ||
	    path_is_below(gitdir, host->workspace))
		return false;
	for (size_t i = 0; i < LEN(parts); i++)
		if (access(arena_printf(&host->arena, "%s/%s", commondir, parts[i]), F_OK) < 0)
			return false;
	return true;
}

static int lies(const struct host *host, const char *what, struct err *e)
{
	return err_say(e, -EINVAL,
		       "%s/.git names a git directory that %s; repair it with git worktree repair "
		       "or git submodule absorbgitdirs, or give the repository itself as workspace",
		       host->workspace, what);
}

int probe_git(struct host *host, struct err *e)
{
	const char *file = arena_printf(&host->arena, "%s/.git", host->workspace);
	struct str text;
	struct stat st;
	char *gitdir;
	int r;

	if (lstat(file, &st) < 0 ? errno == ENOENT : !S_ISREG(st.st_mode))
		return 0; /* nothing, or a directory or link, which the plan judges */
	r = read_text(&host->arena, file, POINTER_MAX, &text);
	if (r < 0)
		return err_set(e, r, "read %s", file);
	if (!str_starts(text, "gitdir: "))
		return lies(host, "is not in the form \"gitdir: PATH\"", e);
	gitdir = resolve(host, host->workspace, (struct str){ text.p + 8, text.n - 8 });
	if (!gitdir)
		return lies(host, "does not exist", e);
	host->gitdir = gitdir;
	r = read_text(&host->arena, arena_printf(&host->arena, "%s/commondir", gitdir), POINTER_MAX,
		      &text);
	if (r == -ENOENT || (r == 0 && str_is(text, "./"))) /* the placeholder of another box */
		return submodule_points_back(host, gitdir)
			       ? 0
			       : lies(host, "does not name this workspace", e);
	if (r < 0 || !worktree_points_back(host, gitdir))
		return lies(host, "does not name this workspace", e);
	host->commondir = resolve(host, gitdir, text);
	if (!host->commondir || !is_worktree_of(host, gitdir, host->commondir))
		return lies(host, "lies outside its repository", e);
	return 0;
}
