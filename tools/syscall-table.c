/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the table of system calls, sorted by name, to standard output at build time.
 *
 * Names and numbers of the calls that every libseccomp knows come from libseccomp. Newer ones come
 * from the list below, for two reasons: a distribution's libseccomp lags behind its kernels, and a
 * call that is in the table is allowed unless a group denies it. So a call enters the table when
 * somebody has judged it, not when the build machine's library learns of it; the filter does not
 * depend on that library's version either. Where both know a call they must agree.
 *
 * To add a call: a line here, SYSCALL_NEWEST in policy/syscalls_tables.h, and a group in
 * src/policy/syscalls_groups.c if it may not be used freely.
 */
#include "policy/syscalls_tables.h"

#include <limits.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>

static const uint32_t scmp_arch[N_ARCHES] = {
	[ARCH_X86_64] = SCMP_ARCH_X86_64,
	[ARCH_AARCH64] = SCMP_ARCH_AARCH64,
};

/* The last call before the numbers of all architectures were made to run in step (Linux 5.0). */
static const int last_old[N_ARCHES] = {
	[ARCH_X86_64] = 334,  /* rseq */
	[ARCH_AARCH64] = 294, /* kexec_file_load */
};

/* Linux 6.18, scripts/syscall.tbl and arch/x86/entry/syscalls/syscall_64.tbl. */
static const struct syscall_name newer[] = {
	{ "uretprobe", { 335, -1 } }, /* called by a trampoline that the kernel maps */
	{ "uprobe", { 336, -1 } },
	{ "pidfd_send_signal", { 424, 424 } },
	{ "io_uring_setup", { 425, 425 } },
	{ "io_uring_enter", { 426, 426 } },
	{ "io_uring_register", { 427, 427 } },
	{ "open_tree", { 428, 428 } },
	{ "move_mount", { 429, 429 } },
	{ "fsopen", { 430, 430 } },
	{ "fsconfig", { 431, 431 } },
	{ "fsmount", { 432, 432 } },
	{ "fspick", { 433, 433 } },
	{ "pidfd_open", { 434, 434 } },
	{ "clone3", { 435, 435 } },
	{ "close_range", { 436, 436 } },
	{ "openat2", { 437, 437 } },
	{ "pidfd_getfd", { 438, 438 } },
	{ "faccessat2", { 439, 439 } },
	{ "process_madvise", { 440, 440 } },
	{ "epoll_pwait2", { 441, 441 } },
	{ "mount_setattr", { 442, 442 } },
	{ "quotactl_fd", { 443, 443 } },
	{ "landlock_create_ruleset", { 444, 444 } },
	{ "landlock_add_rule", { 445, 445 } },
	{ "landlock_restrict_self", { 446, 446 } },
	{ "memfd_secret", { 447, 447 } },
	{ "process_mrelease", { 448, 448 } },
	{ "futex_waitv", { 449, 449 } },
	{ "set_mempolicy_home_node", { 450, 450 } },
	{ "cachestat", { 451, 451 } },
	{ "fchmodat2", { 452, 452 } },
	{ "map_shadow_stack", { 453, 453 } },
	{ "futex_wake", { 454, 454 } },
	{ "futex_wait", { 455, 455 } },
	{ "futex_requeue", { 456, 456 } },
	{ "statmount", { 457, 457 } },
	{ "listmount", { 458, 458 } },
	{ "lsm_get_self_attr", { 459, 459 } },
	{ "lsm_set_self_attr", { 460, 460 } },
	{ "lsm_list_modules", { 461, 461 } },
	{ "mseal", { 462, 462 } },
	{ "setxattrat", { 463, 463 } },
	{ "getxattrat", { 464, 464 } },
	{ "listxattrat", { 465, 465 } },
	{ "removexattrat", { 466, 466 } },
	{ "open_tree_attr", { 467, 467 } },
	{ "file_getattr", { 468, 468 } },
	{ "file_setattr", { 469, SYSCALL_NEWEST } },
};

static struct syscall_name rows[1024];
static size_t n_rows;

static int complain(const char *name, const char *what)
{
	fprintf(stderr, "syscall-table: %s: %s\n", name, what);
	return -1;
}

static struct syscall_name *row_of(const char *name)
{
	for (size_t i = 0; i < n_rows; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	if (n_rows == LEN(rows) || strlen(name) >= SYSCALL_NAME_SIZE)
		return NULL;
	for (int arch = 0; arch < N_ARCHES; arch++)
		rows[n_rows].number[arch] = -1;
	strcpy(rows[n_rows].name, name);
	return &rows[n_rows++];
}

static int add_old(enum arch arch)
{
	for (int number = 0; number <= last_old[arch]; number++) {
		_cleanup_free_ char *name =
			seccomp_syscall_resolve_num_arch(scmp_arch[arch], number);
		struct syscall_name *row;

		if (!name)
			continue;
		row = row_of(name);
		if (!row)
			return complain(name, "no room for it");
		row->number[arch] = (int16_t)number;
	}
	return 0;
}

static int add_newer(void)
{
	for (size_t i = 0; i < LEN(newer); i++) {
		struct syscall_name *row = row_of(newer[i].name);

		if (!row || row != &rows[n_rows - 1])
			return complain(newer[i].name, "not newer than libseccomp's");
		*row = newer[i];
		for (int arch = 0; arch < N_ARCHES; arch++) {
			int known = seccomp_syscall_resolve_name_arch(scmp_arch[arch], row->name);

			if (known >= 0 && known != row->number[arch])
				return complain(row->name, "libseccomp has another number for it");
		}
	}
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct syscall_name *)a)->name,
		      ((const struct syscall_name *)b)->name);
}

int main(void)
{
	if (add_old(ARCH_X86_64) < 0 || add_old(ARCH_AARCH64) < 0 || add_newer() < 0)
		return 1;
	qsort(rows, n_rows, sizeof(rows[0]), by_name);
	for (size_t i = 0; i < n_rows; i++)
		printf("\t{ \"%s\", { %d, %d } },\n", rows[i].name, rows[i].number[ARCH_X86_64],
		       rows[i].number[ARCH_AARCH64]);
	return fflush(stdout) == 0 ? 0 : 1;
}
