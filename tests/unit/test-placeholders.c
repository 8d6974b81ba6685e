/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/placeholders.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "tree.h"

static char workspace[128], state[128];

static void set_up(void)
{
	tree_make("d ws/.git/info d state");
	chmod(tree_path("state"), 0700);
	snprintf(workspace, sizeof(workspace), "%s/ws", tree_top);
	snprintf(state, sizeof(state), "%s/state", tree_top);
}

static const struct {
	const char *path;
	enum placeholder kind;
} steps[] = {
	{ ".envrc", PLACEHOLDER_SOCKET },
	{ ".git/commondir", PLACEHOLDER_COMMONDIR },
	{ ".git/config.worktree", PLACEHOLDER_FILE },
	{ ".git/info/attributes", PLACEHOLDER_FILE },
	{ ".vscode", PLACEHOLDER_SOCKET },
	{ "sub/.git", PLACEHOLDER_DIR },
	{ "sub/.vscode", PLACEHOLDER_SOCKET },
};

/* A plan with those whose bit is in @which. */
static void make_plan(struct plan *plan, unsigned which)
{
	*plan = (struct plan){ 0 };
	for (size_t i = 0; i < LEN(steps); i++)
		if (which & (1U << i))
			*arena_push(&plan->arena, plan->step, plan->n) = (struct step){
				.kind = STEP_PLACEHOLDER,
				.dst = arena_printf(&plan->arena, "%s/%s", workspace,
						    steps[i].path),
				.n = steps[i].kind,
			};
}

enum { ALL = (1U << LEN(steps)) - 1, FEW = 1U << 0 | 1U << 4 };

static int make(struct placeholders *p, const char *task, unsigned which)
{
	const struct host host = { .workspace = workspace, .task = task };
	static struct plan plans[4]; /* what is made refers to them */
	static size_t n_plans;
	struct plan *plan = &plans[n_plans++];
	struct err e = { 0 };
	int r;

	ck_assert_uint_le(n_plans, LEN(plans));
	make_plan(plan, which);
	r = placeholders_make(p, plan, &host, state, &e);
	ck_assert_msg(r == 0 || r == e.code, "%s", e.text);
	return r;
}

/* How many of them are there, as they should be. */
static unsigned there(void)
{
	unsigned n = 0;
	struct stat st;
	char path[64];

	for (size_t i = 0; i < LEN(steps); i++) {
		snprintf(path, sizeof(path), "ws/%s", steps[i].path);
		n += lstat(tree_path(path), &st) == 0 &&
		     placeholder_is(steps[i].kind, st.st_mode, (uint64_t)st.st_size);
	}
	return n;
}

/* Those in which something is written. */
static unsigned journals(void)
{
	DIR *dir = opendir(tree_path("state/placeholders"));
	const struct dirent *entry;
	struct stat st;
	unsigned n = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)))
		n += fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 && S_ISREG(st.st_mode) &&
		     st.st_size > 0;
	closedir(dir);
	return n;
}

START_TEST(test_make_and_remove)
{
	struct placeholders p;

	mkdir(tree_path("ws/sub"), 0755);
	ck_assert_int_eq(make(&p, "one", ALL), 0);
	ck_assert_uint_eq(there(), LEN(steps));
	ck_assert_uint_eq(journals(), 1);
	placeholders_remove(&p);
	ck_assert_uint_eq(there(), 0);
	ck_assert_uint_eq(journals(), 0);
	placeholders_remove(&p); /* nothing any more */
}
END_TEST

START_TEST(test_no_parent)
{
	struct placeholders p;

	ck_assert_int_eq(make(&p, "one", ALL), -ENOENT);
	placeholders_remove(&p);
	ck_assert_uint_eq(there(), 0);
	ck_assert_uint_eq(journals(), 0);
}
END_TEST

/* What belongs to the user stays, whether it was there before or came in between. */
START_TEST(test_users_own)
{
	struct placeholders p;

	tree_add('d', "ws/.vscode", NULL);
	tree_add('f', "ws/.git/config.worktree", NULL);
	tree_add('d', "ws/sub", NULL);
	ck_assert_int_eq(make(&p, "one", ALL), 0);
	ck_assert_int_eq(unlink(tree_path("ws/.envrc")), 0);
	tree_file("ws/.envrc", "mine\n");
	tree_file("ws/sub/.git/HEAD", "mine\n");
	ck_assert_int_eq(unlink(tree_path("ws/.git/commondir")), 0);
	tree_file("ws/.git/commondir", "./\n"); /* as ours is, but another one */
	placeholders_remove(&p);
	ck_assert_int_eq(access(tree_path("ws/.vscode"), F_OK), 0);
	ck_assert_int_eq(access(tree_path("ws/.git/config.worktree"), F_OK), 0);
	ck_assert_int_eq(access(tree_path("ws/.envrc"), F_OK), 0);
	ck_assert_int_eq(access(tree_path("ws/sub/.git/HEAD"), F_OK), 0);
	ck_assert_int_eq(access(tree_path("ws/.git/commondir"), F_OK), 0);
	ck_assert_int_lt(access(tree_path("ws/.git/info/attributes"), F_OK), 0);
	ck_assert_int_lt(access(tree_path("ws/sub/.vscode"), F_OK), 0);
}
END_TEST

/* What was written into is no placeholder any more. */
START_TEST(test_written)
{
	struct placeholders p;
	FILE *f;

	ck_assert_int_eq(make(&p, "one", 1U << 3), 0);
	chmod(tree_path("ws/.git/info/attributes"), 0644);
	f = fopen(tree_path("ws/.git/info/attributes"), "w");
	fputs("* -text\n", f);
	fclose(f);
	placeholders_remove(&p);
	ck_assert_int_eq(access(tree_path("ws/.git/info/attributes"), F_OK), 0);
}
END_TEST

/* A link is followed neither when they are made nor when they are removed. */
START_TEST(test_link)
{
	struct placeholders p;

	tree_add('d', "victim", NULL);
	tree_add('l', "ws/sub", "../victim");
	ck_assert_int_eq(make(&p, "one", ALL), -ELOOP);
	placeholders_remove(&p);
	ck_assert_uint_eq(there(), 0);
	ck_assert_int_eq(unlink(tree_path("ws/sub")), 0);
	tree_add('d', "ws/sub", NULL);
	ck_assert_int_eq(make(&p, "one", ALL), 0);
	ck_assert_int_eq(rename(tree_path("ws/sub"), tree_path("victim/sub")), 0);
	tree_add('l', "ws/sub", "../victim/sub");
	placeholders_remove(&p);
	ck_assert_int_eq(access(tree_path("victim/sub/.vscode"), F_OK), 0);
}
END_TEST

/* Another task, in a process of its own, which says when it is ready and ends when it is told. */
static pid_t start_other(const char *task, unsigned which, int *to)
{
	int ready[2], end[2];
	struct placeholders p;
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe(ready) | pipe(end), 0);
	pid = fork();
	if (pid == 0) {
		close(end[1]);
		if (make(&p, task, which) < 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		if (read(end[0], &byte, 1) >= 0)
			placeholders_remove(&p);
		_exit(0);
	}
	close(ready[1]);
	close(end[0]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	*to = end[1];
	return pid;
}

static void end_other(pid_t pid, int to)
{
	close(to);
	waitpid(pid, NULL, 0);
}

/* What another task, which had all, left behind when it was killed. */
static void leave_all(void)
{
	pid_t other;
	int to;

	mkdir(tree_path("ws/sub"), 0755);
	other = start_other("other", ALL, &to);
	kill(other, SIGKILL);
	end_other(other, to);
	ck_assert_uint_eq(there(), LEN(steps));
}

START_TEST(test_two_tasks)
{
	struct placeholders p;
	pid_t other;
	int to;

	mkdir(tree_path("ws/sub"), 0755);
	other = start_other("other", ALL, &to);
	ck_assert_int_eq(make(&p, "one", FEW), 0);
	ck_assert_uint_eq(journals(), 2);
	if (_i == 0) {
		end_other(other, to);
		ck_assert_uint_eq(there(), 2);
		placeholders_remove(&p);
	} else {
		placeholders_remove(&p);
		ck_assert_uint_eq(there(), LEN(steps));
		end_other(other, to);
	}
	ck_assert_uint_eq(there(), 0);
	ck_assert_uint_eq(journals(), 0);
}
END_TEST

START_TEST(test_killed)
{
	struct placeholders p;

	leave_all();
	if (_i == 0) {
		placeholders_recover(state);
	} else {
		ck_assert_int_eq(make(&p, "one", FEW), 0);
		ck_assert_uint_eq(there(), 2);
		placeholders_remove(&p);
	}
	ck_assert_uint_eq(there(), 0);
	ck_assert_uint_eq(journals(), 0);
}
END_TEST

/* Killed at any moment: also between what is written down and what is made. */
START_TEST(test_killed_early)
{
	mkdir(tree_path("ws/sub"), 0755);
	for (int i = 0; i < 100; i++) {
		struct placeholders p;
		pid_t pid = fork();

		if (pid == 0) {
			make(&p, "other", ALL);
			pause();
		}
		usleep((useconds_t)(i * 10));
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		placeholders_recover(state);
		ck_assert_msg(there() == 0 && journals() == 0, "killed after %d us", i * 10);
	}
}
END_TEST

/*
 * Killed while it wrote down a second time: the journal's time has moved already. What is like ours
 * and was there before is the user's.
 */
START_TEST(test_killed_writing)
{
	const struct timespec later[2] = { { .tv_nsec = UTIME_OMIT },
					   { .tv_sec = time(NULL) + 2 } };
	const char *journal;
	struct stat st;

	tree_add('s', "ws/.envrc", NULL);
	tree_tick();
	leave_all();
	journal = tree_path("state/placeholders/other");
	ck_assert_int_eq(stat(journal, &st), 0);
	ck_assert_int_eq(truncate(journal, st.st_size / 2), 0);
	ck_assert_int_eq(utimensat(AT_FDCWD, journal, later, 0), 0);
	placeholders_recover(state);
	ck_assert_uint_eq(there(), 1);
	ck_assert_int_eq(access(tree_path("ws/.envrc"), F_OK), 0);
	ck_assert_uint_eq(journals(), 0);
}
END_TEST

/* What it has forked dies a moment later, and until then holds the journal. */
START_TEST(test_killed_parent)
{
	struct placeholders p;
	pid_t pid;

	mkdir(tree_path("ws/sub"), 0755);
	pid = fork();
	if (pid == 0) {
		make(&p, "other", ALL);
		if (fork() > 0)
			raise(SIGKILL);
		usleep(200000);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	placeholders_recover(state);
	ck_assert_uint_eq(there(), 0);
	ck_assert_uint_eq(journals(), 0);
}
END_TEST

/* Somebody's journal may hold anything; it is dropped, and nothing is touched for it. */
START_TEST(test_bad_journal)
{
	static const char *const texts[] = { "", "x", "\1\0\0\0", "/etc/passwd" };
	char bytes[4096];
	FILE *f;

	tree_add('f', "ws/precious", NULL);
	tree_add('d', "state/placeholders", NULL);
	chmod(tree_path("state/placeholders"), 0700);
	for (unsigned seed = 0; seed < 64; seed++) {
		srandom(seed);
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (char)(seed % 2 ? random() : random() % 4);
		if (seed >= 32) /* a path where one is expected */
			memcpy(bytes + 24, tree_path("ws/precious"), strlen(workspace) + 10);
		f = fopen(tree_path("state/placeholders/bad"), "w");
		if (seed < LEN(texts))
			fputs(texts[seed], f);
		else
			fwrite(bytes, 1, sizeof(bytes), f);
		fclose(f);
		placeholders_recover(state);
		ck_assert_uint_eq(journals(), 0);
		ck_assert_int_eq(access(tree_path("ws/precious"), F_OK), 0);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tree_remove);
	tcase_add_test(tc, test_make_and_remove);
	tcase_add_test(tc, test_no_parent);
	tcase_add_test(tc, test_users_own);
	tcase_add_test(tc, test_written);
	tcase_add_test(tc, test_link);
	tcase_add_loop_test(tc, test_two_tasks, 0, 2);
	tcase_add_loop_test(tc, test_killed, 0, 2);
	tcase_add_test(tc, test_killed_early);
	tcase_add_test(tc, test_killed_writing);
	tcase_add_test(tc, test_killed_parent);
	tcase_add_test(tc, test_bad_journal);
}

int main(void)
{
	return suite_run("placeholders", add);
}
