/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/purl.h"

#include "suite.h"

static const char *printed(const struct purl *p)
{
	static char space[4 * PURL_MAX];
	struct buf out = BUF(space);

	purl_print(p, &out);
	ck_assert(!out.full);
	return space;
}

/* NULL: refused. Some rows are of the specification's own test suite. */
static const struct {
	const char *in, *want;
} parsed[] = {
	{ "pkg:npm/left-pad@1.3.0", "pkg:npm/left-pad@1.3.0" },
	{ "pkg:npm/%40angular/animation@12.3.1", "pkg:npm/%40angular/animation@12.3.1" },
	{ "pkg:npm/@angular/animation@12.3.1", "pkg:npm/%40angular/animation@12.3.1" },
	{ "pkg:npm/JSONStream@1.0.0", "pkg:npm/JSONStream@1.0.0" },
	{ "PKG:NPM/left-pad", "pkg:npm/left-pad" },
	{ "pkg://npm//left-pad/", "pkg:npm/left-pad" },
	{ "pkg:pypi/Django_package.X--y@1.11.1.dev1", "pkg:pypi/django-package-x-y@1.11.1.dev1" },
	{ "pkg:cargo/Serde_json@1.0.0", "pkg:cargo/serde_json@1.0.0" },
	{ "pkg:golang/google.golang.org/genproto#googleapis/api/annotations",
	  "pkg:golang/google.golang.org/genproto#googleapis/api/annotations" },
	{ "pkg:GOLANG/GitHub.com/Foo/bar@v2.0.0+incompatible",
	  "pkg:golang/github.com/foo/bar@v2.0.0%2Bincompatible" },
	{ "pkg:maven/org.Apache/batik?type=jar&classifier=sources",
	  "pkg:maven/org.Apache/batik?classifier=sources&type=jar" },
	{ "pkg:maven/a/b@1?repository_url=repo.example/release",
	  "pkg:maven/a/b@1?repository_url=repo.example%2Frelease" },
	{ "pkg:nuget/EnterpriseLibrary.Common@6.0", "pkg:nuget/enterpriselibrary.common@6.0" },
	{ "pkg:deb/debian/curl@1:7.50.3-1?arch=i386&Distro=jessie",
	  "pkg:deb/debian/curl@1:7.50.3-1?arch=i386&distro=jessie" },
	{ "pkg:oci/debian@sha256%3A244fd47e", "pkg:oci/debian@sha256:244fd47e" },
	{ "pkg:gem/ruby-advisory-db-check@0.12.4?x=", "pkg:gem/ruby-advisory-db-check@0.12.4" },
	{ "pkg:generic/a%20b@%E2%98%83", "pkg:generic/a%20b@%E2%98%83" },
	{ "pkg:unheard-of/X/Y@Z", "pkg:unheard-of/X/Y@Z" },

	{ "", NULL },
	{ "npm/left-pad", NULL },
	{ "pkg:", NULL },
	{ "pkg:npm", NULL },
	{ "pkg:npm/", NULL },
	{ "pkg:npm/@1.0", NULL },
	{ "pkg:npm/@scope", NULL },
	{ "pkg:3npm/x", NULL },
	{ "pkg:n*m/x", NULL },
	{ "pkg:n%70m/x", NULL },
	{ "pkg:npm/x%2Fy", NULL },
	{ "pkg:npm/%40a%2Fb/c", NULL },
	{ "pkg:npm/x@1%2F2", NULL },
	{ "pkg:npm/../x", NULL },
	{ "pkg:npm/%2e%2E/x", NULL },
	{ "pkg:npm/..", NULL },
	{ "pkg:npm/x#a/../b", NULL },
	{ "pkg:npm/x%", NULL },
	{ "pkg:npm/x%4", NULL },
	{ "pkg:npm/x%zz", NULL },
	{ "pkg:npm/x%00", NULL },
	{ "pkg:npm/x%0Ay", NULL },
	{ "pkg:npm/x@1?vcs_url=git%2Bhttps://x.test/y&checksum=sha1:00",
	  "pkg:npm/x@1?checksum=sha1:00&vcs_url=git%2Bhttps:%2F%2Fx.test%2Fy" },
	{ "pkg:npm/x?a=1&a=2", NULL },
	{ "pkg:npm/x?a=1&A=2", NULL },
	{ "pkg:npm/x?=1", NULL },
	{ "pkg:npm/x?%41=1", NULL },
	{ "pkg:npm/x?a=1&b=1&c=1&d=1&e=1&f=1&g=1&h=1&i=1", NULL },
};

START_TEST(test_parse)
{
	char space[PURL_MAX], again_space[PURL_MAX];
	struct buf b = BUF(space), again = BUF(again_space);
	struct purl p, q;
	const char *wrong = purl_parse(guarded(parsed[_i].in), &b, &p);

	if (!parsed[_i].want) {
		ck_assert_ptr_nonnull(wrong);
		return;
	}
	ck_assert_ptr_null(wrong);
	ck_assert_str_eq(printed(&p), parsed[_i].want);
	ck_assert_ptr_null(purl_parse(guarded(parsed[_i].want), &again, &q));
	ck_assert_str_eq(printed(&q), parsed[_i].want);
}
END_TEST

START_TEST(test_space)
{
	char small[16];
	struct buf full = BUF(small);
	struct purl p;

	ck_assert_ptr_nonnull(purl_parse(STR("pkg:npm/longer-than-space"), &full, &p));
}
END_TEST

static const struct {
	const char *type, *name, *version, *want;
} made[] = {
	{ "npm", "left-pad", "1.3.0", "pkg:npm/left-pad@1.3.0" },
	{ "npm", "@scope/name", "1.0.0-a+b", "pkg:npm/%40scope/name@1.0.0-a%2Bb" },
	{ "pypi", "Zope.Interface", "", "pkg:pypi/zope-interface" },
	{ "golang", "github.com/Azure/x", "v1.0.0", "pkg:golang/github.com/azure/x@v1.0.0" },
	{ "golang", "go.example", "v1.0.0", "pkg:golang/go.example@v1.0.0" },
	{ "maven", "org.example:Thing", "1", "pkg:maven/org.example/Thing@1" },
	{ "composer", "Monolog/Monolog", "3.0", "pkg:composer/monolog/monolog@3.0" },
	{ "generic", "100%41", "", "pkg:generic/100%2541" },
	{ "cargo", "a/b", "1", NULL },
	{ "npm", "", "1", NULL },
	{ "npm", "@scope/", "1", NULL },
	{ "npm", "x", "1/2", NULL },
	{ "npm", "x", "1\n2", NULL },
	{ "npm", "..", "1", NULL },
};

START_TEST(test_make)
{
	char space[PURL_MAX];
	struct buf b = BUF(space);
	struct purl p;
	const char *wrong =
		purl_make(made[_i].type, guarded(made[_i].name), guarded(made[_i].version), &b, &p);

	if (!made[_i].want) {
		ck_assert_ptr_nonnull(wrong);
		return;
	}
	ck_assert_ptr_null(wrong);
	ck_assert_str_eq(printed(&p), made[_i].want);
}
END_TEST

static const struct {
	const char *glob, *purl;
	bool want;
} matches[] = {
	{ "pkg:npm/left-pad", "pkg:npm/left-pad@1.3.0", true },
	{ "pkg:npm/left-pad@1.3.0", "pkg:npm/left-pad@1.3.0", true },
	{ "pkg:npm/left-pad@1.3.0", "pkg:npm/left-pad@1.3.1", false },
	{ "pkg:npm/left-pad@1.3.0", "pkg:npm/left-pad", false },
	{ "pkg:npm/left-pad@1.*", "pkg:npm/left-pad@1.3.0", true },
	{ "pkg:npm/left-pad@1.*", "pkg:npm/left-pad@11.0.0", false },
	{ "pkg:npm/left-pad", "pkg:npm/left-pads@1", false },
	{ "pkg:npm/left-pad", "pkg:cargo/left-pad@1", false },
	{ "pkg:npm/Left-pad", "pkg:npm/left-pad@1", false },
	{ "pkg:npm/@corp/*", "pkg:npm/%40corp/x@1", true },
	{ "pkg:npm/%40corp/*", "pkg:npm/%40corp/x@1", true },
	{ "pkg:npm/@corp/*", "pkg:npm/%40corpse/x@1", false },
	{ "pkg:npm/@corp/*", "pkg:npm/corp@1", false },
	{ "pkg:npm/*", "pkg:npm/x@1", true },
	{ "pkg:npm/*", "pkg:npm/%40corp/x@1", false },
	{ "pkg:npm/**", "pkg:npm/%40corp/x@1", true },
	{ "pkg:*/**", "pkg:pypi/x@1", true },
	{ "pkg:pypi/Foo_*", "pkg:pypi/foo.bar@1", true },
	{ "pkg:golang/github.com/Corp/**", "pkg:golang/github.com/corp/a/v2@v2.0.0", true },
	{ "pkg:golang/github.com/*/x", "pkg:golang/github.com/a/b/x@v1.0.0", false },
	{ "pkg:golang/**/x/*z", "pkg:golang/a/x/b/x/yz@v1.0.0", true },
	{ "pkg:golang/**/x/*z", "pkg:golang/a/x/b/x/y/z@v1.0.0", false },
	{ "pkg:npm/*a*b*c*", "pkg:npm/xxaxxbxxbxcx@1", true },
	{ "pkg:npm/*a*b*c*", "pkg:npm/xxcxxbxxbxax@1", false },
	{ "pkg:npm/react", "pkg:npm/%40evil/react@1", false },
};

START_TEST(test_match)
{
	char glob_space[PURL_MAX], space[PURL_MAX];
	struct buf g = BUF(glob_space), b = BUF(space);
	struct purl glob, p;

	ck_assert_ptr_null(purl_glob(guarded(matches[_i].glob), &g, &glob));
	ck_assert_ptr_null(purl_parse(guarded(matches[_i].purl), &b, &p));
	ck_assert_int_eq(purl_match(&glob, &p), matches[_i].want);
}
END_TEST

START_TEST(test_no_glob)
{
	static const char *const wrong[] = { "*", "pkg:*", "pkg:npm/*?x=*", "pkg:npm/*#x",
					     "pkg:npm/@corp" };

	for (size_t i = 0; i < LEN(wrong); i++) {
		char space[PURL_MAX];
		struct buf b = BUF(space);
		struct purl p;

		ck_assert_ptr_nonnull(purl_glob(guarded(wrong[i]), &b, &p));
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_parse, 0, LEN(parsed));
	tcase_add_test(tc, test_space);
	tcase_add_loop_test(tc, test_make, 0, LEN(made));
	tcase_add_loop_test(tc, test_match, 0, LEN(matches));
	tcase_add_test(tc, test_no_glob);
}

int main(void)
{
	return suite_run("purl", add);
}
