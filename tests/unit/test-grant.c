/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/grant.h"

#include "suite.h"

static const struct host host = {
	.home = "/home/dev",
	.workspace = "/home/dev/src/project",
};

static const struct {
	const char *path;
	bool read, write; /* whether it may be granted */
} cases[] = {
	{ "/", false, false },
	{ "/home", false, false },
	{ "/home/dev", false, false },
	{ "/home/dev/src", false, false },
	{ "/home/dev/src/project", false, false },
	{ "/home/dev/src/project/build", true, true },
	{ "/home/dev/src/project-2", true, true },
	{ "/home/dev/src/proj", true, true },
	{ "/home/dev/data", true, true },
	{ "/home/dev/.ssh", false, false },
	{ "/home/dev/.ssh/config", false, false },
	{ "/home/dev/.sshd", true, true },
	{ "/home/dev/.config", false, false },
	{ "/home/dev/.config/gh/hosts.yml", false, false },
	{ "/home/dev/.config/ghostty", true, true },
	{ "/home/dev/.config/htop", true, true },
	{ "/home/dev/.config/git", false, false },
	{ "/home/dev/.config/git/ignore", true, false },
	{ "/home/dev/.config/google-chrome-beta", false, false },
	{ "/home/dev/.gitconfig", true, false },
	{ "/home/dev/.bashrc", true, false },
	{ "/home/dev/.bash_history", false, false },
	{ "/home/dev/.bash_history-1", false, false },
	{ "/home/dev/.zshenv", true, false },
	{ "/home/dev/.local", false, false },
	{ "/home/dev/.local/bin", true, false },
	{ "/home/dev/.local/share", false, false },
	{ "/home/dev/.local/share/pnpm", true, true },
	{ "/home/dev/.cargo", false, false },
	{ "/home/dev/.cargo/registry", true, true },
	{ "/home/dev/.cargo/credentials.toml", false, false },
	{ "/home/dev/.m2", false, false },
	{ "/home/dev/.m2/repository", true, true },
	{ "/home/dev/.npm", true, true },
	{ "/home/dev/.npmrc", false, false },
	{ "/home/dev/.claude.json", false, false },
	{ "/home/dev/bin", true, false },
	{ "/home/other", false, false },
	{ "/home/other/.ssh", false, false },
	{ "/home/other/shared", true, true },
	{ "/etc", false, false },
	{ "/etc/java-17-openjdk", true, false },
	{ "/etc/passwd", true, false },
	{ "/etc/shadow", false, false },
	{ "/etc/shadow-", false, false },
	{ "/etc/ssh/ssh_config", false, false },
	{ "/etc/sudoers.d", false, false },
	{ "/usr/local/share", true, false },
	{ "/lib64", true, false },
	{ "/opt/tool", true, true },
	{ "/boot", false, false },
	{ "/root", false, false },
	{ "/proc", false, false },
	{ "/proc/self/root", false, false },
	{ "/dev", false, false },
	{ "/dev/shm", false, false },
	{ "/run", false, false },
	{ "/run/user/1000", false, false },
	{ "/sys", false, false },
	{ "/sys/kernel", false, false },
	{ "/sys/devices/system", false, false },
	{ "/sys/devices/system/cpu", true, false },
	{ "/sys/devices/system/cpu/online", true, false },
	{ "/tmp", false, false },
	{ "/tmp/mine", true, true },
	{ "/var", false, false },
	{ "/var/tmp", false, false },
	{ "/var/tmp/mine", true, true },
	{ "/var/lib", false, false },
	{ "/var/lib/docker/volumes", false, false },
	{ "/var/cache/ccache", true, true },
};

START_TEST(test_refused)
{
	const char *path = guarded_bytes(cases[_i].path, strlen(cases[_i].path) + 1).p;
	struct host_grant grant = { .path = path };
	struct arena arena = { 0 };

	ck_assert_msg(!grant_refused(&grant, &host, &arena) == cases[_i].read, "read %s", path);
	grant.write = true;
	ck_assert_msg(!grant_refused(&grant, &host, &arena) == cases[_i].write, "write %s", path);
	arena_fini(&arena);
}
END_TEST

START_TEST(test_home_of_root)
{
	const struct host root = { .home = "/root", .workspace = "/srv/project" };
	struct arena arena = { 0 };

	ck_assert(!grant_refused(&(struct host_grant){ .path = "/root/data" }, &root, &arena));
	ck_assert(grant_refused(&(struct host_grant){ .path = "/root/.ssh" }, &root, &arena));
	ck_assert(grant_refused(&(struct host_grant){ .path = "/srv" }, &root, &arena));
	arena_fini(&arena);
}
END_TEST

static const struct {
	const char *a, *b;
	int want;
} orders[] = {
	{ "/a", "/a", 0 },	 { "/a", "/a/b", -1 }, { "/a/b", "/a-b", -1 },
	{ "/a-b", "/a/b", 1 },	 { "/a/z", "/b", -1 }, { "/a/b/c", "/a/b", 1 },
	{ "/a\xff", "/a/x", 1 },
};

START_TEST(test_order)
{
	int got = path_compare(orders[_i].a, orders[_i].b);

	ck_assert_int_eq((got > 0) - (got < 0), orders[_i].want);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_refused, 0, LEN(cases));
	tcase_add_test(tc, test_home_of_root);
	tcase_add_loop_test(tc, test_order, 0, LEN(orders));
}

int main(void)
{
	return suite_run("grant", add);
}
