/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/watch.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "os/scan.h"
#include "os/sys.h"

/*
 * Theory of operation
 *
 * A mount covers what was at a name. When somebody outside puts another file in its place, as
 * editors and git do when they save, the kernel takes the mount away (rename(2) over a mount point
 * of another mount namespace), and what is new lies open. A new file that a pattern matches has no
 * cover from the start. So the directories are watched, and what has happened to a name is looked
 * at again a moment later; who made it cannot be told, and does not count.
 *
 * Which ones: always the directories that lead to what is covered; with patterns of hide= that
 * match at any depth, all of the workspace but dependency trees, which takes a walk like that of
 * the start. A directory is watched before it is read, so nothing that comes into being is missed;
 * when the kernel drops events, all is looked at again.
 *
 * A hidden file can get a second name, too: a new name of a hidden inode is hidden as well.
 *
 * What cannot be watched, because the kernel's limit is reached, is counted and told once.
 */

enum { FOUND_MAX = 4096, FRESH_MAX = 1000, NAPS_MAX = 1000 };

static const uint32_t appears = IN_CREATE | IN_MOVED_TO, goes = IN_DELETE | IN_MOVED_FROM;

static bool is_kept(const struct step *step, const struct host *host)
{
	const char *git = host->commondir ? host->commondir : host->gitdir;

	return (step->kind == STEP_HIDE || step->kind == STEP_PLACEHOLDER ||
		(step->kind == STEP_PROTECT && step->flags & STEP_READONLY)) &&
	       (path_is_below(step->dst, host->workspace) ||
		(git && path_is_below(step->dst, git)));
}

static bool hides_names(const struct matcher *m)
{
	return (m->n_names && m->name[0].hide) || (m->globs && m->path[0].hide);
}

static int by_path(const void *a, const void *b)
{
	const struct step *const *x = a, *const *y = b;

	return path_compare((*x)->dst, (*y)->dst);
}

static const struct step *find_kept(const struct watch *w, const char *path)
{
	const struct step key = { .dst = path }, *at = &key, *const *found = NULL;

	if (w->n_kept)
		found = bsearch(&at, w->kept, w->n_kept, sizeof(*w->kept), by_path);
	return found ? *found : NULL;
}

/*
 * Watches the directories from the top of the tree to the parent of @path, unless @last had them.
 */
static void watch_parents(struct watch *w, const char *path, const char *last)
{
	const char *git = w->host->commondir ? w->host->commondir : w->host->gitdir;
	const char *top = path_is_below(path, w->host->workspace) ? w->host->workspace : git;
	char part[PATH_MAX];

	if (!top || strlen(path) >= sizeof(part))
		return;
	for (size_t n = strlen(top); path[n]; n += 1 + strcspn(path + n + 1, "/")) {
		if (last && !strncmp(last, path, n) && last[n] == '/')
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)n, path);
		dirwatch_add_path(&w->dirs, part, appears | goes);
	}
}

void watch_open(struct watch *w, const struct plan *plan, const struct host *host)
{
	const char *last = NULL;

	*w = WATCH_NONE;
	w->host = host;
	dirwatch_open(&w->dirs);
	if (w->dirs.fd < 0)
		return;
	for (size_t i = 0; i < plan->n; i++)
		if (is_kept(&plan->step[i], host))
			*arena_push(&w->arena, w->kept, w->n_kept) = &plan->step[i];
	if (w->n_kept)
		qsort(w->kept, w->n_kept, sizeof(*w->kept), by_path);
	for (size_t i = 0; i < w->n_kept; i++) {
		watch_parents(w, w->kept[i]->dst, last);
		last = w->kept[i]->dst;
		if (w->kept[i]->kind == STEP_HIDE)
			*arena_push(&w->arena, w->hidden, w->n_hidden) = last;
	}
	for (size_t i = 0; i < host->matcher.n_paths; i++)
		if (host->matcher.path[i].hide)
			watch_parents(w,
				      arena_printf(&w->arena, "%s/%s", host->workspace,
						   host->matcher.path[i].glob.p),
				      NULL);
}

static void find(struct watch *w, const struct step *step, bool again)
{
	struct found *found = arena_push(&w->found_arena, w->found, w->n_found);

	*found = (struct found){ .step = *step, .again = again };
	found->step.dst = arena_strdup(&w->found_arena, step->dst);
}

static void find_to_hide(struct watch *w, const char *path, const struct pattern *pattern,
			 const char *why)
{
	const struct step step = {
		.kind = STEP_HIDE,
		.dst = path,
		.where = pattern ? pattern->where : (struct where){ 0 },
		.why = why,
	};

	find(w, &step, false);
}

/* What is hidden by a pattern; of a link, what it leads to. */
static void find_hidden(struct watch *w, const char *path, const struct pattern *pattern)
{
	struct stat st;

	if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode)) {
		_cleanup_free_ char *target = realpath(path, NULL);

		if (target && path_is_below(target, w->host->workspace))
			find_to_hide(w, target, pattern, NULL);
	} else {
		find_to_hide(w, path, pattern, NULL);
	}
}

struct visitor {
	struct scan_visitor base;
	struct watch *w;
};

static void enter(struct scan_visitor *base, int fd, const char *dir)
{
	struct watch *w = ((struct visitor *)base)->w;
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s%s%s", w->host->workspace, *dir ? "/" : "", dir) <
	    (int)sizeof(path))
		dirwatch_add(&w->dirs, fd, path, appears);
	else
		dirwatch_miss(&w->dirs, -ENAMETOOLONG);
}

static int match_by_path(const void *a, const void *b)
{
	const struct host_match *x = a, *y = b;

	return path_compare(x->path, y->path);
}

static const char protected[] = "protect= names it", repository[] = "a git repository";

/* Notes something that came into being and matters, unless it was there before. */
static void note_new(struct watch *w, const char *path, const char *why)
{
	const struct host_match key = { .path = path };

	/* What was missing and is protected was not made in the box. */
	if (w->host->n_matches &&
	    bsearch(&key, w->host->matches, w->host->n_matches, sizeof(key), match_by_path))
		return;
	for (size_t i = 0; i < w->n_fresh; i++)
		if (!strcmp(w->fresh[i].path, path))
			return;
	if (w->n_fresh < FRESH_MAX)
		*arena_push(&w->arena, w->fresh, w->n_fresh) =
			(struct fresh){ arena_strdup(&w->arena, path), why };
	else
		w->n_more++;
}

/* Notes a repository at @dir, by what is in it, unless it is one of the @n @known ones. */
static void note_repository(struct watch *w, const char *dir, const char *name,
			    const char *const *known, size_t n)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < n; i++)
		if (!strcmp(known[i], dir))
			return;
	if (snprintf(path, sizeof(path), "%s%s%s/%s", w->host->workspace, *dir ? "/" : "", dir,
		     name) < (int)sizeof(path))
		note_new(w, path, *name == '.' ? repository : "a bare git repository");
}

static void take_match(struct watch *w, const struct host_match *match)
{
	/* Of a new repository its .git says all. */
	if (!match->pattern->hide && match->kind != PATH_NONE && !strstr(match->path, "/.git/"))
		note_new(w, match->path, protected);
	if (match->pattern->hide && match->kind != PATH_LINK && !find_kept(w, match->path))
		find_to_hide(w, match->path, match->pattern,
			     match->pattern->where.file ? NULL : "a service of the host");
}

void watch_take(struct watch *w, const struct host *now)
{
	for (size_t i = 0; i < now->n_matches; i++)
		take_match(w, &now->matches[i]);
	for (size_t i = 0; i < now->n_repositories; i++)
		note_repository(w, now->repositories[i], ".git", w->host->repositories,
				w->host->n_repositories);
	for (size_t i = 0; i < now->n_bare; i++)
		note_repository(w, now->bare[i], "HEAD", w->host->bare, w->host->n_bare);
}

struct git_listener {
	struct scan_listener base;
	struct watch *w;
};

static void take_left(struct scan_listener *base, const char *path, const char *why)
{
	note_new(((struct git_listener *)base)->w, path, why);
}

void watch_take_git(struct watch *w)
{
	struct git_listener listener = { .base = { .tell = take_left }, .w = w };
	const int r = scan_git(w->host, &listener.base);

	if (r < 0)
		dirwatch_miss(&w->dirs, r);
}

/* Walks below @dir, which lies in the workspace or is "". */
static void look_below(struct watch *w, const char *dir)
{
	struct visitor visitor = { .base = { .enter = enter }, .w = w };
	struct host now;
	struct err e;

	if (scan_below(w->host, dir, &visitor.base, &now, &e) < 0)
		dirwatch_miss(&w->dirs, e.code);
	watch_take(w, &now);
	arena_fini(&now.arena);
}

void watch_all(struct watch *w)
{
	const char *last = NULL;

	w->dirs.lost = false;
	for (size_t i = 0; i < w->n_kept; i++) {
		watch_parents(w, w->kept[i]->dst, last);
		last = w->kept[i]->dst;
		find(w, w->kept[i], true);
	}
	if (w->dirs.fd < 0 || !hides_names(&w->host->matcher))
		return;
	look_below(w, "");
	w->complete = true;
}

/* The plain paths of hide= that lie below @dir, in the repository at @root. */
static void look_up(struct watch *w, const char *dir, const char *root)
{
	const struct matcher *m = &w->host->matcher;
	char path[PATH_MAX];

	for (size_t i = 0; i < m->n_paths; i++)
		if (m->path[i].hide && m->path[i].form == PATTERN_EXACT &&
		    snprintf(path, sizeof(path), "%s%s%s/%s", w->host->workspace, *root ? "/" : "",
			     root, m->path[i].glob.p) < (int)sizeof(path) &&
		    path_is_below(path, dir) && access(path, F_OK) == 0 && !find_kept(w, path))
			find_hidden(w, path, &m->path[i]);
}

/* A directory has come into being, with whatever is in it. */
static void take_dir(struct watch *w, const char *path, const char *name)
{
	const struct host *host = w->host;

	look_up(w, path, "");
	for (size_t i = 0; i < host->n_repositories; i++)
		if (*host->repositories[i])
			look_up(w, path, host->repositories[i]);

	for (size_t i = 0; i < w->n_kept; i++)
		if (path_is_below(w->kept[i]->dst, path)) {
			watch_parents(w, w->kept[i]->dst, NULL);
			find(w, w->kept[i], true);
		}
	if (path_is_below(path, host->workspace) && hides_names(&host->matcher) &&
	    strcmp(name, ".git") != 0 && !match_dir(str_of(name)))
		look_below(w, path + strlen(host->workspace) + 1);
}

static const struct pattern *find_path(const struct matcher *m, const char *relative)
{
	const struct pattern *found = m->globs ? match_path(m, relative) : NULL;

	for (size_t i = 0; i < m->n_paths && !found; i++)
		if (m->path[i].form == PATTERN_EXACT &&
		    str_eq_nocase(m->path[i].glob, str_of(relative)))
			found = &m->path[i];
	return found;
}

/* The pattern that matches @path, one of hide= if there is any; or NULL. */
static const struct pattern *find_pattern(const struct watch *w, const char *path, const char *name)
{
	const struct host *host = w->host;
	const struct pattern *by_name = match_name(&host->matcher, str_of(name)), *by_path;
	const char *relative;

	if (!path_is_below(path, host->workspace))
		return NULL;
	if (by_name && by_name->hide)
		return by_name;
	relative = path + strlen(host->workspace) + 1;
	by_path = find_path(&host->matcher, relative);
	for (size_t i = 0; i < host->n_repositories && !by_path; i++) {
		const size_t n = strlen(host->repositories[i]);

		if (n && path_is_below(relative, host->repositories[i]) && relative[n])
			by_path = find_path(&host->matcher, relative + n + 1);
	}
	return by_path && (by_path->hide || !by_name) ? by_path : by_name;
}

/*
 * A socket has its name a moment before the kernel tells of it (bind(2)), so it is given one, as
 * often as that does not hold up the rest.
 */
static bool is_of_host(struct watch *w, const struct stat *st)
{
	for (int i = 0; i < 2; i++) {
		sockets_forget(&w->sockets);
		if (sockets_has(&w->sockets, st))
			return true;
		if (i > 0 || w->n_naps == NAPS_MAX)
			break;
		w->n_naps++;
		usleep(1000);
	}
	return false;
}

/* A second name of a hidden file, or a service of the host: what it is, or NULL. */
static const char *is_other(struct watch *w, const char *path)
{
	struct stat st, other;

	if (lstat(path, &st) < 0)
		return NULL;
	if (S_ISSOCK(st.st_mode))
		return is_of_host(w, &st) ? "a service of the host" : NULL;
	for (size_t i = 0; S_ISREG(st.st_mode) && st.st_nlink > 1 && i < w->n_hidden; i++)
		if (lstat(w->hidden[i], &other) == 0 && other.st_ino == st.st_ino &&
		    other.st_dev == st.st_dev)
			return "a second name of what is hidden";
	return NULL;
}

/*
 * Of a git directory something in it is new all the time; without a scan nobody knows what was
 * bare.
 */
static void take_part(struct watch *w, const char *path, const char *name)
{
	const struct host *host = w->host;
	char dir[PATH_MAX];
	const int n = (int)(strlen(path) - strlen(host->workspace) - strlen(name) - 1);

	if (n < 0 || !hides_names(&host->matcher) || !path_is_below(path, host->workspace) ||
	    strstr(path, "/.git/") || !scan_is_bare(path))
		return;
	snprintf(dir, sizeof(dir), "%.*s", n ? n - 1 : 0, path + strlen(host->workspace) + 1);
	note_repository(w, dir, "HEAD", host->bare, host->n_bare);
}

static void take_name(struct watch *w, const char *path, const char *name, uint32_t mask)
{
	const struct step *kept = find_kept(w, path);
	const struct pattern *pattern;
	const char *why;

	if (kept) {
		find(w, kept, true);
		return;
	}
	if (!(mask & appears))
		return;
	pattern = find_pattern(w, path, name);
	take_part(w, path, name);
	if (!strcmp(name, ".git"))
		note_new(w, path, repository);
	else if (pattern && !pattern->hide)
		note_new(w, path, protected);
	if (pattern && pattern->hide)
		find_hidden(w, path, pattern);
	else if (mask & IN_ISDIR)
		take_dir(w, path, name);
	else if ((why = is_other(w, path)))
		find_to_hide(w, path, NULL, why);
}

struct reader {
	struct dirwatch_listener base;
	struct watch *w;
};

static void happened(struct dirwatch_listener *base, const char *dir, const char *name,
		     uint32_t mask)
{
	struct watch *w = ((struct reader *)base)->w;
	char path[PATH_MAX];

	if (w->n_found >= FOUND_MAX)
		w->dirs.lost = true;
	else if (snprintf(path, sizeof(path), "%s/%s", dir, name) < (int)sizeof(path))
		take_name(w, path, name, mask);
}

bool watch_read(struct watch *w)
{
	struct reader reader = { .base = { .happened = happened }, .w = w };

	return dirwatch_read(&w->dirs, &reader.base);
}

void watch_covered(struct watch *w, const struct found *found)
{
	if (found->step.kind == STEP_HIDE && !find_kept(w, found->step.dst))
		*arena_push(&w->arena, w->hidden, w->n_hidden) =
			arena_strdup(&w->arena, found->step.dst);
}

bool watch_finish(struct watch *w)
{
	while (!w->dirs.lost && watch_read(w))
		;
	return w->complete && !w->dirs.lost && !w->dirs.missed;
}

void watch_clear(struct watch *w)
{
	arena_fini(&w->found_arena);
	w->found = NULL;
	w->n_found = 0;
}
