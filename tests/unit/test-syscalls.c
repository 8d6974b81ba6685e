/* SPDX-License-Identifier: Apache-2.0 */
#include "filter.h"

static const struct {
	const char *name;
	int number[N_ARCHES];
} known[] = {
	{ "read", { 0, 63 } },		{ "open", { 2, -1 } },
	{ "ioctl", { 16, 29 } },	{ "socket", { 41, 198 } },
	{ "clone", { 56, 220 } },	{ "execve", { 59, 221 } },
	{ "personality", { 135, 92 } }, { "mount", { 165, 40 } },
	{ "umount2", { 166, 39 } },	{ "unshare", { 272, 97 } },
	{ "seccomp", { 317, 277 } },	{ "bpf", { 321, 280 } },
	{ "rseq", { 334, 293 } },	{ "kexec_file_load", { 320, 294 } },
	{ "uretprobe", { 335, -1 } },	{ "io_uring_setup", { 425, 425 } },
	{ "mseal", { 462, 462 } },	{ "file_setattr", { 469, 469 } },
};

START_TEST(test_numbers)
{
	enum arch arch = (enum arch)_i;

	for (size_t i = 0; i < LEN(known); i++)
		ck_assert_int_eq(number_of(arch, known[i].name), known[i].number[arch]);
	for (size_t i = 0; i < n_syscall_names; i++) {
		if (i > 0)
			ck_assert_str_lt(syscall_names[i - 1].name, syscall_names[i].name);
		ck_assert_int_le(syscall_names[i].number[arch], SYSCALL_NEWEST);
		ck_assert_int_eq(syscall_find(guarded(syscall_names[i].name)), i);
		for (size_t k = 0; k < i; k++)
			ck_assert(syscall_names[i].number[arch] < 0 ||
				  syscall_names[i].number[arch] != syscall_names[k].number[arch]);
	}
	ck_assert_int_eq(syscall_find(guarded("")), -1);
	ck_assert_int_eq(syscall_find(guarded("rea")), -1);
	ck_assert_int_eq(syscall_find(guarded("reads")), -1);
	ck_assert_int_eq(syscall_find(guarded("READ")), -1);
}
END_TEST

static void count_calls(const char *words, unsigned *seen)
{
	struct str rest = str_of(words ? words : ""), word, last = { 0 };

	while (rest.n) {
		int i;

		str_cut(rest, ' ', &word, &rest);
		i = syscall_find(word);
		ck_assert_msg(i >= 0, "%.*s", (int)word.n, word.p);
		seen[i]++;
		ck_assert(last.n == 0 || strncmp(last.p, word.p, 4) <= 0);
		last = word;
	}
}

START_TEST(test_groups)
{
	unsigned seen[512] = { 0 };

	ck_assert_uint_lt(n_syscall_names, LEN(seen));
	for (size_t i = 0; i < n_syscall_groups; i++) {
		const struct syscall_group *g = &syscall_groups[i];
		bool rules = false;

		count_calls(g->eperm, seen);
		count_calls(g->enosys, seen);
		for (size_t k = 0; k < n_arg_rules; k++)
			rules |= arg_rules[k].group && strcmp(arg_rules[k].group, g->name) == 0;
		ck_assert_msg(rules || g->eperm || g->enosys, "%s is empty", g->name);
		ck_assert(g->name[0] == '@' && g->text && g->users);
	}
	for (size_t i = 0; i < n_syscall_names; i++)
		ck_assert_msg(seen[i] <= 1, "%s is in two groups", syscall_names[i].name);
	for (size_t k = 0; k < n_arg_rules; k++) {
		ck_assert(!arg_rules[k].group == !arg_rules[k].error);
		ck_assert(!arg_rules[k].group ||
			  !syscalls_check(str_of(arg_rules[k].group), false));
		ck_assert_uint_eq(seen[syscall_find(str_of(arg_rules[k].call))], 0);
	}
}
END_TEST

static const struct {
	const char *name;
	bool deny, allow;
} checks[] = {
	{ "@nest", true, true },    { "@", false, false },	    { "@mounts", false, false },
	{ "@moun", false, false },  { "mount", true, true },	    { "ptrace", true, true },
	{ "openat2", true, true },  { "init_module", true, false }, { "clone3", true, false },
	{ "uselib", true, false },  { "socket", true, false },	    { "ioctl", true, false },
	{ "unshare", true, false }, { "clone", true, false },	    { "execve", false, true },
	{ "read", false, true },    { "exit_group", false, true },  { "arch_prctl", false, true },
	{ "fork", true, true },	    { "", false, false },	    { "mount ", false, false },
	{ "Mount", false, false },  { "socketcall", false, false }, { "165", false, false },
};

START_TEST(test_check)
{
	struct str name = guarded(checks[_i].name);

	ck_assert_msg(!syscalls_check(name, false) == checks[_i].deny, "%s", checks[_i].name);
	ck_assert_msg(!syscalls_check(name, true) == checks[_i].allow, "%s", checks[_i].name);
}
END_TEST

/* All groups can be denied; these can be allowed. */
static const char may_allow[] = " @mount @namespaces @debug @perf @userfaultfd @io-uring @keyring "
				"@setuid @af-unix @af-inet @af-netlink ";

START_TEST(test_check_groups)
{
	char word[32];

	for (size_t i = 0; i < n_syscall_groups; i++) {
		const char *name = syscall_groups[i].name;

		snprintf(word, sizeof(word), " %s ", name);
		ck_assert_msg(!syscalls_check(guarded(name), false), "%s", name);
		ck_assert_msg(!syscalls_check(guarded(name), true) == !!strstr(may_allow, word),
			      "%s", name);
	}
}
END_TEST

/* The loader checks; a policy that nobody checked is refused, never compiled without a line. */
START_TEST(test_refuses_unchecked)
{
	for (size_t i = 0; i < LEN(checks); i++) {
		for (int allow = 0; allow < 2; allow++) {
			const char *name = checks[i].name;
			struct lines *l = lines(allow ? "" : "@swap", allow ? "@debug" : "");
			struct items *items =
				allow ? &l->policy.syscalls_allow : &l->policy.syscalls_deny;
			const struct syscall_outcome *outcomes;
			struct filter f;
			struct err e = { 0 };
			bool good = allow ? checks[i].allow : checks[i].deny;

			*arena_push(&l->arena, items->item, items->n) =
				(struct item){ name, { "test.ini", 7 } };
			ck_assert_int_eq(
				syscalls_compile(&l->policy, ARCH_X86_64, &l->arena, &f, &e),
				good ? 0 : -EINVAL);
			ck_assert(good || strstr(e.text, "test.ini:7: "));
			ck_assert((syscalls_outcomes(&l->policy, ARCH_X86_64, &l->arena,
						     &outcomes) > 0) == good);
		}
	}
}
END_TEST

static const struct {
	const char *deny, *allow;
	const char *call, *result, *group;
	unsigned line; /* 0: no profile line decides */
} outcomes[] = {
	{ "", "", "read", "allow", NULL, 0 },
	{ "", "", "mount", "EPERM", "@mount", 0 },
	{ "", "", "fsopen", "ENOSYS", "@mount", 0 },
	{ "", "", "clone", "by argument", "@namespaces", 0 },
	{ "", "@debug", "ptrace", "allow", "@debug", 100 },
	{ "", "@perf @debug", "ptrace", "allow", "@debug", 101 },
	{ "", "ptrace", "ptrace", "allow", "@debug", 100 },
	{ "", "ptrace", "kcmp", "EPERM", "@debug", 0 },
	{ "ptrace", "@debug", "ptrace", "EPERM", "@debug", 1 },
	{ "ptrace", "@debug", "kcmp", "allow", "@debug", 100 },
	{ "@debug", "ptrace", "ptrace", "EPERM", "@debug", 1 },
	{ "@debug", "@debug", "ptrace", "EPERM", "@debug", 1 },
	{ "", "@nest", "fsopen", "allow", "@mount", 100 },
	{ "", "@nest", "setns", "allow", "@namespaces", 100 },
	{ "", "@nest", "clone", "allow", "@namespaces", 100 },
	{ "@mount", "@nest", "fsopen", "ENOSYS", "@mount", 1 },
	{ "@mount", "@nest", "clone", "allow", "@namespaces", 100 },
	{ "fsopen", "@nest", "fsopen", "ENOSYS", "@mount", 1 },
	{ "@nest", "", "clone", "by argument", "@namespaces", 1 },
	{ "openat2", "", "openat2", "ENOSYS", "@setuid", 1 },
	{ "", "@setuid", "chmod", "allow", "@setuid", 100 },
	{ "statx", "", "statx", "ENOSYS", NULL, 1 },
	{ "mknod mknodat", "", "mknodat", "EPERM", "@setuid", 2 },
	{ "@af-unix", "", "socket", "by argument", "@af-unix", 1 },
	{ "ioctl", "", "ioctl", "EPERM", "@terminal", 1 },
	{ "", "openat2", "openat2", "allow", "@setuid", 100 },
	{ "seccomp", "", "seccomp", "ENOSYS", "@notify", 1 },
	{ "renameat2", "", "renameat2", "EPERM", NULL, 1 },
};

START_TEST(test_outcomes)
{
	struct lines *l = lines(outcomes[_i].deny, outcomes[_i].allow);
	const struct syscall_outcome *list;
	size_t n = syscalls_outcomes(&l->policy, ARCH_AARCH64, &l->arena, &list), i = 0;

	while (i < n && strcmp(list[i].name, outcomes[_i].call) != 0)
		i++;
	if (i == n) { /* x86-64 alone has it */
		n = syscalls_outcomes(&l->policy, ARCH_X86_64, &l->arena, &list);
		for (i = 0; i < n && strcmp(list[i].name, outcomes[_i].call) != 0;)
			i++;
	}
	ck_assert_uint_lt(i, n);
	ck_assert_str_eq(list[i].result, outcomes[_i].result);
	ck_assert_pstr_eq(list[i].group, outcomes[_i].group);
	ck_assert_uint_eq(list[i].where.line, outcomes[_i].line);
	ck_assert((list[i].where.file != NULL) == (outcomes[_i].line > 0));
}
END_TEST

START_TEST(test_print)
{
	static const char *const wanted[] = {
		"\nmount                    EPERM       @mount       changes what",
		"\nptrace                   allow       @debug       reads and steers other "
		"processes of "
		"the box (test.ini:100)\n",
		("\nioctl                    by argument @terminal    EPERM for TIOCSTI; EPERM for "
		 "TIOCLINUX; EPERM for TIOCSETD\n"),
		"\nread                     allow       -            -\n",
		"\n(other architectures)    kill ",
	};
	static char space[1 << 16];
	struct buf b = BUF(space);
	struct lines *l = lines("", "@debug");

	syscalls_print(&l->policy, ARCH_X86_64, &b);
	ck_assert(!b.full);
	for (size_t i = 0; i < LEN(wanted); i++)
		ck_assert_msg(strstr(b.p, wanted[i]), "%s", wanted[i]);
}
END_TEST

static const struct {
	const char *deny, *allow;
	const char *verdict, *name, *calls; /* calls NULL: no ruling of that name */
	unsigned line;
} rulings[] = {
	{ "", "", "deny", "@module", "EPERM delete_module finit_module init_module", 0 },
	{ "", "", "deny", "@namespaces",
	  "EPERM setns; EPERM clone with a CLONE_NEW flag; EPERM unshare with a CLONE_NEW flag",
	  0 },
	{ "", "", "deny", "@terminal",
	  "EPERM ioctl for TIOCSTI; EPERM ioctl for TIOCLINUX; EPERM ioctl for TIOCSETD", 0 },
	{ "", "", NULL, "@af-inet", NULL, 0 },
	{ "@af-netlink", "", "deny", "@af-netlink", "EAFNOSUPPORT socket for AF_NETLINK", 1 },
	{ "", "@perf", "allow", "@perf", "EPERM perf_event_open", 100 },
	{ "@perf", "@perf", "deny", "@perf", "EPERM perf_event_open", 1 },
	{ "fork statx", "", "deny", "statx", "ENOSYS statx", 2 },
	{ "", "ptrace", "allow", "ptrace", "EPERM ptrace", 100 },
	{ "@debug", "ptrace", NULL, "ptrace", NULL, 0 },
	{ "ptrace", "ptrace", "deny", "ptrace", "EPERM ptrace", 1 },
};

START_TEST(test_rulings)
{
	struct lines *l = lines(rulings[_i].deny, rulings[_i].allow);
	const struct syscall_ruling *list;
	size_t n = syscalls_rulings(&l->policy, &l->arena, &list), found = 0;

	ck_assert_uint_gt(n, 20);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i].name, rulings[_i].name) != 0)
			continue;
		found++;
		ck_assert_str_eq(list[i].verdict, rulings[_i].verdict);
		ck_assert_str_eq(list[i].calls, rulings[_i].calls);
		ck_assert_uint_eq(list[i].where.line, rulings[_i].line);
	}
	ck_assert_uint_eq(found, rulings[_i].calls ? 1 : 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_numbers, 0, N_ARCHES);
	tcase_add_test(tc, test_groups);
	tcase_add_loop_test(tc, test_check, 0, LEN(checks));
	tcase_add_test(tc, test_check_groups);
	tcase_add_test(tc, test_refuses_unchecked);
	tcase_add_loop_test(tc, test_outcomes, 0, LEN(outcomes));
	tcase_add_test(tc, test_print);
	tcase_add_loop_test(tc, test_rulings, 0, LEN(rulings));
}

int main(void)
{
	return suite_run("syscalls", add);
}
