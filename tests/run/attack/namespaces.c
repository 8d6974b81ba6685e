/* SPDX-License-Identifier: Apache-2.0 */
/* New namespaces, by every call and flag; with them come capabilities over untried kernel code. */
#include "attack.h"

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

#define HIGH (1UL << 32)

/* As root, or with a user namespace to be root of. */
static enum outcome unshares(unsigned long flags)
{
	if (syscall(SYS_unshare, flags) == 0)
		return GOT_THROUGH;
	return outcome_of(syscall(SYS_unshare, flags | CLONE_NEWUSER), "unshare");
}

static long clone_of(unsigned long flags)
{
	long pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	return pid;
}

static enum outcome clones(unsigned long flags)
{
	if (clone_of(flags) > 0)
		return GOT_THROUGH;
	return outcome_of(clone_of(flags | CLONE_NEWUSER), "clone");
}

static enum outcome clone3s(uint64_t flags)
{
	struct clone_args args = { .flags = flags, .exit_signal = SIGCHLD };
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(0);
	return outcome_of(pid, "clone3");
}

#define KINDS(X)                                                                                   \
	X(user, CLONE_NEWUSER)                                                                     \
	X(mount, CLONE_NEWNS)                                                                      \
	X(pid, CLONE_NEWPID)                                                                       \
	X(network, CLONE_NEWNET)                                                                   \
	X(ipc, CLONE_NEWIPC)                                                                       \
	X(uts, CLONE_NEWUTS)                                                                       \
	X(cgroup, CLONE_NEWCGROUP)

#define DEFINE(kind, flag)                                                                         \
	static enum outcome unshare_##kind(void)                                                   \
	{                                                                                          \
		return unshares(flag);                                                             \
	}                                                                                          \
	static enum outcome clone_##kind(void)                                                     \
	{                                                                                          \
		return clones(flag);                                                               \
	}
KINDS(DEFINE)

static enum outcome unshare_time(void)
{
	return unshares(CLONE_NEWTIME);
}

/* The kernel looks at the lower half of clone's flags alone. */
static enum outcome clone_high(void)
{
	return outcome_of(clone_of(CLONE_NEWUSER | HIGH), "clone");
}

static enum outcome clone_among_flags(void)
{
	return outcome_of(clone_of(CLONE_NEWUSER | CLONE_FS | CLONE_SYSVSEM) < 0
				  ? clone_of(CLONE_NEWUSER | CLONE_FILES | CLONE_SYSVSEM)
				  : 0,
			  "clone");
}

static enum outcome clone3_plain(void)
{
	return clone3s(0);
}

static enum outcome clone3_user(void)
{
	return clone3s(CLONE_NEWUSER);
}

static enum outcome clone3_time(void)
{
	return clone3s(CLONE_NEWUSER | 0x80 /* CLONE_NEWTIME */);
}

#define ROWS(kind, flag)                                                                           \
	{ "unshare-" #kind, "a " #kind " namespace by unshare", unshare_##kind },                  \
		{ "clone-" #kind, "a " #kind " namespace by clone", clone_##kind },

static const struct attack rows[] = {
	KINDS(ROWS){ "unshare-time", "a time namespace by unshare", unshare_time },
	{ "clone-high", "a user namespace with 64 bits", clone_high },
	{ "clone-among-flags", "one among other flags", clone_among_flags },
	{ "clone3-plain", "flags in memory", clone3_plain },
	{ "clone3-user", "a user namespace by clone3", clone3_user },
	{ "clone3-time", "a time namespace by clone3", clone3_time },
	{ "setns",
	  "a namespace by descriptor",
	  NULL,
	  BY_ANYBODY,
	  NULL,
	  SYS_setns,
	  { (unsigned long)-1, 0 },
	  EBADF },
};

const struct attacks attacks_namespaces = { "namespaces", rows, LEN(rows) };
