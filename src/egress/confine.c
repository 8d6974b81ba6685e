/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "os/wall.h"

/*
 * What the loop does; and abort(), so that a failed assertion can say so. No open, no exec, no kill
 * of others, no memory that can be executed, and no socket but one to connect by TCP and
 * pairs.
 */
static const int egress_calls[] = {
	SYS_read,	  SYS_write,	     SYS_recvfrom,	  SYS_socketpair,
	SYS_recvmsg,	  SYS_sendto,	     SYS_sendmsg,	  SYS_splice,
	SYS_epoll_ctl,	  SYS_epoll_pwait,   SYS_accept4,	  SYS_connect,
	SYS_getsockname,  SYS_getpeername,   SYS_getsockopt,	  SYS_setsockopt,
	SYS_shutdown,	  SYS_close,	     SYS_pipe2,		  SYS_fcntl,
	SYS_ppoll,	  SYS_clock_gettime, SYS_munmap,	  SYS_mremap,
	SYS_madvise,	  SYS_brk,	     SYS_futex,		  SYS_exit_group,
	SYS_exit,	  SYS_rt_sigreturn,  SYS_restart_syscall, SYS_rt_sigprocmask,
	SYS_rt_sigaction, SYS_getpid,	     SYS_gettid,	  SYS_tgkill,
	SYS_getrandom,	  SYS_gettimeofday,  SYS_sendmmsg,
#ifdef SYS_epoll_wait
	SYS_epoll_wait,
#endif
#ifdef SYS_poll
	SYS_poll,
#endif
#ifdef SYS_time
	SYS_time,
#endif
};

static int filter_egress(struct err *e)
{
	struct calls f = { .n = 0 };

	calls_start(&f);
	calls_unless(&f, SYS_socket, 7);
	calls_load(&f, offsetof(struct seccomp_data, args[0]));
	calls_put(&f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 1, 0));
	calls_unless(&f, AF_INET6, 3);
	calls_load(&f, offsetof(struct seccomp_data, args[1]));
	calls_unless(&f, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 1);
	calls_return(&f, SECCOMP_RET_ALLOW);
	calls_return(&f, SECCOMP_RET_KILL_PROCESS);
	calls_only(&f, egress_calls, LEN(egress_calls));
	return calls_enforce(&f, e);
}

/*
 * What a module of nsswitch.conf(5) does cannot be known, so this is the other way round. EPERM: a
 * module that tries is not to take the answer of the next one down with it.
 */
static const int resolver_refused[] = {
	SYS_execve,
	SYS_execveat,
	SYS_ptrace,
	SYS_process_vm_readv,
	SYS_process_vm_writev,
	SYS_pidfd_getfd,
	SYS_mount,
	SYS_umount2,
	SYS_pivot_root,
	SYS_chroot,
	SYS_unshare,
	SYS_setns,
	SYS_bpf,
	SYS_perf_event_open,
	SYS_io_uring_setup,
	SYS_keyctl,
	SYS_add_key,
	SYS_request_key,
	SYS_userfaultfd,
	SYS_open_by_handle_at,
	SYS_listen,
	SYS_move_mount,
	SYS_open_tree,
	SYS_fsopen,
	SYS_kexec_load,
	SYS_init_module,
	SYS_finit_module,
};

static int filter_resolver(struct err *e)
{
	struct calls f = { .n = 0 };

	calls_start(&f);
	calls_list(&f, resolver_refused, LEN(resolver_refused), SECCOMP_RET_ERRNO | EPERM);
	calls_return(&f, SECCOMP_RET_ALLOW);
	return calls_enforce(&f, e);
}

int confine_process(struct err *e)
{
	struct rlimit files;
	int r = wall_process(e);

	if (r < 0)
		return r;
	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return err_set(e, -errno, "read the limit of open files");
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) < 0)
		return err_set(e, -errno, "raise the limit of open files");
	return 0;
}

/* Without Landlock (ENOSYS, EOPNOTSUPP) the filter still stands: it knows no call that opens. */
int confine_egress(struct buf *missing, struct err *e)
{
	int r = wall_files(NULL, -1, e);

	if (r == WALL_MISSING)
		buf_puts(missing, "Landlock");
	if (r >= 0)
		r = filter_egress(e);
	if (r == WALL_MISSING)
		buf_puts(missing, missing->n ? ", seccomp" : "seccomp");
	return r < 0 ? r : 0;
}

int confine_resolver(struct err *e)
{
	/* /var/lib/sss: what sssd's module reads */
	static const char *const readable[] = { "/etc",	  "/run",   "/usr",	    "/lib",
						"/lib64", "/lib32", "/var/lib/sss", NULL };
	int r = wall_files(readable, -1, e);

	if (r >= 0)
		r = filter_resolver(e);
	return r < 0 ? r : 0;
}
