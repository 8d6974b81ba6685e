/* SPDX-License-Identifier: Apache-2.0 */
#include "os/scan.h"

#include <unistd.h>

#include "tree.h"

#define MODULE "f .git/modules/a/HEAD d .git/modules/a/objects d .git/modules/a/refs"

/* What is there at the start, what comes into being after it, and what of it is told. */
static const struct {
	const char *before, *after, *want;
} cases[] = {
	/* what git itself does */
	{ "r .", "f .git/objects/ab/cd f .git/refs/heads/x f .git/logs/HEAD f .git/index", "" },
	{ "r . f .git/branches/origin l .git/refs/x=y", "f .git/refs/y", "" },
	{ "r . " MODULE, "f .git/modules/a/objects/ab/cd f .git/modules/a/index", "" },
	{ "r . f .git/worktrees/w/HEAD f .git/worktrees/w/commondir", "f .git/worktrees/w/index",
	  "" },
	/* links */
	{ "r .", "l .git/logs/HEAD=/etc/passwd", ".git/logs/HEAD" },
	{ "r . d .git/logs/refs", "l .git/logs/refs/heads=..", ".git/logs/refs/heads" },
	{ "r . f .git/logs/refs/heads/x", "l .git/logs/refs/heads/ab=x",
	  ".git/logs/refs/heads/ab" },
	{ "r . d .git/refs d .git/objects", "l .git/objects/ab=/tmp", ".git/objects/ab" },
	{ "r . " MODULE, "l .git/modules/a/COMMIT_EDITMSG=x", ".git/modules/a/COMMIT_EDITMSG" },
	{ "r a/b", "l a/b/.git/FETCH_HEAD=x", "a/b/.git/FETCH_HEAD" },
	{ "f a/HEAD d a/objects d a/refs", "l a/packed-refs=x", "a/packed-refs" },
	{ "r .", "l link=/etc/passwd", "" },
	/* directories that look like those of objects */
	{ "r .", "l .git/logs/objects/ab/x=y", ".git/logs/objects/ab/x" },
	{ "r .", "f .git/x/HEAD d .git/x/refs l .git/x/objects/ab/x=y", ".git/x/HEAD" },
	/* git directories */
	{ "r .", MODULE, ".git/modules/a/HEAD" },
	{ "r . " MODULE, "f .git/modules/HEAD d .git/modules/objects d .git/modules/refs",
	  ".git/modules/HEAD" },
	{ "r .", "f .git/x/HEAD f .git/x/commondir", ".git/x/HEAD" },
	{ "r .", "f .git/x/HEAD d .git/x/objects", "" },
	/* what git does next */
	{ "r .", "f .git/rebase-merge/git-rebase-todo f .git/rebase-merge/strategy",
	  ".git/rebase-merge/git-rebase-todo .git/rebase-merge/strategy" },
	{ "r . f .git/rebase-merge/git-rebase-todo", "f .git/rebase-merge/done", "" },
	{ "r . f .git/worktrees/w/HEAD f .git/worktrees/w/commondir",
	  "f .git/worktrees/w/sequencer/opts", ".git/worktrees/w/sequencer/opts" },
	{ "r .", "f .git/objects/info/alternates f .git/remotes/origin f .git/branches/origin",
	  ".git/branches/origin .git/objects/info/alternates .git/remotes/origin" },
};

struct told {
	struct scan_listener base;
	struct buf out;
};

static void tell(struct scan_listener *base, const char *path, const char *why)
{
	struct told *told = (struct told *)base;

	ck_assert(*why);
	buf_printf(&told->out, "%s%s", told->out.n ? " " : "", path + strlen(tree_top) + 1);
}

static const char *left(const char *before, const char *after, const char *protect)
{
	static char space[4096];
	static struct item items[2];
	struct told told = { .base = { .tell = tell }, .out = BUF(space) };
	struct policy policy = { .access = ACCESS_WRITE, .lockfiles_mode = LOCKFILES_ALLOW };
	struct host host = { .uid = getuid(), .workspace = tree_top };
	struct err e;

	space[0] = '\0';
	items[0] = (struct item){ .text = protect };
	items[1] = (struct item){ .text = "*.key" }; /* so that all is looked through */
	policy.protect.item = items;
	policy.protect.n = LEN(items);
	tree_make(before);
	tree_tick();
	ck_assert_int_eq(scan_workspace(&host, &policy, &e), 0);
	tree_grow(after);
	ck_assert_int_eq(scan_git(&host, &told.base), 0);
	tree_remove();
	arena_fini(&host.arena);
	return told.out.p;
}

START_TEST(test_left)
{
	const char *found = left(cases[_i].before, cases[_i].after, ".git/commondir");

	ck_assert_msg(!strcmp(found, cases[_i].want), "%s: told \"%s\", not \"%s\"",
		      cases[_i].after, found, cases[_i].want);
}
END_TEST

/* A profile that leaves .git to the box does not want to know. */
START_TEST(test_unprotected)
{
	ck_assert_str_eq(left("r .", "l .git/logs/HEAD=/etc/passwd", ".vscode"), "");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_left, 0, LEN(cases));
	tcase_add_test(tc, test_unprotected);
}

int main(void)
{
	return suite_run("scan-git", add);
}
