/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/cause.h"

#include <assert.h>
#include <errno.h>

/*
 * Theory of operation
 *
 * What is refused is known by where it failed and by its errno, never by the text of a message:
 * that changes with every release of whoever wrote it. Where one errno has several causes, facts
 * tell them apart, and they are looked up only once something has failed: a sysctl alone says
 * little about what a kernel will do, but much about why it did.
 *
 * Rows are tried in their order, so a row with facts stands before the one without.
 */

#define CONTAINER_FILTER                                                                           \
	"Docker: --security-opt seccomp=unconfined, or a seccomp profile that also allows clone, " \
	"clone3, unshare, mount, umount2, pivot_root, open_tree, move_mount and mount_setattr"
#define KERNEL "Linux 5.12 or newer"
#define APPARMOR_USERNS                                                                            \
	"sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 (on the host), or an AppArmor "  \
	"profile for agentbox that has the rule \"userns,\""

#define UBUNTU                                                                                     \
	"kernel.apparmor_restrict_unprivileged_userns, Ubuntu's default, takes the rights over a " \
	"new user namespace away",                                                                 \
		APPARMOR_USERNS

/* @error at one stage, or at all from one to another. */
#define AT(stage, error) STAGE_##stage, STAGE_##stage, error
#define FROM(first, last, error) STAGE_##first, STAGE_##last, error

static const struct cause causes[] = {
	{ AT(USER_NAMESPACE, EPERM), FACT_CLONE_OFF, "kernel.unprivileged_userns_clone is 0",
	  "sysctl -w kernel.unprivileged_userns_clone=1" },
	{ FROM(USER_NAMESPACE, NAMESPACE, EPERM), FACT_FILTERED,
	  "a seccomp filter forbids new namespaces, as a container's default one does",
	  CONTAINER_FILTER },
	{ FROM(USER_NAMESPACE, NAMESPACE, EPERM), FACT_CONFINED,
	  "an AppArmor profile forbids new namespaces, or the capabilities in them",
	  "Docker: --security-opt apparmor=unconfined" },
	{ FROM(USER_NAMESPACE, NAMESPACE, EPERM), FACT_APPARMOR_USERNS, UBUNTU },
	{ FROM(USER_NAMESPACE, NAMESPACE, EPERM), 0,
	  "the caller is in a chroot, has an id that its user namespace does not map, or a "
	  "security module refuses",
	  "start agentbox from outside of that" },
	{ FROM(USER_NAMESPACE, NAMESPACE, EACCES), 0,
	  "a security module (AppArmor, SELinux) refuses new namespaces", APPARMOR_USERNS },
	{ AT(USER_NAMESPACE, ENOSPC), FACT_NESTED,
	  "the sandbox or container around allows no user namespaces in it",
	  "run agentbox outside of it, or let it allow them" },
	{ AT(USER_NAMESPACE, ENOSPC), FACT_NONE_ALLOWED, "user.max_user_namespaces is 0",
	  "sysctl -w user.max_user_namespaces=15000" },
	{ FROM(USER_NAMESPACE, LOOPBACK, ENOSPC), 0,
	  "the limit of namespaces is reached (user.max_*_namespaces)",
	  "raise the sysctl that stands at 0 or too low in /proc/sys/user" },
	{ AT(USER_NAMESPACE, EUSERS), 0, "user namespaces are nested too deeply",
	  "run agentbox further outside" },
	{ FROM(USER_NAMESPACE, LOOPBACK, EINVAL), 0, "the kernel was built without them",
	  "a kernel with CONFIG_USER_NS, PID_NS, NET_NS, IPC_NS, UTS_NS and CGROUPS" },

	{ AT(PROC, EPERM), 0,
	  "the kernel gives no fresh /proc where parts of the old one are covered by mounts, as a "
	  "container's masked paths are",
	  "Docker: --security-opt systempaths=unconfined; Podman: --security-opt unmask=ALL; "
	  "Kubernetes: procMount: Unmasked with hostUsers: false" },
	{ FROM(IDS, PIVOT, EACCES), FACT_APPARMOR_USERNS, UBUNTU },
	{ FROM(IDS, PIVOT, EPERM), FACT_APPARMOR_USERNS, UBUNTU },
	{ FROM(ROOT, PIVOT, EACCES), FACT_CONFINED,
	  "an AppArmor profile forbids mounts, as docker-default does",
	  "Docker: --security-opt apparmor=unconfined" },
	{ FROM(IDS, PIVOT, EPERM), FACT_FILTERED,
	  "a seccomp filter or another wall of a sandbox or container around forbids it",
	  CONTAINER_FILTER },
	{ FROM(IDS, WATCH, EPERM), 0,
	  "a security module takes the rights over a new user namespace away",
	  "an exception for agentbox in AppArmor or SELinux" },
	{ FROM(IDS, WATCH, EACCES), 0,
	  "a security module takes the rights over a new user namespace away",
	  "an exception for agentbox in AppArmor or SELinux" },
	{ AT(ROOT, EPERM), 0, "a security module or a Landlock domain around forbids mounts",
	  "start agentbox from outside of that" },
	{ AT(ROOT, EACCES), 0, "a security module forbids mounts",
	  "an exception for agentbox in AppArmor or SELinux" },
	{ AT(PIVOT, EINVAL), 0, "the root file system is the initial ramfs, which cannot be left",
	  "a root file system of its own (switch_root)" },
	{ AT(WATCH, EAFNOSUPPORT), 0, "the kernel was built without packet sockets",
	  "a kernel with CONFIG_PACKET" },
	{ FROM(BIND, PIVOT, ENOSYS), FACT_FILTERED,
	  "a seccomp filter hides the calls that make mounts", CONTAINER_FILTER },
	{ FROM(BIND, PIVOT, ENOSYS), 0, "the kernel is too old", KERNEL },
	{ FROM(ROOT, DEVPTS, ENODEV), 0, "the kernel was built without this file system",
	  "a kernel with CONFIG_TMPFS, PROC_FS and UNIX98_PTYS" },
	{ AT(SECCOMP, EINVAL), 0, "the kernel was built without filters",
	  "a kernel with CONFIG_SECCOMP_FILTER" },
	{ AT(SECCOMP, ENOSYS), 0, "the kernel was built without seccomp",
	  "a kernel with CONFIG_SECCOMP_FILTER" },

	{ AT(EGRESS, ENOENT), 0, "agentbox is not installed completely",
	  "install agentbox-egress into " LIBEXECDIR },
	{ AT(EGRESS, 0), 0, "the egress process cannot serve",
	  "see its message; profiles without [egress] work" },

	{ AT(LANDLOCK, ENOSYS), FACT_FILTERED, "a seccomp filter hides it",
	  "allow landlock_create_ruleset, landlock_add_rule and landlock_restrict_self" },
	{ AT(LANDLOCK, ENOSYS), 0, "the kernel has no Landlock",
	  "Linux 5.19 or newer with CONFIG_SECURITY_LANDLOCK" },
	{ AT(LANDLOCK, EOPNOTSUPP), 0, "Landlock is switched off",
	  "add landlock to the kernel's parameter lsm=" },

	{ AT(CGROUP, ENOENT), 0,
	  "cgroup v2 is not mounted or has no controller memory, so memory= is watched",
	  "the kernel's parameter systemd.unified_cgroup_hierarchy=1" },
	{ AT(CGROUP, EBUSY), 0,
	  "the cgroup of the caller holds other processes, so memory= is watched",
	  "systemd-run --user --scope -p Delegate=yes agentbox exec ..." },
	{ AT(CGROUP, 0), 0, "no cgroup is delegated to the caller, so memory= is watched",
	  "systemd-run --user --scope -p Delegate=yes agentbox exec ..." },
	{ AT(CHILDREN, 0), 0, "the kernel does not list children",
	  "a kernel with CONFIG_PROC_CHILDREN" },

	{ AT(OVERLAY, 0), 0, "the kernel gives unprivileged users no overlay",
	  "Linux 5.11 or newer with CONFIG_OVERLAY_FS; where it is a module: modprobe overlay" },
	{ AT(NOTIFY, EBUSY), 0, "a sandbox or container around listens already",
	  "none is needed: a box at level full has no listener" },
	{ AT(NOTIFY, 0), 0, "the kernel or a filter offers no listener", "Linux 5.19 or newer" },
	{ AT(IPV6, 0), 0, "IPv6 is switched off", "sysctl net.ipv6.conf.default.disable_ipv6=0" },
};

const struct cause *cause_find(enum stage stage, int error, unsigned facts)
{
	for (size_t i = 0; i < LEN(causes); i++) {
		const struct cause *c = &causes[i];

		if (stage >= c->first && stage <= c->last && (!c->error || c->error == -error) &&
		    (facts & c->facts) == c->facts)
			return c;
	}
	return NULL;
}

enum stage stage_of(const struct step *step)
{
	static const enum stage stages[N_STEP_KINDS] = {
		[STEP_ID_MAP] = STAGE_IDS,	  [STEP_HOSTNAME] = STAGE_HOSTNAME,
		[STEP_LOOPBACK] = STAGE_LOOPBACK, [STEP_LISTEN] = STAGE_LISTEN,
		[STEP_ROOT] = STAGE_ROOT,	  [STEP_TMPFS] = STAGE_ROOT,
		[STEP_OVERLAY] = STAGE_ROOT,	  [STEP_BIND] = STAGE_BIND,
		[STEP_PROC] = STAGE_PROC,	  [STEP_DEVPTS] = STAGE_DEVPTS,
		[STEP_PIVOT] = STAGE_PIVOT,	  [STEP_TERMINAL] = STAGE_TERMINAL,
		[STEP_DROP] = STAGE_DROP,	  [STEP_SECCOMP] = STAGE_SECCOMP,
		[STEP_LANDLOCK] = STAGE_LANDLOCK,
	};

	if (step->kind == STEP_LISTEN && step->m == LISTENER_WATCH)
		return STAGE_WATCH;
	return stages[step->kind];
}
