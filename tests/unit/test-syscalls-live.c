/* SPDX-License-Identifier: Apache-2.0 */
/* The filter loaded, in a child, and calls made for real: what the kernel makes of it. */
#include "filter.h"

#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/keyctl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static void load(const struct filter *f)
{
	struct sock_fprog program = { (unsigned short)f->n, f->insn };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		_exit(255);
}

/* Runs @call in a child, under @f unless NULL. Returns its wait status. */
static int run(const struct filter *f, int (*call)(const void *), const void *of)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (f)
			load(f);
		_exit(call(of));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

/* Calls that are denied by the filter, and by nobody else: the errno differs without it. */
static const struct denied {
	long number;
	long args[4];
	int want;
	const char *name;
} denied[] = {
	{ SYS_mount, { 0 }, EPERM, "mount" },
	{ SYS_umount2, { 0 }, EPERM, "umount2" },
	{ SYS_setns, { -1, 0 }, EPERM, "setns" },
	{ SYS_ptrace, { 0x4200, 0x7fffffff }, EPERM, "ptrace" },
	{ SYS_process_vm_readv, { 1, 0, 0, 0 }, EPERM, "process_vm_readv" },
	{ SYS_keyctl, { KEYCTL_GET_KEYRING_ID, -3, 0 }, ENOSYS, "keyctl" },
	{ SYS_request_key, { 0 }, ENOSYS, "request_key" },
	{ 428, { -1 }, ENOSYS, "open_tree" },
	{ 429, { -1, 0, -1, 0 }, ENOSYS, "move_mount" },
	{ 435, { 0, 0 }, ENOSYS, "clone3" },
	{ 467, { -1 }, ENOSYS, "open_tree_attr" },
	{ SYS_unshare, { CLONE_NEWUSER | CLONE_THREAD | 1 }, EPERM, "unshare" },
	{ SYS_clone, { CLONE_NEWUSER | CLONE_FS | CLONE_NEWNS }, EPERM, "clone" },
	{ SYS_ioctl, { -1, TIOCSTI }, EPERM, "TIOCSTI" },
	{ SYS_ioctl, { -1, TIOCSTI | 1l << 32 }, EPERM, "TIOCSTI in 64 bits" },
	{ SYS_ioctl, { -1, 0x541c }, EPERM, "TIOCLINUX" },
	{ SYS_ioctl, { -1, TIOCSETD }, EPERM, "TIOCSETD" },
	{ SYS_seccomp,
	  { SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER },
	  EPERM,
	  "seccomp listener" },
	{ SYS_socketpair, { AF_INET, SOCK_STREAM, 0, 0 }, EAFNOSUPPORT, "socketpair" },
	{ SYS_socket, { AF_NETLINK, SOCK_RAW, 15 }, EAFNOSUPPORT, "uevents" },
	{ SYS_socket, { AF_NETLINK, SOCK_RAW, 99 }, EAFNOSUPPORT, "unknown netlink" },
	{ SYS_socket, { AF_INET, SOCK_RAW, 0 }, EPERM, "SOCK_RAW" },
	{ SYS_socket, { AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 33 }, EPROTONOSUPPORT, "DCCP" },
	{ SYS_personality, { READ_IMPLIES_EXEC }, EPERM, "READ_IMPLIES_EXEC" },
	{ SYS_fchmod, { -1, 04755 }, EPERM, "fchmod" },
	{ SYS_fchmodat, { -1, (long)"", 04755 }, EPERM, "fchmodat" },
	{ SYS_openat, { -1, (long)"x", O_CREAT, 04755 }, EPERM, "openat" },
	{ SYS_mknodat, { -1, (long)"x", 0104755, 0 }, EPERM, "mknodat" },
	{ SYS_openat2, { -1, 0, 0, 0 }, ENOSYS, "openat2" },
	{ SYS_fcntl, { -1, F_SETLEASE, F_RDLCK }, EPERM, "F_SETLEASE" },
	{ SYS_open_by_handle_at, { -1, 0, 0 }, EPERM, "open_by_handle_at" },
	{ SYS_vmsplice, { -1, 0, 0, 0 }, ENOSYS, "vmsplice" },
	{ SYS_mbind, { 0 }, EPERM, "mbind" },
};

static int call_denied(const void *of)
{
	const struct denied *d = of;

	errno = 0;
	syscall(d->number, d->args[0], d->args[1], d->args[2], d->args[3], 0L);
	return errno;
}

/* Without the filter some answers depend on the user and on the kernel: that is no failure. */
START_TEST(test_denied)
{
	struct filter f = compile(lines("", ""), arch_native);
	int without = run(NULL, call_denied, &denied[_i]), with = run(&f, call_denied, &denied[_i]);

	ck_assert_msg(WIFEXITED(with) && WEXITSTATUS(with) == denied[_i].want, "%s: status %#x",
		      denied[_i].name, with);
	if (with == without)
		printf("# %s: no difference without the filter\n", denied[_i].name);
	fflush(stdout);
}
END_TEST

static int call_unknown(const void *of)
{
	for (long number = SYSCALL_NEWEST + 1; number < SWEEP; number++)
		if (syscall(number, 0, 0, 0, 0, 0) != -1 || errno != ENOSYS)
			return 1;
	(void)of;
	return 0;
}

static int call_x32(const void *of)
{
	(void)of;
	return syscall(X32 | SYS_getpid) != -1 || errno != ENOSYS;
}

static void *thread(void *of)
{
	*(int *)of = 1;
	return NULL;
}

static int call_threads(const void *of)
{
	int ran = 0;
	pthread_t t;

	(void)of;
	return pthread_create(&t, NULL, thread, &ran) || pthread_join(t, NULL) || !ran;
}

static int call_spawn(const void *of)
{
	char *argv[] = { (char[]){ "/bin/sh" }, (char[]){ "-c" }, (char[]){ "(:) | (exit 7)" },
			 NULL };
	int status;
	pid_t pid;

	(void)of;
	if (posix_spawn(&pid, argv[0], NULL, NULL, argv, NULL) != 0 ||
	    waitpid(pid, &status, 0) != pid)
		return 1;
	return !WIFEXITED(status) || WEXITSTATUS(status) != 7;
}

static int call_sockets(const void *of)
{
	struct ifaddrs *list;
	int pair[2];

	(void)of;
	if (getifaddrs(&list) < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return 1;
	return socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0) < 0 ||
	       socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP) < 0 || socket(AF_UNIX, SOCK_STREAM, 0) < 0;
}

static int call_harmless(const void *of)
{
	(void)of;
	return unshare(CLONE_FS | CLONE_FILES) < 0 || personality(0xffffffff) < 0 ||
	       personality(ADDR_NO_RANDOMIZE) < 0 || ioctl(-1, TIOCGWINSZ, 0) != -1 ||
	       errno != EBADF;
}

/* A filter of its own, as a browser or another agentbox would load: on top of this one. */
static int call_own_filter(const void *of)
{
	load(of);
	return syscall(SYS_mount, 0, 0, 0, 0, 0) != -1 || errno != EPERM;
}

static int (*const works[])(const void *) = {
	call_unknown, call_threads, call_spawn, call_sockets, call_harmless, call_own_filter,
#ifdef __x86_64__
	call_x32,
#endif
};

START_TEST(test_works)
{
	struct filter f = compile(lines("", ""), arch_native);

	ck_assert_int_eq(run(&f, works[_i], &f), 0);
}
END_TEST

#ifdef __x86_64__
/* getpid of the 32-bit table: the number is writev in the other one. */
static int call_i386(const void *of)
{
	long number = 20;

	__asm__ volatile("int $0x80" : "+a"(number) : : "memory", "r8", "r9", "r10", "r11");
	(void)of;
	return number != getpid();
}

START_TEST(test_i386)
{
	struct filter f = compile(lines("", "@nest @debug @io-uring"), arch_native);
	int without = run(NULL, call_i386, NULL), with = run(&f, call_i386, NULL);

	if (WIFSIGNALED(without)) {
		printf("# this kernel has no 32-bit calls\n");
		fflush(stdout);
		return;
	}
	ck_assert_int_eq(without, 0);
	ck_assert(WIFSIGNALED(with) && WTERMSIG(with) == SIGSYS);
}
END_TEST
#endif

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_denied, 0, LEN(denied));
	tcase_add_loop_test(tc, test_works, 0, LEN(works));
#ifdef __x86_64__
	tcase_add_test(tc, test_i386);
#endif
}

int main(void)
{
	return suite_run("syscalls-live", add);
}
