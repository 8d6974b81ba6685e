/* SPDX-License-Identifier: Apache-2.0 */
#include "os/profiles.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "os/sys.h"
#include "os/user.h"

/*
 * Theory of operation
 *
 * Whoever can write a profile decides what the box may do. So a file is looked at before it is
 * opened for reading (an O_PATH descriptor wakes no device and waits for no FIFO), judged by that
 * descriptor and not by its name, and then read through it: a symbolic link is fine if what it
 * leads to is fine, and nothing can be exchanged in between. Nor may others be able to exchange a
 * directory above it or the link; in one like /tmp nobody can move what belongs to somebody else.
 *
 * The vendor's directory is as trustworthy as this program, which was installed with it.
 */

enum { USERS, SYSTEMS, VENDORS };
enum { PROFILE_MAX = 1 << 20, NAME_LEN_MAX = 64 };

static const char *home_dir(void)
{
	const char *home = getenv("HOME");
	const struct passwd *pw;

	if (home && home[0] == '/')
		return home;
	pw = user_find();
	return pw ? pw->pw_dir : NULL;
}

void profiles_init(struct profiles *p)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home;

	static_assert(VENDORS + 1 == PROFILE_DIRS, "every directory has its place");
	*p = (struct profiles){ .dir = { [SYSTEMS] = "/etc/agentbox", [VENDORS] = PROFILEDIR } };
	if (config && config[0] == '/') { /* XDG Base Directory: a relative one is ignored */
		p->dir[USERS] = arena_printf(&p->arena, "%s/agentbox", config);
	} else {
		home = home_dir();
		p->dir[USERS] = home ? arena_printf(&p->arena, "%s/.config/agentbox", home) : NULL;
	}
}

void profiles_fini(struct profiles *p)
{
	arena_fini(&p->arena);
	*p = (struct profiles){ 0 };
}

static const char *kind(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "a directory";
	case S_IFIFO:
		return "a FIFO";
	case S_IFSOCK:
		return "a socket";
	case S_IFREG:
		return NULL;
	}
	return "a device";
}

/*
 * Whoever owns this program can change what it does as well. In a user namespace that does not map
 * root that is how root's files look: they belong to the overflow uid (user_namespaces(7)).
 */
static uid_t owner_of_program(void)
{
	struct stat st;

	return stat("/proc/self/exe", &st) < 0 ? 0 : st.st_uid;
}

/* What is wrong with the owner and mode of a file or directory that has to be trusted; or NULL. */
static const char *distrust(const struct stat *st)
{
	if (st->st_uid != 0 && st->st_uid != geteuid() && st->st_uid != owner_of_program())
		return "it belongs to another user than root and you";
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) && !(S_ISDIR(st->st_mode) && st->st_mode & S_ISVTX))
		return "other users can write it (chmod go-w takes that away)";
	return NULL;
}

static int check_file(const char *name, const struct stat *st, struct err *e)
{
	const char *wrong = kind(st->st_mode);

	if (wrong)
		return err_say(e, -EINVAL, "profile %s is %s, not a file", name, wrong);
	if (st->st_size > PROFILE_MAX)
		return err_say(e, -EFBIG, "profile %s is larger than 1 MiB", name);
	wrong = distrust(st);
	return wrong ? err_say(e, -EPERM, "profile %s: %s", name, wrong) : 0;
}

/* Every directory above the canonical @path, up to the root. */
static int check_dirs(struct profiles *p, const char *path, struct err *e)
{
	char *dir = arena_strndup(&p->arena, path, (size_t)(strrchr(path, '/') - path));
	const char *first = arena_strdup(&p->arena, dir), *wrong, *shown;
	struct stat st;

	if (p->trusted && !strcmp(p->trusted, first))
		return 0;
	for (;;) {
		shown = dir[0] ? dir : "/";
		if (stat(shown, &st) < 0)
			return err_set(e, -errno, "directory %s of a profile", shown);
		wrong = distrust(&st);
		if (wrong)
			return err_say(e, -EPERM, "directory %s, above profile %s: %s", shown, path,
				       wrong);
		if (!dir[0])
			break;
		*strrchr(dir, '/') = '\0';
	}
	p->trusted = first;
	return 0;
}

/* The canonical path of what @fd is open on. */
static int locate(struct profiles *p, int fd, const char **path, struct err *e)
{
	char link[32], target[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, target, sizeof(target));
	if (n < 0 || n == sizeof(target) || target[0] != '/')
		return err_set(e, n < 0 ? -errno : -ENAMETOOLONG, "find out where a profile lies");
	*path = arena_strndup(&p->arena, target, (size_t)n);
	return 0;
}

/* The directory in which a link lies can exchange the link. */
static int check_place(struct profiles *p, const char *name, const char *path, struct err *e)
{
	const char *dir = arena_strndup(&p->arena, name, (size_t)(strrchr(name, '/') - name) + 1);
	_cleanup_fd_ int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *named = NULL;
	int r;

	if (fd < 0)
		return err_set(e, -errno, "open directory %s", dir);
	r = locate(p, fd, &named, e);
	if (r == 0)
		r = check_dirs(p, arena_printf(&p->arena, "%s/", named), e);
	return r == 0 ? check_dirs(p, path, e) : r;
}

/* @fd is an O_PATH descriptor: open for reading what was judged through it. */
static int read_text(int fd, const char *name, struct arena *arena, struct str *text, struct err *e)
{
	_cleanup_fd_ int file = -1;
	char link[32];
	int r;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	file = open(link, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	r = file < 0 ? -errno : read_whole(file, PROFILE_MAX, arena, text);
	return r < 0 ? err_set(e, r, "read profile %s", name) : 0;
}

static int read_file(struct profiles *p, const char *name, bool vendors, struct arena *arena,
		     struct str *text, struct err *e)
{
	_cleanup_fd_ int fd = open(name, O_PATH | O_CLOEXEC);
	struct stat st;
	const char *path = NULL;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(e, -errno, "open profile %s", name);
	r = check_file(name, &st, e);
	if (r == 0)
		r = locate(p, fd, &path, e);
	if (r == 0 && !vendors)
		r = check_place(p, name, path, e);
	if (r < 0)
		return r;
	*arena_push(&p->arena, p->file, p->n_files) = path;
	return read_text(fd, name, arena, text, e);
}

/* What a profile can be called: it becomes part of a path and of lines of the log. */
static bool is_name(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n <= NAME_LEN_MAX && s[0] != '.' && s[0] != '-' &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == n;
}

static int not_found(const struct profiles *p, const char *name, struct err *e)
{
	char places[800], hint[200];
	struct buf where = BUF(places), file = BUF(hint);

	for (size_t i = 0; i < LEN(p->dir); i++)
		if (p->dir[i])
			buf_printf(&where, "%s%s", where.n ? ", " : "", p->dir[i]);
	if (str_ends(str_of(name), ".ini"))
		buf_printf(&file, "; a file is named with a slash: ./%s", name);
	return err_say(e, -ENOENT, "there is no profile \"%s\" in %s%s", name, places, hint);
}

static int search(struct profiles *p, const char *name, struct arena *arena, const char **file,
		  struct str *text, struct err *e)
{

	if (!is_name(name))
		return err_say(
			e, -EINVAL,
			"a profile's name has letters, digits, '.', '_' and '-', at most 64; a "
			"file is named by a path with a slash");
	for (size_t i = 0; i < LEN(p->dir); i++) {
		if (!p->dir[i])
			continue;
		*file = arena_printf(arena, "%s/%s.ini", p->dir[i], name);
		/* A link that leads nowhere hides what comes after it, too. */
		if (faccessat(AT_FDCWD, *file, F_OK, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT)
			return read_file(p, *file, i == VENDORS, arena, text, e);
	}
	return not_found(p, name, e);
}

static int read_profile(const struct policy_source *source, const char *name, struct arena *arena,
			const char **file, struct str *text, struct err *e)
{
	if (!strchr(name, '/'))
		return search(source->of, name, arena, file, text, e);
	*file = arena_strdup(arena, name);
	return read_file(source->of, name, false, arena, text, e);
}

struct policy_source profiles_source(struct profiles *p)
{
	return (struct policy_source){ read_profile, p };
}

int profiles_outside(const struct profiles *p, const char *dir, struct err *e)
{
	size_t n = strlen(dir);

	for (size_t i = 0; i < p->n_files; i++)
		if (!strncmp(p->file[i], dir, n) && (p->file[i][n] == '/' || n == 1))
			return err_say(e, -EPERM,
				       "profile %s lies in %s, which the box can write: copy it to "
				       "%s, and name it there",
				       p->file[i], dir,
				       p->dir[USERS] ? p->dir[USERS] : p->dir[SYSTEMS]);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct profile_entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static bool listed(const struct profile_entry *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(list[i].name, name))
			return true;
	return false;
}

static size_t list_dir(struct profiles *p, const char *dir, struct profile_entry **list, size_t n)
{
	const size_t first = n;
	struct profile_entry entry = { .dir = dir };
	struct dirent *d;
	DIR *stream = opendir(dir);

	while (stream && (d = readdir(stream))) {
		struct str name = str_of(d->d_name);

		if (!str_ends(name, ".ini"))
			continue;
		entry.name = arena_strndup(&p->arena, name.p, name.n - strlen(".ini"));
		entry.shadowed = listed(*list, first, entry.name);
		if (is_name(entry.name))
			*arena_push(&p->arena, *list, n) = entry;
	}
	if (stream)
		closedir(stream);
	if (n > first)
		qsort(*list + first, n - first, sizeof(**list), by_name);
	return n;
}

size_t profiles_list(struct profiles *p, const struct profile_entry **out)
{
	struct profile_entry *list = NULL;
	size_t n = 0;

	for (size_t i = 0; i < LEN(p->dir); i++)
		if (p->dir[i])
			n = list_dir(p, p->dir[i], &list, n);
	*out = list;
	return n;
}
