/* SPDX-License-Identifier: Apache-2.0 */
#include "os/trees.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "os/sys.h"

/*
 * Theory of operation
 *
 * A tree of 50,000 files has perhaps 2,000 packages, and only what names those is looked at. A
 * directory is a place, of which a table says what in it counts: another place, or a mark. Where
 * only fixed names count, those are opened and the directory is not read. What is not in the table
 * is passed over: a package's own files.
 *
 * The time of change (st_ctime, inode(7)) of a directory says when something in it was made,
 * removed or renamed, and that of a directory that was renamed itself when that was; nobody can set
 * it. So what has an older one than a task begun is as it was before it.
 */

enum place {
	PLACE_START,
	PLACE_NODE_MODULES,
	PLACE_SCOPE,  /* @scope */
	PLACE_STORE,  /* .pnpm */
	PLACE_STORED, /* name@version in it */
	PLACE_NPM,    /* a package */
	PLACE_ENVIRONMENTS,
	PLACE_PYTHON, /* on the way to site-packages */
	PLACE_SITE,
	PLACE_DIST_INFO,
	PLACE_EGG_INFO,
	PLACE_VENDOR,
	PLACE_COMPOSER,
	PLACE_CRATE,
	PLACE_BUNDLE,
	PLACE_GEMS,
	PLACE_TARGET,
	PLACE_PROFILE,
	PLACE_CROSS, /* target/TRIPLE/PROFILE */
	PLACE_DEPS,
	PLACE_YARN,
	PLACE_YARN_CACHE,
	PLACE_GO_DOWNLOAD,
	PLACE_GO_MODULE,
	N_PLACES
};

enum { DEPTH_MAX = 64 };

#define PLACE(in, name, to)                                                                        \
	{                                                                                          \
		PLACE_##in, name, PLACE_##to, LOCK_NONE                                            \
	}
#define MARK(in, name, format)                                                                     \
	{                                                                                          \
		PLACE_##in, name, PLACE_START, LOCK_##format                                       \
	}

/* The first row that matches counts; with neither place nor format the name is passed over. */
static const struct row {
	enum place in;
	const char *name; /* fnmatch(3) */
	enum place to;
	enum lock_format format;
} rows[] = {
	PLACE(START, "node_modules", NODE_MODULES),
	PLACE(START, "site-packages", SITE),
	PLACE(START, "*.dist-info", DIST_INFO),
	PLACE(START, ".tox", ENVIRONMENTS),
	PLACE(START, ".nox", ENVIRONMENTS),
	PLACE(START, "vendor", VENDOR),
	PLACE(START, "*venv", PYTHON),
	PLACE(START, "target", TARGET),
	PLACE(START, ".yarn", YARN),
	PLACE(START, "@v", GO_DOWNLOAD),
	PLACE(START, "*@v[0-9]*", GO_MODULE),

	MARK(NODE_MODULES, ".package-lock.json", PACKAGE_LOCK),
	PLACE(NODE_MODULES, ".pnpm", STORE),
	PLACE(NODE_MODULES, ".*", START),
	PLACE(NODE_MODULES, "@*", SCOPE),
	PLACE(NODE_MODULES, "*", NPM),
	PLACE(SCOPE, "*", NPM),
	MARK(STORE, "lock.yaml", PNPM),
	PLACE(STORE, "*", STORED),
	PLACE(STORED, "node_modules", NODE_MODULES),
	MARK(NPM, "package.json", NPM_PACKAGE),
	PLACE(NPM, "node_modules", NODE_MODULES),

	PLACE(ENVIRONMENTS, "*", PYTHON),
	PLACE(PYTHON, "lib*", PYTHON),
	PLACE(PYTHON, "python*", PYTHON),
	PLACE(PYTHON, "site-packages", SITE),
	PLACE(PYTHON, "dist-packages", SITE),
	PLACE(SITE, "*.dist-info", DIST_INFO),
	PLACE(SITE, "*.egg-info", EGG_INFO),
	MARK(DIST_INFO, "METADATA", PYTHON_PACKAGE),
	MARK(EGG_INFO, "PKG-INFO", PYTHON_PACKAGE),

	MARK(VENDOR, "modules.txt", GO_VENDOR),
	PLACE(VENDOR, "composer", COMPOSER),
	PLACE(VENDOR, "bundle", BUNDLE),
	PLACE(VENDOR, "*", CRATE),
	MARK(COMPOSER, "installed.json", COMPOSER),
	MARK(CRATE, "Cargo.toml", CRATE),
	PLACE(BUNDLE, "ruby", BUNDLE),
	PLACE(BUNDLE, "[0-9]*", BUNDLE),
	PLACE(BUNDLE, "specifications", GEMS),
	MARK(GEMS, "*.gemspec", GEMSPEC),

	PLACE(TARGET, "*", PROFILE),
	PLACE(PROFILE, "deps", DEPS),
	PLACE(PROFILE, "*", CROSS),
	PLACE(CROSS, "deps", DEPS),
	MARK(DEPS, "*.d", RUST_DEPS),

	PLACE(YARN, "cache", YARN_CACHE),
	PLACE(YARN, "unplugged", STORE),
	MARK(YARN_CACHE, "*.zip", YARN_ARCHIVE),

	MARK(GO_DOWNLOAD, "*.zip", GO_MODULE),
	MARK(GO_MODULE, ".", GO_MODULE),
};

struct walk {
	struct tree_visitor *visitor;
	uint64_t patterned; /* bits of places: names in them have to be read */
	int64_t latest;
	unsigned depth;
	size_t n; /* of the path */
	char path[PATH_MAX];
};

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void mark(struct walk *w, int dir, const char *name, enum lock_format format,
		 int64_t changed)
{
	struct tree_mark mark = { .name = name, .dir = dir, .format = format };
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT)
			w->latest = INT64_MAX;
		return;
	}
	w->latest = later(w->latest, file_time(st.st_ctim));
	mark.changed = later(changed, file_time(st.st_ctim));
	mark.path = w->path;
	if (w->visitor)
		w->visitor->mark(w->visitor, &mark);
}

static void enter(struct walk *w, int parent, const char *name, enum place place, int64_t changed);

/* @row is what @name is in the directory @dir. */
static void follow(struct walk *w, int dir, const struct row *row, const char *name,
		   int64_t changed)
{
	const size_t n = w->n;

	if (row->to == PLACE_START && row->format == LOCK_NONE)
		return;
	if (n + strlen(name) + 2 > sizeof(w->path)) {
		w->latest = INT64_MAX;
		return;
	}
	w->n += (size_t)snprintf(w->path + n, sizeof(w->path) - n, "/%s", name);
	if (row->format == LOCK_NONE)
		enter(w, dir, name, row->to, changed);
	else
		mark(w, dir, name, row->format, changed);
	w->n = n;
	w->path[n] = '\0';
}

static const struct row *find(enum place place, const char *name)
{
	for (size_t i = 0; i < LEN(rows); i++)
		if (rows[i].in == place && fnmatch(rows[i].name, name, 0) == 0)
			return &rows[i];
	return NULL;
}

/* An egg-info can be a file, too; a link is nothing that is installed here. */
static void read_names(struct walk *w, int fd, enum place place, int64_t changed)
{
	DIR *stream = fdopendir(fcntl(fd, F_DUPFD_CLOEXEC, 3));
	const struct dirent *entry;

	if (!stream)
		w->latest = INT64_MAX;
	while (stream && (entry = readdir(stream))) {
		const struct row *row = find(place, entry->d_name);

		if (!row || entry->d_type == DT_LNK || !strcmp(entry->d_name, ".") ||
		    !strcmp(entry->d_name, ".."))
			continue;
		if (row->format != LOCK_NONE || entry->d_type != DT_REG)
			follow(w, fd, row, entry->d_name, changed);
		else if (row->to == PLACE_EGG_INFO)
			follow(w, fd, &(struct row)MARK(SITE, "", PYTHON_PACKAGE), entry->d_name,
			       changed);
	}
	if (stream)
		closedir(stream);
}

/*
 * With nobody to tell, a directory of which all that counts has a fixed name is not opened: of
 * @name and these names in it only the times are looked at.
 */
static void pass(struct walk *w, int parent, const char *name, enum place place)
{
	char below[PATH_MAX];
	struct stat st;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			w->latest = INT64_MAX;
		return;
	}
	if (!S_ISDIR(st.st_mode))
		return;
	w->latest = later(w->latest, file_time(st.st_ctim));
	for (size_t i = 0; i < LEN(rows); i++)
		if (rows[i].in == place) {
			if (snprintf(below, sizeof(below), "%s/%s", name, rows[i].name) >=
			    (int)sizeof(below))
				w->latest = INT64_MAX;
			else
				follow(w, parent, &rows[i], below, 0);
		}
}

/* NOLINTNEXTLINE(misc-no-recursion): DEPTH_MAX deep */
static void enter_open(struct walk *w, int parent, const char *name, enum place place,
		       int64_t changed)
{
	_cleanup_fd_ int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		return;
	if (fd < 0 || fstat(fd, &st) < 0 || w->depth == DEPTH_MAX) {
		w->latest = INT64_MAX;
		return;
	}
	w->depth++;
	w->latest = later(w->latest, file_time(st.st_ctim));
	/* The tree itself changes with all that is put into it. */
	changed = w->depth == 1 ? 0 : later(changed, file_time(st.st_ctim));
	if (w->patterned >> place & 1)
		read_names(w, fd, place, changed);
	else
		for (size_t i = 0; i < LEN(rows); i++)
			if (rows[i].in == place)
				follow(w, fd, &rows[i], rows[i].name, changed);
	w->depth--;
}

/* NOLINTNEXTLINE(misc-no-recursion): DEPTH_MAX deep */
static void enter(struct walk *w, int parent, const char *name, enum place place, int64_t changed)
{
	if (w->visitor || w->patterned >> place & 1)
		enter_open(w, parent, name, place, changed);
	else
		pass(w, parent, name, place);
}

int64_t trees_walk(int top, const char *path, struct tree_visitor *visitor)
{
	const char *slash = strrchr(path, '/');
	const struct row *row = find(PLACE_START, slash ? slash + 1 : path);
	struct walk w = { .visitor = visitor };

	if (!row || strlen(path) >= sizeof(w.path))
		return 0;
	for (size_t i = 0; i < LEN(rows); i++)
		w.patterned |= strpbrk(rows[i].name, "*[") ? UINT64_C(1) << rows[i].in : 0;
	w.n = (size_t)snprintf(w.path, sizeof(w.path), "%s", path);
	enter(&w, top, path, row->to, 0);
	return w.latest;
}
