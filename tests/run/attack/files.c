/* SPDX-License-Identifier: Apache-2.0 */
/* The host's files, by every name that leads to them. */
#include "attack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/mem.h"

static enum outcome secret(void)
{
	return reads(target_path("DIR", "secret"));
}

static enum outcome secret_by_dots(void)
{
	char path[4096] = "";

	for (int i = 0; i < 60; i++)
		strcat(path, "../");
	strcat(path, target_path("DIR", "secret"));
	return reads(path);
}

/* By the root of a process: its own, init's, one of the host's. */
static enum outcome secret_by_root(const char *process)
{
	char path[4096];

	snprintf(path, sizeof(path), "/proc/%s/root%s/secret", process, target("DIR"));
	return reads(path);
}

static enum outcome secret_by_own_root(void)
{
	return secret_by_root("self");
}

static enum outcome secret_by_thread_root(void)
{
	return secret_by_root("thread-self");
}

static enum outcome secret_by_init_root(void)
{
	return secret_by_root("1");
}

static enum outcome secret_by_host_root(void)
{
	return secret_by_root(target("PID"));
}

static enum outcome secret_by_own_cwd(void)
{
	char path[4096] = "/proc/self/cwd/";

	for (int i = 0; i < 60; i++)
		strcat(path, "../");
	strcat(path, target_path("DIR", "secret"));
	return reads(path);
}

static enum outcome secret_by_link(void)
{
	unlink("pointer");
	if (symlink(target_path("DIR", "secret"), "pointer") < 0)
		return cannot_try("symlink");
	return reads("pointer");
}

static enum outcome secret_by_hard_link(void)
{
	unlink("second-name");
	return outcome_of(link(target_path("DIR", "secret"), "second-name"), "link");
}

static enum outcome place_of_secret(void)
{
	return lists(target("DIR"));
}

static enum outcome plant(void)
{
	int fd = open(target_path("DIR", "planted"), O_WRONLY | O_CREAT, 0600);

	return outcome_of(fd, "create a file");
}

static enum outcome host_tmp(void)
{
	return reads(target_path("TMP", "secret"));
}

static enum outcome host_shm(void)
{
	return reads(target_path("DEVSHM", "secret"));
}

static enum outcome other_home(void)
{
	return lists(target("OTHER_HOME"));
}

#define READS(name, path)                                                                          \
	static enum outcome name(void)                                                             \
	{                                                                                          \
		return reads(path);                                                                \
	}
#define LISTS(name, path)                                                                          \
	static enum outcome name(void)                                                             \
	{                                                                                          \
		return lists(path);                                                                \
	}
#define WRITES(name, path)                                                                         \
	static enum outcome name(void)                                                             \
	{                                                                                          \
		return writes(path);                                                               \
	}
READS(init_environ, "/proc/1/environ")
READS(init_maps, "/proc/1/maps")
LISTS(init_cwd, "/proc/1/cwd")
LISTS(init_map_files, "/proc/1/map_files")
READS(etc_shadow, "/etc/shadow")
READS(kernel_memory, "/proc/kcore")
READS(physical_memory, "/dev/mem")
LISTS(sys_tree, "/sys/class")
LISTS(cgroup_tree, "/sys/fs/cgroup")
LISTS(var_lib, "/var/lib")
LISTS(root_tree, "/root")
LISTS(etc_tree, "/etc/systemd")
WRITES(usr_program, "/usr/bin/env")
WRITES(etc_file, "/etc/hosts")
WRITES(sysrq, "/proc/sysrq-trigger")
WRITES(core_pattern, "/proc/sys/kernel/core_pattern")
WRITES(fuse_device, "/dev/fuse")
WRITES(tun_device, "/dev/net/tun")
WRITES(kvm_device, "/dev/kvm")

static enum outcome private_keys(void)
{
	return outcome_of(open("/etc/ssl/private", O_RDONLY), "/etc/ssl/private");
}

static enum outcome kernel_log(void)
{
	return outcome_of(open("/dev/kmsg", O_RDONLY), "/dev/kmsg");
}

static enum outcome init_fds(void)
{
	char path[64];

	for (int fd = 0; fd < 100; fd++) {
		snprintf(path, sizeof(path), "/proc/1/fd/%d", fd);
		if (open(path, O_PATH) >= 0)
			return GOT_THROUGH;
	}
	return refused("/proc/1/fd");
}

static enum outcome init_memory(void)
{
	return outcome_of(open("/proc/1/mem", O_RDONLY), "/proc/1/mem");
}

static enum outcome init_namespace(void)
{
	return outcome_of(open("/proc/1/ns/mnt", O_RDONLY), "/proc/1/ns/mnt");
}

static enum outcome init_program(void)
{
	char path[4096];

	return outcome_of(readlink("/proc/1/exe", path, sizeof(path)), "/proc/1/exe");
}

/* /run has entries of the box's own, but none of them is for reading. */
static enum outcome run_tree(void)
{
	DIR *dir = opendir("/run");

	for (struct dirent *d; dir && (d = readdir(dir));)
		if (d->d_name[0] != '.' && strncmp(d->d_name, "hidden-", 7) != 0)
			return GOT_THROUGH;
	return refused("/run");
}

static const char *found;

static int is_writable(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *name = path + ftw->base;
	int fd;

	if (type == FTW_D && ftw->level == 1 &&
	    ((name[0] >= '0' && name[0] <= '9') || !strcmp(name, "sys") ||
	     !strcmp(name, "pressure")))
		return FTW_SKIP_SUBTREE;
	if (type != FTW_F || !(st->st_mode & 0222))
		return FTW_CONTINUE;
	fd = open(path, O_WRONLY | O_NONBLOCK);
	if (fd < 0)
		return FTW_CONTINUE;
	close(fd);
	found = strdup(path);
	return FTW_STOP;
}

/* Any setting in /proc beside those of processes and /proc/sys. */
static enum outcome proc_settings(void)
{
	if (nftw("/proc", is_writable, 16, FTW_PHYS | FTW_ACTIONRETVAL) < 0)
		return cannot_try("walk /proc");
	if (found) {
		fprintf(stderr, "can write %s\n", found);
		return GOT_THROUGH;
	}
	errno = EACCES;
	return refused("every file of /proc");
}

static enum outcome kernel_lists(void)
{
	static const char *const lists_of[] = {
		"/proc/timer_list",  "/proc/slabinfo",	    "/proc/vmallocinfo",
		"/proc/kpagecount",  "/proc/pagetypeinfo",  "/proc/kpageflags",
		"/proc/sched_debug", "/proc/latency_stats", "/proc/allocinfo",
	};

	for (size_t i = 0; i < LEN(lists_of); i++)
		if (reads(lists_of[i]) == GOT_THROUGH)
			return GOT_THROUGH;
	return REFUSED;
}

static enum outcome change_mode(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return refused(path);
	return outcome_of(chmod(path, st.st_mode & 07777), path);
}

static enum outcome usr_mode(void)
{
	return change_mode("/usr/bin/env");
}

static enum outcome device_mode(void)
{
	return change_mode("/dev/null");
}

static enum outcome usr_times(void)
{
	const struct timespec omit[2] = { { 0, UTIME_NOW }, { 0, UTIME_OMIT } };

	return outcome_of(utimensat(AT_FDCWD, "/usr/bin/env", omit, 0), "utimensat");
}

static enum outcome usr_xattr(void)
{
	if (setxattr("/usr/bin/env", "user.agentbox-attack", "x", 1, 0) < 0)
		return refused("setxattr");
	removexattr("/usr/bin/env", "user.agentbox-attack");
	return GOT_THROUGH;
}

static enum outcome usr_link(void)
{
	struct stat here, there;

	if (stat(".", &here) < 0 || stat("/usr/bin/env", &there) < 0 || here.st_dev != there.st_dev)
		return cannot_try("the workspace is on another file system than /usr");
	unlink("second-name");
	return outcome_of(link("/usr/bin/env", "second-name"), "link");
}

/* Whoever opens the file then waits for the lease to be broken: 45 seconds. */
static enum outcome usr_lease(void)
{
	int fd = open("/usr/bin/env", O_RDONLY | O_CLOEXEC);

	return outcome_of(fcntl(fd, F_SETLEASE, F_RDLCK), "F_SETLEASE");
}

static enum outcome node(mode_t type, dev_t dev)
{
	unlink("node");
	return outcome_of(mknod("node", type | 0600, dev), "mknod");
}

static enum outcome device_node(void)
{
	return node(S_IFCHR, makedev(1, 3));
}

static enum outcome disk_node(void)
{
	struct stat st;

	return stat(".", &st) < 0 ? cannot_try("stat") : node(S_IFBLK, st.st_dev);
}

/* As "Shocker" did: the handle of the root of a file system is known. */
static enum outcome by_handle(void)
{
	struct {
		struct file_handle head;
		unsigned char bytes[128];
	} handle = { .head.handle_bytes = 128 };
	int mount, here = open(".", O_RDONLY | O_DIRECTORY);

	if (name_to_handle_at(AT_FDCWD, ".", &handle.head, &mount, 0) < 0)
		return cannot_try("name_to_handle_at");
	return outcome_of(open_by_handle_at(here, &handle.head, O_RDONLY), "open_by_handle_at");
}

static enum outcome immutable(void)
{
	int fd = open("immutable", O_RDONLY | O_CREAT, 0600), flags = FS_IMMUTABLE_FL;
	enum outcome outcome = outcome_of(ioctl(fd, FS_IOC_SETFLAGS, &flags), "FS_IOC_SETFLAGS");

	flags = 0;
	ioctl(fd, FS_IOC_SETFLAGS, &flags);
	return outcome;
}

static enum outcome file_capability(void)
{
	const struct vfs_cap_data cap = {
		.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
		.data = { { .permitted = 1 << CAP_NET_RAW } },
	};

	take_namespaces(0);
	close(open("capable", O_WRONLY | O_CREAT, 0700));
	return outcome_of(setxattr("capable", "security.capability", &cap, sizeof(cap), 0),
			  "setxattr");
}

static enum outcome give_away(void)
{
	close(open("given", O_WRONLY | O_CREAT, 0700));
	return outcome_of(chown("given", 12345, 12345), "chown");
}

/* The caller gives descriptor 9 to the box by mistake. */
static enum outcome inherited(void)
{
	char byte;

	return outcome_of(read(9, &byte, 1), "read from descriptor 9");
}

static enum outcome inherited_dir(void)
{
	return outcome_of(openat(8, "secret", O_RDONLY), "open below descriptor 8");
}

/* Standard input is a file of the host, opened for reading. */
static enum outcome stdin_rewritten(void)
{
	return writes("/proc/self/fd/0");
}

static enum outcome stdin_by_path(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", open("/proc/self/fd/0", O_PATH));
	return writes(path);
}

static enum outcome stdin_truncated(void)
{
	return outcome_of(truncate("/proc/self/fd/0", 0), "truncate");
}

static enum outcome stdin_linked(void)
{
	unlink("second-name");
	return outcome_of(
		linkat(AT_FDCWD, "/proc/self/fd/0", AT_FDCWD, "second-name", AT_SYMLINK_FOLLOW),
		"linkat");
}

static const char users[] = "the kernel refuses it to users";

static const struct attack rows[] = {
	{ "secret", "a file of the home", secret },
	{ "secret-by-dots", "the same, past the root by dots", secret_by_dots },
	{ "secret-by-own-root", "the same, by /proc/self/root", secret_by_own_root },
	{ "secret-by-thread-root", "the same, by /proc/thread-self/root", secret_by_thread_root },
	{ "secret-by-init-root", "the same, by /proc/1/root", secret_by_init_root },
	{ "secret-by-host-root", "the same, by the root of a process", secret_by_host_root },
	{ "secret-by-own-cwd", "the same, by /proc/self/cwd and dots", secret_by_own_cwd },
	{ "secret-by-link", "the same, by a symbolic link", secret_by_link },
	{ "secret-by-hard-link", "the same, by a hard link", secret_by_hard_link },
	{ "place-of-secret", "a list of the home", place_of_secret },
	{ "plant", "a new file in the home", plant },
	{ "host-tmp", "a file in the host's /tmp", host_tmp },
	{ "host-shm", "a file in the host's /dev/shm", host_shm },
	{ "other-home", "another home", other_home },
	{ "init-environ", "the environment of the launcher", init_environ },
	{ "init-maps", "where init's memory is", init_maps },
	{ "init-memory", "init's memory", init_memory },
	{ "init-cwd", "init's working directory", init_cwd },
	{ "init-fds", "init's descriptors", init_fds },
	{ "init-map-files", "the files that init runs from", init_map_files, BY_ROOT, users },
	{ "init-program", "agentbox's program file", init_program },
	{ "init-namespace", "init's mount namespace", init_namespace },
	{ "etc-shadow", "password hashes", etc_shadow, BY_ROOT, users },
	{ "private-keys", "/etc/ssl/private", private_keys, BY_ROOT, users },
	{ "kernel-memory", "the kernel's memory", kernel_memory, BY_ROOT, users },
	{ "kernel-log", "the kernel's log", kernel_log, BY_ROOT, users },
	{ "kernel-lists", "what the whole machine does", kernel_lists, BY_ROOT, users },
	{ "physical-memory", "/dev/mem", physical_memory, BY_ROOT, users },
	{ "sys-tree", "/sys", sys_tree },
	{ "cgroup-tree", "the host's cgroups", cgroup_tree },
	{ "var-lib", "the state of the host's services", var_lib },
	{ "root-tree", "root's home", root_tree, BY_ROOT, users },
	{ "etc-tree", "the host's /etc", etc_tree },
	{ "run-tree", "the host's /run", run_tree },
	{ "usr-program", "a program of the host, for writing", usr_program, BY_ROOT, users },
	{ "usr-mode", "the mode of a program of the host", usr_mode, BY_ROOT, users },
	{ "usr-times", "its times", usr_times, BY_ROOT, users },
	{ "usr-xattr", "its attributes", usr_xattr, BY_ROOT, users },
	{ "usr-link", "a name for it in the workspace", usr_link, BY_ROOT, users },
	{ "usr-lease", "a lease that others wait for", usr_lease, BY_ROOT, users },
	{ "etc-file", "the host's /etc/hosts", etc_file, BY_ROOT, users },
	{ "device-mode", "the mode of the host's /dev/null", device_mode, BY_ROOT, users },
	{ "device-node", "a new character device", device_node, BY_ROOT, users },
	{ "disk-node", "the disk that the workspace is on", disk_node, BY_ROOT, users },
	{ "fuse-device", "/dev/fuse", fuse_device },
	{ "tun-device", "/dev/net/tun", tun_device },
	{ "kvm-device", "/dev/kvm", kvm_device, BY_ROOT, users },
	{ "sysrq", "the machine's reset button", sysrq, BY_ROOT, users },
	{ "core-pattern", "a program that the kernel runs", core_pattern, BY_ROOT, users },
	{ "proc-settings", "a setting in /proc", proc_settings, BY_ROOT, users },
	{ "by-handle", "any file of the disk, by its number", by_handle, BY_ROOT, users },
	{ "immutable", "a file that cannot be removed", immutable, BY_ROOT, users },
	{ "file-capability", "a program with a capability", file_capability },
	{ "give-away", "a file of another user", give_away, BY_ROOT, users },
	{ "inherited", "what the caller had open", inherited },
	{ "inherited-dir", "a directory that the caller had open", inherited_dir },
	{ "stdin-rewritten", "stdin, opened again for writing", stdin_rewritten },
	{ "stdin-by-path", "the same by O_PATH", stdin_by_path },
	{ "stdin-truncated", "the end of stdin", stdin_truncated },
	{ "stdin-linked", "a name for stdin in the workspace", stdin_linked },
};

const struct attacks attacks_files = { "files", rows, LEN(rows) };
