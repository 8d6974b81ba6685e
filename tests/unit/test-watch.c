/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/watch.h"

#include <sys/inotify.h>

#include "os/scan.h"
#include "tree.h"

/*
 * Something is done outside while a box runs on this tree; what is to be covered then: h(ide) or
 * p(rotect), in the order of what happened.
 */
static const char tree[] = "r . f .git/config f .env f a/b/.env d .vscode f a/text r nested "
			   "f node_modules/x/y f conf/secret";
static const struct {
	const char *command, *want;
} cases[] = {
	{ "true", "" },
	{ "touch new a/new .git/new; mkdir d; touch d/new", "" },
	{ "echo x >tmp; mv tmp .env", "h .env" },
	{ "echo x >a/tmp; mv a/tmp a/b/.env", "h a/b/.env" },
	{ "echo x >.env", "" }, /* the same file */
	{ "rm .env", "h .env" },
	{ "touch .env.local a/.env", "h .env.local h a/.env" },
	{ "touch a/.ENV", "h a/.ENV" },
	{ "touch node_modules/x/.env", "" },
	{ "ln .env other", "h other" },
	{ "ln -s text a/.env", "h a/text" },
	{ "ln -s /etc/hostname a/.env", "" },
	{ "mv .env moved", "h .env" },
	{ "mkdir -p n/e/w; touch n/e/w/.env n/e/w/x", "h n/e/w/.env" },
	{ "mkdir n; touch n/.env; mv n a/n", "h a/n/.env" },
	{ "mkdir .env.local; touch .env.local/x", "h .env.local" },
	{ "mkdir a/.git; touch a/.git/.env", "" },
	{ "cp .git/config .git/c; mv .git/c .git/config", "p .git/config" },
	{ "rmdir .vscode", "p .vscode" },
	{ "rmdir .vscode; mkdir .vscode", "p .vscode p .vscode" },
	{ "mv .git g; mkdir .git; touch .git/config", "p .git/config" },
	{ "mv a c; mkdir -p a/b; touch a/b/.env", "h c/b/.env h a/b/.env" },
	{ "touch conf/t; mv conf/t conf/secret", "h conf/secret" },
	{ "rm -r conf; mkdir conf; touch conf/secret", "h conf/secret" },
	{ "mkdir -p nested/conf; touch nested/conf/secret", "h nested/conf/secret" },
};

static struct item hide[] = { { .text = ".env" }, { .text = ".env.*" }, { .text = "conf/secret" } };
static struct item protect[] = { { .text = ".vscode" }, { .text = ".git/config" } };
static const struct policy policy = {
	.access = ACCESS_WRITE,
	.lockfiles_mode = LOCKFILES_ALLOW,
	.hide = { hide, LEN(hide) },
	.protect = { protect, LEN(protect) },
};

/* What a plan has of the matches. */
static void make_plan(struct plan *plan, const struct host *host)
{
	*plan = (struct plan){ 0 };
	for (size_t i = 0; i < host->n_matches; i++) {
		struct step *step = arena_push(&plan->arena, plan->step, plan->n);

		step->kind = host->matches[i].pattern->hide ? STEP_HIDE : STEP_PROTECT;
		step->flags = STEP_READONLY;
		step->dst = host->matches[i].path;
	}
}

static void run(const char *command)
{
	char line[1024];

	snprintf(line, sizeof(line), "cd %s && { %s; }", tree_top, command);
	ck_assert_int_eq(system(line), 0);
}

/* Each once, as it was found first. */
static void show(const struct watch *w, struct buf *out)
{
	for (size_t i = 0; i < w->n_found; i++) {
		bool before = false;

		for (size_t j = 0; j < i && w->found[i].step.kind == STEP_HIDE; j++)
			before |= !strcmp(w->found[j].step.dst, w->found[i].step.dst);
		if (!before)
			buf_printf(out, "%s%c %s", out->n ? " " : "",
				   w->found[i].step.kind == STEP_HIDE ? 'h' : 'p',
				   w->found[i].step.dst + strlen(tree_top) + 1);
	}
}

static void start(struct watch *w, struct host *host, struct plan *plan)
{
	struct err e = { 0 };

	tree_make(tree);
	*host = (struct host){ .uid = getuid(), .workspace = tree_top };
	ck_assert_int_eq(scan_workspace(host, &policy, &e), 0);
	make_plan(plan, host);
	watch_open(w, plan, host);
	watch_all(w);
	ck_assert_uint_eq(w->dirs.missed, 0);
	ck_assert_uint_eq(w->n_fresh, 0);
	watch_clear(w);
}

START_TEST(test_found)
{
	char space[2048] = "";
	struct buf out = BUF(space);
	static struct host host; /* a watch ends with its process */
	static struct watch w;
	static struct plan plan;

	start(&w, &host, &plan);
	run(cases[_i].command);
	for (int i = 0; i < 3; i++) /* new directories have events of their own */
		watch_read(&w);
	show(&w, &out);
	ck_assert_msg(!strcmp(space, cases[_i].want), "%s: found \"%s\", not \"%s\"",
		      cases[_i].command, space, cases[_i].want);
	ck_assert(!w.dirs.lost);
	tree_remove();
}
END_TEST

/* What is new and obeyed outside, with and without having watched. */
static const struct {
	const char *command, *want;
} news[] = {
	{ "touch new a/.env", "" },
	{ "mkdir a/.vscode nested/.vscode", "a/.vscode nested/.vscode" },
	{ "mkdir .vscode/.vscode", ".vscode/.vscode" },
	{ "mkdir -p n/m/.git", "n/m/.git" },
	{ "touch a/.git", "a/.git" },
	{ "mkdir -p node_modules/x/.vscode node_modules/x/.git", "" },
	{ "mkdir -p a/n/.vscode; rm -r a/n", "" },
	{ "mkdir a/n; mkdir a/n/.vscode; mv a/n n", "n/.vscode" },
	{ "mkdir node_modules/x/.vscode; rm -r a; mv node_modules a", "a/x/.vscode" },
};

static void show_new(const struct watch *w, struct buf *out)
{
	for (size_t i = 0; i < w->n_fresh; i++)
		if (access(w->fresh[i].path, F_OK) == 0)
			buf_printf(out, "%s%s", out->n ? " " : "",
				   w->fresh[i].path + strlen(tree_top) + 1);
}

START_TEST(test_new)
{
	const size_t row = (size_t)_i / 2;
	char space[2048] = "";
	struct buf out = BUF(space);
	static struct host host;
	static struct watch w;
	static struct plan plan;

	start(&w, &host, &plan);
	if (_i % 2)
		w.dirs.lost = true;
	run(news[row].command);
	if (!watch_finish(&w)) {
		struct host now;
		struct err e;

		ck_assert_int_eq(scan_again(&host, &policy, &now, &e), 0);
		watch_take(&w, &now);
		arena_fini(&now.arena);
	}
	show_new(&w, &out);
	ck_assert_msg(!strcmp(space, news[row].want), "%s: found \"%s\", not \"%s\"",
		      news[row].command, space, news[row].want);
	tree_remove();
}
END_TEST

/* More than the kernel queues (fs.inotify.max_queued_events, 16384): nothing is missed. */
START_TEST(test_overflow)
{
	char space[4096] = "";
	struct buf out = BUF(space);
	static struct host host;
	static struct watch w;
	static struct plan plan;

	start(&w, &host, &plan);
	run("i=0; while [ $i -lt 20000 ]; do : >a/$i; i=$((i + 1)); done; touch a/.env");
	for (int i = 0; i < 100 && !w.dirs.lost; i++)
		watch_read(&w);
	ck_assert(w.dirs.lost);
	watch_clear(&w);
	watch_all(&w);
	ck_assert(!w.dirs.lost);
	show(&w, &out);
	ck_assert_ptr_nonnull(strstr(space, "h a/.env"));
	tree_remove();
}
END_TEST

/* Directories come and go: what is remembered of them does not grow. */
START_TEST(test_bounded)
{
	static struct host host;
	static struct watch w;
	static struct plan plan;

	start(&w, &host, &plan);
	for (int i = 0; i < 50; i++) {
		run("mkdir -p t/1 t/2 t/3 t/4 t/5 t/6 t/7 t/8");
		watch_read(&w);
		run("rm -r t");
		watch_read(&w);
		watch_read(&w);
	}
	ck_assert_uint_lt(w.dirs.n, 100);
	run("mkdir t; touch t/.env");
	watch_clear(&w);
	watch_read(&w);
	ck_assert_uint_eq(w.n_found, 1);
	tree_remove();
}
END_TEST

/* It went before it could be watched: nothing is missed. What cannot be watched is. */
START_TEST(test_gone)
{
	static struct dirwatch d = { .fd = -1 };
	int file = open("/dev/null", O_RDONLY | O_CLOEXEC), dir;

	tree_make(tree);
	run("mkdir gone");
	dir = open(tree_path("gone"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(dir, 0);
	run("rmdir gone");
	dirwatch_open(&d);
	dirwatch_add(&d, dir, "gone", IN_CREATE);
	ck_assert_uint_eq(d.missed, 0);
	dirwatch_add(&d, file, "file", IN_CREATE | IN_ONLYDIR);
	ck_assert_uint_eq(d.missed, 1);
	tree_remove();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_found, 0, LEN(cases));
	tcase_add_loop_test(tc, test_new, 0, 2 * LEN(news));
	tcase_add_test(tc, test_overflow);
	tcase_add_test(tc, test_bounded);
	tcase_add_test(tc, test_gone);
}

int main(void)
{
	return suite_run("watch", add);
}
