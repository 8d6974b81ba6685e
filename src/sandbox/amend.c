/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/amend.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "os/sys.h"
#include "sandbox/mount.h"

void amend_close(struct amend *a)
{
	close_indirect(&a->user);
	close_indirect(&a->mnt);
	*a = AMEND_NONE;
}

/* Looks at what the box sees at @path. Returns 0 with its mode, an enum amended or -errno. */
static int look(const char *path, mode_t *mode)
{
	struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	_cleanup_fd_ int fd = (int)syscall(SYS_openat2, AT_FDCWD, path + 1, &how, sizeof(how));
	struct statx stx;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? AMEND_GONE : -errno;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_MODE, &stx) < 0)
		return -errno;
	*mode = stx.stx_mode;
	return stx.stx_attributes & STATX_ATTR_MOUNT_ROOT || S_ISLNK(stx.stx_mode) ? AMEND_COVERED
										   : 0;
}

static int amend_one(const struct step *wanted)
{
	struct step step = { .kind = wanted->kind, .dst = wanted->dst, .flags = STEP_READONLY };
	struct mount_last last = MOUNT_LAST_NONE;
	struct err e;
	mode_t mode;
	int r = look(step.dst, &mode);

	if (r != 0)
		return r;
	if (step.kind == STEP_HIDE) {
		step.src = plan_cover(S_ISDIR(mode) ? PATH_DIR : PATH_FILE);
		step.flags |= STEP_NOEXEC;
		r = mount_hide(&step, &last, &e);
	} else {
		r = mount_protect(&step, &last, &e);
	}
	close_indirect(&last.dir);
	return r;
}

static _Noreturn void amend_main(const struct amend *a, const struct step *const *steps,
				 int *result, size_t n)
{
	const int kept[] = { a->user, a->mnt };

	/* A lock of the caller's would last as long as its copy here. */
	if (fds_keep(kept, LEN(kept)) < 0)
		_exit(EXIT_FAILURE);
	if (setns(a->user, CLONE_NEWUSER) < 0 || setns(a->mnt, CLONE_NEWNS) < 0 || chdir("/") < 0)
		_exit(EXIT_FAILURE);
	for (size_t i = 0; i < n; i++)
		result[i] = amend_one(steps[i]);
	_exit(EXIT_SUCCESS);
}

int amend(const struct amend *a, const struct step *const *steps, int *result, size_t n)
{
	const size_t size = n * sizeof(*result);
	int *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status = 0;
	pid_t pid;

	if (shared == MAP_FAILED)
		return -errno;
	pid = fork();
	if (pid == 0)
		amend_main(a, steps, shared, n);
	if (pid < 0)
		status = -errno;
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	memcpy(result, shared, size);
	munmap(shared, size);
	return status < 0 ? status : status ? -EIO : 0;
}
