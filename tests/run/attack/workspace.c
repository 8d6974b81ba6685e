/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the profile hides and protects in the workspace, which has
 *
 *	.env  sub/deep/.env      hidden
 *	.git/config  .git/hooks  protected; so is .vscode
 *	mine                     the box's own
 *	second                   another name of .env, made before the start
 */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/mem.h"

static const char config[] = ".git/config", hidden[] = ".env";

#define READS(name, path)                                                                          \
	static enum outcome name(void)                                                             \
	{                                                                                          \
		return reads(path);                                                                \
	}
#define WRITES(name, path)                                                                         \
	static enum outcome name(void)                                                             \
	{                                                                                          \
		return writes(path);                                                               \
	}
/* One call that succeeds or not. */
#define CALLS(name, call)                                                                          \
	static enum outcome name(void)                                                             \
	{                                                                                          \
		return outcome_of((call), #call);                                                  \
	}
READS(hidden_read, hidden)
READS(hidden_deep, "sub/deep/.env")
READS(hidden_second, "second")
READS(hidden_by_cwd, "/proc/self/cwd/.env")
CALLS(hidden_replaced, rename("mine", hidden))
CALLS(hidden_removed, unlink(hidden))
WRITES(config_written, config)
CALLS(config_truncated, truncate(config, 0))
CALLS(config_removed, unlink(config))
CALLS(config_renamed, rename(config, ".git/config2"))
CALLS(config_replaced, rename("mine", config))
CALLS(config_mode, chmod(config, 0777))
CALLS(config_times, utimensat(AT_FDCWD, config, NULL, 0))
CALLS(config_xattr, setxattr(config, "user.attack", "x", 1, 0))
CALLS(config_exchanged, renameat2(AT_FDCWD, "mine", AT_FDCWD, config, RENAME_EXCHANGE))
CALLS(config_linked, link(config, "name"))
CALLS(git_renamed, rename(".git", ".git2"))
CALLS(git_exchanged, renameat2(AT_FDCWD, "sub", AT_FDCWD, ".git", RENAME_EXCHANGE))
CALLS(hook_made, open(".git/hooks/post-checkout", O_WRONLY | O_CREAT, 0755))
CALLS(hook_linked, symlink("../../mine", ".git/hooks/pre-commit"))
CALLS(hook_moved, rename("mine", ".git/hooks/pre-commit"))
CALLS(hook_device, mkfifo(".git/hooks/pre-commit", 0700))
CALLS(hooks_removed, rmdir(".git/hooks"))
CALLS(hooks_renamed, rename(".git/hooks", "hooks"))
CALLS(hooks_mode, chmod(".git/hooks", 0777))
CALLS(editor_task, open(".vscode/tasks.json", O_WRONLY | O_CREAT, 0644))
CALLS(editor_renamed, rename(".vscode", ".vscode2"))
CALLS(absent_config, open(".git/config.worktree", O_WRONLY | O_CREAT, 0644))
CALLS(absent_file, open(".mcp.json", O_WRONLY | O_CREAT, 0644))
CALLS(absent_dir, mkdir(".husky", 0755))
CALLS(workspace_renamed, rename("../work", "../work2"))

static const char *again(int fd)
{
	static char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

static const char *made_dir(const char *path)
{
	mkdir(path, 0755);
	return path;
}

static const char *made_file(const char *path)
{
	close(open(path, O_WRONLY | O_CREAT, 0644));
	return path;
}

enum { FCHMODAT2 = 452, SETXATTRAT = 463, FILE_SETATTR = 469 }; /* on every architecture */

static const struct {
	uint64_t value;
	uint32_t size, flags;
} xattr_args;
static const struct {
	uint64_t flags;
	uint32_t rest[4];
} file_attr = { .flags = FS_XFLAG_NODUMP };

CALLS(config_by_lock, rename(made_file(".git/config.lock"), config))
CALLS(config_cut_by_path, truncate(again(open(config, O_PATH)), 0))
CALLS(config_mode_by_path, syscall(FCHMODAT2, open(config, O_PATH), "", 0777, AT_EMPTY_PATH))
CALLS(config_times_by_path, utimensat(open(config, O_PATH), "", NULL, AT_EMPTY_PATH))
CALLS(config_xattrat,
      syscall(SETXATTRAT, AT_FDCWD, config, 0, "user.attack", &xattr_args, sizeof(xattr_args)))
CALLS(config_setattr, syscall(FILE_SETATTR, AT_FDCWD, config, &file_attr, sizeof(file_attr), 0))
CALLS(config_linked_by_fd,
      linkat(AT_FDCWD, again(open(config, O_RDONLY)), AT_FDCWD, "name", AT_SYMLINK_FOLLOW))
CALLS(hidden_linked_by_path,
      linkat(AT_FDCWD, again(open(hidden, O_PATH)), AT_FDCWD, "name", AT_SYMLINK_FOLLOW))
CALLS(hooks_exchanged,
      renameat2(AT_FDCWD, made_dir("new"), AT_FDCWD, ".git/hooks", RENAME_EXCHANGE))
CALLS(editor_exchanged, renameat2(AT_FDCWD, made_dir("new"), AT_FDCWD, ".vscode", RENAME_EXCHANGE))
CALLS(editor_swallowed, rename(".vscode", "sub/.vscode"))
CALLS(hook_unnamed, open(".git/hooks", O_TMPFILE | O_WRONLY, 0755))
CALLS(hook_by_path, openat(open(".git", O_PATH), "hooks/pre-commit", O_WRONLY | O_CREAT, 0755))
CALLS(hook_by_fd, openat(open(".git/hooks", O_PATH), "pre-commit", O_WRONLY | O_CREAT, 0755))
CALLS(absent_renamed, rename(made_dir("new"), ".husky"))
CALLS(absent_replaced, rename("mine", ".mcp.json"))
CALLS(absent_linked, link("mine", ".mcp.json"))
CALLS(absent_by_link, symlink("mine", ".mcp.json"))
CALLS(absent_bound, mknod(".mcp.json", S_IFIFO | 0644, 0))
CALLS(absent_parent, mkdir(".claude", 0755))

static enum outcome hook_by_cwd(void)
{
	if (fchdir(open(".git/hooks", O_PATH | O_DIRECTORY)) < 0)
		return cannot_try("fchdir");
	return outcome_of(open("pre-commit", O_WRONLY | O_CREAT, 0755), "open");
}

static enum outcome hidden_size(void)
{
	struct stat st;

	if (stat(hidden, &st) < 0 || st.st_size > 0)
		return GOT_THROUGH;
	fprintf(stderr, "it has no size\n");
	return REFUSED;
}

static enum outcome hidden_by_chdir(void)
{
	return chdir("sub/deep") < 0 ? cannot_try("chdir") : reads(".env");
}

/* Without the mounts that lie over it. */
static enum outcome hidden_by_tree(void)
{
	int fd;

	take_namespaces(CLONE_NEWNS);
	fd = (int)syscall(SYS_open_tree, AT_FDCWD, "sub/deep", OPEN_TREE_CLONE);
	if (fd < 0)
		return refused("open_tree");
	return outcome_of(openat(fd, ".env", O_RDONLY), "openat");
}

static enum outcome parents_exchanged(void)
{
	if (renameat2(AT_FDCWD, "sub", AT_FDCWD, made_dir("other"), RENAME_EXCHANGE) < 0)
		return refused("renameat2");
	return reads("other/deep/.env");
}

static enum outcome deep_exchanged(void)
{
	if (renameat2(AT_FDCWD, "sub/deep", AT_FDCWD, made_dir("other"), RENAME_EXCHANGE) < 0)
		return refused("renameat2");
	return reads("other/.env");
}

static enum outcome hidden_by_path(void)
{
	return reads(again(open(hidden, O_PATH)));
}

static enum outcome hidden_by_link(void)
{
	if (link(hidden, "name") < 0)
		return refused("link");
	return reads("name");
}

static enum outcome hidden_by_symlink(void)
{
	unlink("name");
	return symlink("sub/../.env", "name") < 0 ? cannot_try("symlink") : reads("name");
}

static enum outcome hidden_moved(void)
{
	return rename(hidden, "name") < 0 ? refused("rename") : reads("name");
}

static enum outcome hidden_exchanged(void)
{
	if (renameat2(AT_FDCWD, "mine", AT_FDCWD, hidden, RENAME_EXCHANGE) < 0)
		return refused("renameat2");
	return reads("mine");
}

static enum outcome parent_moved(void)
{
	return rename("sub", "sub2") < 0 ? refused("rename") : reads("sub2/deep/.env");
}

static enum outcome near_parent_moved(void)
{
	return rename("sub/deep", "deep") < 0 ? refused("rename") : reads("deep/.env");
}

static enum outcome hidden_mode(void)
{
	return chmod(hidden, 0666) < 0 ? refused("chmod") : reads(hidden);
}

static enum outcome hidden_unmounted(void)
{
	umount2(hidden, MNT_DETACH);
	return reads(hidden);
}

static enum outcome hidden_by_dir_fd(void)
{
	char byte;
	int fd = openat(open("sub/deep", O_PATH | O_DIRECTORY), ".env", O_RDONLY);

	return fd < 0 ? refused("openat") : outcome_of(read(fd, &byte, 1), "read");
}

static enum outcome config_reopened(void)
{
	return writes(again(open(config, O_RDONLY)));
}

static enum outcome config_by_path(void)
{
	return writes(again(open(config, O_PATH)));
}

static enum outcome config_mapped(void)
{
	int fd = open(config, O_RDONLY);
	const void *at = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		return cannot_try("mmap");
	if (mprotect((void *)((size_t)at & ~4095UL), 1, PROT_READ | PROT_WRITE) == 0)
		return GOT_THROUGH;
	return writes(again(fd));
}

static enum outcome config_flags(void)
{
	int fd = open(config, O_RDONLY), flags = FS_NODUMP_FL;

	return outcome_of(ioctl(fd, FS_IOC_SETFLAGS, &flags), "FS_IOC_SETFLAGS");
}

static enum outcome config_cloned(void)
{
	int fd = open(config, O_RDONLY);

	return outcome_of(fchmod(fd, 0666), "fchmod");
}

static enum outcome git_replaced(void)
{
	if (rename(".git", ".git2") < 0)
		return refused("rename");
	return outcome_of(mkdir(".git", 0755), "mkdir");
}

/* A service of the host that listens in the workspace obeys whoever connects. */
static enum outcome host_socket(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	strncpy(addr.sun_path, target("NEAR"), sizeof(addr.sun_path) - 1);
	return outcome_of(
		connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&addr, sizeof(addr)),
		"connect");
}

static int setuid_mode(const char *path, mode_t mode)
{
	struct stat st;

	return stat(path, &st) == 0 && (st.st_mode & mode) == mode ? 0 : -1;
}

static enum outcome setuid_by_chmod(void)
{
	if (chmod("mine", 04755) < 0)
		return refused("chmod");
	return outcome_of(setuid_mode("mine", S_ISUID), "stat");
}

static enum outcome setuid_by_fchmod(void)
{
	if (fchmod(open("mine", O_RDONLY), 04755) < 0)
		return refused("fchmod");
	return outcome_of(setuid_mode("mine", S_ISUID), "stat");
}

static enum outcome setuid_by_open(void)
{
	umask(0);
	if (open("program", O_WRONLY | O_CREAT, 04755) < 0)
		return refused("open");
	return outcome_of(setuid_mode("program", S_ISUID), "stat");
}

static enum outcome setuid_by_mknod(void)
{
	umask(0);
	if (mknod("program", S_IFREG | 04755, 0) < 0)
		return refused("mknod");
	return outcome_of(setuid_mode("program", S_ISUID), "stat");
}

static enum outcome setuid_by_path(void)
{
	if (syscall(FCHMODAT2, open("mine", O_PATH), "", 04755, AT_EMPTY_PATH) < 0)
		return refused("fchmodat2");
	return outcome_of(setuid_mode("mine", S_ISUID), "stat");
}

static enum outcome setuid_by_openat2(void)
{
	const struct open_how how = { .flags = O_WRONLY | O_CREAT, .mode = 04755 };

	umask(0);
	if (syscall(SYS_openat2, AT_FDCWD, "program", &how, sizeof(how)) < 0)
		return refused("openat2");
	return outcome_of(setuid_mode("program", S_ISUID), "stat");
}

static enum outcome setuid_unnamed(void)
{
	umask(0);
	if (linkat(AT_FDCWD, again(open(".", O_TMPFILE | O_WRONLY, 04755)), AT_FDCWD, "program",
		   AT_SYMLINK_FOLLOW) < 0)
		return refused("O_TMPFILE");
	return outcome_of(setuid_mode("program", S_ISUID), "stat");
}

static const struct attack rows[] = {
	{ "hidden-read", "a hidden file", hidden_read },
	{ "hidden-deep", "one in a subdirectory", hidden_deep },
	{ "hidden-second", "one with a second name, by that", hidden_second },
	{ "hidden-by-cwd", "one by /proc/self/cwd", hidden_by_cwd },
	{ "hidden-by-path", "one by O_PATH", hidden_by_path },
	{ "hidden-by-dir-fd", "one by a descriptor of its directory", hidden_by_dir_fd },
	{ "hidden-by-link", "one by a new hard link", hidden_by_link },
	{ "hidden-by-symlink", "one by a symbolic link", hidden_by_symlink },
	{ "hidden-moved", "one by another name", hidden_moved },
	{ "hidden-exchanged", "one by RENAME_EXCHANGE", hidden_exchanged },
	{ "hidden-mode", "one by its mode", hidden_mode },
	{ "hidden-unmounted", "one by taking the mask away", hidden_unmounted },
	{ "hidden-replaced", "another file in its place", hidden_replaced },
	{ "hidden-removed", "its end", hidden_removed },
	{ "parent-moved", "one by renaming the directory two above", parent_moved },
	{ "near-parent-moved", "one by renaming its directory", near_parent_moved },
	{ "config-written", "git's configuration", config_written },
	{ "config-truncated", "the same by truncate", config_truncated },
	{ "config-removed", "its end", config_removed },
	{ "config-renamed", "its name", config_renamed },
	{ "config-replaced", "another file in its place", config_replaced },
	{ "config-exchanged", "the same by RENAME_EXCHANGE", config_exchanged },
	{ "config-mode", "its mode", config_mode },
	{ "config-fchmod", "the same by a descriptor", config_cloned },
	{ "config-times", "its times", config_times },
	{ "config-xattr", "its attributes", config_xattr },
	{ "config-flags", "its flags", config_flags },
	{ "config-linked", "another name for it", config_linked },
	{ "config-reopened", "it by /proc/self/fd", config_reopened },
	{ "config-by-path", "it by O_PATH", config_by_path },
	{ "config-mapped", "it by a shared mapping", config_mapped },
	{ "git-renamed", ".git with its walls", git_renamed },
	{ "git-replaced", "another .git", git_replaced },
	{ "git-exchanged", "the same by RENAME_EXCHANGE", git_exchanged },
	{ "hook-made", "a hook that git runs", hook_made },
	{ "hook-linked", "one that is a link", hook_linked },
	{ "hook-moved", "one that was made elsewhere", hook_moved },
	{ "hook-device", "one that is a FIFO", hook_device },
	{ "hooks-removed", "the end of the directory of hooks", hooks_removed },
	{ "hooks-renamed", "its name", hooks_renamed },
	{ "hooks-mode", "its mode", hooks_mode },
	{ "editor-task", "a task that an editor runs", editor_task },
	{ "editor-renamed", "its directory", editor_renamed },
	{ "absent-config", "a configuration that is not there", absent_config },
	{ "absent-file", "a protected file that is not there", absent_file },
	{ "absent-dir", "a protected directory that is not there", absent_dir },
	{ "workspace-renamed", "the name of the workspace", workspace_renamed },
	{ "host-socket", "a service of the host, in the workspace", host_socket },
	{ "setuid-by-chmod", "a program with the caller's rights", setuid_by_chmod },
	{ "setuid-by-fchmod", "the same by fchmod", setuid_by_fchmod },
	{ "setuid-by-open", "the same by open", setuid_by_open },
	{ "setuid-by-mknod", "the same by mknod", setuid_by_mknod },
	{ "setuid-by-path", "the same by fchmodat2", setuid_by_path },
	{ "setuid-by-openat2", "the same by openat2", setuid_by_openat2 },
	{ "setuid-unnamed", "the same by O_TMPFILE", setuid_unnamed },
	{ "hidden-size", "how long a hidden file is", hidden_size },
	{ "hidden-by-chdir", "one from its directory", hidden_by_chdir },
	{ "hidden-by-tree", "one by a copy of the tree below the mask", hidden_by_tree },
	{ "hidden-linked-by-path", "one by a link to its descriptor", hidden_linked_by_path },
	{ "parents-exchanged", "one by exchanging the directory two above", parents_exchanged },
	{ "deep-exchanged", "one by exchanging its directory", deep_exchanged },
	{ "config-by-lock", "git's configuration as git itself writes it", config_by_lock },
	{ "config-cut-by-path", "its content by O_PATH", config_cut_by_path },
	{ "config-mode-by-path", "its mode by fchmodat2", config_mode_by_path },
	{ "config-times-by-path", "its times by O_PATH", config_times_by_path },
	{ "config-xattrat", "its attributes by setxattrat", config_xattrat },
	{ "config-setattr", "its flags by file_setattr", config_setattr },
	{ "config-linked-by-fd", "another name by its descriptor", config_linked_by_fd },
	{ "hooks-exchanged", "other hooks by RENAME_EXCHANGE", hooks_exchanged },
	{ "hook-unnamed", "a hook by O_TMPFILE", hook_unnamed },
	{ "hook-by-path", "one from .git by O_PATH", hook_by_path },
	{ "hook-by-fd", "one from its directory by O_PATH", hook_by_fd },
	{ "hook-by-cwd", "one by fchdir to O_PATH", hook_by_cwd },
	{ "editor-exchanged", "other tasks by RENAME_EXCHANGE", editor_exchanged },
	{ "editor-swallowed", "their directory in another", editor_swallowed },
	{ "absent-renamed", "a directory renamed to one that is not there", absent_renamed },
	{ "absent-replaced", "a file renamed to one that is not there", absent_replaced },
	{ "absent-linked", "the same by a hard link", absent_linked },
	{ "absent-by-link", "the same by a symbolic link", absent_by_link },
	{ "absent-bound", "a FIFO there", absent_bound },
	{ "absent-parent", "the directory that it would lie in", absent_parent },
};

const struct attacks attacks_workspace = { "workspace", rows, LEN(rows) };
