/* SPDX-License-Identifier: Apache-2.0 */
#include "os/mounts.h"

#include <errno.h>
#include <fcntl.h>

#include "os/sys.h"
#include "policy/host.h"

/*
 * Theory of operation
 *
 * A directory has other names where it, or one above it, is mounted a second time (mount --bind).
 * Paths do not show that; the place in the file system does: each line of mountinfo tells which
 * directory of which file system is seen at a mount point, and so leads from a path to a place.
 * Two paths reach the same when they lead into the same file system and one place lies in the
 * other.
 */

enum { MOUNTINFO_MAX = 8 << 20 };

/* A directory of a file system. */
struct place {
	struct str dev;
	const char *path;
};

/* Blank, tab, newline and backslash are written in three octal digits (proc_pid_mountinfo(5)). */
static const char *unescape(struct str field, struct arena *arena)
{
	char *out = arena_strndup(arena, field.p, field.n), *to = out;

	for (const char *from = out; *from; from++)
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] && from[3]) {
			*to++ = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 |
				       (from[3] - '0'));
			from += 3;
		} else {
			*to++ = *from;
		}
	*to = '\0';
	return out;
}

void mounts_parse(struct mounts *mounts, struct str text, struct arena *arena)
{
	struct str line, field[5];

	*mounts = (struct mounts){ 0 };
	while (text.n) { /* NOLINT(clang-analyzer-core.uninitialized.Branch): str_cut() sets it */
		str_cut(text, '\n', &line, &text);
		for (size_t i = 0; i < LEN(field); i++)
			str_cut(line, ' ', &field[i], &line);
		if (!str_starts(field[4], "/"))
			continue;
		*arena_push(arena, mounts->mount, mounts->n) = (struct mount){
			.dev = field[2],
			.root = unescape(field[3], arena),
			.point = unescape(field[4], arena),
		};
	}
}

int mounts_read(struct mounts *mounts, struct arena *arena, struct err *e)
{
	_cleanup_fd_ int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	struct str text;
	int r = fd < 0 ? -errno : read_whole(fd, MOUNTINFO_MAX, arena, &text);

	if (r < 0)
		return err_set(e, r, "read /proc/self/mountinfo");
	mounts_parse(mounts, text, arena);
	return 0;
}

/* Where @path lies; .path is NULL if that is not to be found. The last of the mounts at one point
 * is the one that is seen. */
static struct place place_of(const struct mounts *mounts, const char *path, struct arena *arena)
{
	const struct mount *best = NULL;
	const char *rest;
	size_t n;

	for (size_t i = 0; i < mounts->n; i++)
		if (path_is_below(path, mounts->mount[i].point) &&
		    (!best || strlen(mounts->mount[i].point) >= strlen(best->point)))
			best = &mounts->mount[i];
	if (!best)
		return (struct place){ 0 };
	n = strlen(best->point);
	rest = path + (n == 1 ? 0 : n);
	return (struct place){
		.dev = best->dev,
		.path = strcmp(best->root, "/") == 0
				? (*rest ? rest : "/")
				: arena_printf(arena, "%s%s", best->root, rest),
	};
}

static bool meet(struct place a, struct place b)
{
	return str_eq(a.dev, b.dev) &&
	       (path_is_below(a.path, b.path) || path_is_below(b.path, a.path));
}

bool mounts_overlap(const struct mounts *mounts, const char *a, const char *b, struct arena *arena)
{
	const struct place first = place_of(mounts, a, arena), second = place_of(mounts, b, arena);

	if (!first.path || !second.path)
		return true;
	if (!path_is_below(b, a) && !path_is_below(a, b) && meet(first, second))
		return true;
	for (size_t i = 0; i < mounts->n; i++) {
		const struct mount *mount = &mounts->mount[i];

		if (path_is_below(mount->point, b) && !path_is_below(mount->point, a) &&
		    !path_is_below(a, mount->point) &&
		    meet(first, (struct place){ mount->dev, mount->root }))
			return true;
	}
	return false;
}
