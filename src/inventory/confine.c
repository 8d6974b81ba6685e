/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "base/mem.h"
#include "inventory/serve.h"
#include "os/wall.h"

/* Reading files below a directory, and writing to what is open. No socket, no exec, no signal. */
static const int calls[] = {
	SYS_read,	   SYS_pread64,	     SYS_write,
	SYS_writev,	   SYS_openat,	     SYS_getdents64,
	SYS_newfstatat,	   SYS_fstat,	     SYS_readlinkat,
	SYS_lseek,	   SYS_close,	     SYS_fcntl,
	SYS_sendto,	   SYS_munmap,	     SYS_mremap,
	SYS_madvise,	   SYS_brk,	     SYS_exit_group,
	SYS_exit,	   SYS_rt_sigreturn, SYS_getpid,
	SYS_gettid,	   SYS_tgkill,	     SYS_rt_sigprocmask,
	SYS_clock_gettime, SYS_futex,	     SYS_restart_syscall,
	SYS_getrandom,	   SYS_ioctl,	     SYS_sysinfo, /* the last for qsort(3) */
#ifdef SYS_stat
	SYS_stat,
#endif
};

/* More than the largest lock files take, and not more than a machine has. */
static const struct rlimit memory = { .rlim_cur = 4UL << 30, .rlim_max = 4UL << 30 };

int inventory_confine(int workspace, struct err *e)
{
	struct calls f = { .n = 0 };
	int r = wall_process(e);

	if (r == 0)
		r = wall_files(NULL, workspace, e);
	if (r < 0)
		return r;
	if (!WALL_SANITIZED && setrlimit(RLIMIT_AS, &memory) < 0)
		return err_set(e, -errno, "limit the memory");
	calls_start(&f);
	calls_only(&f, calls, LEN(calls));
	r = calls_enforce(&f, e);
	return r < 0 ? r : 0;
}
