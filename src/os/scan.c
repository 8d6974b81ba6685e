/* SPDX-License-Identifier: Apache-2.0 */
#include "os/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "eco/watch.h"
#include "os/scan_cache.h"
#include "os/scan_find.h"
#include "os/sys.h"

/*
 * Theory of operation
 *
 * A breadth-first walk with a list of directories still to read, each opened by its path below the
 * workspace, without following links. Names and types come from getdents64(2), so a file costs no
 * system call. A directory with a .git in it is the root of a repository: patterns with a slash
 * are relative to each of those, and to the workspace itself.
 *
 * What does not change is read once: scan_cache.c.
 *
 * Dependency trees are passed over (those that have packages are noted), and of a .git only what
 * the patterns name is looked at. A directory that cannot be read, but is the caller's, so that a
 * box could make it readable, is hidden whole or, without patterns of hide=, protected.
 *
 * What is protected by name and is not there is noted for the workspace itself, so that it cannot
 * be made; what is protected by a path, for each repository.
 *
 * A socket in the workspace at which a service of the host answers is hidden, so that it cannot be
 * told what to do. One that is there while the box runs may be the box's own; then those alone are
 * the host's that are bound in its network namespace.
 *
 * What is watched (eco/watch.h) is found on the way, so that it can be copied before the command
 * runs.
 *
 * A hidden file may have a second name, a hard link. When one does, a second pass finds every other
 * name of the same inode, this time in all directories, and if need be in those of read= and
 * write=, by the inode numbers that getdents64(2) reports; inodes of another file system that have
 * the same number are told apart by fstatat(2).
 */

enum {
	ENTRIES_SIZE = 64 * 1024,
	LARGE = 256, /* directories: so many are worth remembering, */
	FEW = 32,    /* and so few that have changed are not */
};

struct entry {
	uint64_t inode;
	int64_t offset;
	unsigned short length;
	unsigned char type;
	char name[];
};

struct dir {
	const char *path;  /* below the workspace, "" for itself */
	size_t repository; /* length of the part of it that leads to the repository it lies in */
	uint32_t known;	   /* its number in the cache, from 1 on; 0: it is new */
};

struct scan {
	struct finder f;
	int top;
	struct scan_visitor *visitor; /* or NULL */
	struct dir *dir;	      /* as a queue */
	size_t n_dirs;
	bool watch;
	struct watch_index names;     /* of what is watched */
	struct scan_cache old;	      /* what the last scan left, */
	uint32_t near;		      /* where in it the next directory is looked for, */
	struct scan_cache new;	      /* and what this one leaves, */
	bool records;		      /* if it does */
	const struct scan_dir *known; /* this directory, if it is as it was, or NULL */
	unsigned parts;		      /* of a bare repository, in it */
	bool *seen; /* by pattern for names: it has its match in the workspace itself */
	_Alignas(8) char entries[ENTRIES_SIZE];
};

static enum path_kind kind_of(unsigned type)
{
	return type == DT_DIR ? PATH_DIR : type == DT_LNK ? PATH_LINK : PATH_FILE;
}

static const struct pattern *find_pattern(struct scan *s, struct dir dir, const struct entry *entry)
{
	const struct matcher *m = &s->f.host->matcher;
	const struct pattern *by_name = match_name(m, str_of(entry->name)), *by_path = NULL;
	const char *path;

	if (m->globs && !(by_name && by_name->hide)) {
		path = find_join(&s->f, dir.path, entry->name);
		by_path = match_path(m, path);
		if (dir.repository && !(by_path && by_path->hide))
			by_path = match_path(m, path + dir.repository + 1);
	}
	return by_path && (by_path->hide || !by_name) ? by_path : by_name;
}

/* A placeholder of another box is as good as nothing. */
static bool is_placeholder(struct dir dir, const struct entry *entry, const struct pattern *pattern)
{
	return !*dir.path && entry->type == DT_SOCK && !pattern->hide && !pattern->whole &&
	       str_is(pattern->glob, entry->name);
}

static int add_match(struct scan *s, struct dir dir, const struct entry *entry,
		     const struct pattern *pattern)
{
	const struct matcher *m = &s->f.host->matcher;

	if (is_placeholder(dir, entry, pattern))
		return 0;
	if (!*dir.path && !pattern->whole && str_is(pattern->glob, entry->name))
		s->seen[pattern - m->name] = true;
	return find_add(&s->f, find_join(&s->f, dir.path, entry->name), kind_of(entry->type),
			pattern);
}

static int add_repository(struct scan *s, struct dir *dir)
{
	struct host *host = s->f.host;

	*arena_push(&host->arena, host->repositories, host->n_repositories) = dir->path;
	dir->repository = strlen(dir->path);
	return *dir->path ? find_paths(&s->f, dir->path) : 0;
}

static bool is_watched(const struct scan *s, const struct dir *dir, const struct entry *entry)
{
	return s->watch && (entry->type == DT_REG || entry->type == DT_LNK) &&
	       watch_find(&s->names, str_of(dir->path), str_of(entry->name));
}

static void record_entry(struct scan *s, const struct entry *entry)
{
	if (!s->records)
		return;
	scan_cache_note(&s->new, &entry->type, 1);
	scan_cache_note(&s->new, entry->name, strlen(entry->name) + 1);
}

/* Number @known of the cache or, if that is 0, @name in @dir. */
static void add_dir(struct scan *s, uint32_t known, const struct dir *dir, const char *name)
{
	if (known && !s->records && scan_cache_is_idle(&s->old, known))
		return;
	*arena_push(&s->f.host->arena, s->dir, s->n_dirs) = (struct dir){
		.path = known ? s->old.text + s->old.dir[known - 1].path
			      : find_join(&s->f, dir->path, name),
		.known = known,
	};
}

static int first_pass(struct scan *s, struct dir *dir, const struct entry *entry)
{
	struct host *host = s->f.host;
	const struct pattern *pattern = find_pattern(s, *dir, entry);
	const struct str name = str_of(entry->name);
	const bool watch = is_watched(s, dir, entry), git = str_eq_nocase(name, STR(".git")),
		   open = !git && entry->type == DT_DIR && !(pattern && pattern->hide),
		   below = open && match_dir(name) == DIR_PLAIN,
		   packages = open && s->watch && match_dir(name) == DIR_PACKAGES,
		   socket = !pattern && entry->type == DT_SOCK;
	const unsigned part = find_bare_part(entry->name);
	int r = 0;

	s->parts |= part;
	if (pattern || watch || git || packages || socket || part)
		record_entry(s, entry);
	if (pattern)
		r = add_match(s, *dir, entry, pattern);
	if (socket)
		r = find_socket(&s->f, find_join(&s->f, dir->path, entry->name));
	if (watch)
		*arena_push(&host->arena, host->watched, host->n_watched) =
			find_join(&s->f, dir->path, entry->name);
	if (packages)
		*arena_push(&host->arena, host->trees, host->n_trees) =
			find_join(&s->f, dir->path, entry->name);
	if (r == 0 && git)
		r = add_repository(s, dir);
	if (below && !s->known)
		add_dir(s, scan_cache_child(&s->old, dir->known, entry->name, &s->near), dir,
			entry->name);
	return r;
}

static int second_pass(struct scan *s, const struct dir *dir, const struct entry *entry)
{
	if (entry->type == DT_DIR)
		add_dir(s, 0, dir, entry->name);
	return entry->type == DT_REG ? find_name(&s->f, dir->path, entry->name, entry->inode) : 0;
}

/* File systems that do not say the type of an entry (readdir(3), DT_UNKNOWN) are asked for it. */
static void learn_type(int fd, struct entry *entry)
{
	struct stat st;

	if (entry->type == DT_UNKNOWN && fstatat(fd, entry->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		entry->type = IFTODT(st.st_mode);
}

static int read_entries(struct scan *s, int fd, struct dir *dir)
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
			r = s->f.again ? second_pass(s, dir, entry) : first_pass(s, dir, entry);
		}
	return n < 0 ? err_set(s->f.e, -errno, "read directory %s/%s", s->f.base, dir->path) : r;
}

/* The directory is as it was: so is what was found in it, and which ones lie in it. */
static int recall_entries(struct scan *s, struct dir *dir)
{
	const struct scan_dir *known = s->known;
	const char *at = s->old.text + known->entries, *end = at + known->size;
	struct entry *entry = (struct entry *)(void *)s->entries;
	int r = 0;

	while (end - at > 1 && r == 0) {
		const size_t n = strlen(at + 1) + 1;

		if (n > NAME_MAX + 1)
			return 0;
		entry->type = (unsigned char)*at;
		memcpy(entry->name, at + 1, n);
		r = first_pass(s, dir, entry);
		at += 1 + n;
	}
	for (uint32_t i = known->child; i < known->child + known->n; i++)
		add_dir(s, i + 1, NULL, NULL);
	return r;
}

static int read_dir(struct scan *s, struct dir *dir, struct scan_dir *record)
{
	_cleanup_fd_ int fd = openat(s->f.top, *dir->path ? dir->path : ".",
				     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && s->visitor && !s->f.again)
		s->visitor->enter(s->visitor, fd, dir->path);
	if (fd >= 0 && s->records)
		scan_cache_identify(record, fd);
	if (fd >= 0)
		return read_entries(s, fd, dir);
	if (errno == EACCES)
		return find_unreadable(&s->f, dir->path);
	if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
		return 0;
	return err_set(s->f.e, -errno, "open directory %s/%s", s->f.base, dir->path);
}

/* Number @i of the queue. */
static int visit(struct scan *s, size_t i)
{
	struct dir dir = s->dir[i];
	struct scan_dir record = { 0 };
	int r;

	s->known = dir.known && s->old.same[dir.known - 1] ? &s->old.dir[dir.known - 1] : NULL;
	if (s->known)
		record = *s->known;
	record.entries = s->new.size;
	record.child = (uint32_t)s->n_dirs;
	s->near = s->parts = 0;
	r = s->known ? recall_entries(s, &dir) : read_dir(s, &dir, &record);
	if (r == 0)
		r = find_bare(&s->f, dir.path, s->parts);
	record.size = s->new.size - record.entries;
	record.n = (uint32_t)s->n_dirs - record.child;
	for (size_t below = record.child; below < s->n_dirs; below++)
		s->dir[below].repository = dir.repository;
	if (s->records)
		*arena_push(&s->f.host->arena, s->new.dir, s->new.n) = record;
	return r;
}

/* Walks below @start, which is in the repository whose path has @repository bytes. */
static int walk(struct scan *s, const char *start, size_t repository)
{
	int r = 0;

	s->n_dirs = 0;
	*arena_push(&s->f.host->arena, s->dir, s->n_dirs) =
		(struct dir){ .path = start, .repository = repository, .known = s->old.n > 0 };
	for (size_t i = 0; i < s->n_dirs && r == 0; i++)
		r = visit(s, i);
	return r;
}

/* Walks over what has changed since the last time; large workspaces are remembered. */
static int walk_cached(struct scan *s)
{
	struct host *host = s->f.host;
	int r;

	if (host->scans)
		scan_cache_load(&s->old, host, s->watch, s->f.top);
	s->records = host->scans && (s->old.n == 0 || s->old.changed > FEW);
	s->new = (struct scan_cache){ .arena = &host->arena, .watch = s->watch };
	r = walk(s, "", 0);
	if (r == 0 && s->records && s->n_dirs >= LARGE) {
		for (size_t i = 0; i < s->n_dirs; i++)
			s->new.dir[i].path = scan_cache_note(&s->new, s->dir[i].path,
							     strlen(s->dir[i].path) + 1);
		scan_cache_save(&s->new, host);
	}
	s->old = (struct scan_cache){ 0 };
	s->records = false;
	return r;
}

/* The names that are protected and have no match in the workspace itself. */
static int add_missing(struct scan *s)
{
	const struct matcher *m = &s->f.host->matcher;
	int r = 0;

	if (!find_can_make(&s->f, "."))
		return 0;
	for (size_t i = 0; i < m->n_names && r == 0; i++)
		if (!s->seen[i] && !m->name[i].hide && m->name[i].form == PATTERN_EXACT)
			r = find_add(&s->f, m->name[i].glob.p, PATH_NONE, &m->name[i]);
	return r;
}

/* Looks for names in what else the box sees of the host. */
static int walk_grant(struct scan *s, const struct host_grant *grant)
{
	const char *slash = strrchr(grant->path, '/'), *base = s->f.base;
	const bool file = grant->kind == PATH_FILE;
	const char *dir =
		file ? arena_strndup(&s->f.host->arena, grant->path, (size_t)(slash - grant->path))
		     : grant->path;
	_cleanup_fd_ int top = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	int r;

	if (top < 0 || lstat(grant->path, &st) < 0)
		return err_set(s->f.e, -errno, "look for hidden files in %s", grant->path);
	s->f.base = dir;
	s->f.top = top;
	r = file ? find_name(&s->f, "", slash + 1, st.st_ino) : walk(s, "", 0);
	s->f.base = base;
	s->f.top = s->top;
	return r;
}

/* The same file may have another name anywhere. */
static int find_linked(struct scan *s)
{
	const struct host *host = s->f.host;
	int r;

	s->f.again = true;
	r = s->f.n_linked ? walk(s, "", 0) : 0;
	for (size_t i = 0; i < host->n_grants && r == 0 && find_lacks_names(&s->f); i++)
		if (!path_is_below(host->grants[i].path, host->workspace))
			r = walk_grant(s, &host->grants[i]);
	return r;
}

static int scan_all(struct scan *s)
{
	int r = find_paths(&s->f, "");

	if (r == 0 && (s->watch || match_needs_scan(&s->f.host->matcher)))
		r = walk_cached(s);
	if (r == 0 && !s->f.over)
		r = add_missing(s);
	return r == 0 && !s->f.over ? find_linked(s) : r;
}

static void scan_free(struct scan **s)
{
	if (*s) {
		close_indirect(&(*s)->top);
		find_forget(&(*s)->f);
	}
	free(*s);
}

/* A scan that adds to @host, or NULL. */
static struct scan *scan_new(struct host *host, bool watch, struct err *e)
{
	_cleanup_fd_ int top = open(host->workspace, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct scan *s = NULL;

	if (top >= 0)
		s = malloc(sizeof(*s));
	if (!s) {
		err_set(e, -errno, "scan %s", host->workspace);
		return NULL;
	}
	memset(s, 0, offsetof(struct scan, entries)); /* which are written before they are read */
	s->f = (struct finder){ .host = host, .e = e, .base = host->workspace, .top = top };
	s->f.in.fd = -1;
	s->top = fd_steal(&top);
	s->seen = arena_alloc(&host->arena, host->matcher.n_names * sizeof(*s->seen));
	s->watch = watch;
	watch_index(&s->names);
	return s;
}

int scan_workspace(struct host *host, const struct policy *policy, struct err *e)
{
	const char *git_dir = host->commondir ? host->commondir : host->gitdir;
	_cleanup_(scan_free) struct scan *s = NULL;
	int r;

	host->scanned = file_now();
	match_init(&host->matcher, policy, &host->arena);
	s = scan_new(host, policy_copies(policy), e);
	r = s ? scan_all(s) : e->code;
	if (r == 0)
		r = find_services(&s->f);
	if (r == 0 && git_dir)
		r = find_elsewhere(&s->f, git_dir);
	host_sort(host);
	return r;
}

static void begin_again(struct host *now, const struct host *known)
{
	*now = *known;
	now->arena = (struct arena){ 0 };
	now->matches = NULL;
	now->repositories = now->bare = now->watched = now->trees = NULL;
	now->n_matches = now->n_repositories = now->n_bare = now->n_watched = 0;
	now->n_trees = 0;
}

int scan_again(const struct host *known, const struct policy *policy, struct host *now,
	       struct err *e)
{
	_cleanup_(scan_free) struct scan *s = NULL;
	int r;

	begin_again(now, known);
	s = scan_new(now, policy_watches(policy), e);
	if (s)
		s->f.running = s->f.over = true;
	r = s ? scan_all(s) : e->code;
	host_sort(now);
	return r;
}

int scan_below(const struct host *known, const char *dir, struct scan_visitor *visitor,
	       struct host *now, struct err *e)
{
	_cleanup_(scan_free) struct scan *s = NULL;
	int r;

	begin_again(now, known);
	s = scan_new(now, false, e);
	if (!s)
		return e->code;
	s->f.running = true;
	s->visitor = visitor;
	r = walk(s, dir, host_repository(known, dir));
	if (r == 0)
		r = find_linked(s);
	host_sort(now);
	return r;
}
