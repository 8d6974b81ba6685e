/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy.h"

#include <errno.h>
#include <stdio.h>

#include "policy/keys.h"
#include "suite.h"

/* Profiles by name, in place of directories. */
struct files {
	const char *name, *text;
};

static int read_files(const struct policy_source *source, const char *name, struct arena *arena,
		      const char **file, struct str *text, struct err *e)
{
	for (const struct files *at = source->of; at->name; at++)
		if (!strcmp(at->name, name)) {
			*file = arena_printf(arena, "%s.ini", name);
			*text = guarded(at->text);
			return 0;
		}
	return err_say(e, -ENOENT, "there is no profile \"%s\"", name);
}

static char complaints_space[64 * 1024];
static char text_space[256 * 1024];

static struct complaints load(struct policy *p, struct files *files, const char *name)
{
	struct complaints c = { .text = BUF(complaints_space) };
	struct policy_source source = { read_files, files };
	int r;

	complaints_space[0] = '\0';
	*p = (struct policy){ 0 };
	r = policy_load(p, name, &source, &c);
	ck_assert_int_eq(r, c.n ? -EINVAL : 0);
	return c;
}

static const char *print(const struct policy *p, bool origin)
{
	struct buf out = BUF(text_space);

	text_space[0] = '\0';
	policy_print(p, origin, &out);
	ck_assert(!out.full);
	return text_space;
}

/* A line in a section: the canonical line that it becomes, or what is said of it. */
static const struct {
	const char *section, *line, *canonical, *complaint;
} lines[] = {
	{ "profile", "description = what it's for", "description = what it's for", NULL },
	{ "profile", "minimum-level = full", "minimum-level = full", NULL },
	{ "profile", "minimum-level = container", NULL, "it is \"full\"" },
	{ "task", "deadline = 90s", "deadline = 90s", NULL },
	{ "task", "deadline = 120m", "deadline = 2h", NULL },
	{ "task", "deadline = 48h", "deadline = 2d", NULL },
	{ "task", "deadline = none", "", NULL },
	{ "task", "deadline = 0s", NULL, "a duration is" },
	{ "task", "deadline = 2 h", NULL, "a duration is" },
	{ "task", "deadline = 90", NULL, "a duration is" },
	{ "task", "deadline = h", NULL, "a duration is" },
	{ "task", "deadline = 2H", NULL, "a duration is" },
	{ "task", "deadline = -2h", NULL, "a duration is" },
	{ "task", "deadline = 1h30m", NULL, "a duration is" },
	{ "task", "deadline = 3650d", "deadline = 3650d", NULL },
	{ "task", "deadline = 3651d", NULL, "at most" },
	{ "task", "deadline = 99999999999999999999s", NULL, "at most" },
	{ "workspace", "access = write", "access = write", NULL },
	{ "workspace", "access = Write", NULL, "it is \"read\" or \"write\"" },
	{ "workspace", "access = stage", NULL, "it is \"read\" or \"write\"" },
	{ "workspace", "hide = .env", "hide = .env", NULL },
	{ "workspace", "hide = secrets/*.y[a]ml", "hide = secrets/*.y[a]ml", NULL },
	{ "workspace", "hide = ./.env", NULL, "\".\"" },
	{ "workspace", "hide = **/.env", NULL, "\"**\" has no meaning" },
	{ "workspace", "hide = [!]a].k[]]y", "hide = [!]a].k[]]y", NULL },
	{ "workspace", "hide = /etc/passwd", NULL, "in the workspace" },
	{ "workspace", "hide = ~/.ssh", NULL, "in the workspace" },
	{ "workspace", "hide = a/../b", NULL, "\"..\"" },
	{ "workspace", "hide = ..", NULL, "\"..\"" },
	{ "workspace", "hide = .", NULL, "\".\"" },
	{ "workspace", "hide = a/", NULL, "slash at its end" },
	{ "workspace", "hide = a//b", NULL, "\"//\"" },
	{ "workspace", "hide = a**", NULL, "\"**\" has no meaning" },
	{ "workspace", "hide = a[b", NULL, "'[' has no ']'" },
	{ "workspace", "hide = a[", NULL, "'[' has no ']'" },
	{ "workspace", "hide = a[]", NULL, "'[' has no ']'" },
	{ "workspace", "hide = a[!]", NULL, "'[' has no ']'" },
	{ "workspace", "hide = a[b/c]", NULL, "'[' has no ']'" },
	{ "workspace", "hide = *", NULL, "whole workspace" },
	{ "workspace", "hide = */?", NULL, "whole workspace" },
	{ "workspace", "hide = !.env.example", NULL, "'!'" },
	{ "workspace", "hide = a\\*", NULL, "'\\'" },
	{ "workspace", "protect = .git/*", NULL, "nothing is searched in .git" },
	{ "workspace", "protect = .git/hooks", "protect = .git/hooks", NULL },
	{ "filesystem", "read = /opt/tools", "read = /opt/tools", NULL },
	{ "filesystem", "write = ~/.cache/x y", "write = ~/.cache/x y", NULL },
	{ "filesystem", "read = opt", NULL, "starts with / or ~/" },
	{ "filesystem", "read = ~", NULL, "starts with / or ~/" },
	{ "filesystem", "read = ~root/x", NULL, "starts with / or ~/" },
	{ "filesystem", "read = /", NULL, "something below" },
	{ "filesystem", "read = ~/", NULL, "something below" },
	{ "filesystem", "read = //", NULL, "something below" },
	{ "filesystem", "read = /a/", NULL, "something below" },
	{ "filesystem", "read = /a/../b", NULL, "something below" },
	{ "filesystem", "read = /a/*", NULL, "not a pattern" },
	{ "filesystem", "cache = private", "cache = private", NULL },
	{ "filesystem", "cache = none", "", NULL },
	{ "filesystem", "cache = seed:~/seed", "cache = seed:~/seed", NULL },
	{ "filesystem", "cache = seed:", NULL, "seed:PATH" },
	{ "filesystem", "cache = seed:x", NULL, "starts with / or ~/" },
	{ "filesystem", "cache = seed:/a/../b", NULL, "something below" },
	{ "filesystem", "cache = shared", NULL, "private" },
	{ "environment", "pass = LC_*", "pass = LC_*", NULL },
	{ "environment", "pass = _a9", "pass = _a9", NULL },
	{ "environment", "pass = *", NULL, "whole environment" },
	{ "environment", "pass = A*B", NULL, "letters, digits" },
	{ "environment", "pass = 9A", NULL, "letters, digits" },
	{ "environment", "pass = A=B", NULL, "letters, digits" },
	{ "environment", "pass = LD_PRELOAD", NULL, "dynamic loader" },
	{ "environment", "pass = LD_*", NULL, "dynamic loader" },
	{ "environment", "pass = AGENTBOX_TASK", NULL, "itself" },
	{ "environment", "set = A=", "set = A=", NULL },
	{ "environment", "set = A=b=c d", "set = A=b=c d", NULL },
	{ "environment", "set = A", NULL, "NAME=VALUE" },
	{ "environment", "set = =b", NULL, "letters, digits" },
	{ "environment", "set = A B=c", NULL, "letters, digits" },
	{ "environment", "set = PWD=/", NULL, "itself" },
	{ "syscalls", "deny = @mount", "deny = @mount", NULL },
	{ "syscalls", "allow = @debug", "allow = @debug", NULL },
	{ "syscalls", "allow = @nonsense", NULL, "@nonsense" },
	{ "syscalls", "deny = nonsense", NULL, "nonsense" },
	{ "limits", "processes = 0512", "processes = 512", NULL },
	{ "limits", "processes = 0", NULL, "a count is" },
	{ "limits", "processes = 1000000001", NULL, "a count is" },
	{ "limits", "processes = 1K", NULL, "a count is" },
	{ "limits", "memory = 2048M", "memory = 2G", NULL },
	{ "limits", "memory = 512", NULL, "a size is" },
	{ "limits", "memory = 512MB", NULL, "a size is" },
	{ "limits", "memory = 512m", NULL, "a size is" },
	{ "limits", "tmp = 2000T", NULL, "at most" },
	{ "limits", "file-size = none", "", NULL },
	{ "egress", "allow = https://example.test:8443/a", "allow = https://example.test:8443/a",
	  NULL },
	{ "egress", "mode = audit", "mode = audit", NULL },
	{ "egress", "allow = Example.TEST.", "allow = example.test", NULL },
	{ "egress", "deny = *.example.test:8443", "deny = *.example.test:8443", NULL },
	{ "egress", "allow = *", NULL, "every host" },
	{ "egress", "allow = Example.TEST bytes=1024K", "allow = example.test bytes=1M", NULL },
	{ "egress", "deny = example.test bytes=1M", NULL, "nothing to cap" },
	{ "egress", "inspect = example.test bytes=1M", NULL, "host alone" },
	{ "egress", "allow = https://example.test/", "allow = https://example.test/", NULL },
	{ "egress", "allow = GET,HEAD http://Example.test:80//a/%7e",
	  "allow = GET,HEAD http://example.test/a/~", NULL },
	{ "egress", "inspect = *.Example.test.:8443", "inspect = *.example.test:8443", NULL },
	{ "egress", "relay = 192.0.2.7", "relay = 192.0.2.7", NULL },
	{ "egress", "inspect = https://example.test/**", NULL, "host alone" },
	{ "egress", "relay = *", NULL, "every host" },
	{ "egress", "ca = /etc/corp.pem", "ca = /etc/corp.pem", NULL },
	{ "egress", "ca = corp.pem", NULL, "the path starts with /" },
	{ "egress", "upstream-proxy = http://Proxy.TEST.:3128",
	  "upstream-proxy = http://proxy.test:3128", NULL },
	{ "egress", "upstream-proxy = http://[::1]:3128", "upstream-proxy = http://[::1]:3128",
	  NULL },
	{ "egress", "upstream-proxy = http://proxy.test", NULL, "http://HOST:PORT" },
	{ "egress", "upstream-proxy = http://proxy.test:3128/", NULL, "nothing more" },
	{ "egress", "upstream-proxy = http://u:p@proxy.test:3128", NULL, "upstream-proxy-auth" },
	{ "egress", "upstream-proxy = https://proxy.test:3128", NULL, "http://HOST:PORT" },
	{ "egress", "upstream-proxy = proxy.test:3128", NULL, "http://HOST:PORT" },
	{ "egress", "proxy-port = 1080", "proxy-port = 1080", NULL },
	{ "egress", "proxy-port = none", "", NULL },
	{ "egress", "proxy-port = 0", NULL, "a number from 1 to 65535" },
	{ "egress", "proxy-port = 65536", NULL, "a number from 1 to 65535" },
	{ "egress", "proxy-port = 443", NULL, "leads to the hosts themselves" },
	{ "egress", "proxy-port = 53", NULL, "name server" },
	{ "ports", "host-port = 05432", "host-port = 5432", NULL },
	{ "ports", "host-port = 65535", "host-port = 65535", NULL },
	{ "ports", "host-port = 65536", NULL, "1 to 65535" },
	{ "ports", "host-port = 0", NULL, "1 to 65535" },
	{ "ports", "host-port = -1", NULL, "1 to 65535" },
	{ "ports", "host-port = postgresql", NULL, "1 to 65535" },
	{ "ports", "host-port = 53", NULL, "name server" },
	{ "ports", "publish = 3000", "publish = 3000", NULL },
	{ "ports", "publish = 8080:03000", "publish = 8080:3000", NULL },
	{ "ports", "publish = 3000:3000", "publish = 3000", NULL },
	{ "ports", "publish = 3000:", NULL, "1 to 65535" },
	{ "ports", "publish = :3000", NULL, "1 to 65535" },
	{ "ports", "publish = 0:3000", NULL, "1 to 65535" },
	{ "ports", "publish = 1:2:3", NULL, "1 to 65535" },
	{ "ports", "publish = 0.0.0.0:3000", NULL, "HOST-PORT:PORT: a port is" },
	{ "ports", "publish = 3000:53", NULL, "name server" },
	{ "audit", "file = /var/log/a b.jsonl", "file = /var/log/a b.jsonl", NULL },
	{ "audit", "file = ~/log.jsonl", NULL, "starts with /" },
	{ "audit", "file = /", NULL, "something below" },
	/* names */
	{ "workspace", "acess = write", NULL,
	  "unknown key \"acess\" in [workspace]: did you mean \"access\"?" },
	{ "workspace", "zzz = write", NULL, "unknown key \"zzz\" in [workspace]\n" },
	{ "limits", "deadline = 2h", NULL, "it belongs into [task]" },
	{ "egres", "allow = a.test", NULL, "unknown section [egres]: did you mean [egress]?" },
	{ "task", "intent = develop", "intent = develop", NULL },
	{ "task", "intent = play", NULL, "\"develop\"" },
	{ "packages", "ecosystem = npm", "ecosystem = npm", NULL },
	{ "packages", "ecosystem = cpan", NULL, "no ecosystem that agentbox knows: " },
	{ "packages", "registry = npm https://npm.example.test",
	  "registry = npm https://npm.example.test/", NULL },
	{ "packages", "registry = npm   https://NPM.example.test:8443/base//",
	  "registry = npm https://npm.example.test:8443/base/", NULL },
	{ "packages", "registry = npm http://npm.example.test/",
	  "registry = npm http://npm.example.test/", NULL },
	{ "packages", "registry = npm", NULL, "a registry is an ecosystem and a URL" },
	{ "packages", "registry = npm npm.example.test", NULL, "" },
	{ "packages", "registry = cpan https://npm.example.test/", NULL, "no ecosystem" },
	{ "packages", "registry = npm https://npm.example.test/*", NULL, "a registry is" },
	{ "packages", "registry = npm GET https://npm.example.test/", NULL, "a registry is" },
	{ "packages", "allow = pkg:npm/@scope/*", "allow = pkg:npm/@scope/*", NULL },
	{ "packages", "deny = left-pad", NULL, "pkg:" },
	{ "packages", "min-age = 72h", "min-age = 3d", NULL },
	{ "packages", "min-age-missing = maybe", NULL, "\"deny\"" },
	{ "profile", "extends = ../x", NULL, "or an absolute path" },
	{ "profile", "extends = gone", NULL, "there is no profile \"gone\"" },
};

START_TEST(test_line)
{
	struct files files[] = { { "p", text_space }, { NULL, NULL } };
	char text[600], want[300];
	struct complaints c;
	struct policy p;

	snprintf(text, sizeof(text), "[%s]\n%s\n", lines[_i].section, lines[_i].line);
	files[0].text = text;
	c = load(&p, files, "p");
	if (lines[_i].complaint) {
		ck_assert_msg(strstr(complaints_space, lines[_i].complaint), "%s: %s",
			      lines[_i].line, complaints_space);
		ck_assert_msg(!strncmp(complaints_space, "p.ini:", 6), "%s", complaints_space);
	} else {
		ck_assert_msg(c.n == 0, "%s", complaints_space);
		snprintf(want, sizeof(want), "\n%s\n", lines[_i].canonical);
		print(&p, false);
		ck_assert_msg(!lines[_i].canonical[0] || strstr(text_space, want), "%s",
			      text_space);
	}
	policy_fini(&p);
}
END_TEST

static struct files family[] = {
	{ "base", "[profile]\ndescription = base\n[workspace]\naccess = write\nhide = .env\n"
		  "hide = *.pem\n[environment]\nset = A=1\nset = B=1\npass = TERM\n"
		  "[limits]\nprocesses = 10\nfiles = 10\n[egress]\nallow = base.test\n" },
	{ "left", "[egress]\nallow = left.test\ndeny = no.test\n[profile]\nextends = base\n"
		  "[limits]\nprocesses = 20\n[environment]\nset = A=2\n" },
	{ "right", "[profile]\nextends = base\n[limits]\nfiles = none\n[workspace]\nhide = .env\n"
		   "hide = right\n" },
	{ "both", "[profile]\nextends = left\nextends = right\n[workspace]\naccess = read\n"
		  "[egress]\nallow = BASE.test\nallow = both.test:22\n" },
	{ NULL, NULL },
};

static const char family_text[] = "[profile]\n"
				  "# built in\n"
				  "minimum-level = full\n"
				  "\n"
				  "[workspace]\n"
				  "# both.ini:5\n"
				  "access = read\n"
				  "# base.ini:5\n"
				  "hide = .env\n"
				  "# base.ini:6\n"
				  "hide = *.pem\n"
				  "# right.ini:7\n"
				  "hide = right\n"
				  "\n"
				  "[environment]\n"
				  "# base.ini:10\n"
				  "pass = TERM\n"
				  "# left.ini:9\n"
				  "set = A=2\n"
				  "# base.ini:9\n"
				  "set = B=1\n"
				  "\n"
				  "[limits]\n"
				  "# left.ini:7\n"
				  "processes = 20\n"
				  "# built in\n"
				  "tmp = 2G\n"
				  "\n"
				  "[egress]\n"
				  "# built in\n"
				  "mode = enforce\n"
				  "# base.ini:15\n"
				  "allow = base.test\n"
				  "# left.ini:2\n"
				  "allow = left.test\n"
				  "# both.ini:8\n"
				  "allow = both.test:22\n"
				  "# left.ini:3\n"
				  "deny = no.test\n"
				  "\n"
				  "[lockfiles]\n"
				  "# built in\n"
				  "mode = audit\n"
				  "# built in\n"
				  "require-integrity = no\n"
				  "\n"
				  "[inventory]\n"
				  "# built in\n"
				  "untracked = report\n"
				  "\n"
				  "[audit]\n"
				  "# built in\n"
				  "on-error = deny\n";

START_TEST(test_extends)
{
	struct policy p;
	struct complaints c = load(&p, family, "both");

	ck_assert_msg(c.n == 0, "%s", complaints_space);
	ck_assert_str_eq(print(&p, true), family_text);
	ck_assert_uint_eq(p.rules.n, 4);
	ck_assert_str_eq(p.rules.rule[2].text, "both.test:22");
	ck_assert_int_eq(p.rules.rule[2].verdict, VERDICT_ALLOW);
	ck_assert_int_eq(p.rules.rule[3].verdict, VERDICT_DENY);
	ck_assert_str_eq(p.rules.rule[3].where.file, "left.ini");
	ck_assert_uint_eq(p.extends.n, 3);
	ck_assert_uint_eq(p.processes, 20);
	ck_assert_uint_eq(p.files, 0);
	ck_assert_str_eq(policy_where(&p, "limits", "processes").file, "left.ini");
	ck_assert_ptr_null(policy_where(&p, "limits", "memory").file);
	policy_fini(&p);
}
END_TEST

/* Values of every row of the table; in the order of the table. */
static const char *const sample[] = {
	"node",
	NULL,
	"full",
	"develop",
	"2h",
	"write",
	"x/*.env",
	".git/hooks",
	"/opt/x",
	"~/y",
	"seed:~/z",
	"LC_*",
	"A=b c",
	"@mount",
	"@debug",
	"512",
	"1024",
	"2G",
	"1M",
	"64M",
	"audit",
	"[2001:db8::1]:22",
	"*.bad.test",
	"inspected.test:8443",
	"*.relayed.test",
	"/etc/corp.pem",
	"http://proxy.test:3128",
	"file:/etc/secret",
	"1080",
	"5432",
	"8080:3000",
	"npm",
	"npm https://npm.example.test/base/",
	"pkg:npm/@scope/*",
	"pkg:npm/bad@1.2.3",
	"pkg:npm/@corp/**",
	"3d",
	"pkg:npm/fresh",
	"ask",
	"any",
	"any",
	"deny",
	"deny",
	"allow",
	"ask",
	"ask",
	"deny",
	"deny",
	"ask",
	"pkg:npm/lodahs",
	"100",
	"5",
	"1G",
	"/etc/known.db",
	"1d",
	"allow",
	"deny",
	"allow",
	"allow",
	"deny",
	NULL, /* of [registry NAME]: test_registry */
	NULL,
	NULL,
	NULL,
	NULL,
	"deny",
	"*.locks.test",
	"yes",
	"fail",
	"/var/log/x",
	"journald",
	"continue",
};

START_TEST(test_print_reads_back)
{
	static const char *const want = "description = node\n";
	struct complaints c = { .text = BUF(complaints_space) };
	struct policy p = { 0 }, again = { 0 };
	char first[4000];

	ck_assert_uint_eq(keys_count(), LEN(sample));
	ck_assert_int_eq(policy_parse(&p, STR(""), &c), 0);
	for (size_t i = 0; i < keys_count(); i++)
		if (sample[i])
			ck_assert_ptr_null(policy_add(&p, keys[i].section, keys[i].name, sample[i],
						      (struct where){ "--option", 0 }));
	snprintf(first, sizeof(first), "%s", print(&p, false));
	ck_assert_ptr_nonnull(strstr(first, want));
	ck_assert_int_eq(policy_parse(&again, guarded(first), &c), 0);
	ck_assert_str_eq(print(&again, false), first);
	ck_assert_uint_eq(again.deadline, 7200);
	ck_assert_uint_eq(again.memory, 2UL << 30);
	ck_assert_int_eq(again.access, ACCESS_WRITE);
	ck_assert_int_eq(again.egress_mode, EGRESS_AUDIT);
	ck_assert(again.rules.audit);
	ck_assert_uint_eq(again.rules.n, p.rules.n);
	for (size_t i = 0; i < again.rules.n; i++)
		ck_assert_str_eq(again.rules.rule[i].text, p.rules.rule[i].text);
	policy_fini(&again);
	ck_assert_int_eq(policy_parse(&again, guarded(print(&p, true)), &c), 0);
	ck_assert_str_eq(print(&again, false), first);
	policy_fini(&p);
	policy_fini(&again);
}
END_TEST

/* Who reads canonical text is told where in the profile its lines are, but not where that lies. */
START_TEST(test_origins)
{
	static const char first[] = "[egress]\nallow = a.test\n[packages]\necosystem = npm\n"
				    "deny = pkg:npm/x\n";
	struct files files[] = { { "/home/u/.config/agentbox/mine", first }, { NULL, NULL } };
	static const char *const odd[] = { "",
					   "x\n",
					   "# at\n",
					   "# at :\n",
					   "# at a\n",
					   "# at a:x\n",
					   "# at a:-1\n",
					   "# at a:99999999999\n",
					   "# policy 1\n[egress]\n# at b:1\n" };
	struct complaints c = { .text = BUF(complaints_space) };
	struct policy p = { 0 }, again = { 0 };
	char space[4000];
	struct buf text = BUF(space);
	struct where at;

	ck_assert_uint_eq(load(&p, files, files[0].name).n, 0);
	buf_puts(&text, "# policy 00\n");
	policy_print_origins(&p, &text);
	ck_assert_ptr_null(strstr(space, "/home"));
	policy_print(&p, false, &text);
	ck_assert_int_eq(policy_parse(&again, guarded(space), &c), 0);
	policy_take_origins(&again, guarded(space));
	at = policy_rule_where(&again, 0);
	ck_assert_str_eq(at.file, "mine.ini");
	ck_assert_uint_eq(at.line, 2);
	at = policy_rule_where(&again,
			       again.rules.n + (uint64_t)packages_line(&again.packages, "deny"));
	ck_assert_str_eq(at.file, "mine.ini");
	ck_assert_uint_eq(at.line, 5);
	at = policy_rule_where(&again,
			       again.rules.n + (uint64_t)packages_line(&again.packages, "yanked"));
	ck_assert_str_eq(at.file, "built in");
	for (size_t i = 0; i < LEN(odd); i++) {
		policy_take_origins(&again, guarded(odd[i]));
		ck_assert_str_eq(policy_rule_where(&again, 0).file, "mine.ini");
	}
	policy_fini(&p);
	policy_fini(&again);
}
END_TEST

/* Sections that have a name: the same names in the same order, each once. */
START_TEST(test_registry)
{
	static const char text[] = "[registry corp]\necosystem = npm\n"
				   "url = https://NPM.corp.test//\nscope = @corp\n"
				   "scope = @labs\ninternal = pkg:npm/corp-*\n"
				   "[registry mirror]\nurl = https://pypi.corp.test/a\n"
				   "ecosystem = pypi\n"
				   "[registry corp]\nscope = @corp\nca = /etc/corp.pem\n";
	static const char want[] = "[registry corp]\necosystem = npm\n"
				   "url = https://npm.corp.test/\nscope = @corp\n"
				   "scope = @labs\ninternal = pkg:npm/corp-*\n"
				   "ca = /etc/corp.pem\n\n"
				   "[registry mirror]\necosystem = pypi\n"
				   "url = https://pypi.corp.test/a/\n";
	struct complaints c = { .text = BUF(complaints_space) };
	struct policy p = { 0 }, again = { 0 };
	char first[4000];

	ck_assert_msg(policy_parse(&p, STR(text), &c) == 0, "%s", complaints_space);
	snprintf(first, sizeof(first), "%s", print(&p, false));
	ck_assert_msg(strstr(first, want) != NULL, "%s", first);
	ck_assert_uint_eq(p.packages.n_registries, 2);
	ck_assert_str_eq(p.packages.registry[0].name, "corp");
	ck_assert_str_eq(p.packages.registry[1].base, "/a");
	ck_assert_int_eq(policy_parse(&again, guarded(first), &c), 0);
	ck_assert_str_eq(print(&again, false), first);
	policy_fini(&p);
	policy_fini(&again);
}
END_TEST

static const struct {
	struct files files[4];
	const char *complaint;
} bad[] = {
	{ { { "a", "[registry]\nurl = https://a.test/\n" } },
	  "a.ini:1: error: unknown section [registry]: it needs a name: [registry mine]\n" },
	{ { { "a", "[task x]\nintent = develop\n" } },
	  "a.ini:1: error: unknown section [task]: it has no name of its own\n" },
	{ { { "a", "[registry a b]\nurl = https://a.test/\n" } },
	  "a.ini:1: error: the name of a section has lower-case letters, digits and '-', at most "
	  "48\n" },
	{ { { "a", "[registry a]\nurl = https://a.test/\n" } },
	  "a.ini:2: error: [registry a] has no ecosystem=\n" },
	{ { { "a", "[registry a]\necosystem = npm\n" } },
	  "a.ini:2: error: [registry a] has no url=\n" },
	{ { { "a", "[registry a]\necosystem = pypi\nurl = https://a.test/\nscope = @a\n" } },
	  "a.ini:4: error: scope = @a: only npm has scopes\n" },
	{ { { "a", "[registry a]\necosystem = npm\nurl = https://a.test/\necosystem = pypi\n" } },
	  "a.ini:4: error: \"ecosystem\" has one value, and line 2 has given it\n" },
	{ { { "a", "[registry a]\necosystem = npm\nurl = https://a.test/\nscope = a\n" } },
	  "a.ini:4: error: scope = a: a scope is an @ and a name: @corp\n" },
	{ { { "a", "[profile]\nextends = b\n" }, { "b", "[profile]\nextends = a\n" } },
	  "b.ini:2: error: profiles extend each other in a circle: a -> b -> a\n" },
	{ { { "a", "[profile]\nextends = a\n" } },
	  "a.ini:2: error: profiles extend each other in a circle: a -> a\n" },
	{ { { "b", "" } }, "agentbox: there is no profile \"a\"\n" },
	{ { { "a", "[profile]\nextends = b\n" } }, "a.ini:2: error: there is no profile \"b\"\n" },
	{ { { "a", "[task]\ndeadline = 1h\n\n[task]\ndeadline = 2h\n" } },
	  "a.ini:5: error: \"deadline\" has one value, and line 2 has given it\n" },
	{ { { "a", "[environment]\nset = A=1\nset = A=1\nset = A=2\n" } },
	  "a.ini:4: error: set = A=2: line 2 has set it to something else\n" },
	{ { { "a", "[profile]\nextends = b\n[x]\n" }, { "b", "[y]\n" } },
	  "b.ini:1: error: unknown section [y]\na.ini:3: error: unknown section [x]\n" },
	{ { { "a", "[profile]\nextends = ./b\n" }, { "./b", "[y]\n" } },
	  "a.ini:2: error: extends = ./b: it is the name of a profile or an absolute path\n" },
	{ { { "a", "[egress]\nrelay = *.a.test\nallow = GET https://x.a.test/b\n" } },
	  "a.ini:2: error: relay = *.a.test: a.ini:3 needs its TLS to be opened: "
	  "GET https://x.a.test/b\n" },
	{ { { "a", "[profile]\nextends = b\n[egress]\ndeny = https://*.a.test/b\n" },
	    { "b", "[egress]\nrelay = x.a.test\n" } },
	  "b.ini:2: error: relay = x.a.test: a.ini:4 needs its TLS to be opened: "
	  "https://*.a.test/b\n" },
	{ { { "a", "[egress]\nupstream-proxy-auth = file:/etc/secret\n" } },
	  "a.ini:2: error: upstream-proxy-auth = file:/etc/secret: there is no upstream-proxy=\n" },
	{ { { "a", "[ports]\nhost-port = 1080\n[egress]\nproxy-port = 1080\n" } },
	  "a.ini:4: error: proxy-port = 1080: a.ini:2 needs that port\n" },
	{ { { "a", "[egress]\nrelay = a.test\ninspect = a.test\n" } },
	  "a.ini:2: error: relay = a.test: a.ini:3 needs its TLS to be opened: a.test\n" },
	{ { { "a", "[egress]\nallow = db.test:5432\n[ports]\npublish = 8080:5432\n" } },
	  "a.ini:4: error: publish = 8080:5432: by a.ini:2, port 5432 of the box leads to its "
	  "egress\n" },
	{ { { "a", "[egress]\nallow = a.test\nallow = a.test bytes=1M\n" } },
	  "a.ini:3: error: allow = a.test bytes=1M: line 2 has set it to something else\n" },
	{ { { "a", "[egress]\nrelay = a.test\nallow = https://a.test/** max-upload=1M\n" } },
	  "a.ini:2: error: relay = a.test: a.ini:3 needs its TLS to be opened: "
	  "https://a.test/** max-upload=1M\n" },
	{ { { "a", "[ports]\nhost-port = 5432\npublish = 5432\n" } },
	  "a.ini:3: error: publish = 5432: by a.ini:2, port 5432 of the box leads to its "
	  "egress\n" },
	{ { { "a", "[egress]\nallow = a.test\n[ports]\npublish = 8443:443\n" } },
	  "a.ini:4: error: publish = 8443:443: ports 80 and 443 of the box lead to its egress\n" },
	{ { { "a", "[ports]\npublish = 3000\npublish = 3000:4000\n" } },
	  "a.ini:3: error: publish = 3000:4000: a.ini:2 leads the same port of the host "
	  "elsewhere\n" },
	{ { { "a", "[unknown]\nany = thing\nelse = too\n" } },
	  "a.ini:1: error: unknown section [unknown]\n" },
};

START_TEST(test_bad)
{
	struct policy p;
	struct files files[5] = { 0 };

	memcpy(files, bad[_i].files, sizeof(bad[_i].files));
	load(&p, files, "a");
	ck_assert_str_eq(complaints_space, bad[_i].complaint);
	policy_fini(&p);
}
END_TEST

START_TEST(test_depth)
{
	struct files files[12] = { 0 };
	char names[11][8], texts[11][40];
	struct policy p;

	for (int i = 0; i < 11; i++) {
		snprintf(names[i], sizeof(names[i]), "n%d", i);
		snprintf(texts[i], sizeof(texts[i]), "[profile]\nextends = n%d\n", i + 1);
		files[i] = (struct files){ names[i], i < 10 ? texts[i] : "" };
	}
	ck_assert_uint_eq(load(&p, files, "n2").n, 0);
	policy_fini(&p);
	ck_assert_uint_eq(load(&p, files, "n1").n, 1);
	ck_assert_str_eq(complaints_space,
			 "n9.ini:2: error: profiles extend each other more than 8 deep\n");
	policy_fini(&p);
}
END_TEST

START_TEST(test_canonical_text_extends_nothing)
{
	struct complaints c = { .text = BUF(complaints_space) };
	struct policy p = { 0 };

	ck_assert_int_eq(policy_parse(&p, guarded("[profile]\nextends = node\n"), &c), -EINVAL);
	ck_assert_ptr_nonnull(strstr(complaints_space, "extends nothing"));
	policy_fini(&p);
}
END_TEST

START_TEST(test_presets_are_the_safe_values)
{
	struct complaints c = { .text = BUF(complaints_space) };
	struct policy p = { 0 };

	ck_assert_int_eq(policy_parse(&p, guarded(""), &c), 0);
	ck_assert_int_eq(p.access, ACCESS_READ);
	ck_assert_int_eq(p.egress_mode, EGRESS_ENFORCE);
	ck_assert(!policy_has_egress(&p));
	ck_assert_str_eq(print(&p, false), "[profile]\nminimum-level = full\n\n[workspace]\n"
					   "access = read\n\n[limits]\nprocesses = 4096\n"
					   "tmp = 2G\n\n[egress]\nmode = enforce\n\n"
					   "[lockfiles]\nmode = audit\nrequire-integrity = no\n\n"
					   "[inventory]\nuntracked = report\n\n"
					   "[audit]\non-error = deny\n");
	policy_fini(&p);
}
END_TEST

START_TEST(test_too_many_ports)
{
	char *text = text_space;
	struct buf out = BUF(text_space);
	struct files files[] = { { "p", text }, { NULL, NULL } };
	struct policy p;

	buf_puts(&out, "[egress]\n");
	for (int port = 1000; port < 1062; port++)
		buf_printf(&out, "allow = a.test:%d\n", port);
	ck_assert_uint_eq(load(&p, files, "p").n, 0);
	policy_fini(&p);
	buf_puts(&out, "allow = a.test:2000\n");
	ck_assert_uint_eq(load(&p, files, "p").n, 1);
	ck_assert_ptr_nonnull(strstr(complaints_space, "more than 64 ports"));
	policy_fini(&p);
}
END_TEST

/* It is two rules, which explain themselves by its line. */
START_TEST(test_host_port)
{
	struct files files[] = {
		{ "p", "[ports]\nhost-port = 5432\n[egress]\ndeny = 127.0.0.1:80\n" },
		{ NULL, NULL },
	};
	static const struct {
		const char *addr;
		uint16_t port;
		bool pass;
	} asked[] = {
		{ "127.0.0.1", 5432, true },  { "::1", 5432, true },
		{ "127.0.0.1", 5433, false }, { "127.0.0.2", 5432, false },
		{ "127.0.0.1", 80, false },   { "::", 5432, false },
	};
	struct policy p;

	ck_assert_uint_eq(load(&p, files, "p").n, 0);
	ck_assert(policy_has_egress(&p));
	for (size_t i = 0; i < LEN(asked); i++) {
		struct request request = { .port = asked[i].port };
		struct decision d;

		ck_assert_int_eq(addr_parse(str_of(asked[i].addr), &request.addr), 0);
		d = rules_decide(&p.rules, &request);
		ck_assert_int_eq(d.pass, asked[i].pass);
		if (d.pass)
			ck_assert_uint_eq(p.rules.rule[d.rule].where.line, 2);
	}
	policy_fini(&p);
}
END_TEST

START_TEST(test_too_many_items)
{
	struct buf out = BUF(text_space);
	struct files files[] = { { "p", text_space }, { NULL, NULL } };
	struct policy p;

	buf_puts(&out, "[workspace]\n");
	for (int i = 0; i < 4097; i++)
		buf_printf(&out, "hide = %d\n", i);
	ck_assert_uint_eq(load(&p, files, "p").n, 1);
	ck_assert_ptr_nonnull(strstr(complaints_space, "p.ini:4098: "));
	policy_fini(&p);
}
END_TEST

START_TEST(test_add)
{
	struct where option = { "--env", 0 };
	char longer[300] = "A=";
	struct policy p;

	ck_assert_uint_eq(load(&p, family, "base").n, 0);
	ck_assert_ptr_null(policy_add(&p, "environment", "set", "A=3", option));
	ck_assert_ptr_null(policy_add(&p, "environment", "set", "A=4", option));
	ck_assert_str_eq(p.set.item[0].text, "A=4");
	ck_assert_ptr_null(policy_add(&p, "egress", "allow", "new.test", option));
	ck_assert_uint_eq(p.rules.n, 2);
	ck_assert_ptr_nonnull(policy_add(&p, "environment", "set", "A=a\nb", option));
	ck_assert_ptr_nonnull(policy_add(&p, "environment", "set", "", option));
	memset(longer + 2, 'x', sizeof(longer) - 3);
	ck_assert_ptr_nonnull(strstr(policy_add(&p, "environment", "set", longer, option), "190"));
	policy_fini(&p);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_line, 0, LEN(lines));
	tcase_add_test(tc, test_extends);
	tcase_add_test(tc, test_print_reads_back);
	tcase_add_test(tc, test_registry);
	tcase_add_test(tc, test_origins);
	tcase_add_loop_test(tc, test_bad, 0, LEN(bad));
	tcase_add_test(tc, test_depth);
	tcase_add_test(tc, test_canonical_text_extends_nothing);
	tcase_add_test(tc, test_presets_are_the_safe_values);
	tcase_add_test(tc, test_too_many_ports);
	tcase_add_test(tc, test_host_port);
	tcase_add_test(tc, test_too_many_items);
	tcase_add_test(tc, test_add);
}

int main(void)
{
	return suite_run("policy", add);
}
