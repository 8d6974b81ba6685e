/* SPDX-License-Identifier: Apache-2.0 */
#include "filter.h"

#include <linux/elf-em.h>
#include <sys/socket.h>

/* For hot loops: the macros of check write a message for each assertion that holds. */
#define EXPECT(what, ...) ((what) ? (void)0 : ck_abort_msg(__VA_ARGS__))

/* The default, call by call: written out again on purpose, so that no slip in the tables passes. */

static const char want_eperm[] =
	"chroot mount pivot_root umount2 setns "
	"kcmp process_madvise process_mrelease process_vm_readv process_vm_writev ptrace "
	"perf_event_open userfaultfd "
	"init_module finit_module delete_module kexec_load kexec_file_load reboot swapon swapoff "
	"iopl ioperm modify_ldt settimeofday clock_settime clock_adjtime adjtimex "
	"acct quotactl quotactl_fd syslog vhangup fanotify_init fanotify_mark "
	"open_by_handle_at pidfd_getfd move_pages migrate_pages mbind set_mempolicy "
	"set_mempolicy_home_node bpf";

static const char want_enosys[] =
	"fsopen fsconfig fsmount fspick open_tree open_tree_attr move_mount mount_setattr clone3 "
	"io_uring_setup io_uring_enter io_uring_register add_key request_key keyctl "
	"lsm_set_self_attr vmsplice openat2 "
	"lookup_dcookie nfsservctl _sysctl sysfs ustat uselib create_module query_module "
	"get_kernel_syms getpmsg putpmsg afs_syscall tuxcall security vserver epoll_ctl_old "
	"epoll_wait_old";

/* What these get with all arguments zero. */
static const struct {
	const char *name;
	uint32_t want;
} by_argument[] = {
	{ "clone", ALLOW },
	{ "unshare", ALLOW },
	{ "ioctl", ALLOW },
	{ "personality", ALLOW },
	{ "seccomp", ALLOW },
	{ "socket", ERRNO(EAFNOSUPPORT) },
	{ "socketpair", ERRNO(EAFNOSUPPORT) },
	{ "chmod", ALLOW },
	{ "creat", ALLOW },
	{ "fchmod", ALLOW },
	{ "fchmodat", ALLOW },
	{ "fchmodat2", ALLOW },
	{ "fcntl", ALLOW },
	{ "mknod", ALLOW },
	{ "mknodat", ALLOW },
	{ "open", ALLOW },
	{ "openat", ALLOW },
};

static void expect(uint32_t want[SWEEP], enum arch arch, const char *names, uint32_t value)
{
	struct str rest = str_of(names), word;

	while (rest.n) {
		int i, number;

		str_cut(rest, ' ', &word, &rest);
		i = syscall_find(word);
		ck_assert_msg(i >= 0, "%.*s", (int)word.n, word.p);
		number = syscall_names[i].number[arch];
		if (number >= 0)
			want[number] = value;
	}
}

static void expect_default(uint32_t want[SWEEP], enum arch arch)
{
	for (int number = 0; number < SWEEP; number++)
		want[number] = ERRNO(ENOSYS);
	for (size_t i = 0; i < n_syscall_names; i++)
		if (syscall_names[i].number[arch] >= 0)
			want[syscall_names[i].number[arch]] = ALLOW;
	expect(want, arch, want_eperm, ERRNO(EPERM));
	expect(want, arch, want_enosys, ERRNO(ENOSYS));
	for (size_t i = 0; i < LEN(by_argument); i++)
		expect(want, arch, by_argument[i].name, by_argument[i].want);
}

static bool is_by_argument(enum arch arch, int number)
{
	for (size_t i = 0; i < LEN(by_argument); i++)
		if (number_of(arch, by_argument[i].name) == number)
			return true;
	return false;
}

START_TEST(test_sweep)
{
	static const uint64_t ones[6] = { -1, -1, -1, -1, -1, -1 };
	enum arch arch = (enum arch)_i;
	struct filter f = compile(lines("", ""), arch);
	uint32_t want[SWEEP];
	unsigned long steps = 0;

	expect_default(want, arch);
	for (int number = 0; number < SWEEP; number++) {
		struct seccomp_data data = { .nr = number, .arch = audit_arch[arch] };
		struct bpf_result r = bpf_run(f.insn, &data);
		bool by_arg = is_by_argument(arch, number);

		ck_assert_msg(r.value == want[number], "%s %d: %#x, not %#x", arch_names[arch],
			      number, r.value, want[number]);
		ck_assert_msg(r.reads_arguments == by_arg, "%d", number);
		if (!by_arg)
			ck_assert_uint_eq(verdict(&f, arch, number, ones), want[number]);
		steps += number <= SYSCALL_NEWEST ? r.steps : 0;
	}
	printf("# %s: %zu instructions, on average %.1f of them run\n", arch_names[arch], f.n,
	       (double)steps / (SYSCALL_NEWEST + 1));
	fflush(stdout);
	ck_assert_uint_le(f.n, 180);
	ck_assert_uint_le(steps, 12 * (SYSCALL_NEWEST + 1));
}
END_TEST

/* x32 is the architecture x86-64 with bit 30 in the number; negative numbers are a tracer's. */
START_TEST(test_strange_numbers)
{
	enum arch arch = (enum arch)_i;
	struct filter f = compile(lines("", "@nest @debug @io-uring"), arch);
	static const uint32_t strange[] = { SYSCALL_NEWEST + 1, 0x7fffffff, 0x80000000,
					    0xffffffff,		0x10000,    0x1000003b,
					    0xbfffffff };

	for (int number = 0; number < SWEEP; number++)
		ck_assert_uint_eq(verdict(&f, arch, number | X32, NULL), ERRNO(ENOSYS));
	for (size_t i = 0; i < LEN(strange); i++)
		ck_assert_uint_eq(verdict(&f, arch, (int)strange[i], NULL), ERRNO(ENOSYS));
}
END_TEST

START_TEST(test_foreign_architectures)
{
	static const uint32_t foreign[] = {
		AUDIT_ARCH_I386,    AUDIT_ARCH_X86_64,
		AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM,
		AUDIT_ARCH_ARMEB,   AUDIT_ARCH_MIPS,
		AUDIT_ARCH_PPC64,   AUDIT_ARCH_S390X,
		AUDIT_ARCH_RISCV64, 0,
		0xffffffff,	    EM_X86_64,
	};
	enum arch arch = (enum arch)_i;
	struct filter f = compile(lines("", ""), arch);

	for (size_t i = 0; i < LEN(foreign); i++) {
		for (int number = 0; number < SWEEP && foreign[i] != audit_arch[arch]; number++) {
			struct seccomp_data data = { .nr = number, .arch = foreign[i] };

			EXPECT(bpf_run(f.insn, &data).value == KILL, "%#x", data.arch);
			data.nr |= X32;
			EXPECT(bpf_run(f.insn, &data).value == KILL, "%#x", data.arch);
		}
	}
}
END_TEST

#define HIGH (1ull << 32)
#define THREAD 0x3d0f00 /* what pthread_create() of glibc asks of clone */

static const struct {
	const char *deny, *allow;
	const char *call;
	uint64_t args[4];
	uint32_t want;
} arguments[] = {
	{ "", "", "clone", { 17 }, ALLOW },	/* fork: SIGCHLD */
	{ "", "", "clone", { 0x4111 }, ALLOW }, /* vfork */
	{ "", "", "clone", { THREAD }, ALLOW },
	{ "",
	  "",
	  "clone",
	  { 0x80 | 17 },
	  ALLOW }, /* no CLONE_NEWTIME in clone: part of the signal */
	{ "", "", "clone", { 0x00020000 | 17 }, ERRNO(EPERM) },
	{ "", "", "clone", { 0x02000000 | 17 }, ERRNO(EPERM) },
	{ "", "", "clone", { 0x04000000 | 17 }, ERRNO(EPERM) },
	{ "", "", "clone", { 0x08000000 | 17 }, ERRNO(EPERM) },
	{ "", "", "clone", { 0x10000000 | 17 }, ERRNO(EPERM) },
	{ "", "", "clone", { 0x20000000 | 17 }, ERRNO(EPERM) },
	{ "", "", "clone", { 0x40000000 | 17 }, ERRNO(EPERM) },
	{ "", "", "clone", { 0x7e020000 | THREAD }, ERRNO(EPERM) },
	{ "", "", "clone", { HIGH | 0x10000000 }, ERRNO(EPERM) },
	{ "", "", "clone", { 0x80000000 | 17 }, ALLOW }, /* CLONE_IO */
	{ "", "@namespaces", "clone", { 0x10000000 | 17 }, ALLOW },
	{ "", "@nest", "clone", { 0x7e020000 | 17 }, ALLOW },
	{ "@namespaces", "@namespaces", "clone", { 0x10000000 | 17 }, ERRNO(EPERM) },
	{ "@nest", "@namespaces", "clone", { 0x10000000 | 17 }, ERRNO(EPERM) },
	{ "", "@mount", "clone", { 0x10000000 | 17 }, ERRNO(EPERM) },

	{ "", "", "unshare", { 0x400 }, ALLOW }, /* CLONE_FILES */
	{ "", "", "unshare", { 0x200 }, ALLOW }, /* CLONE_FS */
	{ "", "", "unshare", { 0x10000000 }, ERRNO(EPERM) },
	{ "", "", "unshare", { 0x80 }, ERRNO(EPERM) }, /* CLONE_NEWTIME */
	{ "", "", "unshare", { HIGH | 0x20000 | 0x400 }, ERRNO(EPERM) },
	{ "", "@namespaces", "unshare", { 0x10000080 }, ALLOW },
	{ "", "@nest", "setns", { 3, 0 }, ALLOW },
	{ "", "@nest", "clone3", { 0, 88 }, ERRNO(ENOSYS) },

	{ "", "", "ioctl", { 0, 0x5412 }, ERRNO(EPERM) }, /* TIOCSTI */
	{ "", "", "ioctl", { 0, 0x541c }, ERRNO(EPERM) }, /* TIOCLINUX */
	{ "", "", "ioctl", { 0, HIGH | 0x5412 }, ERRNO(EPERM) },
	{ "", "", "ioctl", { 0, 0xffffffff00000000 | 0x541c }, ERRNO(EPERM) },
	{ "", "", "ioctl", { 0, 0x5413 }, ALLOW },		/* TIOCGWINSZ */
	{ "", "", "ioctl", { 0x5412, 0x5401, 0x5412 }, ALLOW }, /* TCGETS */
	{ "", "", "ioctl", { 0, 0x15412 }, ALLOW },

	{ "", "", "chmod", { 0, 0777 }, ALLOW },
	{ "", "", "chmod", { 0, 02777 }, ALLOW }, /* of a directory, it may be */
	{ "", "", "chmod", { 0, 04000 }, ERRNO(EPERM) },
	{ "", "", "chmod", { 04000, 0 }, ALLOW },
	{ "", "", "chmod", { 0, HIGH | 04755 }, ERRNO(EPERM) },
	{ "", "@setuid", "chmod", { 0, 04755 }, ALLOW },
	{ "", "", "fchmod", { 3, 06755 }, ERRNO(EPERM) },
	{ "", "", "fchmodat", { 0, 0, 04755 }, ERRNO(EPERM) },
	{ "", "", "fchmodat2", { 0, 0, 04755, 0 }, ERRNO(EPERM) },
	{ "", "", "fchmodat2", { 0, 0, 0755, 0x1000 }, ALLOW },
	{ "", "", "creat", { 0, 04755 }, ERRNO(EPERM) },
	{ "", "", "mknod", { 0, 0104755 }, ERRNO(EPERM) },
	{ "", "", "mknodat", { 0, 0, 0104755 }, ERRNO(EPERM) },
	{ "", "", "mknodat", { 0, 0, 0100755 }, ALLOW },
	{ "", "", "open", { 0, 0102, 04755 }, ERRNO(EPERM) },
	{ "", "", "open", { 0, 02, 04755 }, ALLOW }, /* without O_CREAT there is no mode */
	{ "", "", "openat", { 0, 0, 0101, 04755 }, ERRNO(EPERM) },
	{ "", "", "openat", { 0, 0, 0101, 0755 }, ALLOW },
	{ "", "", "openat", { 0, 0, 020200002, 04755 }, ERRNO(EPERM) }, /* O_TMPFILE */
	{ "", "", "openat", { 0, 0, 0200000, ~0ull }, ALLOW },
	{ "", "", "openat2", { 0 }, ERRNO(ENOSYS) },
	{ "", "@setuid", "openat2", { 0 }, ALLOW },

	{ "", "", "fcntl", { 3, 1024, 0 }, ERRNO(EPERM) }, /* F_SETLEASE */
	{ "", "", "fcntl", { 3, 1025, 0 }, ALLOW },	   /* F_GETLEASE */
	{ "", "", "fcntl", { 1024, 1, 1024 }, ALLOW },

	{ "", "", "personality", { 0x8 }, ALLOW },
	{ "", "", "personality", { 0x20000 }, ALLOW },
	{ "", "", "personality", { 0x20008 }, ALLOW },
	{ "", "", "personality", { 0x40000 }, ALLOW }, /* gdb, setarch -R */
	{ "", "", "personality", { 0x60008 }, ALLOW },
	{ "", "", "personality", { 0xffffffff }, ALLOW },
	{ "", "", "personality", { ~0ull }, ALLOW },
	{ "", "", "personality", { HIGH }, ALLOW },
	{ "", "", "personality", { 0x1 }, ERRNO(EPERM) },      /* SVR4 */
	{ "", "", "personality", { 0x400000 }, ERRNO(EPERM) }, /* READ_IMPLIES_EXEC */
	{ "", "", "personality", { 0x100000 }, ERRNO(EPERM) }, /* MMAP_PAGE_ZERO */
	{ "", "", "personality", { 0x440000 }, ERRNO(EPERM) },
	{ "", "", "personality", { 0xfffffffe }, ERRNO(EPERM) },
	{ "", "", "personality", { HIGH | 0x400000 }, ERRNO(EPERM) },

	{ "", "", "seccomp", { 1, 0 }, ALLOW },
	{ "", "", "seccomp", { 1, 1 }, ALLOW },	       /* TSYNC */
	{ "", "", "seccomp", { 1, 8 }, ERRNO(EPERM) }, /* NEW_LISTENER */
	{ "", "", "seccomp", { 1, HIGH | 0x19 }, ERRNO(EPERM) },
	{ "", "", "seccomp", { 2, 0 }, ALLOW },

	{ "", "", "socket", { 1, 1 }, ALLOW },
	{ "", "", "socket", { 1, 3 }, ALLOW }, /* of AF_UNIX: the kernel makes it SOCK_DGRAM */
	{ "", "", "socket", { HIGH | 1, 1 }, ALLOW },
	{ "", "", "socket", { HIGH | 16, 2, 15 }, ERRNO(EAFNOSUPPORT) }, /* uevents */
	{ "", "", "socket", { 16, 3, 0 }, ALLOW },			 /* getifaddrs() */
	{ "", "", "socket", { 16, 0x80003, HIGH }, ALLOW },
	{ "", "", "socket", { 16, 3, 4 }, ERRNO(EAFNOSUPPORT) },  /* SOCK_DIAG */
	{ "", "", "socket", { 16, 3, 12 }, ERRNO(EAFNOSUPPORT) }, /* NETFILTER */
	{ "", "", "socket", { 16, 3, 9 }, ERRNO(EAFNOSUPPORT) },  /* AUDIT */
	{ "", "", "socket", { 2, 1 }, ALLOW },
	{ "", "", "socket", { 2, 0x80801 }, ALLOW }, /* SOCK_CLOEXEC | SOCK_NONBLOCK */
	{ "", "", "socket", { 2, 0x80802, 17 }, ALLOW },
	{ "", "", "socket", { 2, 1, 6 }, ALLOW },
	{ "", "", "socket", { 10, 1, 262 }, ALLOW }, /* MPTCP */
	{ "", "", "socket", { 2, 2, 1 }, ALLOW },    /* ping */
	{ "", "", "socket", { 10, 2, 58 }, ALLOW },
	{ "", "", "socket", { 2, 3, 1 }, ERRNO(EPERM) },
	{ "", "", "socket", { 2, 0x80803, 255 }, ERRNO(EPERM) },
	{ "", "", "socket", { 10, HIGH | 3, 58 }, ERRNO(EPERM) },
	{ "", "", "socket", { 2, 10, 0x300 }, ERRNO(EPERM) }, /* SOCK_PACKET */
	{ "", "", "socket", { 2, 0x8000a, 0x300 }, ERRNO(EPERM) },
	{ "", "", "socket", { 2, 5, 132 }, ERRNO(ESOCKTNOSUPPORT) }, /* SCTP */
	{ "", "", "socket", { 2, 6, 0 }, ERRNO(ESOCKTNOSUPPORT) },   /* DCCP */
	{ "", "", "socket", { 2, 1, 132 }, ERRNO(EPROTONOSUPPORT) },
	{ "", "", "socket", { 2, 1, 256 }, ERRNO(EPROTONOSUPPORT) },  /* SMC */
	{ "", "", "socket", { 2, 2, 115 }, ERRNO(EPROTONOSUPPORT) },  /* L2TP */
	{ "", "", "socket", { 10, 2, 136 }, ERRNO(EPROTONOSUPPORT) }, /* UDPLITE */
	{ "@af-unix", "", "socket", { 1, 1 }, ERRNO(EAFNOSUPPORT) },
	{ "@af-unix", "", "socket", { 2, 1 }, ALLOW },
	{ "@af-unix", "@af-unix", "socket", { 1, 1 }, ERRNO(EAFNOSUPPORT) },
	{ "@af-unix", "", "socketpair", { 1, 1 }, ALLOW },
	{ "@af-inet", "", "socket", { 2, 1 }, ERRNO(EAFNOSUPPORT) },
	{ "@af-inet", "", "socket", { 10, 2 }, ERRNO(EAFNOSUPPORT) },
	{ "@af-inet", "", "socket", { 1, 1 }, ALLOW },
	{ "@af-netlink", "", "socket", { 16, 3, 0 }, ERRNO(EAFNOSUPPORT) },
	{ "@af-netlink", "", "socket", { 10, 1 }, ALLOW },
	{ "@af-unix @af-inet @af-netlink", "", "socket", { 2, 1 }, ERRNO(EAFNOSUPPORT) },
	{ "@af-unix @af-inet @af-netlink", "", "socket", { 40, 1 }, ERRNO(EAFNOSUPPORT) },
	{ "socket", "", "socket", { 1, 1 }, ERRNO(EPERM) },

	{ "", "", "socketpair", { 1, 0x80001 }, ALLOW },
	{ "", "", "socketpair", { HIGH | 1, 2 }, ALLOW },
	{ "", "", "socketpair", { 2, 1 }, ERRNO(EAFNOSUPPORT) },
	{ "", "", "socketpair", { 30, 1 }, ERRNO(EAFNOSUPPORT) }, /* TIPC */
};

START_TEST(test_arguments)
{
	for (int arch = 0; arch < N_ARCHES; arch++) {
		struct lines *l = lines(arguments[_i].deny, arguments[_i].allow);
		struct filter f = compile(l, (enum arch)arch);
		int number = number_of((enum arch)arch, arguments[_i].call);
		uint64_t args[6] = { 0 };

		if (number < 0 && arch != ARCH_X86_64)
			continue; /* it has openat and no open */
		memcpy(args, arguments[_i].args, sizeof(arguments[_i].args));
		args[4] = args[5] = 0x1010101010101010; /* of no meaning */
		ck_assert_uint_eq(verdict(&f, (enum arch)arch, number, args), arguments[_i].want);
	}
}
END_TEST

START_TEST(test_every_family)
{
	enum arch arch = (enum arch)_i;
	struct filter f = compile(lines("", ""), arch);
	static const int extra[] = { 64, 256, 0x7fffffff, -1 };

	for (int family = 0; family < 50 + (int)LEN(extra); family++) {
		int number = family < 50 ? family : extra[family - 50];
		uint64_t args[6] = { (uint64_t)number, SOCK_STREAM };
		bool open = number == AF_UNIX || number == AF_INET || number == AF_INET6 ||
			    number == AF_NETLINK;

		ck_assert_uint_eq(verdict(&f, arch, number_of(arch, "socket"), args),
				  open ? ALLOW : ERRNO(EAFNOSUPPORT));
		ck_assert_uint_eq(verdict(&f, arch, number_of(arch, "socketpair"), args),
				  number == AF_UNIX ? ALLOW : ERRNO(EAFNOSUPPORT));
	}
}
END_TEST

static const char *result_of(uint32_t value)
{
	return value == ALLOW ? "allow" : value == ERRNO(EPERM) ? "EPERM" : "ENOSYS";
}

static void agree(struct lines *l, enum arch arch)
{
	struct filter f = compile(l, arch);
	const struct syscall_outcome *list;
	size_t n = syscalls_outcomes(&l->policy, arch, &l->arena, &list);

	ck_assert_uint_gt(n, 300);
	for (size_t i = 0; i < n; i++) {
		struct seccomp_data data = {
			.nr = syscall_names[syscall_find(str_of(list[i].name))].number[arch],
			.arch = audit_arch[arch],
		};
		struct bpf_result r = bpf_run(f.insn, &data);
		bool rules = strcmp(list[i].result, "by argument") == 0;

		EXPECT(r.reads_arguments == rules &&
			       (rules ? list[i].reason != NULL
				      : strcmp(list[i].result, result_of(r.value)) == 0),
		       "%s: %s, %#x", list[i].name, list[i].result, r.value);
	}
	for (int number = SYSCALL_NEWEST + 1; number < SWEEP; number++)
		EXPECT(verdict(&f, arch, number, NULL) == ERRNO(ENOSYS), "%d", number);
}

static uint32_t dice(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* Names that are allowed there, each with a chance of 1 in @odds. */
static const char *some_names(struct arena *arena, bool allow, uint32_t odds, uint32_t *state)
{
	static char space[1 << 14];
	struct buf b = BUF(space);

	space[0] = '\0';
	for (size_t i = 0; i < n_syscall_names; i++)
		if (!syscalls_check(str_of(syscall_names[i].name), allow) &&
		    dice(state) % odds == 0)
			buf_printf(&b, "%s%s", b.n ? " " : "", syscall_names[i].name);
	for (size_t i = 0; i < n_syscall_groups; i++)
		if (!syscalls_check(str_of(syscall_groups[i].name), allow) &&
		    dice(state) % odds == 0)
			buf_printf(&b, "%s%s", b.n ? " " : "", syscall_groups[i].name);
	ck_assert(!b.full);
	return arena_strdup(arena, b.p);
}

START_TEST(test_random_policies)
{
	uint32_t state = (uint32_t)_i;
	struct arena arena = { 0 };
	const char *deny = some_names(&arena, false, 1 + dice(&state) % 9, &state);
	const char *allow = some_names(&arena, true, 1 + dice(&state) % 9, &state);
	struct lines *l = lines(deny, allow);

	agree(l, ARCH_X86_64);
	agree(l, ARCH_AARCH64);
	arena_fini(&arena);
}
END_TEST

/*
 * Every second call denied, one more each time, so that answers and branches go out of a
 * conditional jump's reach in every way there is.
 */
START_TEST(test_long_programs)
{
	static char space[1 << 14];
	struct buf deny = BUF(space);
	size_t longest = 0;

	for (size_t i = 0; i < n_syscall_names; i++) {
		struct lines *l;

		if (syscall_names[i].number[ARCH_X86_64] % 2 != _i ||
		    syscalls_check(str_of(syscall_names[i].name), false))
			continue;
		buf_printf(&deny, "%s%s", deny.n ? " " : "", syscall_names[i].name);
		ck_assert(!deny.full);
		l = lines(deny.p, "@debug @nest @io-uring @keyring @perf @userfaultfd");
		longest = compile(l, ARCH_X86_64).n;
		agree(l, ARCH_X86_64);
	}
	ck_assert_uint_gt(longest, 255);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_sweep, 0, N_ARCHES);
	tcase_add_loop_test(tc, test_strange_numbers, 0, N_ARCHES);
	tcase_add_loop_test(tc, test_foreign_architectures, 0, N_ARCHES);
	tcase_add_loop_test(tc, test_arguments, 0, LEN(arguments));
	tcase_add_loop_test(tc, test_every_family, 0, N_ARCHES);
	tcase_add_loop_test(tc, test_random_policies, 0, 60);
	tcase_add_loop_test(tc, test_long_programs, 0, 2);
}

int main(void)
{
	return suite_run("syscalls-filter", add);
}
