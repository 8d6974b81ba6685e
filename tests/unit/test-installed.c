/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/lock.h"

#include "suite.h"

#define PNP(package) "{\"packageRegistryData\": [[" package "]]}"

/*
 * What installed packages say of themselves: "type name version url integrity flags", or "wrong".
 */
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
	{ LOCK_CRATE_ORIGIN, "{\"files\":{},\"package\":\"ab12\"}", "cargo    sha256:ab12 0" },
	{ LOCK_CRATE_ORIGIN, "{\"files\":{},\"package\":null}", "cargo     0" },
	{ LOCK_CRATE_ORIGIN, "{", "wrong" },
	{ LOCK_RUST_DEPS, "/w/a.d: /h/registry/src/i.test-00ff/sha-1-0.10.0/src/lib.rs\n",
	  "cargo sha-1 0.10.0   0" },
	{ LOCK_RUST_DEPS, "a: /h/registry/src/i.test-00ff/a-1.0.0-rc.1+b/src/lib.rs\n",
	  "cargo a 1.0.0-rc.1+b   0" },
	{ LOCK_RUST_DEPS, "a: /h/git/checkouts/a-00/b/src/lib.rs src/lib.rs\n", "" },
	{ LOCK_RUST_DEPS, "a: /h/registry/src/i.test-00ff/a-1.0.0", "" },
	{ LOCK_RUST_DEPS, "a: /h/registry/src/i.test-00ff/nothing/a", "" },
	{ LOCK_RUST_DEPS, "/registry/src/", "" },
	{ LOCK_RUST_DEPS, "", "" },
	{ LOCK_GO_MODULE, "go/pkg/mod/a.test/!bc/d@v1.0.0-!r!c.1/.",
	  "golang a.test/Bc/d v1.0.0-RC.1   0" },
	{ LOCK_GO_MODULE, "x.y/.cache/z/cache/download/a.test/b.go/v2/@v/v2.0.0+incompatible.zip",
	  "golang a.test/b.go/v2 v2.0.0+incompatible   0" },
	{ LOCK_GO_MODULE, "x.y/pkg/mod/a.test@v1.0.0/.", "golang a.test v1.0.0   0" },
	{ LOCK_GO_MODULE, "a.test/b!/c!!d@v1.0.0/.", "golang a.test/b!/c!D v1.0.0   0" },
	{ LOCK_GO_MODULE, "tools/b@v1.0.0/.", "wrong" },
	{ LOCK_GO_MODULE, "a.test/b/v1.0.0.zip", "wrong" },
	{ LOCK_GO_MODULE, "a.test/@v/.zip", "wrong" },
	{ LOCK_GO_MODULE, "a.test/b/.", "wrong" },
	{ LOCK_GO_MODULE, "@v1.0.0/.", "wrong" },
	{ LOCK_GO_MODULE, "", "wrong" },
	{ LOCK_YARN_ARCHIVE, "left-pad-npm-1.3.0-d6c6d2d5c4-3fb59c76e2.zip\n",
	  "npm left-pad 1.3.0   0" },
	{ LOCK_YARN_ARCHIVE, "a-npm-1.0.0-rc.1-00-8.zip\nno zip", "npm a 1.0.0-rc.1   0" },
	{ LOCK_YARN_ARCHIVE, "a-https-00-8.zip\n", "npm a-https    0" },
	{ LOCK_YARN_ARCHIVE, "a-npm-1.zip\n", "npm a    0" },
	{ LOCK_YARN_ARCHIVE, "a.zip\n", "wrong" },
	{ LOCK_YARN_ARCHIVE, "", "wrong" },
	{ LOCK_PNP, PNP("\"a\", [[\"npm:1.0\", {}]]"), "npm a 1.0   0" },
	{ LOCK_PNP, PNP("\"@s/a\", [[\"virtual:00#npm:1.0::__archiveUrl=x\", {}]]"),
	  "npm @s/a 1.0 x  0" },
	{ LOCK_PNP, PNP("\"a\", [[\"patch:a@npm%3A1.0#x::version=1.0&hash=00\", {}]]"),
	  "npm a 1.0   0" },
	{ LOCK_PNP, PNP("\"a\", [[\"https://x.test/a.tgz\", {}]]"),
	  "npm a  https://x.test/a.tgz  0" },
	{ LOCK_PNP, PNP("\"a\", [[\"workspace:.\", {\"linkType\": \"SOFT\"}]]"), "" },
	{ LOCK_PNP, PNP("null, [[null, {}]]"), "" },
	{ LOCK_PNP, PNP("\"a\", [[\"npm:1.0\"]]"), "" },
	{ LOCK_PNP, PNP("[]"), "" },
	{ LOCK_PNP,
	  "x\nconst RAW_RUNTIME_STATE =\n'{\\\n\"packageRegistryData\": [[\"a\\'\", [[\"npm:1\", "
	  "{}]]]]}';\n",
	  "npm a' 1   0" },
	{ LOCK_PNP, "f({}); hydrateRuntimeState({\"packageRegistryData\": []}, {basePath: b});",
	  "" },
	{ LOCK_PNP, "const RAW_RUNTIME_STATE = '{}'", "wrong" },
	{ LOCK_PNP, "const RAW_RUNTIME_STATE =", "wrong" },
	{ LOCK_PNP, "hydrateRuntimeState({", "wrong" },
	{ LOCK_PNP, "{}", "wrong" },
	{ LOCK_PNP, "", "wrong" },
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
