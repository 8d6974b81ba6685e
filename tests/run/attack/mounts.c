/* SPDX-License-Identifier: Apache-2.0 */
/* What is mounted, and the namespace that it is mounted in. */
#include "attack.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

#ifndef SYS_listmount
#define SYS_listmount 458 /* Linux 6.8, the same on every architecture */
#endif
#ifndef SYS_open_tree_attr
#define SYS_open_tree_attr 467 /* Linux 6.15 */
#endif

/* So that nothing that succeeds is seen by others. */
static void own_mounts(void)
{
	take_namespaces(CLONE_NEWNS);
	mkdir("point", 0700);
}

static enum outcome mount_tmpfs(void)
{
	own_mounts();
	return outcome_of(mount("tmpfs", "point", "tmpfs", 0, NULL), "mount");
}

static enum outcome mount_bind(void)
{
	own_mounts();
	return outcome_of(mount("/", "point", NULL, MS_BIND | MS_REC, NULL), "mount");
}

static enum outcome mount_over(void)
{
	own_mounts();
	close(open("mine", O_WRONLY | O_CREAT, 0600));
	return outcome_of(mount("mine", "/etc/passwd", NULL, MS_BIND, NULL), "mount");
}

/* The first process of a new pid namespace mounts what shows it. */
static enum outcome mount_proc(void)
{
	int status;

	take_namespaces(CLONE_NEWNS | CLONE_NEWPID);
	mkdir("point", 0700);
	if (fork() == 0)
		_exit(outcome_of(mount("proc", "point", "proc", 0, NULL), "mount"));
	return wait(&status) > 0 ? (enum outcome)WEXITSTATUS(status) : CANNOT_TRY;
}

static enum outcome mount_overlay(void)
{
	own_mounts();
	mkdir("upper", 0700);
	mkdir("work", 0700);
	return outcome_of(mount("overlay", "point", "overlay", 0,
				"lowerdir=/usr,upperdir=upper,workdir=work,userxattr"),
			  "mount");
}

static enum outcome remount_writable(void)
{
	struct mount_attr attr = { .attr_clr = MOUNT_ATTR_RDONLY };

	own_mounts();
	return outcome_of(syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, &attr, sizeof(attr)),
			  "mount_setattr");
}

static enum outcome remount_old(void)
{
	own_mounts();
	if (mount("point", "point", NULL, MS_BIND, NULL) < 0)
		return refused("mount");
	return outcome_of(mount(NULL, "point", NULL, MS_REMOUNT | MS_BIND, NULL), "remount");
}

static enum outcome fresh_tmpfs(void)
{
	int fs, fd;

	own_mounts();
	fs = (int)syscall(SYS_fsopen, "tmpfs", 0);
	if (fs < 0)
		return refused("fsopen");
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return refused("fsconfig");
	fd = (int)syscall(SYS_fsmount, fs, 0, 0);
	return outcome_of(
		syscall(SYS_move_mount, fd, "", AT_FDCWD, "point", MOVE_MOUNT_F_EMPTY_PATH),
		"move_mount");
}

/* A detached copy has no namespace in which it could be covered. */
static enum outcome detached_copy(void)
{
	own_mounts();
	return outcome_of(syscall(SYS_open_tree, AT_FDCWD, ".", OPEN_TREE_CLONE), "open_tree");
}

static enum outcome detached_copy_by_fd(void)
{
	struct mount_attr attr = { .attr_clr = MOUNT_ATTR_RDONLY };
	const unsigned flags = OPEN_TREE_CLONE | AT_EMPTY_PATH;
	int fd;

	own_mounts();
	fd = open(".", O_PATH);
	return outcome_of(syscall(SYS_open_tree_attr, fd, "", flags, &attr, sizeof(attr)),
			  "open_tree_attr");
}

static enum outcome fspick_root(void)
{
	own_mounts();
	if (mount("tmpfs", "point", "tmpfs", 0, NULL) < 0)
		return refused("mount");
	return outcome_of(syscall(SYS_fspick, AT_FDCWD, "point", 0), "fspick");
}

static enum outcome unmount(void)
{
	own_mounts();
	if (mount("tmpfs", "point", "tmpfs", 0, NULL) == 0)
		return outcome_of(umount2("point", 0), "umount2");
	return outcome_of(umount2("/proc/sys", MNT_DETACH), "umount2");
}

static enum outcome root_changed(void)
{
	take_namespaces(0);
	return outcome_of(chroot("."), "chroot");
}

static enum outcome root_swapped(void)
{
	own_mounts();
	if (mount("point", "point", NULL, MS_BIND, NULL) < 0 || chdir("point") < 0)
		return refused("mount");
	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	return outcome_of(syscall(SYS_pivot_root, ".", "."), "pivot_root");
}

static enum outcome joined_init(void)
{
	int fd = open("/proc/1/ns/mnt", O_RDONLY);

	return fd < 0 ? refused("/proc/1/ns/mnt") : outcome_of(setns(fd, 0), "setns");
}

static enum outcome joined_host(void)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/ns/mnt", target("PID"));
	fd = open(path, O_RDONLY);
	return fd < 0 ? refused(path) : outcome_of(setns(fd, 0), "setns");
}

/* The user namespace around one's own, and the one that owns it. */
static enum outcome namespace_above(unsigned long request)
{
	int fd = open("/proc/self/ns/user", O_RDONLY);

	return outcome_of(ioctl(fd, request), "ioctl");
}

static enum outcome parent_namespace(void)
{
	return namespace_above(NS_GET_PARENT);
}

static enum outcome owner_namespace(void)
{
	return namespace_above(NS_GET_USERNS);
}

/* Lists mounts of the host's mount namespace, which has a number. */
static enum outcome host_mounts(void)
{
	const struct {
		unsigned size, spare;
		unsigned long long mount, after, namespace;
	} request = { sizeof(request), 0, ~0ULL /* LSMT_ROOT */, 0,
		      strtoull(target("MNTNS"), NULL, 10) };
	unsigned long long mounts[8];

	return outcome_of(syscall(SYS_listmount, &request, mounts, LEN(mounts), 0), "listmount");
}

static const char scope[] = "the kernel shows nobody what is above";
static const char locked[] = "a user's namespace has it locked";

static const struct attack rows[] = {
	{ "mount-tmpfs", "a file system of its own", mount_tmpfs },
	{ "mount-bind", "a second name for everything", mount_bind },
	{ "mount-over", "another /etc/passwd", mount_over },
	{ "mount-proc", "a /proc without masks", mount_proc },
	{ "mount-overlay", "a writable /usr", mount_overlay },
	{ "remount-writable", "a writable root", remount_writable },
	{ "remount-old", "the same by mount(2)", remount_old, BY_ANYBODY, locked },
	{ "fresh-tmpfs", "a file system by the new calls", fresh_tmpfs },
	{ "detached-copy", "the workspace without its masks", detached_copy },
	{ "detached-copy-by-fd", "the same by open_tree_attr", detached_copy_by_fd },
	{ "fspick-root", "the settings of a file system", fspick_root },
	{ "unmount", "what is under a mount", unmount },
	{ "root-changed", "another root directory", root_changed },
	{ "root-swapped", "another root, by pivot_root", root_swapped },
	{ "joined-init", "init's mount namespace", joined_init, BY_ROOT, "not its owner" },
	{ "joined-host", "the host's mount namespace", joined_host, BY_ROOT, "not its owner" },
	{ "parent-namespace", "the host's user namespace", parent_namespace, BY_NOBODY, scope },
	{ "owner-namespace", "the same by its owner", owner_namespace, BY_NOBODY, scope },
	{ "host-mounts", "what is mounted on the host", host_mounts },
};

const struct attacks attacks_mounts = { "mounts", rows, LEN(rows) };
