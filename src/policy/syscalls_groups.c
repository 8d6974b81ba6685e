/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation: which calls the box does without
 *
 * The filter is a list of denials below a ceiling. A call that no group names is allowed, so that
 * ordinary programs meet no surprise; a number that the table does not have is answered ENOSYS, so
 * that a call invented tomorrow looks like an old kernel until somebody has judged it. That gives
 * the future-proofness of a list of permissions without its breakage.
 *
 * The errno is chosen for the programs that meet it. EPERM is the rule: tools print it, and it is
 * true. ENOSYS where callers fall back on that answer alone: util-linux and systemd return from the
 * new mount calls to mount(2), libuv and liburing from rings to epoll, libraries from keyrings to
 * files, glibc from clone3 to clone, uutils from vmsplice to write. EAFNOSUPPORT is what a kernel
 * without the socket family says.
 *
 * What is allowed and looks dangerous: name_to_handle_at (gives a number that nobody can open),
 * statmount and listmount (say what /proc/self/mountinfo says), memfd_create and execveat (JITs and
 * runtimes need them; nothing in the box is judged by the path it was executed from), openat2,
 * faccessat2, close_range, pidfd_open and their like (only EPERM on them breaks programs),
 * landlock_* and seccomp (narrow the caller alone), prctl (PR_SET_MM needs a capability that the
 * box does not have), uretprobe and uprobe (only the kernel's own trampoline may call them).
 */
#include "policy/syscalls_tables.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* Calls that are judged by their arguments join a group in arg_rules, below. */
const struct syscall_group syscall_groups[] = {
	{
		.name = "@mount",
		.within = "@nest",
		.preset = GROUP_DENIED,
		.eperm = "chroot mount pivot_root umount2",
		.enosys = "fsconfig fsmount fsopen fspick mount_setattr move_mount open_tree "
			  "open_tree_attr",
		.text = "changes what is mounted where",
		.users = "sandboxes and containers inside the box",
	},
	{
		.name = "@namespaces",
		.within = "@nest",
		.preset = GROUP_DENIED,
		.eperm = "setns",
		.text = "makes and enters namespaces, and with them has capabilities over new ones",
		.users = "bwrap, podman, nix, bazel, the own sandbox of chromium",
	},
	{
		.name = "@debug",
		.preset = GROUP_DENIED,
		.eperm = "kcmp process_madvise process_mrelease process_vm_readv process_vm_writev "
			 "ptrace",
		.text = "reads and steers other processes of the box",
		.users = "gdb, strace, rr, jmap, delve, LeakSanitizer",
	},
	{
		.name = "@perf",
		.preset = GROUP_DENIED,
		.eperm = "perf_event_open",
		.text = "counts and samples what the processor does",
		.users = "perf, async-profiler",
	},
	{
		.name = "@userfaultfd",
		.preset = GROUP_DENIED,
		.eperm = "userfaultfd",
		.text = "halts the kernel at a page fault, which exploits like",
		.users = "CRIU, post-copy migration, some garbage collectors",
	},
	{
		.name = "@io-uring",
		.preset = GROUP_DENIED,
		.enosys = "io_uring_enter io_uring_register io_uring_setup",
		.text = "works through rings that pass by every rule of this filter",
		.users = "databases; others fall back to epoll",
	},
	{
		.name = "@keyring",
		.preset = GROUP_DENIED,
		.enosys = "add_key keyctl request_key",
		.text = "reaches keys that the kernel keeps outside the box",
		.users = "Kerberos caches of type KEYRING, ecryptfs",
	},
	{
		.name = "@setuid",
		.preset = GROUP_DENIED,
		.enosys = "openat2",
		.text = "makes programs that run with their owner's rights, outside of the box, "
			"too; "
			"openat2 has the mode in memory, where a filter cannot read it",
		.users = "packaging of such programs; callers of openat2 fall back to openat",
	},
	{
		.name = "@lease",
		.preset = GROUP_NEVER,
		.text = "makes whoever opens a file wait, outside of the box, too",
		.users = "file servers",
	},
	{
		.name = "@af-unix",
		.preset = GROUP_ALLOWED,
		.text = "sockets between processes of the box",
		.users = "python multiprocessing, gradle, databases under test; socketpair does "
			 "not need it",
	},
	{
		.name = "@af-inet",
		.preset = GROUP_ALLOWED,
		.text = "TCP and UDP, over IPv4 and IPv6",
		.users = "whatever has a server or a client",
	},
	{
		.name = "@af-netlink",
		.preset = GROUP_ALLOWED,
		.text = "asks the kernel for addresses and routes",
		.users = "getifaddrs, os.networkInterfaces",
	},
	{
		.name = "@af-other",
		.preset = GROUP_NEVER,
		.text = "other families: vsock reaches the host, the rest rarely used code of the "
			"kernel",
		.users = "no task of the box has a partner there",
	},
	{
		.name = "@raw-socket",
		.preset = GROUP_NEVER,
		.text = "raw packets, and protocols whose modules the kernel loads on demand",
		.users = "the kernel refuses them without a capability, or they are rarely used "
			 "code",
	},
	{
		.name = "@clone3",
		.preset = GROUP_NEVER,
		.enosys = "clone3",
		.text = "starts processes with flags in memory, where a filter cannot read them",
		.users = "its callers fall back to clone",
	},
	{
		.name = "@terminal",
		.preset = GROUP_NEVER,
		.text = "types into a terminal as if its user did, or has the kernel read it "
			"another way",
		.users = "the terminal may be the one that agentbox was started from",
	},
	{
		.name = "@personality",
		.preset = GROUP_NEVER,
		.text = "runs programs as other systems did, with weaker memory protection",
		.users = "rarely used code of the kernel",
	},
	{
		.name = "@notify",
		.preset = GROUP_NEVER,
		.text = "answers system calls for other processes",
		.users = "the kernel has one such listener a task, and it is agentbox's to use",
	},
	{
		.name = "@handle",
		.preset = GROUP_NEVER,
		.eperm = "open_by_handle_at pidfd_getfd",
		.text = "opens what was never handed over: files past the mounts, descriptors of "
			"others",
		.users = "undoes the box",
	},
	{
		.name = "@bpf",
		.preset = GROUP_NEVER,
		.eperm = "bpf",
		.text = "loads programs into the kernel",
		.users = "needs a capability that the box does not have",
	},
	{
		.name = "@module",
		.preset = GROUP_NEVER,
		.eperm = "delete_module finit_module init_module",
		.text = "loads and unloads parts of the kernel",
		.users = "concerns the machine",
	},
	{
		.name = "@reboot",
		.preset = GROUP_NEVER,
		.eperm = "kexec_file_load kexec_load reboot",
		.text = "stops the machine or starts another kernel",
		.users = "concerns the machine",
	},
	{
		.name = "@swap",
		.preset = GROUP_NEVER,
		.eperm = "swapoff swapon",
		.text = "changes the machine's swap space",
		.users = "concerns the machine",
	},
	{
		.name = "@clock",
		.preset = GROUP_NEVER,
		.eperm = "adjtimex clock_adjtime clock_settime settimeofday",
		.text = "sets the machine's clock",
		.users = "concerns the machine",
	},
	{
		.name = "@raw-io",
		.preset = GROUP_NEVER,
		.eperm = "ioperm iopl modify_ldt",
		.text = "reaches I/O ports and the processor's segment tables",
		.users = "concerns the machine",
	},
	{
		.name = "@admin",
		.preset = GROUP_NEVER,
		.eperm = "acct fanotify_init fanotify_mark quotactl quotactl_fd syslog vhangup",
		.enosys = "lsm_set_self_attr",
		.text = "accounting, quotas, the kernel's log, events of whole file systems, "
			"security labels",
		.users = "concerns the machine",
	},
	{
		.name = "@numa",
		.preset = GROUP_NEVER,
		.eperm = "mbind migrate_pages move_pages set_mempolicy set_mempolicy_home_node",
		.text = "places pages of memory",
		.users = "only speed is lost without it",
	},
	{
		.name = "@vmsplice",
		.preset = GROUP_NEVER,
		.enosys = "vmsplice",
		.text = "lends pages of memory to pipes, which exploits like",
		.users = "its callers fall back to write",
	},
	{
		.name = "@obsolete",
		.preset = GROUP_NEVER,
		.enosys = "_sysctl afs_syscall create_module epoll_ctl_old epoll_wait_old "
			  "get_kernel_syms getpmsg lookup_dcookie nfsservctl putpmsg query_module "
			  "security sysfs tuxcall uselib ustat vserver",
		.text = "calls that kernels have dropped or are about to",
		.users = "nothing uses them",
	},
};
const size_t n_syscall_groups = LEN(syscall_groups);

#define NEW_NAMESPACE                                                                              \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |             \
	 CLONE_NEWPID | CLONE_NEWNET)

/* SOCK_CLOEXEC and SOCK_NONBLOCK come in the same argument (SOCK_TYPE_MASK of linux/net.h). */
#define SOCKET_TYPE 0xf

#define IS(arg, value)                                                                             \
	{                                                                                          \
		TEST_IS, arg, value, 0                                                             \
	}
#define IS_NOT(arg, value)                                                                         \
	{                                                                                          \
		TEST_IS_NOT, arg, value, 0                                                         \
	}
#define ANY_BIT(arg, value)                                                                        \
	{                                                                                          \
		TEST_ANY_BIT, arg, value, 0                                                        \
	}
#define CREATES(arg) ANY_BIT(arg, O_CREAT | (O_TMPFILE & ~O_DIRECTORY))
#define TYPE_IS(value)                                                                             \
	{                                                                                          \
		TEST_IS, 1, value, SOCKET_TYPE                                                     \
	}
#define TYPE_IS_NOT(value)                                                                         \
	{                                                                                          \
		TEST_IS_NOT, 1, value, SOCKET_TYPE                                                 \
	}

#define SETUID "with a set-user-ID bit"

const struct arg_rule arg_rules[] = {
	/* The lowest byte of clone's flags is a signal: CLONE_NEWTIME (0x80) works in unshare only.
	 */
	{ "clone", { ANY_BIT(0, NEW_NAMESPACE) }, EPERM, "@namespaces", "with a CLONE_NEW flag" },
	{ "unshare",
	  { ANY_BIT(0, NEW_NAMESPACE | CLONE_NEWTIME) },
	  EPERM,
	  "@namespaces",
	  "with a CLONE_NEW flag" },

	/* The group's bit stays free: in a directory, which a filter cannot tell, it is usual. */
	{ "chmod", { ANY_BIT(1, S_ISUID) }, EPERM, "@setuid", SETUID },
	{ "creat", { ANY_BIT(1, S_ISUID) }, EPERM, "@setuid", SETUID },
	{ "fchmod", { ANY_BIT(1, S_ISUID) }, EPERM, "@setuid", SETUID },
	{ "fchmodat", { ANY_BIT(2, S_ISUID) }, EPERM, "@setuid", SETUID },
	{ "fchmodat2", { ANY_BIT(2, S_ISUID) }, EPERM, "@setuid", SETUID },
	{ "mknod", { ANY_BIT(1, S_ISUID) }, EPERM, "@setuid", SETUID },
	{ "mknodat", { ANY_BIT(2, S_ISUID) }, EPERM, "@setuid", SETUID },
	{ "open", { CREATES(1), ANY_BIT(2, S_ISUID) }, EPERM, "@setuid", SETUID },
	{ "openat", { CREATES(2), ANY_BIT(3, S_ISUID) }, EPERM, "@setuid", SETUID },

	{ "fcntl", { IS(1, F_SETLEASE) }, EPERM, "@lease", "for F_SETLEASE" },

	{ "socket", { IS(0, AF_UNIX) }, EAFNOSUPPORT, "@af-unix", "for AF_UNIX" },
	{ "socket", { IS(0, AF_UNIX) } },
	{ "socket", { IS(0, AF_NETLINK) }, EAFNOSUPPORT, "@af-netlink", "for AF_NETLINK" },
	{ "socket", { IS(0, AF_NETLINK), IS(2, NETLINK_ROUTE) } },
	{ "socket", { IS(0, AF_INET) }, EAFNOSUPPORT, "@af-inet", "for AF_INET" },
	{ "socket", { IS(0, AF_INET6) }, EAFNOSUPPORT, "@af-inet", "for AF_INET6" },
	{ "socket",
	  { IS_NOT(0, AF_INET), IS_NOT(0, AF_INET6) },
	  EAFNOSUPPORT,
	  "@af-other",
	  "for other families and for NETLINK but ROUTE" },
	{ "socket", { TYPE_IS(SOCK_RAW) }, EPERM, "@raw-socket", "for SOCK_RAW" },
	/* The kernel turns AF_INET with this type into AF_PACKET. */
	{ "socket", { TYPE_IS(SOCK_PACKET) }, EPERM, "@raw-socket", "for SOCK_PACKET" },
	{ "socket",
	  { TYPE_IS_NOT(SOCK_STREAM), TYPE_IS_NOT(SOCK_DGRAM) },
	  ESOCKTNOSUPPORT,
	  "@raw-socket",
	  "for other types" },
	/* ICMP: the ping socket of the unprivileged. MPTCP: Go asks for it, and TCP answers. */
	{ "socket",
	  { IS_NOT(2, 0), IS_NOT(2, IPPROTO_TCP), IS_NOT(2, IPPROTO_UDP), IS_NOT(2, IPPROTO_ICMP),
	    IS_NOT(2, IPPROTO_ICMPV6), IS_NOT(2, IPPROTO_MPTCP) },
	  EPROTONOSUPPORT,
	  "@raw-socket",
	  "for other protocols" },

	/* A pair has no address and so no reach; the kernel has it for AF_UNIX and AF_TIPC. */
	{ "socketpair",
	  { IS_NOT(0, AF_UNIX) },
	  EAFNOSUPPORT,
	  "@af-other",
	  "for families but AF_UNIX" },

	{ "ioctl", { IS(1, TIOCSTI) }, EPERM, "@terminal", "for TIOCSTI" },
	{ "ioctl", { IS(1, TIOCLINUX) }, EPERM, "@terminal", "for TIOCLINUX" },
	/* Loads the module of a line discipline on demand (drivers/tty/tty_ldisc.c). */
	{ "ioctl", { IS(1, TIOCSETD) }, EPERM, "@terminal", "for TIOCSETD" },

	{ "personality", { IS(0, 0xffffffff) } }, /* asks which one it is */
	{ "personality",
	  { ANY_BIT(0, ~(PER_LINUX32 | UNAME26 | ADDR_NO_RANDOMIZE)) },
	  EPERM,
	  "@personality",
	  "for all but LINUX, LINUX32, UNAME26 and ADDR_NO_RANDOMIZE" },

	{ "seccomp",
	  { ANY_BIT(1, SECCOMP_FILTER_FLAG_NEW_LISTENER) },
	  EPERM,
	  "@notify",
	  "for a listener" },
};
const size_t n_arg_rules = LEN(arg_rules);

/*
 * Without these a loader does not reach main(), or a command handles no signal, says nothing and
 * does not end.
 */
const char syscalls_essential[] =
	"arch_prctl brk close execve exit exit_group fstat futex mmap mprotect munmap newfstatat "
	"openat pread64 read rt_sigreturn set_tid_address write";
