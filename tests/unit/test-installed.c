/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/lock.h"

#include "suite.h"

/* What installed packages say of themselves: "type name version url integrity flags", or "wrong". */
static const struct {
	enum lock_format format;
	const char *in, *want;
} cases[] = {
	{ LOCK_NPM_PACKAGE, "{\"name\":\"a\",\"version\":\"1\"}", "npm a 1   0" },
	{ LOCK_NPM_PACKAGE, "{\"name\":\"@s/a\"}", "npm @s/a    0" },
	{ LOCK_NPM_PACKAGE, "{\"name\":\"a\",\"scripts\":{\"postinstall\":\"x\"}}", "npm a    1" },
	{ LOCK_NPM_PACKAGE, "{\"name\":\"a\",\"scripts\":{\"test\":\"x\"}}", "npm a    0" },
	{ LOCK_NPM_PACKAGE,
	  "{\"name\":\"a\",\"_resolved\":\"https://r.test/a.tgz\",\"_integrity\":\"sha512-x\"}",
	  "npm a  https://r.test/a.tgz sha512-x 0" },
	{ LOCK_NPM_PACKAGE, "{}", "wrong" },
	{ LOCK_NPM_PACKAGE, "{\"name\":1}", "wrong" },
	{ LOCK_NPM_PACKAGE, "{\"name\":\"a\",\"name\":\"b\"}", "wrong" },
	{ LOCK_NPM_PACKAGE, "", "wrong" },
	{ LOCK_PYTHON_PACKAGE, "Name: a\nVersion: 1\n", "pypi a 1   0" },
	{ LOCK_PYTHON_PACKAGE, "name:a\r\nVERSION:1\r\n\r\n", "pypi a 1   0" },
	{ LOCK_PYTHON_PACKAGE, "Name: a\nName: b\nVersion: 1\nVersion: 2\n", "pypi a 1   0" },
	{ LOCK_PYTHON_PACKAGE, "Summary: x\n Name: b\nName: a\n\nVersion: 1\n", "pypi a    0" },
	{ LOCK_PYTHON_PACKAGE, "Version: 1\n\nName: a\n", "wrong" },
	{ LOCK_PYTHON_PACKAGE, "Name:\n", "wrong" },
	{ LOCK_PYTHON_ORIGIN,
	  "{\"url\":\"file:///x/a.whl\",\"archive_info\":{\"hashes\":{\"sha256\":\"00\"}}}",
	  "pypi   file:///x/a.whl sha256:00 0" },
	{ LOCK_PYTHON_ORIGIN, "{\"url\":\"https://g.test/a\",\"vcs_info\":{\"commit_id\":\"abc\"}}",
	  "pypi   https://g.test/a abc 0" },
	{ LOCK_PYTHON_ORIGIN, "[", "wrong" },
	{ LOCK_GO_VENDOR, "# a.test/m v1.0.0\n## explicit\na.test/m/p\n",
	  "golang a.test/m v1.0.0   0" },
	{ LOCK_GO_VENDOR, "# a.test/m v1.0.0 => b.test/n v1.1.0\n# a.test/m => b.test/n v1.1.0\n",
	  "golang b.test/n v1.1.0   0" },
	{ LOCK_GO_VENDOR, "# a.test/m v1.0.0 => ../n\n", "golang ../n    0" },
	{ LOCK_GO_VENDOR, "#\n# \n# a\n", "" },
	{ LOCK_CRATE, "[package]\nname = \"a\"\nversion = \"1\"\n", "cargo a 1   0" },
	{ LOCK_CRATE, "[workspace]\n", "wrong" },
	{ LOCK_CRATE, "[package]\nname = 1\n", "wrong" },
	{ LOCK_GEMSPEC, "a-1.0.gemspec", "gem a 1.0   0" },
	{ LOCK_GEMSPEC, "rack-test-2.0-x86-linux.gemspec", "gem rack-test 2.0-x86-linux   0" },
	{ LOCK_GEMSPEC, "-1.gemspec", "wrong" },
	{ LOCK_GEMSPEC, ".gemspec", "wrong" },
	{ LOCK_GEMSPEC, "a", "wrong" },
};

START_TEST(test_read)
{
	struct arena arena = { 0 };
	struct lock lock = { .arena = &arena };
	char space[512];
	struct buf out = BUF(space);

	if (lock_read(cases[_i].format, guarded(cases[_i].in), &lock))
		buf_puts(&out, "wrong");
	else
		for (size_t i = 0; i < lock.n; i++) {
			const struct lock_entry *e = &lock.entry[i];

			buf_printf(&out, "%s %.*s %.*s %.*s %.*s %u", e->type, (int)e->name.n,
				   e->name.p, (int)e->version.n, e->version.p, (int)e->url.n,
				   e->url.p, (int)e->integrity.n, e->integrity.p, e->flags);
		}
	ck_assert_str_eq(out.n ? out.p : "", cases[_i].want);
	arena_fini(&arena);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_read, 0, LEN(cases));
}

int main(void)
{
	return suite_run("installed", add);
}
