/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/sys.h"
#include "suite.h"

static inline int box_write(const char *path, const char *text)
{
	_cleanup_fd_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -1 : write_all(fd, text, strlen(text));
}

/* Moves this process into new user and network namespaces, as root there. False: refused here. */
static inline bool box_enter(void)
{
	char map[64];
	unsigned uid = getuid(), gid = getgid();

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return false;
	snprintf(map, sizeof(map), "0 %u 1", uid);
	if (box_write("/proc/self/uid_map", map) < 0 ||
	    box_write("/proc/self/setgroups", "deny") < 0)
		return false;
	snprintf(map, sizeof(map), "0 %u 1", gid);
	return box_write("/proc/self/gid_map", map) == 0;
}

/* main() of a test that needs box_enter(): skipped where the kernel or its configuration refuses.
 */
static inline int box_run(const char *module, void (*add)(TCase *tc))
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		_exit(box_enter() ? 0 : 77);
	waitpid(pid, &status, 0);
	if (status != 0) {
		printf("1..0 # SKIP no user namespaces here\n");
		return 0;
	}
	return suite_run(module, add);
}
