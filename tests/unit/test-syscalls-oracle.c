/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A second opinion: libseccomp compiles the same denials, from the names in the table of groups,
 * and both programs have to agree on every number that libseccomp knows. It uses equality and
 * single bits only, which its versions compile rightly.
 */
#include "filter.h"

#include <linux/sched.h>
#include <seccomp.h>
#include <sys/mman.h>

static const uint32_t scmp_arch[N_ARCHES] = { SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64 };

struct oracle {
	struct sock_filter insn[BPF_MAXINSNS];
	size_t n;
};

static void deny(scmp_filter_ctx ctx, const char *words, int error)
{
	struct str rest = str_of(words ? words : ""), word;

	while (rest.n) {
		char name[SYSCALL_NAME_SIZE] = "";
		int number;

		str_cut(rest, ' ', &word, &rest);
		memcpy(name, word.p, word.n);
		number = seccomp_syscall_resolve_name(name);
		if (number != __NR_SCMP_ERROR)
			ck_assert_int_eq(
				seccomp_rule_add(ctx, SCMP_ACT_ERRNO((unsigned)error), number, 0),
				0);
	}
}

static void deny_if(scmp_filter_ctx ctx, const char *name, int error, unsigned arg, uint32_t mask,
		    uint32_t value)
{
	ck_assert_int_eq(seccomp_rule_add(ctx, SCMP_ACT_ERRNO((unsigned)error),
					  seccomp_syscall_resolve_name(name), 1,
					  SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, mask, value)),
			 0);
}

static void deny_arguments(scmp_filter_ctx ctx)
{
	static const uint32_t namespaces[] = {
		CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
		CLONE_NEWUSER, CLONE_NEWPID,	CLONE_NEWNET,
	};

	static const struct {
		const char *call;
		unsigned arg;
	} modes[] = {
		{ "chmod", 1 },	    { "creat", 1 }, { "fchmod", 1 },  { "fchmodat", 2 },
		{ "fchmodat2", 2 }, { "mknod", 1 }, { "mknodat", 2 },
	};

	for (size_t i = 0; i < LEN(namespaces); i++) {
		deny_if(ctx, "clone", EPERM, 0, namespaces[i], namespaces[i]);
		deny_if(ctx, "unshare", EPERM, 0, namespaces[i], namespaces[i]);
	}
	deny_if(ctx, "unshare", EPERM, 0, CLONE_NEWTIME, CLONE_NEWTIME);
	deny_if(ctx, "ioctl", EPERM, 1, 0xffffffff, 0x5412);
	deny_if(ctx, "ioctl", EPERM, 1, 0xffffffff, 0x541c);
	deny_if(ctx, "ioctl", EPERM, 1, 0xffffffff, 0x5423);
	deny_if(ctx, "seccomp", EPERM, 1, 8, 8);
	deny_if(ctx, "fcntl", EPERM, 1, 0xffffffff, 1024);
	for (size_t i = 0; i < LEN(modes); i++)
		deny_if(ctx, modes[i].call, EPERM, modes[i].arg, 04000, 04000);
}

/* What remains denied when the groups of @allow are not. */
static struct oracle oracle_of(enum arch arch, const char *allow)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int fd = memfd_create("oracle", MFD_CLOEXEC);
	static struct oracle o;
	ssize_t n;

	ck_assert(ctx && fd >= 0);
	if (scmp_arch[arch] != seccomp_arch_native()) {
		ck_assert_int_eq(seccomp_arch_add(ctx, scmp_arch[arch]), 0);
		ck_assert_int_eq(seccomp_arch_remove(ctx, SCMP_ARCH_NATIVE), 0);
	}
	for (size_t i = 0; i < n_syscall_groups; i++) {
		const struct syscall_group *g = &syscall_groups[i];

		if (strcmp(g->name, allow) == 0 || (g->within && strcmp(g->within, allow) == 0))
			continue;
		deny(ctx, g->eperm, EPERM);
		deny(ctx, g->enosys, ENOSYS);
	}
	if (strcmp(allow, "@nest") != 0)
		deny_arguments(ctx);
	ck_assert_int_eq(seccomp_export_bpf(ctx, fd), 0);
	n = pread(fd, o.insn, sizeof(o.insn), 0);
	o.n = (size_t)n / sizeof(o.insn[0]);
	ck_assert(n > 0 && bpf_valid(o.insn, o.n));
	seccomp_release(ctx);
	close(fd);
	return o;
}

static bool has_no_mode(const char *name)
{
	return strcmp(name, "ioctl") != 0 && strcmp(name, "seccomp") != 0 &&
	       strcmp(name, "fcntl") != 0 && !strstr(name, "chmod") && !strstr(name, "mknod") &&
	       strcmp(name, "creat") != 0;
}

/*
 * Not the sockets and personalities: their rules say what is allowed. Nor open, which looks at two
 * arguments.
 */
static bool has_no_rule(const char *name, const char *allow)
{
	return strcmp(name, "socket") != 0 && strcmp(name, "socketpair") != 0 &&
	       strcmp(name, "personality") != 0 && strcmp(name, "open") != 0 &&
	       strcmp(name, "openat") != 0 && (strcmp(allow, "@nest") != 0 || has_no_mode(name));
}

static const char *const allowed[] = { "",	    "@nest",	"@debug",      "@perf",
				       "@io-uring", "@keyring", "@userfaultfd" };
static const uint64_t words[] = {
	0,	     8,		 0x80,
	0x200,	     0x5401,	 0x5412,
	0x541c,	     0x5423,	 0x20000,
	0x2000000,   0x4000000,	 0x8000000,
	0x10000000,  0x20000000, 0x40000000,
	0x3d0f00,    0x15412,	 0x100005412,
	0xffffffff,  02755,	 04755,
	1024,	     1ull << 32, 1ull << 60,
	~0ull << 32, ~0ull,	 0xffffffff0000541c,
};

START_TEST(test_agrees)
{
	enum arch arch = (enum arch)(_i % N_ARCHES);
	const char *allow = allowed[_i / N_ARCHES];
	struct filter f = compile(lines("", allow), arch);
	struct oracle o = oracle_of(arch, allow);
	unsigned compared = 0;

	for (int number = 0; number <= SYSCALL_NEWEST; number++) {
		_cleanup_free_ char *name =
			seccomp_syscall_resolve_num_arch(scmp_arch[arch], number);

		for (size_t i = 0; name && has_no_rule(name, allow) && i < LEN(words); i++) {
			struct seccomp_data data = { .nr = number, .arch = audit_arch[arch] };

			data.args[0] = data.args[1] = data.args[2] = words[i];
			ck_assert_msg(bpf_run(f.insn, &data).value == bpf_run(o.insn, &data).value,
				      "%s %s(%#llx)", arch_names[arch], name,
				      (unsigned long long)words[i]);
			compared++;
		}
	}
	ck_assert_uint_gt(compared, 300 * LEN(words));
}
END_TEST

/* The build's table against the library itself, also what stands in it by hand. */
START_TEST(test_numbers)
{
	unsigned compared = 0;

	for (int arch = 0; arch < N_ARCHES; arch++)
		for (size_t i = 0; i < n_syscall_names; i++) {
			int number = syscall_names[i].number[arch];
			_cleanup_free_ char *name =
				seccomp_syscall_resolve_num_arch(scmp_arch[arch], number);

			if (number < 0 || !name)
				continue;
			ck_assert_str_eq(name, syscall_names[i].name);
			compared++;
		}
	ck_assert_uint_gt(compared, 600);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_agrees, 0, (int)LEN(allowed) * N_ARCHES);
	tcase_add_test(tc, test_numbers);
}

int main(void)
{
	return suite_run("syscalls-oracle", add);
}
