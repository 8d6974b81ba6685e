/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/usage.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "suite.h"

enum { MIB = 1 << 20, SIZE = 64 * MIB, SLACK = 48 * MIB };

static int ready[2];

static void wait_for_end(void)
{
	(void)!write(ready[1], "", 1);
	for (;;)
		pause();
}

static void fill(int flags)
{
	memset(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0), 1, SIZE);
}

static void hold_private(void)
{
	fill(MAP_PRIVATE);
	wait_for_end();
}

static void map_only(void)
{
	mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	wait_for_end();
}

static void share(int flags)
{
	fill(flags);
	for (int i = 0; i < 2; i++)
		if (fork() == 0)
			wait_for_end();
	wait_for_end();
}

static void share_private(void)
{
	share(MAP_PRIVATE);
}

static void share_shared(void)
{
	share(MAP_SHARED);
}

static void have_grandchild(void)
{
	if (fork() == 0 && fork() == 0)
		hold_private();
	wait_for_end();
}

/* Whose parent has ended is given to the nearest subreaper, as to init in a pid namespace. */
static void have_orphan(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (fork() == 0) {
		if (fork() == 0)
			hold_private();
		_exit(0);
	}
	wait(NULL);
	wait_for_end();
}

static void *fork_in_thread(void *unused)
{
	if (fork() == 0)
		hold_private();
	return unused;
}

static void have_child_of_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, fork_in_thread, NULL);
	pause();
}

static const struct {
	const char *name;
	void (*run)(void);
	unsigned processes;
	uint64_t own, shared, own_exact, shared_exact; /* in units of SIZE */
	unsigned signs; /* of processes that have done what they do */
} cases[] = {
	{ "map", map_only, 1, 0, 0, 0, 0, 1 },
	{ "hold", hold_private, 1, 1, 0, 1, 0, 1 },
	{ "share after fork", share_private, 3, 3, 0, 1, 0, 3 },
	{ "share", share_shared, 3, 0, 1, 0, 1, 3 },
	{ "grandchild", have_grandchild, 3, 1, 0, 1, 0, 3 },
	{ "orphan", have_orphan, 2, 1, 0, 1, 0, 2 },
	{ "child of a thread", have_child_of_thread, 2, 1, 0, 1, 0, 1 },
};

static void about(const char *name, const char *what, uint64_t got, uint64_t want)
{
	ck_assert_msg(got >= want * SIZE && got <= want * SIZE + SLACK, "%s: %s %llu MiB", name,
		      what, (unsigned long long)(got / MIB));
}

START_TEST(test_usage)
{
	struct usage usage;
	char sign;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		cases[_i].run();
	}
	for (unsigned i = 0; i < cases[_i].signs; i++)
		ck_assert_int_eq(read(ready[0], &sign, 1), 1);
	ck_assert_int_eq(usage_of(pid, false, &usage), 0);
	ck_assert_uint_eq(usage.processes, cases[_i].processes);
	about(cases[_i].name, "own", usage.own, cases[_i].own);
	about(cases[_i].name, "shared", usage.shared, cases[_i].shared);
	ck_assert_int_eq(usage_of(pid, true, &usage), 0);
	ck_assert_uint_eq(usage.processes, cases[_i].processes);
	about(cases[_i].name, "own, exactly", usage.own, cases[_i].own_exact);
	about(cases[_i].name, "shared, exactly", usage.shared, cases[_i].shared_exact);
	kill(-pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
END_TEST

/* Who is not there holds nothing. */
START_TEST(test_gone)
{
	struct usage usage;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	ck_assert_int_eq(usage_of(pid, true, &usage), 0);
	ck_assert_uint_eq(usage.own + usage.shared, 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_usage, 0, LEN(cases));
	tcase_add_test(tc, test_gone);
}

int main(void)
{
	return suite_run("usage", add);
}
