/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "os/sys.h"

#ifndef SYS_open_tree_attr
#define SYS_open_tree_attr 467 /* on every architecture */
#endif

/* The new root grows over /proc: every host has that directory, and nothing is bound from it. */
static const char staging[] = "/proc";

/* Paths of a plan are absolute in the box, which is to say relative to the new root. */
static const char *in_root(const char *path)
{
	return path + 1;
}

static int open_without_links(const char *path, uint64_t resolve)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | resolve,
	};

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

/* open_point(), with a path that it may cut for a while. */
static int open_made(char *path, bool file)
{
	char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	_cleanup_fd_ int dir = AT_FDCWD;
	int fd = open_without_links(path, RESOLVE_BENEATH), r;

	if (fd >= 0 || errno != ENOENT)
		return fd < 0 ? -errno : fd;
	if (slash) {
		*slash = '\0';
		dir = open_made(path, false);
		*slash = '/';
		if (dir < 0)
			return dir;
	}
	r = file ? mknodat(dir, name, S_IFREG | 0444, 0) : mkdirat(dir, name, 0755);
	if (r < 0 && errno != EEXIST)
		return -errno;
	fd = open_without_links(path, RESOLVE_BENEATH);
	return fd < 0 ? -errno : fd;
}

/*
 * Opens a path of the new root without following a link: an absolute one would lead out of it. What
 * is missing is made: directories, the last of them for @file an empty file.
 */
static int open_point(const char *relative, bool file)
{
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof(path), "%s", relative) >= sizeof(path))
		return -ENAMETOOLONG;
	return open_made(path, file);
}

/*
 * The same by path alone, for what lies in our own tmpfs trees, where nobody else makes links and a
 * plan goes beyond none of its own (plan.c, check_links).
 */
static int make_point(const char *relative, bool file)
{
	char parent[PATH_MAX];

	for (bool again = false;; again = true) {
		int r = file ? mknod(relative, S_IFREG | 0444, 0) : mkdir(relative, 0755);

		if (r == 0 || errno == EEXIST)
			return 0;
		if (errno != ENOENT || again)
			return -errno;
		for (const char *slash = strchr(relative, '/'); slash;
		     slash = strchr(slash + 1, '/')) {
			snprintf(parent, sizeof(parent), "%.*s", (int)(slash - relative), relative);
			mkdir(parent, 0755);
		}
	}
}

int mount_root(const struct step *step, struct err *e)
{
	char options[64];

	/* What the host mounts from now on must not show up here, and pivot_root(2) wants it. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_set(e, -errno, "make mounts private");
	snprintf(options, sizeof(options), "mode=0755,size=%llu", (unsigned long long)step->n);
	if (mount("tmpfs", staging, "tmpfs", MS_NOSUID | MS_NODEV, options) < 0)
		return err_set(e, -errno, "mount the root");
	if (chdir(staging) < 0)
		return err_set(e, -errno, "enter the root");
	return 0;
}

int mount_dir(const struct step *step, struct err *e)
{
	if (mkdir(in_root(step->dst), step->mode) < 0)
		return err_set(e, -errno, "make directory %s", step->dst);
	return 0;
}

int mount_file(const struct step *step, struct err *e)
{
	const size_t n = step->n ? step->n : strlen(step->text);
	_cleanup_fd_ int fd = -1;
	int r;

	if (n == 0 && mknod(in_root(step->dst), S_IFREG | step->mode, 0) == 0)
		return 0;
	fd = open(in_root(step->dst), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, step->mode);
	if (fd < 0)
		return err_set(e, -errno, "make %s", step->dst);
	r = write_all(fd, step->text, n);
	return r < 0 ? err_set(e, r, "write %s", step->dst) : 0;
}

int mount_link(const struct step *step, struct err *e)
{
	const char *path = in_root(step->dst), *slash = strrchr(path, '/');
	char parent[PATH_MAX];
	int r = symlink(step->text, path) < 0 ? -errno : 0;

	if (r == -ENOENT && slash) {
		snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
		r = make_point(parent, false);
		if (r == 0)
			r = symlink(step->text, path) < 0 ? -errno : 0;
	}
	return r < 0 ? err_set(e, r, "link %s to %s", step->dst, step->text) : 0;
}

static int mount_fresh(const struct step *step, const char *type, unsigned long flags,
		       const char *options, struct err *e)
{
	int r = make_point(in_root(step->dst), false);

	if (r < 0)
		return err_set(e, r, "make %s", step->dst);
	if (mount(type, in_root(step->dst), type, MS_NOSUID | flags, options) < 0)
		return err_set(e, -errno, "mount %s at %s", type, step->dst);
	return 0;
}

int mount_tmpfs(const struct step *step, struct err *e)
{
	char options[96];
	int n = snprintf(options, sizeof(options), "mode=%04o", step->mode);

	if (step->n)
		snprintf(options + n, sizeof(options) - (size_t)n, ",size=%llu,nr_inodes=%llu",
			 (unsigned long long)step->n, (unsigned long long)step->m);
	return mount_fresh(step, "tmpfs", MS_NODEV, options, e);
}

/*
 * The tmpfs holds the upper layer, and the merged tree covers it. The lower one is found without
 * following a link and then named as the working directory: a path would be a string of options.
 */
int mount_overlay(const struct step *step, struct err *e)
{
	_cleanup_fd_ int lower = open_without_links(step->src, 0);
	char upper[PATH_MAX], work[PATH_MAX], options[2 * PATH_MAX + 64];
	int r = mount_tmpfs(step, e);

	if (r < 0)
		return r;
	snprintf(upper, sizeof(upper), "%s%s/upper", staging, step->dst);
	snprintf(work, sizeof(work), "%s%s/work", staging, step->dst);
	snprintf(options, sizeof(options), "lowerdir=.,upperdir=%s,workdir=%s,userxattr", upper,
		 work);
	if (lower < 0 || mkdir(upper, step->mode) < 0 || mkdir(work, 0700) < 0 || fchdir(lower) < 0)
		return err_set(e, -errno, "lay something over %s", step->src);
	*strrchr(upper, '/') = '\0';
	r = mount("overlay", upper, "overlay", MS_NOSUID | MS_NODEV, options) < 0 ? -errno : 0;
	if (chdir(staging) < 0 && r == 0)
		r = -errno;
	return r < 0 ? err_set(e, r, "lay something over %s", step->src) : 0;
}

int mount_proc(const struct step *step, struct err *e)
{
	return mount_fresh(step, "proc", MS_NODEV | MS_NOEXEC, NULL, e);
}

int mount_devpts(const struct step *step, struct err *e)
{
	return mount_fresh(step, "devpts", MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620", e);
}

/*
 * A private copy of the mounts at @path and below, with the flags of @step. They are set before the
 * copy can be seen, submounts included: the box never sees a moment in which it is writable.
 * open_tree_attr(2) does both at once, from Linux 6.15 on.
 */
static int clone_tree(int dir, const char *path, unsigned how, const struct step *step)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_NOSUID | (step->flags & STEP_DEVICE ? 0 : MOUNT_ATTR_NODEV) |
			    (step->flags & STEP_READONLY ? MOUNT_ATTR_RDONLY : 0) |
			    (step->flags & STEP_NOEXEC ? MOUNT_ATTR_NOEXEC : 0),
	};
	const unsigned flags =
		OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | (*path ? how : AT_EMPTY_PATH);
	_cleanup_fd_ int tree =
		(int)syscall(SYS_open_tree_attr, dir, path, flags, &attr, sizeof(attr));

	if (tree >= 0 || errno != ENOSYS)
		return tree < 0 ? -errno : fd_steal(&tree);
	tree = (int)syscall(SYS_open_tree, dir, path, flags);
	if (tree < 0 || syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr,
				sizeof(attr)) < 0)
		return -errno;
	return fd_steal(&tree);
}

/* The file of descriptor @fd, found again by its name: a mount can be copied only from within. */
static int open_by_name(int fd)
{
	char link[32], name[PATH_MAX];
	_cleanup_fd_ int found = -1;
	struct stat one, other;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, name, sizeof(name) - 1);
	if (n < 0)
		return -errno;
	name[n] = '\0';
	found = open_without_links(name, 0);
	if (found < 0 || fstat(found, &other) < 0 || fstat(fd, &one) < 0)
		return -errno;
	return one.st_dev == other.st_dev && one.st_ino == other.st_ino ? fd_steal(&found)
									: -ESTALE;
}

int mount_reopen(const struct step *step, struct err *e)
{
	const struct step readonly = { .flags = STEP_READONLY | STEP_NOEXEC };
	int fd = (int)step->n;
	_cleanup_fd_ int found = open_by_name(fd), tree = -1, file = -1;
	char link[32];

	if (found < 0)
		return err_set(e, found,
			       "find the file of descriptor %d by its name; use a pipe instead",
			       fd);
	tree = clone_tree(found, "", 0, &readonly);
	if (tree < 0)
		return err_set(e, tree, "copy the mount of descriptor %d", fd);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", tree);
	file = open(link, O_RDONLY | O_CLOEXEC);
	if (file < 0 || lseek(file, lseek(fd, 0, SEEK_CUR), SEEK_SET) < 0 || dup2(file, fd) < 0)
		return err_set(e, -errno, "open descriptor %d again", fd);
	return 0;
}

static int attach(int tree, int dir, const char *path)
{
	unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | (*path ? 0 : MOVE_MOUNT_T_EMPTY_PATH);

	return syscall(SYS_move_mount, tree, "", dir, path, flags) < 0 ? -errno : 0;
}

/* Of the system: only root changes the way to it, so its path can be used as it is. */
static int bind_system(const struct step *step)
{
	_cleanup_later_ int tree = clone_tree(AT_FDCWD, step->src, 0, step);
	int r = tree < 0 ? tree : make_point(in_root(step->dst), step->flags & STEP_NO_DIR);

	return r < 0 ? r : attach(tree, AT_FDCWD, in_root(step->dst));
}

/* Of the user: others may change the way to it, on both sides. */
static int bind_foreign(const struct step *step)
{
	_cleanup_later_ int src = open_without_links(step->src, 0);
	_cleanup_later_ int tree = src < 0 ? -errno : clone_tree(src, "", 0, step);
	_cleanup_later_ int point =
		tree < 0 ? tree : open_point(in_root(step->dst), step->flags & STEP_NO_DIR);

	return point < 0 ? point : attach(tree, point, "");
}

int mount_bind(const struct step *step, struct err *e)
{
	int r = step->flags & STEP_SYSTEM ? bind_system(step) : bind_foreign(step);

	return r < 0 ? err_set(e, r, "bind %s at %s", step->src, step->dst) : 0;
}

static int open_parent(struct mount_last *last, const char *path, size_t n)
{
	char dir[PATH_MAX];

	if (last->dir >= 0 && last->n == n && memcmp(last->path, path, n) == 0)
		return last->dir;
	snprintf(dir, sizeof(dir), "%.*s", n ? (int)n : 1, n ? path : ".");
	close_later(&last->dir);
	*last = (struct mount_last){ open_without_links(dir, RESOLVE_BENEATH), path, n,
				     last->hidden };
	return last->dir < 0 ? -errno : last->dir;
}

/*
 * Covers what is at the dst of @step with a copy of the mounts at @src of the box, or if NULL of
 * itself. What others can change the way to is found from its directory, which is opened once.
 */
static int cover(const struct step *step, const char *src, struct mount_last *last)
{
	const char *path = in_root(step->dst), *slash = strrchr(path, '/'), *name = path;
	int dir = AT_FDCWD;
	_cleanup_later_ int tree = -1;

	if (!(step->flags & STEP_SYSTEM)) {
		dir = open_parent(last, path, slash ? (size_t)(slash - path) : 0);
		name = slash ? slash + 1 : path;
	}
	if (dir < 0 && dir != AT_FDCWD)
		return dir;
	tree = src ? clone_tree(AT_FDCWD, in_root(src), 0, step)
		   : clone_tree(dir, name, AT_SYMLINK_NOFOLLOW, step);
	return tree < 0 ? tree : attach(tree, dir, name);
}

/* A copy of a mount has its flags: a second file that is hidden alike takes one call. */
static int hide_alike(const struct step *step, const struct step *hidden)
{
	return mount(in_root(hidden->dst), in_root(step->dst), NULL, MS_BIND, NULL) < 0 ? -errno
											: 0;
}

static bool is_alike(const struct step *step, const struct step *hidden)
{
	return hidden && step->flags == hidden->flags && !strcmp(step->src, hidden->src);
}

static bool is_absent(const struct step *step, int r)
{
	return r == -ENOENT && step->flags & STEP_IF_PRESENT;
}

int mount_protect(const struct step *step, struct mount_last *last, struct err *e)
{
	int r = cover(step, NULL, last);

	return r < 0 && !is_absent(step, r) ? err_set(e, r, "keep %s as it is", step->dst) : 0;
}

int mount_hide(const struct step *step, struct mount_last *last, struct err *e)
{
	int r = is_alike(step, last->hidden) ? hide_alike(step, last->hidden)
					     : cover(step, step->src, last);

	if (r == 0 && step->flags & STEP_SYSTEM)
		last->hidden = step;
	return r < 0 && !is_absent(step, r) ? err_set(e, r, "cover %s", step->dst) : 0;
}

int mount_pivot(const struct step *step, struct err *e)
{
	struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };

	(void)step;
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return err_set(e, -errno, "pivot into the root");
	/* The old root is stacked on the new one (pivot_root(2), NOTES). */
	if (umount2(".", MNT_DETACH) < 0)
		return err_set(e, -errno, "leave the old root");
	if (chdir("/") < 0)
		return err_set(e, -errno, "enter the root");
	if (syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, &readonly, sizeof(readonly)) < 0)
		return err_set(e, -errno, "make the root read-only");
	return 0;
}
