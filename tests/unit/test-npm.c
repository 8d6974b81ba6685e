/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/eco.h"
#include "suite.h"

#define ARTIFACT(name, version, file) PACKAGE_ARTIFACT, name, version, file

static const struct {
	const char *method, *path;
	enum package_kind kind;
	const char *name, *version, *file;
} requests[] = {
	{ "GET", "/left-pad", PACKAGE_METADATA, "left-pad" },
	{ "HEAD", "/left-pad", PACKAGE_METADATA, "left-pad" },
	{ "GET", "/JSONStream", PACKAGE_METADATA, "JSONStream" },
	{ "GET", "/@scope%2Fname", PACKAGE_METADATA, "@scope/name" },
	{ "GET", "/%40scope%2Fname", PACKAGE_METADATA, "@scope/name" },
	{ "GET", "/@scope/name", PACKAGE_METADATA, "@scope/name" },
	{ "GET", "/left-pad/1.3.0", PACKAGE_VERSION, "left-pad", "1.3.0" },
	{ "GET", "/left-pad/latest", PACKAGE_VERSION, "left-pad", "latest" },
	{ "GET", "/@scope%2Fname/1.0.0", PACKAGE_VERSION, "@scope/name", "1.0.0" },
	{ "GET", "/left-pad/-/left-pad-1.3.0.tgz",
	  ARTIFACT("left-pad", "1.3.0", "left-pad-1.3.0.tgz") },
	{ "GET", "/a/-/a-1.0.0-rc.1.tgz", ARTIFACT("a", "1.0.0-rc.1", "a-1.0.0-rc.1.tgz") },
	{ "GET", "/@scope/name/-/name-2.0.1.tgz",
	  ARTIFACT("@scope/name", "2.0.1", "name-2.0.1.tgz") },
	{ "GET", "/@scope%2Fname/-/name-2.0.1.tgz",
	  ARTIFACT("@scope/name", "2.0.1", "name-2.0.1.tgz") },
	{ "GET", "/@scope/name/-/@scope/name-2.0.1.tgz",
	  ARTIFACT("@scope/name", "2.0.1", "name-2.0.1.tgz") },
	{ "GET", "/-/ping", PACKAGE_INDEX },
	{ "GET", "/-/npm/v1/keys", PACKAGE_INDEX },
	{ "GET", "/-/package/@scope%2Fname/dist-tags", PACKAGE_INDEX },
	{ "GET", "/-/v1/search", PACKAGE_SEARCH },
	{ "POST", "/-/npm/v1/security/advisories/bulk", PACKAGE_AUDIT },
	{ "GET", "/-/whoami", PACKAGE_AUTH },
	{ "PUT", "/-/user/org.couchdb.user:me", PACKAGE_AUTH },
	{ "POST", "/-/v1/login", PACKAGE_AUTH },
	{ "DELETE", "/-/npm/v1/tokens/token/abc", PACKAGE_AUTH },
	{ "POST", "/-/npm/v1/oidc/token/exchange/package/a", PACKAGE_AUTH },
	{ "PUT", "/left-pad", PACKAGE_PUBLISH, "left-pad" },
	{ "PUT", "/@scope%2Fname", PACKAGE_PUBLISH, "@scope/name" },
	{ "PUT", "/@scope/name", PACKAGE_PUBLISH, "@scope/name" },
	{ "PUT", "/left-pad/-rev/7-abc", PACKAGE_PUBLISH, "left-pad" },
	{ "DELETE", "/left-pad/-rev/7-abc", PACKAGE_PUBLISH, "left-pad" },
	{ "DELETE", "/left-pad/-/left-pad-1.3.0.tgz/-rev/7", PACKAGE_PUBLISH, "left-pad" },
	{ "PUT", "/-/package/left-pad/dist-tags/latest", PACKAGE_PUBLISH },
	{ "POST", "/-/package/left-pad/access", PACKAGE_PUBLISH },
	{ "POST", "/-/stage/package/left-pad", PACKAGE_PUBLISH },
	{ "POST", "/-/stage/abc/approve", PACKAGE_PUBLISH },

	/* nobody knows */
	{ "GET", "/-/all/since", PACKAGE_UNKNOWN },
	{ "GET", "/-", PACKAGE_UNKNOWN },
	{ "GET", "/-/", PACKAGE_UNKNOWN },
	{ "GET", "/left-pad/", PACKAGE_UNKNOWN },
	{ "GET", "/left-pad/-/", PACKAGE_UNKNOWN },
	{ "GET", "/left-pad/-/other-1.3.0.tgz", PACKAGE_UNKNOWN },
	{ "GET", "/left-pad/-/left-pad-.tgz", PACKAGE_UNKNOWN },
	{ "GET", "/left-pad/-/left-pad-1.3.0.tar.gz", PACKAGE_UNKNOWN },
	{ "GET", "/left-pad/-/left-pad-1%2F0.tgz", PACKAGE_UNKNOWN },
	{ "GET", "/@scope/name/-/@other/name-2.0.1.tgz", PACKAGE_UNKNOWN },
	{ "GET", "/@scope/name/-/@scop/name-2.0.1.tgz", PACKAGE_UNKNOWN },
	{ "GET", "/@scope/name/-/@scope/name-2.0.1.tgz/more", PACKAGE_UNKNOWN },
	{ "GET", "/@scope", PACKAGE_UNKNOWN },
	{ "GET", "/@%2Fname", PACKAGE_UNKNOWN },
	{ "GET", "/@scope%2Fna%2Fme", PACKAGE_UNKNOWN },
	{ "GET", "/scope%2Fname", PACKAGE_UNKNOWN },
	{ "GET", "/left%00pad", PACKAGE_UNKNOWN },
	{ "GET", "/left%20pad", PACKAGE_UNKNOWN },
	{ "GET", "/.hidden", PACKAGE_UNKNOWN },
	{ "POST", "/left-pad", PACKAGE_UNKNOWN },
	{ "PATCH", "/left-pad", PACKAGE_UNKNOWN },
	{ "DELETE", "/left-pad", PACKAGE_UNKNOWN },
	{ "POST", "/-/npm/v1/security/other", PACKAGE_UNKNOWN },
};

static const char *text(const char *s)
{
	return s ? s : "";
}

START_TEST(test_classify)
{
	const struct registry_request in = {
		.method = guarded(requests[_i].method),
		.path = guarded(requests[_i].path),
	};
	struct package_request out = { 0 };

	ecosystem_find(STR("npm"))->classify(&in, &out);
	ck_assert_str_eq(package_kind_name(out.kind), package_kind_name(requests[_i].kind));
	if (out.kind == PACKAGE_UNKNOWN)
		return;
	ck_assert_str_eq(out.name, text(requests[_i].name));
	ck_assert_str_eq(out.version, text(requests[_i].version));
	if (out.kind == PACKAGE_ARTIFACT)
		ck_assert_str_eq(out.file, text(requests[_i].file));
}
END_TEST

START_TEST(test_locate)
{
	const struct package_request of = { .name = "@scope/name" };
	char space[64];
	struct document out = { .path = BUF(space) };

	ck_assert(ecosystem_find(STR("npm"))->locate(&of, &out));
	ck_assert_str_eq(space, "/@scope%2Fname");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_classify, 0, LEN(requests));
	tcase_add_test(tc, test_locate);
}

int main(void)
{
	return suite_run("npm", add);
}
