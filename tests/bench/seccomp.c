/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the filter costs: seccomp [ROUNDS]
 *
 * Prints medians, in microseconds, of building the default filter and of loading it, beside the
 * same denials built by libseccomp (as it does by default, and with its binary tree), in turn; then
 * what a call costs under each. Only ratios of one run mean anything. Loading includes what the
 * kernel does then: it runs the filter for every number. It never fails for being slow.
 */
#include "policy/syscalls.h"

#include <assert.h>
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum contestant { OURS, LINEAR, TREE, N_CONTESTANTS };
enum measure { BUILD, LOAD, GETPPID, IOCTL, N_MEASURES };
enum { CALLS = 2000, ROUNDS_MAX = 1000 };

static const char *const names[] = { "agentbox", "libseccomp", "libseccomp, tree" };
static_assert(LEN(names) == N_CONTESTANTS);

static double samples[N_CONTESTANTS][N_MEASURES][ROUNDS_MAX];

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static struct filter build_ours(struct arena *arena)
{
	const struct policy policy = { 0 };
	struct filter f;
	struct err e;

	if (syscalls_compile(&policy, arch_native, arena, &f, &e) < 0)
		die("compile");
	return f;
}

static void deny(scmp_filter_ctx ctx, const char *words, int error)
{
	struct str rest = str_of(words ? words : ""), word;

	while (rest.n) {
		char name[32] = "";
		int number;

		str_cut(rest, ' ', &word, &rest);
		memcpy(name, word.p, word.n);
		number = seccomp_syscall_resolve_name(name);
		if (number >= 0)
			seccomp_rule_add(ctx, SCMP_ACT_ERRNO((unsigned)error), number, 0);
	}
}

static struct filter build_other(enum contestant c, struct arena *arena)
{
	struct filter f = { .insn = arena_alloc(arena, BPF_MAXINSNS * sizeof(*f.insn)) };
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int fd = memfd_create("filter", 0);
	ssize_t n;

	if (c == TREE)
		seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (size_t i = 0; i < n_syscall_groups; i++) {
		deny(ctx, syscall_groups[i].eperm, EPERM);
		deny(ctx, syscall_groups[i].enosys, ENOSYS);
	}
	seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1,
			 SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, TIOCSTI));
	seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1,
			 SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, TIOCLINUX));
	if (seccomp_export_bpf(ctx, fd) < 0)
		die("export");
	n = pread(fd, f.insn, BPF_MAXINSNS * sizeof(*f.insn), 0);
	f.n = (size_t)n / sizeof(*f.insn);
	seccomp_release(ctx);
	close(fd);
	return f;
}

static double per_call(long number, long a, long b)
{
	double start = now();

	for (int i = 0; i < CALLS; i++)
		syscall(number, a, b, 0);
	return (now() - start) / CALLS;
}

/* In a child: a filter stays until its process ends. */
static void measure(enum contestant c, double out[N_MEASURES])
{
	struct arena arena = { 0 };
	struct sock_fprog program;
	struct filter f;
	double start;

	start = now();
	f = c == OURS ? build_ours(&arena) : build_other(c, &arena);
	out[BUILD] = now() - start;
	program = (struct sock_fprog){ (unsigned short)f.n, f.insn };
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	start = now();
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		die("seccomp");
	out[LOAD] = now() - start;
	out[GETPPID] = per_call(SYS_getppid, 0, 0);
	out[IOCTL] = per_call(SYS_ioctl, -1, TIOCGWINSZ);
}

static void measure_in_child(enum contestant c, double out[N_MEASURES])
{
	int pipes[2], status;
	pid_t pid;

	if (pipe(pipes) < 0 || (pid = fork()) < 0)
		die("fork");
	if (pid == 0) {
		double result[N_MEASURES];

		measure(c, result);
		_exit(write(pipes[1], result, sizeof(result)) != sizeof(result));
	}
	if (waitpid(pid, &status, 0) < 0 || status != 0 ||
	    read(pipes[0], out, N_MEASURES * sizeof(*out)) != N_MEASURES * (ssize_t)sizeof(*out))
		die("measure");
	close(pipes[0]);
	close(pipes[1]);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print(enum contestant c, size_t rounds)
{
	struct arena arena = { 0 };
	struct filter f = c == OURS ? build_ours(&arena) : build_other(c, &arena);

	printf("%-17s %5zu", names[c], f.n);
	for (int m = 0; m < N_MEASURES; m++) {
		qsort(samples[c][m], rounds, sizeof(double), ascending);
		printf(" %9.3f", samples[c][m][rounds / 2]);
	}
	printf("\n");
	arena_fini(&arena);
}

int main(int argc, char **argv)
{
	unsigned long rounds = 101;

	if (argc > 1 && str_to_ulong(str_of(argv[1]), ROUNDS_MAX, &rounds) < 0)
		return 2;
	for (size_t i = 0; i < rounds; i++)
		for (int c = 0; c < N_CONTESTANTS; c++) {
			double out[N_MEASURES];

			measure_in_child((enum contestant)c, out);
			for (int m = 0; m < N_MEASURES; m++)
				samples[c][m][i] = out[m];
		}
	printf("%-17s %5s %9s %9s %9s %9s\n", "microseconds", "insns", "build", "load", "getppid",
	       "ioctl");
	for (int c = 0; c < N_CONTESTANTS; c++)
		print((enum contestant)c, rounds);
	return 0;
}
