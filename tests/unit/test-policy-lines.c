/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_text.h"

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

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_line, 0, LEN(lines));
}

int main(void)
{
	return suite_run("policy-lines", add);
}
