/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/placeholder.h"

#include <assert.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"

/*
 * Theory of operation
 *
 * A mount needs something to stand on, so that what is protected and not there cannot be made in
 * the box, something has to be made for it in the user's directory before. It lives as long as the
 * task and should not be noticed by anybody:
 *
 * - A socket is what git does not list, whatever walks a directory passes over, and nobody takes
 *   for an empty configuration file. It is one inode with a hard link for each name, which costs
 *   a tenth of what directories do; and since it has no content, one that serves all tasks.
 * - What lies in a git directory is never listed, but read: an empty file says nothing there, nor
 *   does it elsewhere where git's configuration includes it, though it is listed then. An
 *   empty commondir is an error (git: "failed to read"); "./" says that the directory is its own.
 *   libgit2 wants the slash.
 * - A .git that is no directory may be an error to git, an empty directory is not. A link to
 *   nowhere would be nothing to both git and go, but ends whoever looks at all entries:
 *   node --test. So it is a directory, and go, to which any .git is a repository, is told not to
 *   ask (plan_workspace.c).
 */

const char placeholder_commondir[] = "./\n";

static const char *const names[] = {
	[PLACEHOLDER_NONE] = "none",	 [PLACEHOLDER_SOCKET] = "socket",
	[PLACEHOLDER_FILE] = "file",	 [PLACEHOLDER_COMMONDIR] = "commondir",
	[PLACEHOLDER_DIR] = "directory",
};
static_assert(LEN(names) == N_PLACEHOLDERS, "each kind has a name");

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

enum placeholder placeholder_for(const char *path, const struct pattern *pattern)
{
	const char *name = name_of(path);

	if (!str_starts(pattern->glob, ".git/"))
		return PLACEHOLDER_SOCKET;
	if (!strcmp(name, ".git"))
		return PLACEHOLDER_DIR;
	if (!strcmp(name, "commondir"))
		return PLACEHOLDER_COMMONDIR;
	return strcmp(name, name_of(pattern->glob.p)) ? PLACEHOLDER_DIR : PLACEHOLDER_FILE;
}

mode_t placeholder_mode(enum placeholder kind)
{
	switch (kind) {
	case PLACEHOLDER_SOCKET:
		return S_IFSOCK | 0600;
	case PLACEHOLDER_FILE:
	case PLACEHOLDER_COMMONDIR:
		return S_IFREG | 0444;
	case PLACEHOLDER_DIR:
		return S_IFDIR | 0755;
	case PLACEHOLDER_NONE:
	case N_PLACEHOLDERS:
		break;
	}
	return 0;
}

bool placeholder_is(enum placeholder kind, mode_t mode, uint64_t size)
{
	/* Who made it may have been killed before it was written. */
	const bool unwritten = size == 0,
		   written = kind == PLACEHOLDER_COMMONDIR && size == strlen(placeholder_commondir);

	if (kind == PLACEHOLDER_SOCKET) /* whose permissions mean nothing, and may be changed */
		return S_ISSOCK(mode);
	return kind != PLACEHOLDER_NONE && mode == placeholder_mode(kind) &&
	       (unwritten || written || !S_ISREG(mode));
}

const char *placeholder_name(enum placeholder kind)
{
	assert(kind < N_PLACEHOLDERS);
	return names[kind];
}
