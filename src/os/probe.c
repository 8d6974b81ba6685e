/* SPDX-License-Identifier: Apache-2.0 */
#include "os/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "os/landlock.h"
#include "os/probe_git.h"
#include "os/probe_grants.h"
#include "os/scan.h"
#include "os/sys.h"
#include "os/user.h"
#include "policy/plan.h"

/* Neither these nor anything below them is a workspace or a home. */
static const char *const system_trees[] = {
	"/bin",	   "/boot", "/dev", "/etc",	"/lib",	 "/lib32", "/lib64",
	"/libx32", "/proc", "/run", "/var/run", "/sbin", "/sys",   "/usr",
};

/* These are not workspaces themselves; directories below them may be. */
static const char *const shared_dirs[] = {
	"/",	"/home", "/media", "/mnt",     "/opt",	   "/root",
	"/srv", "/tmp",	 "/var",   "/var/lib", "/var/tmp",
};

static bool is_system(const char *path)
{
	for (size_t i = 0; i < LEN(system_trees); i++)
		if (path_is_below(path, system_trees[i]))
			return true;
	return false;
}

static bool is_shared(const char *path)
{
	for (size_t i = 0; i < LEN(shared_dirs); i++)
		if (!strcmp(path, shared_dirs[i]))
			return true;
	return false;
}

/* Whether a path that gave this errno leads to nothing that the caller could reach. */
static bool is_absent(int error)
{
	return error == ENOENT || error == ENOTDIR || error == EACCES || error == ELOOP;
}

static bool is_user_name(const char *name)
{
	size_t n = name ? strlen(name) : 0;

	return n > 0 && n <= 32 && name[0] != '-' && name[0] != '.' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
		       n;
}

static int probe_user(struct host *host, struct err *e)
{
	const char *home = getenv("HOME"), *user = getenv("USER");
	const struct passwd *pw = NULL;

	host->uid = getuid();
	host->gid = getgid();
	if (!home || home[0] != '/')
		pw = user_find();
	if (pw) {
		home = pw->pw_dir;
		user = pw->pw_name;
	}
	if (!is_user_name(user))
		user = host->uid == 0 ? "root" : "agent";
	host->user = arena_strdup(&host->arena, user);
	_cleanup_free_ char *real = home ? realpath(home, NULL) : NULL;
	if (home && !real && !is_absent(errno))
		return err_set(e, -errno, "home directory %s", home);
	if (!real || is_system(real) || !strcmp(real, "/"))
		host->home = arena_printf(&host->arena, "/home/%s", user);
	else
		host->home = arena_strdup(&host->arena, real);
	return 0;
}

/* The nearest directory upwards that has a .git, if it lies below the home or outside of it. */
static const char *repository_of(struct host *host, const char *cwd)
{
	char *dir = arena_strdup(&host->arena, cwd);
	char git[PATH_MAX];

	for (char *slash = dir + strlen(dir); slash > dir; slash = strrchr(dir, '/')) {
		*slash = '\0';
		if (path_is_below(host->home, dir) || is_shared(dir))
			break;
		if ((size_t)snprintf(git, sizeof(git), "%s/.git", dir) < sizeof(git) &&
		    access(git, F_OK) == 0)
			return dir;
	}
	return arena_strdup(&host->arena, cwd);
}

static int refuse(struct err *e, const char *path, const char *why)
{
	return err_say(e, -EINVAL, "workspace %s: %s", path, why);
}

static int check_workspace(const struct host *host, const char *path, struct err *e)
{
	struct stat st;

	if (is_system(path) || is_shared(path))
		return refuse(e, path,
			      "a directory of the system cannot be a workspace; "
			      "name the directory of a repository");
	if (path_is_below(host->home, path))
		return refuse(e, path, "holds the home directory; name a directory below it");
	if (stat(path, &st) < 0)
		return err_set(e, -errno, "workspace %s", path);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, -ENOTDIR, "workspace %s", path);
	if (st.st_uid != host->uid)
		return refuse(e, path,
			      "belongs to another user; the box can write only what is yours");
	return 0;
}

static int probe_workspace(struct host *host, const char *named, struct err *e)
{
	_cleanup_free_ char *cwd = getcwd(NULL, 0);
	_cleanup_free_ char *real = NULL;
	int r;

	if (!cwd && !named)
		return err_set(e, -errno, "current directory");
	if (named) {
		real = realpath(named, NULL);
		if (!real)
			return err_set(e, -errno, "workspace %s", named);
	}
	host->workspace = real ? arena_strdup(&host->arena, real) : repository_of(host, cwd);
	r = check_workspace(host, host->workspace, e);
	if (r < 0)
		return r;
	host->cwd = cwd && path_is_below(cwd, host->workspace) ? arena_strdup(&host->arena, cwd)
							       : host->workspace;
	return 0;
}

/* Adds what is at @path, if anything is. What may be there and is not seen would not be hidden. */
static int probe_path(struct host *host, const char *path, struct err *e)
{
	char target[PATH_MAX];
	struct host_path *found;
	struct stat st;
	ssize_t n = 0;

	if (lstat(path, &st) < 0)
		return is_absent(errno) ? 0 : err_set(e, -errno, "look at %s", path);
	if (S_ISLNK(st.st_mode))
		n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return err_set(e, -errno, "read the link %s", path);
	found = arena_push(&host->arena, host->paths, host->n_paths);
	found->path = path;
	found->kind = n > 0 ? PATH_LINK : S_ISDIR(st.st_mode) ? PATH_DIR : PATH_FILE;
	if (n > 0)
		found->target = arena_strndup(&host->arena, target, (size_t)n);
	return 0;
}

/*
 * The version has to be asked for: where the sysctl is not a namespace's own yet, trying to change
 * it would change the machine's.
 */
static bool has_own_pid_max(void)
{
	struct utsname kernel;
	int major, minor;

	return uname(&kernel) == 0 && sscanf(kernel.release, "%d.%d", &major, &minor) == 2 &&
	       (major > 6 || (major == 6 && minor >= 14));
}

/* What a file of /proc says, or 0. */
static uint64_t read_number(const char *path)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[32] = "";

	return fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 ? strtoull(text, NULL, 10) : 0;
}

/*
 * Standard descriptors of files that the caller reads, and that the box could open again for
 * writing or change the mode of: those with a name, of its user or writable for it.
 */
static unsigned probe_files(const struct host *host)
{
	unsigned files = 0;
	struct stat st;

	for (int fd = 0; fd <= 2; fd++)
		if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink > 0 &&
		    (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY &&
		    (st.st_uid == host->uid || faccessat(fd, "", W_OK, AT_EMPTY_PATH) == 0))
			files |= 1U << fd;
	return files;
}

int probe_host(struct host *host, const struct policy *policy, const char *workspace, struct err *e)
{
	const char **paths;
	size_t n;
	int r;

	host->hostname = "agentbox";
	host->environment = environ;
	host->landlock = landlock_version();
	if (host->landlock < 0)
		host->landlock = 0;
	host->own_pid_max = has_own_pid_max();
	host->inotify_instances = read_number("/proc/sys/fs/inotify/max_user_instances");
	host->inotify_watches = read_number("/proc/sys/fs/inotify/max_user_watches");
	host->terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	host->files = probe_files(host);
	r = probe_user(host, e);
	if (r == 0)
		r = probe_workspace(host, workspace, e);
	if (r == 0)
		r = probe_git(host, e);
	if (r == 0)
		r = probe_grants(host, policy, e);
	if (r < 0)
		return r;
	n = plan_asks(host, policy, &paths);
	for (size_t i = 0; i < n && r == 0; i++)
		r = probe_path(host, paths[i], e);
	return r == 0 ? scan_workspace(host, policy, e) : r;
}

void host_fini(struct host *host)
{
	arena_fini(&host->arena);
}
