/* SPDX-License-Identifier: Apache-2.0 */
#include "os/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "os/sys.h"
#include "policy/match.h"

/*
 * Theory of operation
 *
 * A breadth-first walk with a list of directories still to read, each opened by its path below the
 * workspace, without following links. Names and types come from getdents64(2), so a file costs no
 * system call. A directory with a .git in it is the root of a repository: patterns with a slash
 * are relative to each of those, and to the workspace itself.
 *
 * Dependency trees are passed over, and of a .git only what the patterns name is looked at.
 *
 * A hidden file may have a second name, a hard link. When one does, a second pass finds every other
 * name of the same inode, this time in all directories, by the inode numbers that getdents64(2)
 * reports; inodes of another file system that have the same number are told apart by fstatat(2).
 */

enum {
	ENTRIES_SIZE = 64 * 1024,
	MATCHES_MAX = 4096, /* each becomes a mount: a kernel has room for 100,000 */
};

struct entry {
	uint64_t inode;
	int64_t offset;
	unsigned short length;
	unsigned char type;
	char name[];
};

struct inode {
	dev_t dev;
	ino_t ino;
	const struct pattern *pattern;
};

struct scan {
	struct host *host;
	struct err *e;
	int top;
	const char **dir; /* below the workspace, "" for itself; as a queue */
	size_t n_dirs;
	struct inode *linked; /* hidden files with more than one name */
	size_t n_linked;
	bool second; /* pass */
	_Alignas(8) char entries[ENTRIES_SIZE];
};

static const char *join(struct scan *s, const char *dir, const char *name)
{
	return *dir ? arena_printf(&s->host->arena, "%s/%s", dir, name)
		    : arena_strdup(&s->host->arena, name);
}

static enum path_kind kind_of(unsigned type)
{
	return type == DT_DIR ? PATH_DIR : type == DT_LNK ? PATH_LINK : PATH_FILE;
}

static int add_match(struct scan *s, const char *relative, enum path_kind kind,
		     const struct pattern *pattern);

/* A hidden link hides what it leads to, if that is in the workspace: elsewhere the box has nothing.
 */
static int add_target(struct scan *s, const char *link, const struct pattern *pattern)
{
	_cleanup_free_ char *target = realpath(link, NULL);
	size_t n = strlen(s->host->workspace);
	struct stat st;

	if (!target || strncmp(target, s->host->workspace, n) != 0 || target[n] != '/' ||
	    lstat(target, &st) < 0)
		return 0;
	return add_match(s, target + n + 1, S_ISDIR(st.st_mode) ? PATH_DIR : PATH_FILE, pattern);
}

/* Notes the inode of a hidden file with more than one name. */
static int add_linked(struct scan *s, const char *relative, const struct pattern *pattern)
{
	struct stat st;

	if (fstatat(s->top, relative, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : err_set(s->e, -errno, "look at %s", relative);
	if (st.st_nlink > 1)
		*arena_push(&s->host->arena, s->linked, s->n_linked) =
			(struct inode){ st.st_dev, st.st_ino, pattern };
	return 0;
}

static int add_match(struct scan *s, const char *relative, enum path_kind kind,
		     const struct pattern *pattern)
{
	struct host *host = s->host;
	const char *path = arena_printf(&host->arena, "%s/%s", host->workspace, relative);

	if (host->n_matches == MATCHES_MAX)
		return err_say(s->e, -E2BIG,
			       "more than %d paths in the workspace match hide= and protect=; "
			       "the pattern %.*s (%s:%u) is too wide",
			       MATCHES_MAX, (int)pattern->glob.n, pattern->glob.p,
			       pattern->where.file, pattern->where.line);
	*arena_push(&host->arena, host->matches, host->n_matches) =
		(struct host_match){ .path = path, .kind = kind, .pattern = pattern };
	if (!pattern->hide || s->second)
		return 0;
	if (kind == PATH_LINK)
		return add_target(s, path, pattern);
	return kind == PATH_FILE ? add_linked(s, relative, pattern) : 0;
}

/* The kind of what is at @relative, or PATH_NONE. */
static enum path_kind look(struct scan *s, const char *relative)
{
	struct stat st;

	if (fstatat(s->top, relative, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return PATH_NONE;
	return S_ISDIR(st.st_mode) ? PATH_DIR : S_ISLNK(st.st_mode) ? PATH_LINK : PATH_FILE;
}

/* The patterns with a slash that are plain paths, in the repository at @root. */
static int match_paths(struct scan *s, const char *root)
{
	const struct matcher *m = &s->host->matcher;
	int r = 0;

	for (size_t i = 0; i < m->n && r == 0; i++) {
		enum path_kind kind;
		const char *relative;

		if (m->pattern[i].form != PATTERN_EXACT)
			continue;
		relative = join(s, root, m->pattern[i].glob.p);
		kind = look(s, relative);
		if (kind != PATH_NONE)
			r = add_match(s, relative, kind, &m->pattern[i]);
	}
	return r;
}

/* The patterns with a slash and wildcards, against a path below the workspace. */
static int match_globs(struct scan *s, const char *dir, const struct entry *entry)
{
	const struct matcher *m = &s->host->matcher;
	int r = 0;

	for (size_t i = 0; i < m->n && r == 0; i++)
		if (m->pattern[i].form != PATTERN_EXACT) {
			const char *relative = join(s, dir, entry->name);

			if (fnmatch(m->pattern[i].glob.p, relative, FNM_PATHNAME) == 0)
				r = add_match(s, relative, kind_of(entry->type), &m->pattern[i]);
		}
	return r;
}

static int first_pass(struct scan *s, const char *dir, const struct entry *entry)
{
	struct str name = str_of(entry->name);
	const struct pattern *pattern = match_name(&s->host->matcher, name);
	int r = 0;

	if (pattern)
		r = add_match(s, join(s, dir, entry->name), kind_of(entry->type), pattern);
	if (r == 0)
		r = match_globs(s, dir, entry);
	if (r == 0 && *dir && str_is(name, ".git"))
		r = match_paths(s, dir);
	if (r == 0 && entry->type == DT_DIR && !str_is(name, ".git") &&
	    !match_is_dependency_tree(name) && !(pattern && pattern->hide))
		*arena_push(&s->host->arena, s->dir, s->n_dirs) = join(s, dir, entry->name);
	return r;
}

static int second_pass(struct scan *s, const char *dir, const struct entry *entry)
{
	const char *relative;
	struct stat st;
	int r = 0;

	if (entry->type == DT_DIR)
		*arena_push(&s->host->arena, s->dir, s->n_dirs) = join(s, dir, entry->name);
	for (size_t i = 0; i < s->n_linked && r == 0; i++) {
		if (entry->inode != s->linked[i].ino || entry->type != DT_REG)
			continue;
		relative = join(s, dir, entry->name);
		if (fstatat(s->top, relative, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    st.st_dev == s->linked[i].dev)
			r = add_match(s, relative, PATH_FILE, s->linked[i].pattern);
	}
	return r;
}

/* File systems that do not say the type of an entry (readdir(3), DT_UNKNOWN) are asked for it. */
static void learn_type(int fd, struct entry *entry)
{
	struct stat st;

	if (entry->type == DT_UNKNOWN && fstatat(fd, entry->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		entry->type = IFTODT(st.st_mode);
}

static int read_entries(struct scan *s, int fd, const char *dir)
{
	long n;
	int r = 0;

	while ((n = syscall(SYS_getdents64, fd, s->entries, sizeof(s->entries))) > 0)
		for (long at = 0; at < n && r == 0;) {
			struct entry *entry = (struct entry *)(void *)(s->entries + at);

			at += entry->length;
			if (!strcmp(entry->name, ".") || !strcmp(entry->name, ".."))
				continue;
			learn_type(fd, entry);
			r = s->second ? second_pass(s, dir, entry) : first_pass(s, dir, entry);
		}
	if (n < 0)
		return err_set(s->e, -errno, "read directory %s/%s", s->host->workspace, dir);
	return r;
}

static int read_dir(struct scan *s, const char *dir)
{
	_cleanup_fd_ int fd =
		openat(s->top, *dir ? dir : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0)
		return read_entries(s, fd, dir);
	/* What we may not read, the box may not either: it has the same uid. */
	if (errno == EACCES || errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
		return 0;
	return err_set(s->e, -errno, "open directory %s/%s", s->host->workspace, dir);
}

static int walk(struct scan *s)
{
	int r = 0;

	s->n_dirs = 0;
	*arena_push(&s->host->arena, s->dir, s->n_dirs) = "";
	for (size_t i = 0; i < s->n_dirs && r == 0; i++)
		r = read_dir(s, s->dir[i]);
	return r;
}

/* A directory before what is in it; of one path, hide before protect. */
static int by_path(const void *a, const void *b)
{
	const struct host_match *x = a, *y = b;
	int order = path_compare(x->path, y->path);

	return order ? order : y->pattern->hide - x->pattern->hide;
}

static int scan(struct scan *s)
{
	int r = match_paths(s, "");

	if (r == 0 && match_needs_scan(&s->host->matcher))
		r = walk(s);
	if (r == 0 && s->n_linked) {
		s->second = true;
		r = walk(s);
	}
	if (s->host->n_matches)
		qsort(s->host->matches, s->host->n_matches, sizeof(*s->host->matches), by_path);
	return r;
}

int scan_workspace(struct host *host, const struct policy *policy, struct err *e)
{
	_cleanup_fd_ int top = open(host->workspace, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ struct scan *s = calloc(1, sizeof(*s));

	if (top < 0)
		return err_set(e, -errno, "open %s", host->workspace);
	if (!s)
		return err_set(e, -ENOMEM, "scan %s", host->workspace);
	s->host = host;
	s->e = e;
	s->top = top;
	match_init(&host->matcher, policy, &host->arena);
	return scan(s);
}
