/* SPDX-License-Identifier: Apache-2.0 */
#include "os/scan_find.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "os/scan.h"
#include "os/sys.h"
#include "policy/placeholder.h"

enum {
	MATCHES_MAX = 8192, /* each becomes a mount: a kernel has room for 100,000 */
	MODULES_DEEP = 16,
};

const char *find_join(struct finder *f, const char *dir, const char *name)
{
	const size_t n = strlen(dir), n_name = strlen(name), slash = n ? 1 : 0;
	char *path = arena_alloc(&f->host->arena, n + slash + n_name + 1);

	memcpy(path, dir, n);
	memcpy(path + n, "/", slash);
	memcpy(path + n + slash, name, n_name);
	return path;
}

/* A hidden link hides what it leads to, if that is in the workspace: elsewhere the box has nothing.
 */
static int add_target(struct finder *f, const char *link, const struct pattern *pattern)
{
	_cleanup_free_ char *target = realpath(link, NULL);
	size_t n = strlen(f->base);
	struct stat st;

	if (!target || !path_is_below(target, f->base) || !target[n] || lstat(target, &st) < 0)
		return 0;
	return find_add(f, arena_strdup(&f->host->arena, target + n + 1),
			S_ISDIR(st.st_mode) ? PATH_DIR : PATH_FILE, pattern);
}

/* Notes the inode of a hidden file with more than one name. */
static int add_linked(struct finder *f, const char *relative, const struct pattern *pattern)
{
	struct stat st;

	if (fstatat(f->top, relative, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : err_set(f->e, -errno, "look at %s", relative);
	for (size_t i = 0; i < f->n_linked; i++)
		if (f->linked[i].dev == st.st_dev && f->linked[i].ino == st.st_ino)
			return 0;
	if (st.st_nlink > 1)
		*arena_push(&f->host->arena, f->linked, f->n_linked) =
			(struct inode){ st.st_dev, st.st_ino, st.st_nlink, pattern };
	return 0;
}

int find_name(struct finder *f, const char *dir, const char *name, ino_t ino)
{
	const char *relative;
	struct stat st;
	int r = 0;

	for (size_t i = 0; i < f->n_linked && r == 0; i++) {
		if (ino != f->linked[i].ino)
			continue;
		relative = find_join(f, dir, name);
		if (fstatat(f->top, relative, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    st.st_dev != f->linked[i].dev)
			continue;
		r = find_add(f, relative, PATH_FILE, f->linked[i].pattern);
		f->linked[i].names -= f->linked[i].names > 0;
	}
	return r;
}

bool find_lacks_names(const struct finder *f)
{
	for (size_t i = 0; i < f->n_linked; i++)
		if (f->linked[i].names)
			return true;
	return false;
}

int find_add_path(struct finder *f, const char *path, enum path_kind kind,
		  const struct pattern *pattern)
{
	struct host *host = f->host;

	if (host->n_matches == MATCHES_MAX)
		return err_say(f->e, -E2BIG,
			       "more than %d paths in the workspace match hide= and protect=; "
			       "the pattern %.*s (%s:%u) is too wide",
			       MATCHES_MAX, (int)pattern->glob.n, pattern->glob.p,
			       pattern->where.file ? pattern->where.file : "-",
			       pattern->where.line);
	*arena_push(&host->arena, host->matches, host->n_matches) =
		(struct host_match){ .path = path, .kind = kind, .pattern = pattern };
	return 0;
}

int find_add(struct finder *f, const char *relative, enum path_kind kind,
	     const struct pattern *pattern)
{
	const char *path = arena_printf(&f->host->arena, "%s/%s", f->base, relative);
	int r = find_add_path(f, path, kind, pattern);

	if (r < 0 || !pattern->hide || f->again || f->over)
		return r;
	if (kind == PATH_LINK)
		return add_target(f, path, pattern);
	return kind == PATH_FILE ? add_linked(f, relative, pattern) : 0;
}

static enum path_kind kind_of(mode_t mode)
{
	return S_ISDIR(mode) ? PATH_DIR : S_ISLNK(mode) ? PATH_LINK : PATH_FILE;
}

void find_forget(struct finder *f)
{
	close_indirect(&f->in.fd);
	sockets_forget(&f->sockets);
}

/* The directory that @relative lies in, reached without following a link; it stays open. */
static int open_parent(struct finder *f, const char *relative, size_t n)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	struct found_in *in = &f->in;

	if (in->fd >= 0 && in->top == f->top && in->n == n && !memcmp(in->path, relative, n))
		return in->fd;
	close_indirect(&in->fd);
	*in = (struct found_in){
		.top = f->top,
		.path = arena_strndup(&f->host->arena, relative, n),
		.n = n,
	};
	in->fd = (int)syscall(SYS_openat2, f->top, in->path, &how, sizeof(how));
	return in->fd < 0 ? -errno : in->fd;
}

/* What is at @relative, reached without following a link: 0 or a negative errno. */
static int look(struct finder *f, const char *relative, struct stat *st)
{
	const char *slash = strrchr(relative, '/');
	const int dir = slash ? open_parent(f, relative, (size_t)(slash - relative)) : f->top;

	if (dir < 0)
		return dir;
	return fstatat(dir, slash ? slash + 1 : relative, st, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

/* Whether the box could make something in @dir, or give itself the right to. */
static bool can_make(const struct finder *f, const char *dir)
{
	struct stat st;

	if (faccessat(f->top, dir, W_OK, 0) == 0)
		return true;
	return errno != EROFS && fstatat(f->top, dir, &st, 0) == 0 && st.st_uid == f->host->uid;
}

/* Patterns come with others of their directory. */
bool find_can_make(struct finder *f, const char *dir)
{
	if (!f->writable || strcmp(f->writable, dir) != 0) {
		f->can_make = can_make(f, dir);
		f->writable = dir;
	}
	return f->can_make;
}

static int add_missing(struct finder *f, const char *relative, const struct pattern *pattern)
{
	const char *slash = strrchr(relative, '/');
	const char *dir =
		slash ? arena_strndup(&f->host->arena, relative, (size_t)(slash - relative)) : ".";

	f->missing = relative;
	if (f->over)
		return 0;
	return find_can_make(f, dir) ? find_add(f, relative, PATH_NONE, pattern) : 0;
}

/* Whether it may have been put there by another task, in the place of nothing. */
static bool is_placeholder(const char *path, const struct pattern *pattern, const struct stat *st)
{
	return placeholder_is(placeholder_for(path, pattern), st->st_mode, (uint64_t)st->st_size);
}

/*
 * Nothing can be reached at @relative: adds the first part of it that is missing or, where a link
 * or a file stands in the place of a directory, that one.
 */
static int find_gap(struct finder *f, const char *relative, const struct pattern *pattern)
{
	char *part = arena_strdup(&f->host->arena, relative), *slash = part;
	struct stat st;

	while (slash) {
		slash = strchr(slash + 1, '/');
		if (slash)
			*slash = '\0';
		if (fstatat(f->top, part, &st, AT_SYMLINK_NOFOLLOW) < 0) {
			if (errno != ENOENT)
				return err_set(f->e, -errno, "look at %s/%s", f->base, part);
			return add_missing(f, part, pattern);
		}
		if (!S_ISDIR(st.st_mode))
			break;
		if (slash)
			*slash = '/';
	}
	if (!slash)
		return find_add(f, part, PATH_NONE, pattern); /* it has come into being */
	if (is_placeholder(part, pattern, &st))
		return add_missing(f, part, pattern);
	return find_add(f, part, kind_of(st.st_mode), pattern);
}

/* Whether it is, or lies in, what was found to be missing just before. */
static bool is_missing(const struct finder *f, const char *relative)
{
	const size_t n = f->missing ? strlen(f->missing) : 0;

	return n && !strncmp(relative, f->missing, n) && (relative[n] == '/' || !relative[n]);
}

int find_path(struct finder *f, const char *relative, const struct pattern *pattern)
{
	struct stat st;
	int r;

	if (!pattern->hide && is_missing(f, relative))
		return 0;
	r = look(f, relative, &st);
	if (r == 0 && !pattern->hide && is_placeholder(relative, pattern, &st))
		return add_missing(f, relative, pattern);
	if (r == 0)
		return find_add(f, relative, kind_of(st.st_mode), pattern);
	if (r != -ENOENT && r != -ENOTDIR && r != -ELOOP)
		return err_set(f->e, r, "look at %s/%s", f->base, relative);
	if (!pattern->hide && r == -ENOENT &&
	    f->in.fd >= 0) /* only the last part of it is not there */
		return add_missing(f, relative, pattern);
	if (!pattern->hide)
		return find_gap(f, relative, pattern);
	return add_target(f, arena_printf(&f->host->arena, "%s/%s", f->base, relative), pattern);
}

static bool starts_with_git(const struct pattern *pattern)
{
	return pattern->form == PATTERN_EXACT && str_starts(pattern->glob, ".git/");
}

static int find_in_git_dir(struct finder *f, const char *dir, const char *name,
			   const struct pattern *patterns, size_t n)
{
	const char *relative = find_join(f, dir, name);

	for (size_t i = 0; i < n; i++)
		if (starts_with_git(&patterns[i]) && str_is(patterns[i].glob, ".git/commondir"))
			return find_path(f, relative, &patterns[i]);
	return 0;
}

/* What a worktree's part of a git directory has of its own. */
static int find_worktree(struct finder *f, const char *dir, const struct pattern *patterns,
			 size_t n)
{
	int r = find_in_git_dir(f, dir, "commondir", patterns, n);

	if (r == 0)
		r = find_in_git_dir(f, dir, "gitdir", patterns, n);
	return r == 0 ? find_in_git_dir(f, dir, "config.worktree", patterns, n) : r;
}

/* A submodule's name may have slashes: what has no HEAD is not one yet. */
static int find_git_dir(struct finder *f, const char *dir, const struct pattern *patterns,
			size_t n);

static int find_module(struct finder *f, const char *dir, const struct pattern *patterns, size_t n,
		       unsigned deep);

static int find_below(struct finder *f, const char *dir, const struct pattern *patterns, size_t n,
		      unsigned deep)
{
	int fd = openat(f->top, dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), r = 0;
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR
			       ? 0
			       : err_set(f->e, -errno, "open %s/%s", f->base, dir);
	if (!stream) {
		close(fd);
		return err_set(f->e, -ENOMEM, "read %s/%s", f->base, dir);
	}
	while (r == 0 && (entry = readdir(stream))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		r = deep ? find_module(f, find_join(f, dir, entry->d_name), patterns, n, deep)
			 : find_worktree(f, find_join(f, dir, entry->d_name), patterns, n);
	}
	closedir(stream);
	return r;
}

static int find_module(struct finder *f, const char *dir, const struct pattern *patterns, size_t n,
		       unsigned deep)
{
	struct stat st;

	if (deep == MODULES_DEEP)
		return err_say(f->e, -ELOOP, "%s/%s: submodules lie too deep", f->base, dir);
	if (fstatat(f->top, find_join(f, dir, "HEAD"), &st, AT_SYMLINK_NOFOLLOW) == 0)
		return find_git_dir(f, dir, patterns, n);
	return find_below(f, dir, patterns, n, deep + 1);
}

/*
 * Adds what git obeys of the git directory @dir, and of those of submodules and worktrees in it,
 * by @patterns, which start with ".git/" where they count.
 */
static int find_git_dir(struct finder *f, const char *dir, const struct pattern *patterns, size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		if (starts_with_git(&patterns[i]))
			r = find_path(f, find_join(f, dir, patterns[i].glob.p + strlen(".git/")),
				      &patterns[i]);
	if (r == 0)
		r = find_below(f, find_join(f, dir, "modules"), patterns, n, 1);
	return r == 0 ? find_below(f, find_join(f, dir, "worktrees"), patterns, n, 0) : r;
}

/*
 * A .git that is a file names the git directory, and is as good as config and hooks. A directory
 * without HEAD is no git directory to git: it is as good as missing.
 */
static int find_git(struct finder *f, const char *root)
{
	const struct matcher *m = &f->host->matcher;
	const char *git = find_join(f, root, ".git");
	const struct pattern *last = NULL;
	struct stat st, head;
	int r;

	for (size_t i = 0; i < m->n_paths; i++)
		if (starts_with_git(&m->path[i]))
			last = &m->path[i]; /* one of protect=, if there is any */
	if (!last)
		return 0;
	r = look(f, git, &st);
	if (r < 0 && r != -ENOENT)
		return err_set(f->e, r, "look at %s/%s", f->base, git);
	if (r == 0 && S_ISDIR(st.st_mode)) {
		if (fstatat(f->top, find_join(f, git, "HEAD"), &head, AT_SYMLINK_NOFOLLOW) == 0)
			return find_git_dir(f, git, m->path, m->n_paths);
		if (errno != ENOENT)
			return err_set(f->e, -errno, "look at %s/%s/HEAD", f->base, git);
	}
	if (last->hide)
		return 0;
	if (r < 0 || S_ISDIR(st.st_mode))
		return add_missing(f, git, last);
	return find_add(f, git, kind_of(st.st_mode), last);
}

int find_paths(struct finder *f, const char *root)
{
	const struct matcher *m = &f->host->matcher;
	int r = find_git(f, root);

	if (r == 0)
		r = find_configured(f, root);
	for (size_t i = 0; i < m->n_paths && r == 0; i++)
		if (m->path[i].form == PATTERN_EXACT && !starts_with_git(&m->path[i]))
			r = find_path(f, find_join(f, root, m->path[i].glob.p), &m->path[i]);
	return r;
}

static const char *const bare_parts[] = { "HEAD", "commondir", "objects", "refs" };

unsigned find_bare_part(const char *name)
{
	for (unsigned i = 0; i < LEN(bare_parts); i++)
		if (!strcasecmp(name, bare_parts[i]))
			return 1U << i;
	return 0;
}

/* gitrepository-layout(5): objects and refs may be those of another one, which commondir names. */
bool find_is_bare(unsigned parts)
{
	return parts & 1 && (parts & 2 || (parts & 12) == 12);
}

bool scan_is_bare(const char *path)
{
	const char *slash = strrchr(path, '/');
	unsigned parts = find_bare_part(slash + 1);
	char other[PATH_MAX];

	for (unsigned i = 0; i < LEN(bare_parts) && parts; i++)
		if (snprintf(other, sizeof(other), "%.*s/%s", (int)(slash - path), path,
			     bare_parts[i]) < (int)sizeof(other) &&
		    faccessat(AT_FDCWD, other, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			parts |= 1U << i;
	return find_is_bare(parts);
}

/*
 * Nothing is made in it that is missing: what lies in a bare repository is listed by one around it.
 */
int find_bare(struct finder *f, const char *dir, unsigned parts)
{
	struct host *host = f->host;
	const struct matcher *m = &host->matcher;
	const char *path;
	struct stat st;
	int r = 0;

	if (!find_is_bare(parts))
		return 0;
	*arena_push(&host->arena, host->bare, host->n_bare) = dir;
	for (size_t i = 0; i < m->n_paths && !f->running && r == 0; i++) {
		if (!starts_with_git(&m->path[i]))
			continue;
		path = find_join(f, dir, m->path[i].glob.p + strlen(".git/"));
		if (look(f, path, &st) == 0)
			r = find_add(f, path, kind_of(st.st_mode), &m->path[i]);
	}
	return r;
}

#define GIT_PATTERN(name)                                                                          \
	{                                                                                          \
		.glob = { ".git/" name, sizeof(".git/" name) - 1 }                                 \
	}

int find_elsewhere(struct finder *f, const char *dir)
{
	static const struct pattern patterns[] = {
		GIT_PATTERN("commondir"),	GIT_PATTERN("config"),
		GIT_PATTERN("config.worktree"), GIT_PATTERN("hooks"),
		GIT_PATTERN("info/attributes"),
	};
	_cleanup_fd_ int top = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = find_add(f, ".git", PATH_FILE, &patterns[0]); /* which names it */

	if (r < 0)
		return r;
	if (top < 0)
		return err_set(f->e, -errno, "open %s", dir);
	f->base = dir;
	f->top = top;
	f->missing = f->writable = NULL;
	return find_git_dir(f, "", patterns, LEN(patterns));
}

/* The first pattern, of hide= if it has any; or NULL. */
static const struct pattern *any_pattern(const struct matcher *m)
{
	const struct pattern *name = m->n_names ? m->name : NULL,
			     *path = m->n_paths ? m->path : NULL;

	return name && (name->hide || !(path && path->hide)) ? name : path;
}

int find_unreadable(struct finder *f, const char *dir)
{
	const struct pattern *pattern = any_pattern(&f->host->matcher);
	struct stat st;

	if (!pattern || f->again)
		return 0;
	if (!*dir)
		return err_set(f->e, -EACCES, "look in %s for what %s= names", f->base,
			       pattern->hide ? "hide" : "protect");
	if (fstatat(f->top, dir, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : err_set(f->e, -errno, "look at %s/%s", f->base, dir);
	return st.st_uid == f->host->uid ? find_add(f, dir, PATH_DIR, pattern) : 0;
}
