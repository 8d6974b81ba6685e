/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/confine.h"

#include <linux/seccomp.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/mem.h"
#include "os/wall.h"

static const int calls[] = {
	SYS_read,	  SYS_write,	     SYS_pwrite64,	 SYS_lseek,
	SYS_connect,	  SYS_sendto,	     SYS_sendmsg,	 SYS_recvfrom,
	SYS_setsockopt,	  SYS_getsockopt,    SYS_getsockname,	 SYS_shutdown,
	SYS_close,	  SYS_fcntl,	     SYS_ioctl,		 SYS_ppoll,
	SYS_memfd_create, SYS_clock_gettime, SYS_munmap,	 SYS_mremap,
	SYS_madvise,	  SYS_brk,	     SYS_futex,		 SYS_exit_group,
	SYS_rt_sigreturn, SYS_rt_sigaction,  SYS_rt_sigprocmask, SYS_restart_syscall,
	SYS_getpid,	  SYS_gettid,	     SYS_tgkill,	 SYS_getrandom,
	SYS_setitimer,	  SYS_gettimeofday,  SYS_newfstatat,	 SYS_fstat,
#ifdef SYS_poll
	SYS_poll,
#endif
#ifdef SYS_alarm
	SYS_alarm,
#endif
#ifdef SYS_time
	SYS_time,
#endif
};

static void allow_sockets(struct calls *f)
{
	static const int families[] = { AF_UNIX, AF_INET, AF_INET6 };

	calls_unless(f, SYS_socket, LEN(families) * 2 + 2);
	calls_load(f, offsetof(struct seccomp_data, args[0]));
	for (size_t i = 0; i < LEN(families); i++) {
		calls_unless(f, (uint32_t)families[i], 1);
		calls_return(f, SECCOMP_RET_ALLOW);
	}
	calls_return(f, SECCOMP_RET_KILL_PROCESS);
}

int sink_confine(struct err *e)
{
	struct calls f = { .n = 0 };
	int r = wall_process(e);

	if (r == 0)
		r = wall_files(NULL, -1, e);
	if (r < 0)
		return r;
	calls_start(&f);
	allow_sockets(&f);
	calls_only(&f, calls, LEN(calls));
	r = calls_enforce(&f, e);
	return r < 0 ? r : 0;
}
