/* SPDX-License-Identifier: Apache-2.0 */
#include "os/wall.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "os/landlock.h"
#include "os/sys.h"
#include "policy/landlock.h"

#if WALL_SANITIZED
/* A process that is not dumpable cannot be traced, so nobody can look for leaks at its end. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

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

int wall_process(struct err *e)
{
	const struct rlimit none = { 0 };
	int r;

	if (prctl(PR_SET_DUMPABLE, 0) < 0 || setrlimit(RLIMIT_CORE, &none) < 0)
		return err_set(e, -errno, "switch core dumps off");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_set(e, -errno, "set no_new_privs");
	r = drop_capabilities();
	return r < 0 ? err_set(e, r, "drop the capabilities") : 0;
}

static int allow_reading(int rules, const char *path)
{
	_cleanup_fd_ int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	return landlock_allow(rules, fd, LANDLOCK_READ_FILE | LANDLOCK_READ_DIR);
}

static int close_files(const struct landlock_abi *all, const char *const *paths, int fd)
{
	/*
	 * Name services and journals are behind sockets; who may have none, its filter gives none.
	 */
	_cleanup_fd_ int rules =
		landlock_open(all->rights & ~(uint32_t)LANDLOCK_RESOLVE_UNIX, all->scopes);
	int r = rules < 0 ? rules : 0;

	for (; paths && *paths && r == 0; paths++)
		r = allow_reading(rules, *paths);
	if (fd >= 0 && r == 0)
		r = landlock_allow(rules, fd, LANDLOCK_READ_FILE | LANDLOCK_READ_DIR);
	return r < 0 ? r : landlock_enforce(rules);
}

int wall_files(const char *const *paths, int fd, struct err *e)
{
	const int version = landlock_version();
	const struct landlock_abi all = landlock_known(version);
	const int r = version < 0 ? version : close_files(&all, paths, fd);

	if (r == -ENOSYS || r == -EOPNOTSUPP)
		return WALL_MISSING;
	return r < 0 ? err_set(e, r, "close the file system") : 0;
}

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#error "which AUDIT_ARCH_* is this?"
#endif

void calls_put(struct calls *f, struct sock_filter insn)
{
	assert(f->n < CALLS_MAX);
	f->insn[f->n++] = insn;
}

void calls_load(struct calls *f, size_t offset)
{
	calls_put(f, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

void calls_return(struct calls *f, uint32_t action)
{
	calls_put(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

void calls_unless(struct calls *f, uint32_t value, uint8_t n)
{
	calls_put(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, n));
}

void calls_start(struct calls *f)
{
	calls_load(f, offsetof(struct seccomp_data, arch));
	calls_put(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0));
	calls_return(f, SECCOMP_RET_KILL_PROCESS);
	calls_load(f, offsetof(struct seccomp_data, nr));
}

void calls_list(struct calls *f, const int *calls, size_t n, uint32_t listed)
{
	assert(n <= UINT8_MAX); /* as far as a jump leads */
	for (size_t i = 0; i < n; i++)
		calls_put(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							  (uint32_t)calls[i], (uint8_t)(n - 1 - i),
							  i == n - 1));
	calls_return(f, listed);
}

/* mmap(2), of memory that cannot be executed; else the process is killed. */
static void calls_mmap(struct calls *f)
{
	calls_unless(f, SYS_mmap, 4);
	calls_load(f, offsetof(struct seccomp_data, args[2]));
	calls_put(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0));
	calls_return(f, SECCOMP_RET_ALLOW);
	calls_return(f, SECCOMP_RET_KILL_PROCESS);
}

void calls_only(struct calls *f, const int *calls, size_t n)
{
	calls_mmap(f);
	calls_list(f, calls, n, SECCOMP_RET_ALLOW);
	calls_return(f, SECCOMP_RET_KILL_PROCESS);
}

int calls_enforce(const struct calls *f, struct err *e)
{
	const struct sock_fprog program = { .len = f->n,
					    .filter = (struct sock_filter *)(uintptr_t)f->insn };

	if (WALL_SANITIZED)
		return WALL_MISSING;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return err_set(e, -errno, "load the filter of system calls");
	return 0;
}
