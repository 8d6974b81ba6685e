/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/placeholders.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "os/sys.h"

/* The first one of a kind: the others are hard links of it. */
struct original {
	int dir; /* -1: none yet */
	const char *name;
	uint64_t dev, ino;
};

struct maker {
	struct placeholders *p;
	struct held_dir at;
	struct original original[N_PLACEHOLDERS];
};

bool placeholders_wanted(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->step[i].kind == STEP_PLACEHOLDER)
			return true;
	return false;
}

static size_t top_of(const char *path, const struct host *host)
{
	const char *git = host->commondir ? host->commondir : host->gitdir;

	return path_is_below(path, host->workspace) || !git ? strlen(host->workspace) : strlen(git);
}

static void list(struct placeholders *p, const struct plan *plan, const struct host *host)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct step *step = &plan->step[i];

		if (step->kind == STEP_PLACEHOLDER)
			*arena_push(&p->arena, p->held, p->n) = (struct held){
				.path = step->dst,
				.top = top_of(step->dst, host),
				.kind = (enum placeholder)step->n,
			};
	}
}

static bool is_held(const struct placeholders *p, const char *path)
{
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->held[i].path, path))
			return true;
	return false;
}

/* A directory that another task made, and in which one of ours will lie, is held by both. */
static void list_shared(struct placeholders *p, const struct plan *plan)
{
	for (size_t i = 0; i < p->journal.n_others; i++) {
		const struct held *other = &p->journal.others[i];

		for (size_t j = 0; other->kind == PLACEHOLDER_DIR && j < plan->n; j++)
			if (plan->step[j].kind == STEP_PLACEHOLDER &&
			    strcmp(plan->step[j].dst, other->path) != 0 &&
			    path_is_below(plan->step[j].dst, other->path) &&
			    !is_held(p, other->path))
				*arena_push(&p->arena, p->held, p->n) = (struct held){
					.path = arena_strdup(&p->arena, other->path),
					.top = other->top,
					.kind = PLACEHOLDER_DIR,
				};
	}
}

static int make_commondir(int dir, const char *name)
{
	_cleanup_fd_ int fd =
		openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		       placeholder_mode(PLACEHOLDER_COMMONDIR) & 0777);

	return fd < 0 ? -errno
		      : write_all(fd, placeholder_commondir, strlen(placeholder_commondir));
}

static int make_new(enum placeholder kind, int dir, const char *name)
{
	const mode_t mode = placeholder_mode(kind);

	if (kind == PLACEHOLDER_COMMONDIR)
		return make_commondir(dir, name);
	if (S_ISDIR(mode))
		return mkdirat(dir, name, mode & 0777) < 0 ? -errno : 0;
	return mknodat(dir, name, mode, 0) < 0 ? -errno : 0;
}

enum { MADE_LINK = 1, RECOVER_TRIES = 50, RECOVER_NAP_US = 20000 };

/*
 * A socket that stays in the state directory serves every task whose workspace is in the same file
 * system: where many files were removed a short time ago, to find a free inode may take ext4 a
 * millisecond. What has content is not kept: somebody might still have it open.
 */
static void use_socket(struct maker *m)
{
	static const char name[] = ".socket";
	const int dir = m->p->journal.dir;
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 &&
	    (make_new(PLACEHOLDER_SOCKET, dir, name) < 0 ||
	     fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0))
		return;
	if (S_ISSOCK(st.st_mode))
		m->original[PLACEHOLDER_SOCKET] = (struct original){
			.dir = fcntl(dir, F_DUPFD_CLOEXEC, 3),
			.name = name,
			.dev = st.st_dev,
			.ino = st.st_ino,
		};
}

/*
 * Makes @held in @dir, or returns -EEXIST, or MADE_LINK if it is a link of the original. Where a
 * file system has no sockets, it is a directory.
 */
static int make(struct maker *m, struct held *held, int dir, const char *name)
{
	struct original *original = &m->original[held->kind];
	int r;

	if (original->dir >= 0 && linkat(original->dir, original->name, dir, name, 0) == 0)
		return MADE_LINK;
	if (original->dir >= 0 && errno == EEXIST)
		return -EEXIST;
	r = make_new(held->kind, dir, name);
	if (r < 0 && r != -EEXIST && held->kind == PLACEHOLDER_SOCKET) {
		held->kind = PLACEHOLDER_DIR;
		return make_new(held->kind, dir, name);
	}
	if (r == 0 && held->kind != PLACEHOLDER_DIR) {
		close_indirect(&original->dir);
		*original =
			(struct original){ .dir = fcntl(dir, F_DUPFD_CLOEXEC, 3), .name = name };
	}
	return r;
}

/* Makes @held and notes its inode, if it is ours or another task's. */
static int hold(struct maker *m, struct held *held, struct err *e)
{
	const char *name;
	const int dir = held_open_dir(&m->at, held, &name);
	struct stat st;
	int r = dir < 0 ? dir : make(m, held, dir, name);

	if (r < 0 && r != -EEXIST)
		return err_set(e, r, "keep %s from being made", held->path);
	if (r == MADE_LINK) {
		held->dev = m->original[held->kind].dev;
		held->ino = m->original[held->kind].ino;
		return 0;
	}
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0; /* somebody was faster; then the box will not start */
	held->dev = st.st_dev;
	held->ino = st.st_ino;
	if (r == 0) {
		m->original[held->kind].dev = st.st_dev;
		m->original[held->kind].ino = st.st_ino;
	}
	if (r == -EEXIST && !journal_shares(&m->p->journal, held))
		held->ino = 0;
	return 0;
}

/* Writes down, makes and writes down again all from @first on. */
static int make_from(struct placeholders *p, size_t first, struct err *e)
{
	struct maker m = { .p = p, .at = HELD_DIR_NONE };
	int r;

	for (size_t i = 0; i < LEN(m.original); i++)
		m.original[i].dir = -1;
	use_socket(&m);
	r = journal_write(&p->journal, p->held + first, p->n - first, e);
	for (size_t i = first; i < p->n && r == 0; i++)
		r = hold(&m, &p->held[i], e);
	if (r == 0)
		r = journal_write(&p->journal, p->held + first, p->n - first, e);
	for (size_t i = 0; i < LEN(m.original); i++)
		close_indirect(&m.original[i].dir);
	held_close_dir(&m.at);
	return r;
}

int placeholders_make(struct placeholders *p, const struct plan *plan, const struct host *host,
		      const char *state_dir, struct err *e)
{
	int r;

	*p = PLACEHOLDERS_NONE;
	p->host = host;
	p->state_dir = state_dir;
	r = journal_open(&p->journal, state_dir, host->task, e);
	list_shared(p, plan); /* before what lies in them: they are removed after it */
	list(p, plan, host);
	if (r == 0)
		r = make_from(p, 0, e);
	journal_unlock(&p->journal);
	return r;
}

static enum placeholder kind_for(const struct step *step)
{
	if (step->kind == STEP_PLACEHOLDER)
		return (enum placeholder)step->n;
	if (!strstr(step->dst, "/.git/"))
		return PLACEHOLDER_SOCKET;
	return str_ends(str_of(step->dst), "/commondir") ? PLACEHOLDER_COMMONDIR : PLACEHOLDER_FILE;
}

int placeholders_restore(struct placeholders *p, const struct step *step)
{
	struct err e;
	int r = p->journal.dir < 0 ? journal_open(&p->journal, p->state_dir, p->host->task, &e)
				   : journal_lock(&p->journal, &e);

	if (r == 0) {
		*arena_push(&p->arena, p->held, p->n) = (struct held){
			.path = arena_strdup(&p->arena, step->dst),
			.top = top_of(step->dst, p->host),
			.kind = kind_for(step),
		};
		r = make_from(p, p->n - 1, &e);
	}
	journal_unlock(&p->journal);
	return r;
}

void placeholders_remove(struct placeholders *p)
{
	journal_undo(&p->journal, p->held, p->n);
	journal_close(&p->journal);
	arena_fini(&p->arena);
	*p = PLACEHOLDERS_NONE;
}

/*
 * A process that a killed one has forked may hold its journal for a moment yet, which then looks
 * like another task's: those are looked at again.
 */
void placeholders_recover(const char *state_dir)
{
	struct journal j;
	struct err e;
	size_t others;

	for (int i = 0; i < RECOVER_TRIES; i++) {
		if (i > 0)
			usleep(RECOVER_NAP_US);
		journal_open(&j, state_dir, "", &e);
		others = j.n_others;
		journal_close(&j);
		if (others == 0)
			break;
	}
}
