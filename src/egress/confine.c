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

#include "os/landlock.h"
#include "os/sys.h"
#include "policy/landlock.h"

static int allow_reading(int rules, const char *path)
{
	_cleanup_fd_ int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	return landlock_allow(rules, fd, LANDLOCK_READ_FILE | LANDLOCK_READ_DIR);
}

/* Nothing of the file system but reading below @paths, which ends with NULL. */
static int close_files(const char *const *paths)
{
	const int version = landlock_version();
	const struct landlock_abi all = landlock_known(version);
	_cleanup_fd_ int rules = -1;
	int r = 0;

	if (version < 0)
		return version;
	rules = landlock_open(all.rights, all.scopes);
	if (rules < 0)
		return rules;
	for (; *paths && r == 0; paths++)
		r = allow_reading(rules, *paths);
	return r < 0 ? r : landlock_enforce(rules);
}

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#error "which AUDIT_ARCH_* is this?"
#endif

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(undefined_behavior_sanitizer)
#define SANITIZED
#endif
#endif

#ifdef SANITIZED
enum { SANITIZER = 1 };

/* A process that is not dumpable cannot be traced, so nobody can look for leaks at its end. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
#else
enum { SANITIZER = 0 };
#endif

enum { FILTER_MAX = 128 };

struct filter {
	struct sock_filter insn[FILTER_MAX];
	unsigned short n;
};

static void put(struct filter *f, struct sock_filter insn)
{
	f->insn[f->n++] = insn;
}

static void put_load(struct filter *f, size_t offset)
{
	put(f, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void put_return(struct filter *f, uint32_t action)
{
	put(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* Skips the next @n instructions unless what was loaded is @value. */
static void put_unless(struct filter *f, uint32_t value, uint8_t n)
{
	put(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, n));
}

static void put_start(struct filter *f)
{
	put_load(f, offsetof(struct seccomp_data, arch));
	put(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0));
	put_return(f, SECCOMP_RET_KILL_PROCESS);
	put_load(f, offsetof(struct seccomp_data, nr));
}

/* The calls of a table get @listed, others go on. */
static void put_calls(struct filter *f, const int *calls, size_t n, uint32_t listed)
{
	for (size_t i = 0; i < n; i++)
		put(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[i],
						    (uint8_t)(n - 1 - i), i == n - 1));
	put_return(f, listed);
}

static int load(struct filter *f)
{
	const struct sock_fprog program = { .len = f->n, .filter = f->insn };

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return -errno;
	return 0;
}

/*
 * What the loop does; and abort(), so that a failed assertion can say so. No open, no exec, no kill
 * of others, no memory that can be executed, and no socket but one to connect by TCP.
 */
static const int egress_calls[] = {
	SYS_read,	  SYS_write,	       SYS_recvfrom,
	SYS_recvmsg,	  SYS_sendto,	       SYS_sendmsg,
	SYS_splice,	  SYS_epoll_ctl,       SYS_epoll_pwait,
	SYS_accept4,	  SYS_connect,	       SYS_getsockname,
	SYS_getsockopt,	  SYS_setsockopt,      SYS_shutdown,
	SYS_close,	  SYS_pipe2,	       SYS_fcntl,
	SYS_ppoll,	  SYS_clock_gettime,   SYS_munmap,
	SYS_mremap,	  SYS_madvise,	       SYS_brk,
	SYS_futex,	  SYS_exit_group,      SYS_exit,
	SYS_rt_sigreturn, SYS_restart_syscall, SYS_rt_sigprocmask,
	SYS_rt_sigaction, SYS_getpid,	       SYS_gettid,
	SYS_tgkill,	  SYS_getrandom,       SYS_gettimeofday,
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

static int filter_egress(void)
{
	struct filter f = { .n = 0 };

	put_start(&f);
	put_unless(&f, SYS_socket, 7);
	put_load(&f, offsetof(struct seccomp_data, args[0]));
	put(&f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 1, 0));
	put_unless(&f, AF_INET6, 3);
	put_load(&f, offsetof(struct seccomp_data, args[1]));
	put_unless(&f, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 1);
	put_return(&f, SECCOMP_RET_ALLOW);
	put_return(&f, SECCOMP_RET_KILL_PROCESS);
	put_unless(&f, SYS_mmap, 4);
	put_load(&f, offsetof(struct seccomp_data, args[2]));
	put(&f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0));
	put_return(&f, SECCOMP_RET_ALLOW);
	put_return(&f, SECCOMP_RET_KILL_PROCESS);
	put_calls(&f, egress_calls, LEN(egress_calls), SECCOMP_RET_ALLOW);
	put_return(&f, SECCOMP_RET_KILL_PROCESS);
	return load(&f);
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

static int filter_resolver(void)
{
	struct filter f = { .n = 0 };

	put_start(&f);
	put_calls(&f, resolver_refused, LEN(resolver_refused), SECCOMP_RET_ERRNO | EPERM);
	put_return(&f, SECCOMP_RET_ALLOW);
	return load(&f);
}

/* The bounding set and the ambient one need a privilege to change, which who lacks it needs not. */
static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (prctl(PR_CAPBSET_DROP, cap) < 0)
			break;
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return syscall(SYS_capset, &header, none) < 0 ? -errno : 0;
}

int confine_process(struct err *e)
{
	const struct rlimit none = { 0 };
	struct rlimit files;
	int r;

	if (prctl(PR_SET_DUMPABLE, 0) < 0 || setrlimit(RLIMIT_CORE, &none) < 0)
		return err_set(e, -errno, "switch core dumps off");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_set(e, -errno, "set no_new_privs");
	r = drop_capabilities();
	if (r < 0)
		return err_set(e, r, "drop the capabilities");
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
	static const char *const nothing[] = { NULL };
	int r = close_files(nothing);

	if (r == -ENOSYS || r == -EOPNOTSUPP)
		buf_puts(missing, "Landlock");
	else if (r < 0)
		return err_set(e, r, "close the file system");
	if (SANITIZER) {
		buf_puts(missing, missing->n ? ", seccomp" : "seccomp");
		return 0;
	}
	r = filter_egress();
	if (r < 0)
		return err_set(e, r, "load the filter of system calls");
	return 0;
}

int confine_resolver(struct err *e)
{
	/* /var/lib/sss: what sssd's module reads */
	static const char *const readable[] = { "/etc",	  "/run",   "/usr",	    "/lib",
						"/lib64", "/lib32", "/var/lib/sss", NULL };
	int r = close_files(readable);

	if (r < 0 && r != -ENOSYS && r != -EOPNOTSUPP)
		return err_set(e, r, "close the file system");
	if (SANITIZER)
		return 0;
	r = filter_resolver();
	if (r < 0)
		return err_set(e, r, "load the filter of system calls");
	return 0;
}
