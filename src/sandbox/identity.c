/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "os/sys.h"

static int write_file(const char *path, const char *text, struct err *e)
{
	_cleanup_later_ int fd = open(path, O_WRONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : write_all(fd, text, strlen(text));

	return r < 0 ? err_set(e, r, "write %s", path) : 0;
}

static int map_one(const char *path, uint64_t id, struct err *e)
{
	char map[64];

	snprintf(map, sizeof(map), "%llu %llu 1", (unsigned long long)id, (unsigned long long)id);
	return write_file(path, map, e);
}

/* One's own id mapped to itself needs no privilege (user_namespaces(7)); setgroups(2) has to go
 * first. */
int identity_map(const struct step *step, struct err *e)
{
	int r = write_file("/proc/self/setgroups", "deny", e);

	if (r == 0)
		r = map_one("/proc/self/uid_map", step->n, e);
	return r == 0 ? map_one("/proc/self/gid_map", step->m, e) : r;
}

int identity_hostname(const struct step *step, struct err *e)
{
	if (sethostname(step->text, strlen(step->text)) < 0)
		return err_set(e, -errno, "set host name");
	return 0;
}

static int write_number(const char *path, uint64_t n, struct err *e)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	return write_file(path, text, e);
}

int identity_pid_max(const struct step *step, struct err *e)
{
	return write_number("proc/sys/kernel/pid_max", step->n, e);
}

int identity_inotify(const struct step *step, struct err *e)
{
	int r = write_number("proc/sys/user/max_inotify_instances", step->n, e);

	return r == 0 ? write_number("proc/sys/user/max_inotify_watches", step->m, e) : r;
}
