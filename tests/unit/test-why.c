/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/why.h"

#include "suite.h"

static const char profile[] = "[workspace]\n"		       /* 1 */
			      "access = write\n"	       /* 2 */
			      "hide = *.pem\n"		       /* 3 */
			      "hide = config/secret\n"	       /* 4 */
			      "protect = .git/hooks\n"	       /* 5 */
			      "protect = .vscode\n"	       /* 6 */
			      "[filesystem]\n"		       /* 7 */
			      "read = /srv/data\n"	       /* 8 */
			      "write = /srv/data/out\n"	       /* 9 */
			      "[syscalls]\n"		       /* 10 */
			      "deny = chmod\n"		       /* 11 */
			      "allow = @debug\n"	       /* 12 */
			      "[egress]\n"		       /* 13 */
			      "allow = *.example.test\n"       /* 14 */
			      "deny = bad.example.test\n"      /* 15 */
			      "allow = 192.0.2.7:5432\n"       /* 16 */
			      "allow = GET http://a.test/x\n"  /* 17 */
			      "[ports]\n"		       /* 18 */
			      "host-port = 5432\n"	       /* 19 */
			      "publish = 8080:3000\n"	       /* 20 */
			      "[packages]\n"		       /* 21 */
			      "ecosystem = npm\n"	       /* 22 */
			      "min-age = 72h\n"		       /* 23 */
			      "deny = pkg:npm/evil@*\n"	       /* 24 */
			      "search = deny\n"		       /* 25 */
			      "[registry inner]\n"	       /* 26 */
			      "ecosystem = maven\n"	       /* 27 */
			      "url = https://m.test/r\n"       /* 28 */
			      "internal = pkg:npm/@inner/*\n"; /* 29 */

static struct host_path paths[] = {
	{ "/usr", PATH_DIR, NULL },
	{ "/bin", PATH_LINK, "usr/bin" },
	{ "/proc/sys", PATH_DIR, NULL },
	{ "/proc/keys", PATH_FILE, NULL },
};

static struct host_match matches[] = {
	{ "/home/u/w/.git/hooks", PATH_DIR, NULL },
	{ "/home/u/w/a/key.pem", PATH_FILE, NULL },
	{ "/home/u/w/config/secret", PATH_DIR, NULL },
};

static struct host_grant grants[] = {
	{ "/srv/data", NULL, PATH_DIR, false, { "p.ini", 8 } },
	{ "/srv/data/out", NULL, PATH_DIR, true, { "p.ini", 9 } },
};

static char *no_environment[] = { NULL };

static struct policy policy;
static struct plan plan;
static struct host host = {
	.task = "t",
	.uid = 1000,
	.gid = 1000,
	.user = "u",
	.home = "/home/u",
	.hostname = "agentbox",
	.workspace = "/home/u/w",
	.cwd = "/home/u/w",
	.paths = paths,
	.n_paths = LEN(paths),
	.matches = matches,
	.n_matches = LEN(matches),
	.grants = grants,
	.n_grants = LEN(grants),
	.environment = no_environment,
	.landlock = 7,
};

static void set_up(void)
{
	static char command[] = "true", *argv[] = { command, NULL };
	char space[1024];
	struct complaints complaints = { .text = BUF(space) };
	struct err e;

	ck_assert_msg(policy_parse(&policy, STR(profile), &complaints) == 0, "%s", space);
	match_init(&host.matcher, &policy, &host.arena);
	matches[0].pattern = &host.matcher.path[1];
	matches[1].pattern = &host.matcher.name[0];
	matches[2].pattern = &host.matcher.path[0];
	ck_assert_msg(plan_build(&plan, &policy, &host, argv, &e) == 0, "%s", e.text);
}

static void tear_down(void)
{
	plan_fini(&plan);
	policy_fini(&policy);
	arena_fini(&host.arena);
	policy = (struct policy){ 0 };
}

static const struct {
	const char *path, *verdict, *step;
	bool open;
	unsigned line;
	const char *walls, *hint;
} of_paths[] = {
	{ "/home/u/w", "writable", "bind", true, 0, NULL, NULL },
	{ "/home/u/w/src/x.c", "writable", "bind", true, 0, NULL, NULL },
	{ "/home/u/w/.git", "writable", "bind", true, 0, NULL, NULL },
	{ "/home/u/w/.git/hooks", "protected", "protect", true, 5, "mounts", NULL },
	{ "/home/u/w/.git/hooks/pre-commit", "protected", "protect", true, 5, "mounts", NULL },
	{ "/home/u/w/./a//b/../key.pem", "hidden", "hide", false, 3, "mounts", NULL },
	{ "/home/u/w/config/secret/deep/file", "hidden", "hide", false, 4, "mounts", NULL },
	/* named, but not there when the task starts */
	{ "/home/u/w/new.pem", "writable", "bind", true, 3, NULL, NULL },
	{ "/home/u/w/.vscode/tasks.json", "writable", "bind", true, 6, NULL, NULL },
	{ "/home/u/w/node_modules/x/y.pem", "writable", "bind", true, 0, NULL, NULL },
	{ "/home/u/w2/new.pem", "not there", "tmpfs", false, 0, NULL,
	  "[filesystem] read = /home/u/w2/new.pem" },
	{ "/home/u", "writable", "tmpfs", true, 0, NULL, NULL },
	{ "/home/u/.ssh/id_rsa", "not there", "tmpfs", false, 0, NULL,
	  "[filesystem] read = /home/u/.ssh/id_rsa" },
	{ "/home", "not there", NULL, false, 0, NULL, "[filesystem] read = /home" },
	{ "/srv/data", "read-only", "bind", true, 8, "mounts, Landlock",
	  "[filesystem] write = /srv/data" },
	{ "/srv/data/out/x", "writable", "bind", true, 9, NULL, NULL },
	{ "/srv/data/outer", "read-only", "bind", true, 8, "mounts, Landlock",
	  "[filesystem] write = /srv/data/outer" },
	{ "/srv", "not there", NULL, false, 0, NULL, "[filesystem] read = /srv" },
	{ "/usr/lib/x", "read-only", "bind", true, 0, "mounts, Landlock", NULL },
	{ "/bin/sh", "read-only", "bind", true, 0, "mounts, Landlock", NULL },
	{ "/var/tmp/x", "not there", "tmpfs", false, 0, NULL, NULL },
	{ "/tmp", "writable", "tmpfs", true, 0, NULL, NULL },
	{ "/etc/passwd", "read-only", "file", true, 0, "mounts, Landlock", NULL },
	{ "/etc/shadow", "not there", NULL, false, 0, NULL, "[filesystem] read = /etc/shadow" },
	{ "/dev/null", "writable", "bind", true, 0, NULL, NULL },
	{ "/dev/sda", "not there", NULL, false, 0, NULL, NULL },
	{ "/proc/self/maps", "the box's own", "proc", true, 0, "mounts", NULL },
	{ "/proc/sys/kernel/core_pattern", "protected", "protect", true, 0, "mounts", NULL },
	{ "/proc/keys", "hidden", "hide", false, 0, "mounts", NULL },
	{ "/run/docker.sock", "not there", NULL, false, 0, NULL, NULL },
	{ "/", "read-only", "root", true, 0, NULL, NULL },
	{ "/../../etc/../usr", "read-only", "bind", true, 0, "mounts, Landlock", NULL },
};

static void same(const char *about, const char *what, const char *got, const char *want)
{
	ck_assert_msg((!got && !want) || (got && want && !strcmp(got, want)),
		      "%s: %s is %s, not %s", about, what, got ? got : "-", want ? want : "-");
}

START_TEST(test_path)
{
	struct arena arena = { 0 };
	struct answer answer;
	const char *path = of_paths[_i].path;

	why_path(&plan, &host, path, &arena, &answer);
	same(path, "verdict", answer.verdict, of_paths[_i].verdict);
	same(path, "step", answer.step, of_paths[_i].step);
	same(path, "walls", answer.walls, of_paths[_i].walls);
	same(path, "hint", answer.hint, of_paths[_i].hint);
	ck_assert_int_eq(answer.open, of_paths[_i].open);
	ck_assert_uint_eq(answer.where.line, of_paths[_i].line);
	ck_assert_ptr_nonnull(answer.reason);
	arena_fini(&arena);
}
END_TEST

static const struct {
	const char *text, *verdict; /* NULL: not understood */
	bool open;
	unsigned line;
	const char *hint;
} of_hosts[] = {
	{ "a.example.test", "allow", true, 14, NULL },
	{ "A.Example.Test.:443", "allow", true, 14, NULL },
	{ "a.example.test:80", "allow", true, 14, NULL },
	{ "a.example.test:22", "deny", false, 0, "[egress] allow = a.example.test:22" },
	{ "example.test", "deny", false, 0, "[egress] allow = example.test" },
	{ "bad.example.test", "deny", false, 15, NULL },
	{ "192.0.2.7:5432", "allow", true, 16, NULL },
	{ "192.0.2.7", "deny", false, 0, "[egress] allow = 192.0.2.7" },
	{ "169.254.169.254", "deny", false, 0, "[egress] allow = 169.254.169.254" },
	{ "GET http://a.test/x", "allow", true, 17, NULL },
	{ "http://a.test/x", "allow", true, 17, NULL },
	{ "POST http://a.test/x", "deny", false, 0, "[egress] allow = POST http://a.test/x" },
	{ "http://a.test/y", "deny", false, 0, "[egress] allow = GET http://a.test/y" },
	{ "127.0.0.1:5432", "allow", true, 19, NULL },
	{ "127.0.0.1:3000", "published", true, 20, NULL },
	{ "[::1]:3000", "published", true, 20, NULL },
	{ "localhost:3000", "published", true, 20, NULL },
	{ "localhost:8080", "deny", false, 0, "[ports] host-port = 8080" },
	{ "127.0.0.2:3000", "deny", false, 0, "[egress] allow = 127.0.0.2:3000" },
	{ "registry.npmjs.org", "by request", true, 0, NULL },
	{ "a.test:80", "by request", true, 0, NULL },
	{ "https://registry.npmjs.org/left-pad", "allow", true, 22, NULL },
	{ "https://registry.npmjs.org/evil", "deny", false, 24, NULL },
	{ "https://registry.npmjs.org/evil/-/evil-1.0.0.tgz", "deny", false, 24, NULL },
	{ "PUT https://registry.npmjs.org/left-pad", "deny", false, 0, NULL },
	{ "https://registry.npmjs.org/-/whoami", "deny", false, 0, NULL },
	{ "https://registry.npmjs.org/-/v1/search", "deny", false, 25, NULL },
	{ "https://registry.npmjs.org/-/nobody/knows", "deny", false, 22, NULL },
	{ "pkg:npm/left-pad", "allow", true, 22, NULL },
	{ "pkg:npm/left-pad@1.3.0", "allow", true, 22, NULL },
	{ "pkg:npm/evil@1", "deny", false, 24, NULL },
	{ "pkg:npm/%40inner/x@1", "deny", false, 29, NULL },
	{ "pkg:maven/org.example/x@1", "deny", false, 0, NULL }, /* it has no age */
	{ "pkg:cargo/x", "deny", false, 0, "[packages] ecosystem = cargo" },
	{ "pkg:nothing/x", "deny", false, 0, NULL },
	{ "pkg:npm", NULL },
	{ "*.example.test", NULL },
	{ "http://a.test/x/*", NULL },
	{ "what ever", NULL },
	{ "", NULL },
	{ "a.test:0", NULL },
	{ "0177.0.0.1", NULL },
};

START_TEST(test_host)
{
	struct arena arena = { 0 };
	struct answer answer;
	const char *text = of_hosts[_i].text;
	const char *wrong = (!strncmp(text, "pkg:", 4) ? why_package : why_host)(
		&policy, guarded(text), &arena, &answer);

	ck_assert_msg(!wrong == !!of_hosts[_i].verdict, "%s: %s", text, wrong ? wrong : "taken");
	if (!wrong) {
		same(text, "verdict", answer.verdict, of_hosts[_i].verdict);
		same(text, "hint", answer.hint, of_hosts[_i].hint);
		ck_assert_int_eq(answer.open, of_hosts[_i].open);
		ck_assert_uint_eq(answer.where.line, of_hosts[_i].line);
	}
	arena_fini(&arena);
}
END_TEST

static const struct {
	const char *name, *verdict; /* NULL: there is none */
	bool open;
	unsigned line;
	const char *hint;
} of_calls[] = {
	{ "read", "allow", true, 0, NULL },
	{ "mount", "EPERM", false, 0, "[syscalls] allow = @mount" },
	{ "ptrace", "allow", true, 12, NULL },
	{ "clone", "by argument", true, 0, "[syscalls] allow = @namespaces" },
	{ "clone3", "ENOSYS", false, 0, NULL },
	{ "init_module", "EPERM", false, 0, NULL },
	{ "chmod", "EPERM", false, 11, NULL },
	{ "fchmod", "by argument", true, 0, "[syscalls] allow = @setuid" },
	{ "symlink", "allow", true, 0, NULL },
	{ "@debug", "allow", true, 12, NULL },
	{ "@mount", "deny", false, 0, "[syscalls] allow = @mount" },
	{ "@module", "deny", false, 0, NULL },
	{ "@nothing", NULL },
	{ "reed", NULL },
	{ "", NULL },
};

START_TEST(test_syscall)
{
	struct arena arena = { 0 };
	struct answer answer;
	const char *name = of_calls[_i].name;

	ck_assert_int_eq(why_syscall(&policy, guarded(name), &arena, &answer),
			 of_calls[_i].verdict != NULL);
	if (of_calls[_i].verdict) {
		same(name, "verdict", answer.verdict, of_calls[_i].verdict);
		same(name, "hint", answer.hint, of_calls[_i].hint);
		ck_assert_int_eq(answer.open, of_calls[_i].open);
		ck_assert_uint_eq(answer.where.line, of_calls[_i].line);
	}
	arena_fini(&arena);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, test_path, 0, LEN(of_paths));
	tcase_add_loop_test(tc, test_host, 0, LEN(of_hosts));
	tcase_add_loop_test(tc, test_syscall, 0, LEN(of_calls));
}

int main(void)
{
	return suite_run("why", add);
}
