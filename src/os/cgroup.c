/* SPDX-License-Identifier: Apache-2.0 */
#include "os/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "os/sys.h"

/*
 * Theory of operation
 *
 * A cgroup may limit memory when the controller is switched on in the cgroup above, and there that
 * can only be done while it holds no process ("no internal processes", cgroups(7)). So either the
 * caller's cgroup gives memory to its children already, as the root does, or the caller is alone in
 * it, as under `systemd-run --scope -p Delegate=yes`: then it moves into a leaf first. A cgroup
 * that somebody else works in is left as it is, and so are those beside and above, which belong to
 * systemd.
 *
 * Names carry the pid of their maker: what a killed one left is removed by the next, and a live
 * one's cgroup is not touched even in the moment in which it is empty still.
 */

static const char stem[] = "agentbox-";

struct name {
	char text[64];
};

static struct name name_of(pid_t pid, const char *suffix)
{
	struct name name;

	snprintf(name.text, sizeof(name.text), "%s%d%s", stem, (int)pid, suffix);
	return name;
}

static int read_file(int dir, const char *name, char *text, size_t cap)
{
	_cleanup_fd_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, cap - 1);

	text[n < 0 ? 0 : n] = '\0';
	return n < 0 ? -errno : 0;
}

static int write_file(int dir, const char *name, const char *text)
{
	_cleanup_fd_ int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : write_all(fd, text, strlen(text));
}

static int write_number(int dir, const char *name, uint64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	return write_file(dir, name, text);
}

/* Whether a file of words separated by blanks has @word. */
static bool lists(int dir, const char *name, const char *word)
{
	char text[512];
	struct str rest, one;

	if (read_file(dir, name, text, sizeof(text)) < 0)
		return false;
	rest = str_trim(str_of(text));
	while (rest.n) {
		str_cut(rest, ' ', &one, &rest);
		if (str_is(one, word))
			return true;
	}
	return false;
}

/* The directory of the caller's cgroup, where systemd mounts the hierarchy, or -ENOENT. */
static int open_own(void)
{
	static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	char text[2 * PATH_MAX], path[3 * PATH_MAX];
	struct statfs fs;
	char *own;
	int r = read_file(AT_FDCWD, "/proc/self/cgroup", text, sizeof(text));

	own = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
	if (r < 0 || !own)
		return -ENOENT;
	own = strchr(own, '/');
	if (!own || strstr(own, "/..")) /* outside of this cgroup namespace */
		return -ENOENT;
	own[strcspn(own, "\n")] = '\0';
	for (size_t i = 0; i < LEN(mounts); i++) {
		_cleanup_fd_ int dir = -1;

		snprintf(path, sizeof(path), "%s%s", mounts[i], own);
		dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir >= 0 && fstatfs(dir, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
			return fd_steal(&dir);
	}
	return -ENOENT;
}

/* Removes what belongs to nobody any more; rmdir(2) takes no cgroup that holds a process. */
static void sweep(int home)
{
	int copy = openat(home, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), pid;
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);

	if (!dir && copy >= 0)
		close(copy);
	for (struct dirent *entry; dir && (entry = readdir(dir));)
		if (sscanf(entry->d_name, "agentbox-%d", &pid) == 1 && pid > 0 &&
		    kill(pid, 0) < 0 && errno == ESRCH)
			unlinkat(home, entry->d_name, AT_REMOVEDIR);
	if (dir)
		closedir(dir);
}

static bool is_alone(int home)
{
	char text[64], own[32];

	snprintf(own, sizeof(own), "%d\n", getpid());
	return read_file(home, "cgroup.procs", text, sizeof(text)) == 0 && !strcmp(text, own);
}

static void move_back(struct cgroup *cg)
{
	write_file(cg->home, "cgroup.subtree_control", "-memory");
	write_file(cg->home, "cgroup.subtree_control", "-pids");
	write_number(cg->home, "cgroup.procs", (uint64_t)getpid());
	unlinkat(cg->home, name_of(getpid(), ".launcher").text, AT_REMOVEDIR);
	cg->moved = false;
}

/* Into a leaf, so that the caller's cgroup holds no process. */
static int move_aside(struct cgroup *cg)
{
	const struct name leaf = name_of(getpid(), ".launcher");
	_cleanup_fd_ int dir = -1;
	int r;

	if (!is_alone(cg->home))
		return -EBUSY;
	if (mkdirat(cg->home, leaf.text, 0755) < 0)
		return -errno;
	cg->moved = true;
	dir = openat(cg->home, leaf.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = dir < 0 ? -errno : write_number(dir, "cgroup.procs", (uint64_t)getpid());
	if (r == 0)
		r = write_file(cg->home, "cgroup.subtree_control", "+memory");
	if (r < 0)
		move_back(cg);
	else /* is not always delegated, and only a second wall */
		write_file(cg->home, "cgroup.subtree_control", "+pids");
	return r;
}

static int set_limits(const struct cgroup *cg, uint64_t memory, uint64_t processes)
{
	int r = write_number(cg->dir, "memory.max", memory);

	if (r < 0)
		return r;
	/* Where there is swap; and where the kernel knows to kill all at once (4.19). */
	write_number(cg->dir, "memory.swap.max", 0);
	write_number(cg->dir, "memory.oom.group", 1);
	if (processes)
		write_number(cg->dir, "pids.max", processes + 1); /* and init */
	return 0;
}

int cgroup_make(struct cgroup *cg, uint64_t memory, uint64_t processes, struct err *e)
{
	const struct name name = name_of(getpid(), "");
	int r;

	*cg = CGROUP_NONE;
	cg->home = open_own();
	if (cg->home < 0)
		return err_set(e, cg->home, "find the cgroup of this process");
	sweep(cg->home);
	if (!lists(cg->home, "cgroup.subtree_control", "memory")) {
		r = lists(cg->home, "cgroup.controllers", "memory") ? move_aside(cg) : -ENOENT;
		if (r < 0)
			return err_set(e, r, "have a controller for memory");
	}
	if (mkdirat(cg->home, name.text, 0755) < 0)
		return err_set(e, -errno, "make a cgroup");
	cg->dir = openat(cg->home, name.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = cg->dir < 0 ? -errno : set_limits(cg, memory, processes);
	return r < 0 ? err_set(e, r, "limit a cgroup") : 0;
}

bool cgroup_ran_out(const struct cgroup *cg)
{
	char text[512];
	const char *count;

	if (cg->dir < 0 || read_file(cg->dir, "memory.events", text, sizeof(text)) < 0)
		return false;
	count = strstr(text, "oom_kill ");
	return count && strtoul(count + strlen("oom_kill "), NULL, 10) > 0;
}

void cgroup_remove(struct cgroup *cg)
{
	if (cg->dir >= 0) {
		close(cg->dir);
		unlinkat(cg->home, name_of(getpid(), "").text, AT_REMOVEDIR);
	}
	if (cg->moved)
		move_back(cg);
	close_indirect(&cg->home);
	*cg = CGROUP_NONE;
}
