/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls that the box does without. Outside, what the kernel answers to these arguments shows
 * that it has looked at the call; none of them does anything if it is allowed.
 */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/fanotify.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/quota.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"

#define PTR(p) ((unsigned long)(p))
#define NOWHERE PTR("/nonexistent")
#define NONE ((unsigned long)-1)
#define HIGH (1UL << 32)

static const char users[] = "the kernel refuses it to users";
static const long invalid_time[2] = { 0, 2000000000 };
static long clock_state[64]; /* struct timex, which asks for nothing */
static const struct perf_event_attr count_tasks = {
	.type = PERF_TYPE_SOFTWARE,
	.size = sizeof(count_tasks),
	.config = PERF_COUNT_SW_TASK_CLOCK,
	.exclude_kernel = 1,
};

static enum outcome hang_up(void)
{
	setsid();
	return outcome_of(syscall(SYS_vhangup), "vhangup");
}

static const struct sock_filter allow[] = {
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static long load_filter(unsigned long flags)
{
	const struct sock_fprog program = { 1, (struct sock_filter *)PTR(allow) };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static enum outcome listener(void)
{
	return outcome_of(load_filter(SECCOMP_FILTER_FLAG_NEW_LISTENER), "seccomp");
}

static enum outcome listener_among_flags(void)
{
	return outcome_of(load_filter(SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_TSYNC |
				      SECCOMP_FILTER_FLAG_TSYNC_ESRCH),
			  "seccomp");
}

/* A filter that allows everything must not undo one that does not. */
static enum outcome filter_undone(void)
{
	load_filter(0);
	return outcome_of(syscall(SYS_fsopen, "tmpfs", 0) < 0 && errno != EPERM
				  ? -1
				  : syscall(SYS_personality, READ_IMPLIES_EXEC),
			  "personality");
}

#ifdef __x86_64__
/* In the 32-bit table: getpid is 20, unshare 310, socketcall 102. */
static long int80(long number, long a, long b)
{
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "a"(number), "b"(a), "c"(b) : "memory");
	return r;
}

static enum outcome ia32_getpid(void)
{
	return outcome_of(int80(20, 0, 0) == getpid() ? 0 : -1, "int 0x80");
}

static enum outcome ia32_unshare(void)
{
	return outcome_of(int80(310, CLONE_NEWUSER, 0) == 0 ? 0 : -1, "int 0x80");
}

static enum outcome ia32_socketcall(void)
{
	return outcome_of(int80(102, 1, 0) == -EFAULT ? 0 : -1, "int 0x80");
}

static enum outcome x32(void)
{
	return outcome_of(syscall(0x40000000 | SYS_getpid), "x32");
}
#endif

/* A terminal of one's own, so that nobody else's is typed into. */
static int own_terminal(void)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY), zero = 0, fd;

	setsid();
	if (ioctl(master, TIOCSPTLCK, &zero) < 0 ||
	    (fd = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY)) < 0 || ioctl(fd, TIOCSCTTY, 0) < 0)
		exit(cannot_try("make a terminal"));
	return fd;
}

static long type_into(unsigned long request)
{
	return syscall(SYS_ioctl, own_terminal(), request, "x");
}

static enum outcome typed(void)
{
	return outcome_of(type_into(TIOCSTI), "TIOCSTI");
}

static enum outcome typed_high(void)
{
	return outcome_of(type_into(TIOCSTI | HIGH), "TIOCSTI");
}

/* Without a console the kernel says so: ENOTTY. */
static enum outcome pasted(unsigned long request)
{
	char subcode[] = { 3 /* paste */, 0 };
	long r = syscall(SYS_ioctl, own_terminal(), request, subcode);

	return r < 0 && errno != ENOTTY ? refused("TIOCLINUX") : GOT_THROUGH;
}

static enum outcome pasted_low(void)
{
	return pasted(TIOCLINUX);
}

static enum outcome pasted_high(void)
{
	return pasted(TIOCLINUX | HIGH);
}

static enum outcome discipline(void)
{
	int zero = 0;

	return outcome_of(ioctl(own_terminal(), TIOCSETD, &zero), "TIOCSETD");
}

#define CALL(name, gain, who, number, seen, ...)                                                   \
	{                                                                                          \
		name, gain, NULL, who, number, { __VA_ARGS__ }, seen                               \
	}
#define ANY BY_ANYBODY, NULL
#define ROOT BY_ROOT, users

static const struct attack rows[] = {
	CALL("init-module", "a kernel module", ROOT, SYS_init_module, ENOEXEC, PTR(""), 0, PTR("")),
	CALL("finit-module", "the same", ROOT, SYS_finit_module, EBADF, NONE, PTR(""), 0),
	CALL("delete-module", "one less", ROOT, SYS_delete_module, ENOENT, PTR("no-such-module"),
	     O_NONBLOCK),
	CALL("kexec-load", "another kernel", ROOT, SYS_kexec_load, EINVAL, 0, 99, 0, 0),
	CALL("kexec-file-load", "the same", ROOT, SYS_kexec_file_load, EINVAL, NONE, NONE, 0, 0,
	     1 << 20),
	CALL("reboot", "the end of the machine", ROOT, SYS_reboot, EINVAL, 0, 0, 0, 0),
	CALL("swapon", "swap space", ROOT, SYS_swapon, ENOENT, NOWHERE, 0),
	CALL("swapoff", "less of it", ROOT, SYS_swapoff, ENOENT, NOWHERE),
	CALL("settimeofday", "the clock", ANY, SYS_settimeofday, EINVAL, PTR(invalid_time), 0),
	CALL("clock-settime", "the same", ANY, SYS_clock_settime, EINVAL, 0, PTR(invalid_time)),
	CALL("adjtimex", "its speed", ANY, SYS_adjtimex, 0, PTR(clock_state)),
	CALL("clock-adjtime", "the same", ANY, SYS_clock_adjtime, 0, 0, PTR(clock_state)),
	CALL("acct", "a record of all processes", ROOT, SYS_acct, ENOENT, NOWHERE),
	CALL("quotactl", "quotas", ANY, SYS_quotactl, 0, (unsigned)Q_SYNC << SUBCMDSHIFT, 0, 0, 0),
	CALL("quotactl-fd", "the same", ANY, SYS_quotactl_fd, EBADF, NONE, 0, 0, 0),
	CALL("syslog", "the kernel's log", ROOT, SYS_syslog, 0, 10 /* its size */, 0, 0),
	{ "vhangup", "the caller's terminal", hang_up, ROOT },
	CALL("fanotify-init", "events of files", ANY, SYS_fanotify_init, 0, FAN_REPORT_FID,
	     O_RDONLY),
	CALL("fanotify-mark", "the same", ANY, SYS_fanotify_mark, EBADF, NONE, FAN_MARK_ADD,
	     FAN_OPEN, NONE, 0),
	CALL("bpf", "a program in the kernel", ROOT, SYS_bpf, EINVAL, 9999, PTR(clock_state), 8),
	CALL("perf", "samples of the processor", ANY, SYS_perf_event_open, 0, PTR(&count_tasks), 0,
	     NONE, NONE, 0),
	CALL("userfaultfd", "a halted kernel", ANY, SYS_userfaultfd, 0, O_CLOEXEC | 1),
	CALL("io-uring-setup", "a ring", ANY, SYS_io_uring_setup, EFAULT, 1, 0),
	CALL("io-uring-enter", "the same", ANY, SYS_io_uring_enter, EBADF, NONE, 0, 0, 0, 0, 0),
	CALL("io-uring-register", "the same", ANY, SYS_io_uring_register, EBADF, 999, 2, 0, 0),
	CALL("add-key", "a key", ANY, SYS_add_key, 0, PTR("user"), PTR("agentbox-attack"), PTR("x"),
	     1, (unsigned long)KEY_SPEC_PROCESS_KEYRING),
	CALL("keyctl", "a keyring", ANY, SYS_keyctl, 0, KEYCTL_GET_KEYRING_ID,
	     (unsigned long)KEY_SPEC_SESSION_KEYRING, 0),
	CALL("mbind", "a place in memory", ANY, SYS_mbind, 0, 0, 0, 0, 0, 0, 0),
	CALL("set-mempolicy", "the same", ANY, SYS_set_mempolicy, 0, 0, 0, 0),
	CALL("move-pages", "the same", ANY, SYS_move_pages, 0, 0, 0, 0, 0, 0, 0),
	CALL("vmsplice", "pages in a pipe", ANY, SYS_vmsplice, EBADF, NONE, 0, 0, 0),
	CALL("kcmp", "what processes share", ANY, SYS_kcmp, ESRCH, 999999999, 999999999, 0, 0, 0),
	CALL("process-madvise", "memory of others", ANY, SYS_process_madvise, EBADF, NONE, 0, 0, 0,
	     0),
	CALL("process-mrelease", "the same", ANY, SYS_process_mrelease, EBADF, NONE, 0),
	CALL("ptrace", "a tracer", ANY, SYS_ptrace, 0, 0 /* PTRACE_TRACEME */, 0, 0, 0),
	CALL("pidfd-getfd", "descriptors of others", ANY, SYS_pidfd_getfd, EBADF, NONE, 0, 0),
	CALL("open-by-handle", "files by number", ROOT, SYS_open_by_handle_at, EFAULT,
	     (unsigned long)AT_FDCWD, 0, 0),
	CALL("personality", "memory that can be run", ANY, SYS_personality, 0, READ_IMPLIES_EXEC),
	CALL("personality-high", "the same", ANY, SYS_personality, 0, READ_IMPLIES_EXEC | HIGH),
	CALL("personality-svr4", "another system", ANY, SYS_personality, 0, PER_SVR4),
	CALL("personality-low", "a page at zero", ANY, SYS_personality, 0, MMAP_PAGE_ZERO),
	{ "listener", "system calls of others", listener, ANY },
	{ "listener-among-flags", "the same", listener_among_flags, ANY },
	{ "filter-undone", "what the filter denies", filter_undone, ANY },
	CALL("get-set-tls", "the security label", ANY, 460 /* lsm_set_self_attr */, EINVAL, 0, 0, 0,
	     NONE),
#ifdef __x86_64__
	CALL("iopl", "I/O ports", ANY, SYS_iopl, EINVAL, 4),
	CALL("ioperm", "the same", ANY, SYS_ioperm, EINVAL, NONE, 1, 1),
	CALL("modify-ldt", "segments", ANY, SYS_modify_ldt, 0, 0, 0, 0),
	CALL("ustat", "an old call", ANY, SYS_ustat, EINVAL, 0, 0),
	CALL("sysfs", "another one", ANY, SYS_sysfs, 0, 3),
	CALL("uselib", "a third one", ANY, SYS_uselib, ENOENT, NOWHERE),
	{ "ia32", "the 32-bit table of calls", ia32_getpid, ANY },
	{ "ia32-unshare", "a namespace by it", ia32_unshare, ANY },
	{ "ia32-socketcall", "sockets by it", ia32_socketcall, ANY },
	{ "x32", "the x32 table of calls", x32, ANY },
#endif
	{ "typed", "what is typed into a terminal", typed, ANY },
	{ "typed-high", "the same with 64 bits", typed_high, ANY },
	{ "pasted", "the same on a console", pasted_low, ANY },
	{ "pasted-high", "the same with 64 bits", pasted_high, ANY },
	{ "discipline", "a module for a terminal", discipline, ANY },
};

const struct attacks attacks_kernel = { "kernel", rows, LEN(rows) };
