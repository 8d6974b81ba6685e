/* SPDX-License-Identifier: Apache-2.0 */
#include "os/scan.h"

#include <errno.h>
#include <sys/stat.h>

#include "os/sockets.h"
#include "tree.h"

enum { PATTERNS = 16 };

/*
 * A workspace, hide= and protect=, and what is found: its kind (d, f, l, - for missing), whether it
 * is hidden, and its path.
 */
static const struct {
	const char *tree, *hide, *protect, *want;
} cases[] = {
	{ "f a", ".env", "", "" },
	{ "f .env", ".env", "", "fh .env" },
	{ "f .ENV f x/.Env", ".env", "", "fh .ENV fh x/.Env" },
	{ "f a/b/c/d/.env", ".env", "", "fh a/b/c/d/.env" },
	{ "d .env f .env/x f .env/.env", ".env", "", "dh .env" },
	{ "f node_modules/a/.env f a/vendor/.env f a/.venv/k.pem f a/k.pem", ".env *.pem", "",
	  "fh a/k.pem" },
	{ "f target/.env f .yarn/.env f m@v1.2.3/.env f x/@v/.env f m@v1/.env f v/.env", ".env", "",
	  "fh m@v1/.env fh v/.env" },
	/* links */
	{ "f a/secret l .env=a/secret", ".env", "", "lh .env fh a/secret" },
	{ "f a/secret l b/.env=../a/secret", ".env", "", "fh a/secret lh b/.env" },
	{ "l .env=/etc/hostname", ".env", "", "lh .env" },
	{ "l .env=nowhere", ".env", "", "lh .env" },
	{ "l .env=.env", ".env", "", "lh .env" },
	{ "f a/b l c=a l .env=c/b", ".env", "", "lh .env fh a/b" },
	{ "d a/keys f a/keys/x l .env=a/keys", ".env", "", "lh .env dh a/keys" },
	{ "d a f a/.env l link=a", ".env", "", "fh a/.env" },
	{ "l .vscode=a d a", "", ".vscode", "lp .vscode" },
	{ "d real l conf=real f real/secret", "conf/secret", "", "fh real/secret" },
	{ "d real l .github=real", "", ".github/workflows", "lp .github" },
	/* hard links */
	{ "f .env h other=.env", ".env", "", "fh .env fh other" },
	{ "f .env h node_modules/x/deep=.env h .git/objects/y=.env", ".env", "",
	  "fh .env fh .git/objects/y fh node_modules/x/deep" },
	{ "f a h b=a", ".env", "", "" },
	{ "f .env h a/.env=.env h c=.env f d", ".env", "", "fh .env fh a/.env fh c" },
	/* what is missing */
	{ "d a", "", ".vscode", "-p .vscode" },
	{ "d a", ".env", "", "" },
	{ "d a/.vscode", "", ".vscode", "-p .vscode dp a/.vscode" },
	{ "d .vscode d a/.vscode", "", ".vscode", "dp .vscode dp a/.vscode" },
	{ "d .VSCODE", "", ".vscode", "dp .VSCODE -p .vscode" },
	{ "s .vscode s a/.vscode", "", ".vscode", "-p .vscode fp a/.vscode" },
	{ "d a", "", ".vs*", "" },
	{ "d a", "", ".claude/settings.json .claude/agents", "-p .claude" },
	{ "d .claude", "", ".claude/settings.json .claude/agents",
	  "-p .claude/agents -p .claude/settings.json" },
	{ "f .claude", "", ".claude/settings.json", "fp .claude" },
	{ "d a/b", "", "a/b/c/d", "-p a/b/c" },
	{ "f a/b", "", "a/b/c/d", "fp a/b" },
	/* git */
	{ "d a", "", ".git/hooks", "-p .git" },
	{ "r .", "", ".git/hooks .git/config", "-p .git/config -p .git/hooks" },
	{ "r . d .git/hooks f .git/config", "", ".git/hooks .git/config",
	  "fp .git/config dp .git/hooks" },
	{ "d .git", "", ".git/hooks", "-p .git" },
	{ "f .git", "", ".git/hooks", "fp .git" },
	{ "l .git=/etc", "", ".git/hooks", "lp .git" },
	{ "r . r sub f sub/.git/config r a/b", ".env", ".git/config",
	  "-p .git/config -p a/b/.git/config fp sub/.git/config" },
	{ "r . f sub/.git", ".env", ".git/config", "-p .git/config fp sub/.git" },
	{ "r . r sub", "", ".git/config", "-p .git/config" }, /* plain paths: nothing is walked */
	{ "r . f .git/modules/a/HEAD f .git/modules/a/config f .git/modules/b/c/HEAD", "",
	  ".git/config", "-p .git/config fp .git/modules/a/config -p .git/modules/b/c/config" },
	{ "r . f .git/modules/a/HEAD f .git/modules/a/modules/b/HEAD", "", ".git/config",
	  "-p .git/config -p .git/modules/a/config -p .git/modules/a/modules/b/config" },
	{ "r . f .git/worktrees/w/commondir f .git/worktrees/w/gitdir", "", ".git/commondir",
	  "-p .git/commondir fp .git/worktrees/w/commondir -p .git/worktrees/w/config.worktree "
	  "fp .git/worktrees/w/gitdir" },
	/* bare repositories: what is there is protected, and nothing is put there */
	{ "f a/HEAD d a/objects d a/refs f a/config d a/hooks", ".env",
	  ".git/config .git/hooks .git/x", "-p .git fp a/config dp a/hooks" },
	{ "f a/HEAD f a/commondir f a/config", ".env", ".git/config", "-p .git fp a/config" },
	{ "f HEAD d objects d refs f config", ".env", ".git/config", "-p .git fp config" },
	{ "f a/HEAD d a/objects f a/config", ".env", ".git/config", "-p .git" },
	{ "d a/objects d a/refs f a/config f b/HEAD", ".env", ".git/config", "-p .git" },
	{ "f a/HEAD d a/objects d a/refs f a/config", "", ".git/config", "-p .git" },
	{ "r . d .git/objects/x f .git/objects/x/.env f .git/.env", ".env", "", "" },
	{ "r . r sub d sub/.github", ".env", ".github/workflows",
	  "-p .github -p sub/.github/workflows" },
	/* patterns with a slash and a wildcard */
	{ "f conf/a.ini f x/conf/a.ini", "conf/*.ini", "", "fh conf/a.ini" },
	{ "r x f x/conf/a.ini f x/y/conf/a.ini", "conf/*.ini", "", "fh x/conf/a.ini" },
	{ "f a/k.pem", "a/*", "*.pem", "fh a/k.pem" },
	/* both */
	{ "f .env", ".env", ".env", "fh .env" },
	{ "d .vscode f .vscode/.env", ".env", ".vscode", "dp .vscode fh .vscode/.env" },
	{ "d a-b d a f a/.env f a-b/.env", ".env", "", "fh a/.env fh a-b/.env" },
	{ "f \xff\xfe/.env f a\nb/.env", ".env", "", "fh a\nb/.env fh \xff\xfe/.env" },
	{ "c shut f open/.env", ".env", "", "fh open/.env dh shut" },
	{ "c shut", "", ".vscode", "-p .vscode dp shut" },
	{ "c shut", "", ".vscode/x", "-p .vscode" }, /* nobody walks */
	{ "c shut", "", "*.x .vscode/x", "-p .vscode dp shut" },
};

static void add_patterns(struct items *items, struct item *space, char *text)
{
	char *one;

	items->item = space;
	while ((one = strsep(&text, " ")))
		if (*one)
			space[items->n++] =
				(struct item){ .text = one, .where = { "test.ini", 1 } };
}

static int run_scan(struct host *host, const char *hide, const char *protect, struct err *e)
{
	static char hide_text[512], protect_text[512];
	static struct item hide_items[PATTERNS], protect_items[PATTERNS];
	struct policy policy = { .access = ACCESS_WRITE, .lockfiles_mode = LOCKFILES_ALLOW };

	strcpy(hide_text, hide);
	strcpy(protect_text, protect);
	add_patterns(&policy.hide, hide_items, hide_text);
	add_patterns(&policy.protect, protect_items, protect_text);
	*host = (struct host){ .uid = getuid(), .workspace = tree_top };
	return scan_workspace(host, &policy, e);
}

static void show(const struct host *host, struct buf *out)
{
	static const char kinds[] = {
		[PATH_NONE] = '-', [PATH_DIR] = 'd', [PATH_FILE] = 'f', [PATH_LINK] = 'l'
	};

	for (size_t i = 0; i < host->n_matches; i++)
		buf_printf(out, "%s%c%c %s", i ? " " : "", kinds[host->matches[i].kind],
			   host->matches[i].pattern->hide ? 'h' : 'p',
			   host->matches[i].path + strlen(tree_top) + 1);
}

START_TEST(test_scan)
{
	static char space[4096];
	struct buf out = BUF(space);
	struct host host;
	struct err e = { 0 };
	int r;

	if (strchr(cases[_i].tree, 'c') == cases[_i].tree && getuid() == 0)
		return; /* root reads every directory */
	tree_make(cases[_i].tree);
	r = run_scan(&host, cases[_i].hide, cases[_i].protect, &e);
	show(&host, &out);
	tree_remove();
	ck_assert_msg(r == 0, "%s: %s", cases[_i].tree, e.text);
	ck_assert_msg(!strcmp(out.p, cases[_i].want), "%s: found \"%s\", not \"%s\"",
		      cases[_i].tree, out.p, cases[_i].want);
	arena_fini(&host.arena);
}
END_TEST

/* Deeper than a path can be named at once, and a component as long as they get. */
START_TEST(test_deep)
{
	char path[4096] = "", name[256];
	struct host host;
	struct err e = { 0 };

	memset(name, 'x', 255);
	name[255] = '\0';
	for (int i = 0; i < 200; i++)
		strcat(path, "deep/");
	strcat(path, name);
	strcat(path, "/.env");
	tree_make("");
	tree_add('f', path, NULL);
	ck_assert_int_eq(run_scan(&host, ".env", "", &e), 0);
	ck_assert_uint_eq(host.n_matches, 1);
	ck_assert_str_eq(host.matches[0].path, tree_path(path));
	arena_fini(&host.arena);
	tree_remove();
}
END_TEST

START_TEST(test_too_many)
{
	struct host host;
	struct err e = { 0 };
	char name[32];

	tree_make("");
	for (int i = 0; i < 8200; i++) {
		snprintf(name, sizeof(name), "%d.pem", i);
		tree_add('f', name, NULL);
	}
	ck_assert_int_eq(run_scan(&host, "*.pem", "", &e), -E2BIG);
	ck_assert_ptr_nonnull(strstr(e.text, "*.pem"));
	arena_fini(&host.arena);
	tree_remove();
}
END_TEST

/* What git obeys of a git directory beside the workspace is found whatever the profile says. */
START_TEST(test_beside)
{
	static char space[4096];
	struct buf out = BUF(space);
	char workspace[128], common[128];
	struct policy policy = { .access = ACCESS_WRITE, .lockfiles_mode = LOCKFILES_ALLOW };
	struct host host = { .uid = getuid(), .workspace = workspace, .commondir = common };
	struct err e = { 0 };

	tree_make("f ws/.git f repo.git/HEAD f repo.git/config f repo.git/info/x "
		  "f repo.git/worktrees/ws/gitdir f repo.git/worktrees/ws/commondir");
	snprintf(workspace, sizeof(workspace), "%s/ws", tree_top);
	snprintf(common, sizeof(common), "%s/repo.git", tree_top);
	ck_assert_int_eq(scan_workspace(&host, &policy, &e), 0);
	show(&host, &out);
	ck_assert_str_eq(out.p, "-p repo.git/commondir fp repo.git/config "
				"-p repo.git/config.worktree -p repo.git/hooks "
				"-p repo.git/info/attributes fp repo.git/worktrees/ws/commondir "
				"-p repo.git/worktrees/ws/config.worktree "
				"fp repo.git/worktrees/ws/gitdir fp ws/.git");
	arena_fini(&host.arena);
	tree_remove();
}
END_TEST

START_TEST(test_repositories)
{
	struct host host;
	struct err e = { 0 };

	tree_make("r . r a/b f c/.git d d/e");
	ck_assert_int_eq(run_scan(&host, ".env", "", &e), 0);
	ck_assert_uint_eq(host.n_repositories, 3);
	ck_assert_str_eq(host.repositories[0], "");
	ck_assert_str_eq(host.repositories[1], "c");
	ck_assert_str_eq(host.repositories[2], "a/b");
	arena_fini(&host.arena);
	tree_remove();
}
END_TEST

/* Configurations of a repository at @root and of the caller, and what they name. */
static const struct {
	const char *root, *own, *callers, *want;
} configured[] = {
	{ "", "[core]\n\thooksPath = tools/hooks\n", "", "dp tools/hooks" },
	{ "", "[Core] HOOKSPATH=./tools//hooks/ ; x\r\n", "", "dp tools/hooks" },
	{ "", "[ core ]\nhooksPath = \"tools/hooks\" # x", "", "dp tools/hooks" },
	{ "", "[core]\nhooksPath=a\n[x]\n[core]\nhooksPath=tools/hooks\n", "", "dp tools/hooks" },
	{ "", "[core]\nhooksPath = none/of/it\n", "", "-p none" },
	{ "", "[core]\nhooksPath = tools/../other\n", "", "-p other" },
	{ "", "[core]\nbare = false\n", "[core]\nhooksPath = tools/hooks\n", "dp tools/hooks" },
	{ "", "[core]\nhooksPath = .git/hooks\n", "[core]\nhooksPath = tools/hooks\n", "" },
	{ "sub", "[core]\nhooksPath = ../tools/hooks\n", "", "dp tools/hooks" },
	{ "", "[core \"x\"]\nhooksPath = tools/hooks\n", "", "" },
	{ "", "[x]\nhooksPath = tools/hooks\n[core]\nhooks = tools/hooks\n", "", "" },
	{ "", "[core]\nhooksPath\nhooksPath =\n", "", "" },
	{ "", "[core]\nhooksPath = ~/hooks\n", "", "" },
	{ "", "[core]\nhooksPath = /dev/null\n", "", "" },
	{ "", "[core]\nhooksPath = .\n", "", "" },
	{ "", "[core]\nhooksPath = ../../outside\n", "", "" },
	{ "", "[include]\npath = ../tools/conf\n", "", "fp tools/conf" },
	{ "", "[IncludeIf \"gitdir:/x\"] PATH=\"../more.conf\"", "", "-p more.conf" },
	{ "", "", "[include]\npath = ~/../ws/tools/conf", "fp tools/conf" },
	{ "", "", "[include]\npath = ../ws/../wsx/tools/conf", "" },
	{ "", "[include]\npath = ../tools/hooking\n[core]\nhooksPath = own", "",
	  "-p own fp tools/hooking dp tools/hooks" },
	{ "", "[include]\npath = ../top\n", "", "fp tools/conf fp top" },
	{ "", "[core]\nhooksPath = own\n", "[include]\npath = ~/../ws/tools/conf",
	  "-p own fp tools/conf" },
	{ "", "[include]\npath = ../tools/self\n", "", "fp tools/self" },
	{ "sub", "[include]\npath = ../../tools/conf\n", "", "fp tools/conf" },
	{ "", "[includes]\npath = ../tools/conf\n[include]\npath = ~x/conf\n", "", "" },
};

START_TEST(test_configured)
{
	static char space[4096], home[128], workspace[128], path[64];
	struct item hide = { .text = ".env" },
		    protect[] = { { .text = ".git/config" }, { .text = ".git/hooks" } };
	struct policy policy = { .hide = { &hide, 1 },
				 .protect = { protect, LEN(protect) },
				 .lockfiles_mode = LOCKFILES_ALLOW };
	struct host host = { .uid = getuid(), .home = home, .workspace = workspace };
	struct buf out = BUF(space);
	struct err e = { 0 };
	size_t n = 0;

	tree_make(*configured[_i].root ? "d home d ws/tools/hooks r ws r ws/sub"
				       : "d home d ws/tools/hooks r ws");
	tree_file("ws/tools/conf", "[core]\nbare = false\n");
	tree_file("ws/tools/hooking", "[core]\nhooksPath = tools/hooks\n");
	tree_file("ws/top", "[include]\npath = tools/conf\n");
	tree_file("ws/tools/self", "[include]\npath = self\n");
	snprintf(home, sizeof(home), "%s/home", tree_top);
	snprintf(workspace, sizeof(workspace), "%s/ws", tree_top);
	snprintf(path, sizeof(path), "ws/%s/.git/config", configured[_i].root);
	tree_file(path, configured[_i].own);
	tree_file("home/.gitconfig", configured[_i].callers);
	ck_assert_msg(scan_workspace(&host, &policy, &e) == 0, "%s", e.text);
	for (size_t i = 0; i < host.n_matches; i++)
		if (!strstr(host.matches[i].path, "/.git/"))
			host.matches[n++] = host.matches[i];
	host.n_matches = n;
	strcat(tree_top, "/ws");
	show(&host, &out);
	*strrchr(tree_top, '/') = '\0';
	tree_remove();
	ck_assert_str_eq(out.p, configured[_i].want);
	arena_fini(&host.arena);
}
END_TEST

/* Where the kernel does not say which sockets there are, each may be a service of the host. */
START_TEST(test_sockets)
{
	struct sockets unknown = { .asked = true }, none = { .asked = true, .known = true };

	ck_assert(sockets_has(&unknown, &(struct stat){ .st_ino = 7 }));
	ck_assert(!sockets_has(&none, &(struct stat){ .st_ino = 7 }));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_scan, 0, LEN(cases));
	tcase_add_test(tc, test_deep);
	tcase_add_test(tc, test_too_many);
	tcase_add_test(tc, test_beside);
	tcase_add_test(tc, test_repositories);
	tcase_add_loop_test(tc, test_configured, 0, LEN(configured));
	tcase_add_test(tc, test_sockets);
}

int main(void)
{
	return suite_run("scan", add);
}
