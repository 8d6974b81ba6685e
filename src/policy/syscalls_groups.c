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
 * files, glibc from clone3 to clone. EAFNOSUPPORT is what a kernel without the socket family says.
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
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/socket.h>

/* Where @eperm and @enosys are missing, arg_rules below say what the group stands for. */
const struct syscall_group syscall_groups[] = {
	{ "@mount", "@nest", GROUP_DENIED, "chroot mount pivot_root umount2",
	  "fsconfig fsmount fsopen fspick mount_setattr move_mount open_tree open_tree_attr",
	  "changes what is mounted where", "sandboxes and containers inside the box" },
	{ "@namespaces", "@nest", GROUP_DENIED, "setns", NULL,
	  "makes and enters namespaces, and with them has capabilities over new ones",
	  "bwrap, podman, nix, bazel, the own sandbox of chromium" },
	{ "@debug", NULL, GROUP_DENIED,
	  "kcmp process_madvise process_mrelease process_vm_readv process_vm_writev ptrace", NULL,
	  "reads and steers other processes of the box",
	  "gdb, strace, rr, jmap, delve, LeakSanitizer" },
	{ "@perf", NULL, GROUP_DENIED, "perf_event_open", NULL,
	  "counts and samples what the processor does", "perf, async-profiler" },
	{ "@userfaultfd", NULL, GROUP_DENIED, "userfaultfd", NULL,
	  "halts the kernel at a page fault, which exploits like",
	  "CRIU, post-copy migration, some garbage collectors" },
	{ "@io-uring", NULL, GROUP_DENIED, NULL, "io_uring_enter io_uring_register io_uring_setup",
	  "works through rings that pass by every rule of this filter",
	  "databases; others fall back to epoll" },
	{ "@keyring", NULL, GROUP_DENIED, NULL, "add_key keyctl request_key",
	  "reaches keys that the kernel keeps outside the box",
	  "Kerberos caches of type KEYRING, ecryptfs" },
	{ "@af-unix", NULL, GROUP_ALLOWED, NULL, NULL, "sockets between processes of the box",
	  "python multiprocessing, gradle, databases under test; socketpair does not need it" },
	{ "@af-inet", NULL, GROUP_ALLOWED, NULL, NULL, "TCP and UDP, over IPv4 and IPv6",
	  "whatever has a server or a client" },
	{ "@af-netlink", NULL, GROUP_ALLOWED, NULL, NULL,
	  "asks the kernel for addresses and routes", "getifaddrs, os.networkInterfaces" },
	{ "@af-other", NULL, GROUP_NEVER, NULL, NULL,
	  "other families: vsock reaches the host, the rest rarely used code of the kernel",
	  "no task of the box has a partner there" },
	{ "@raw-socket", NULL, GROUP_NEVER, NULL, NULL,
	  "raw packets, and protocols whose modules the kernel loads on demand",
	  "the kernel refuses them without a capability, or they are rarely used code" },
	{ "@clone3", NULL, GROUP_NEVER, NULL, "clone3",
	  "starts processes with flags in memory, where a filter cannot read them",
	  "its callers fall back to clone" },
	{ "@terminal", NULL, GROUP_NEVER, NULL, NULL, "types into a terminal as if its user did",
	  "the terminal may be the one that agentbox was started from" },
	{ "@personality", NULL, GROUP_NEVER, NULL, NULL,
	  "runs programs as other systems did, with weaker memory protection",
	  "rarely used code of the kernel" },
	{ "@notify", NULL, GROUP_NEVER, NULL, NULL, "answers system calls for other processes",
	  "the kernel has one such listener a task, and it is agentbox's to use" },
	{ "@handle", NULL, GROUP_NEVER, "open_by_handle_at pidfd_getfd", NULL,
	  "opens what was never handed over: files past the mounts, descriptors of others",
	  "undoes the box" },
	{ "@bpf", NULL, GROUP_NEVER, "bpf", NULL, "loads programs into the kernel",
	  "needs a capability that the box does not have" },
	{ "@module", NULL, GROUP_NEVER, "delete_module finit_module init_module", NULL,
	  "loads and unloads parts of the kernel", "concerns the machine" },
	{ "@reboot", NULL, GROUP_NEVER, "kexec_file_load kexec_load reboot", NULL,
	  "stops the machine or starts another kernel", "concerns the machine" },
	{ "@swap", NULL, GROUP_NEVER, "swapoff swapon", NULL, "changes the machine's swap space",
	  "concerns the machine" },
	{ "@clock", NULL, GROUP_NEVER, "adjtimex clock_adjtime clock_settime settimeofday", NULL,
	  "sets the machine's clock", "concerns the machine" },
	{ "@raw-io", NULL, GROUP_NEVER, "ioperm iopl modify_ldt", NULL,
	  "reaches I/O ports and the processor's segment tables", "concerns the machine" },
	{ "@admin", NULL, GROUP_NEVER,
	  "acct fanotify_init fanotify_mark quotactl quotactl_fd syslog vhangup",
	  "lsm_set_self_attr",
	  "accounting, quotas, the kernel's log, events of whole file systems, security labels",
	  "concerns the machine" },
	{ "@numa", NULL, GROUP_NEVER,
	  "mbind migrate_pages move_pages set_mempolicy set_mempolicy_home_node vmsplice", NULL,
	  "places pages of memory and lends them to pipes", "only speed is lost without it" },
	{ "@obsolete", NULL, GROUP_NEVER, NULL,
	  "_sysctl afs_syscall create_module epoll_ctl_old epoll_wait_old get_kernel_syms getpmsg "
	  "lookup_dcookie nfsservctl putpmsg query_module security sysfs tuxcall uselib ustat "
	  "vserver",
	  "calls that kernels have dropped or are about to", "nothing uses them" },
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
#define TYPE_IS(value)                                                                             \
	{                                                                                          \
		TEST_IS, 1, value, SOCKET_TYPE                                                     \
	}
#define TYPE_IS_NOT(value)                                                                         \
	{                                                                                          \
		TEST_IS_NOT, 1, value, SOCKET_TYPE                                                 \
	}

const struct arg_rule arg_rules[] = {
	/* The lowest byte of clone's flags is a signal: CLONE_NEWTIME (0x80) works in unshare only.
	 */
	{ "clone", { ANY_BIT(0, NEW_NAMESPACE) }, EPERM, "@namespaces", "with a CLONE_NEW flag" },
	{ "unshare",
	  { ANY_BIT(0, NEW_NAMESPACE | CLONE_NEWTIME) },
	  EPERM,
	  "@namespaces",
	  "with a CLONE_NEW flag" },

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
