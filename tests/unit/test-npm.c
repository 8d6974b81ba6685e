/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/eco.h"

#include <stdio.h>

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
	{ "GET", "/left-pad/latest", PACKAGE_METADATA, "left-pad", "" },
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
	struct document_at out = { .path = BUF(space) };

	ck_assert(ecosystem_find(STR("npm"))->locate(&of, &out));
	ck_assert_str_eq(space, "/@scope%2Fname");
}
END_TEST

#define DIST(name, version)                                                                        \
	"\"dist\":{\"tarball\":\"https://r.test/" name "/-/" name "-" version ".tgz\"}"
#define MANIFEST(version)                                                                          \
	"\"" version "\":{\"name\":\"a\",\"version\":\"" version "\"," DIST("a", version) "}"
#define ODD(version, members) "\"" version "\":{" members "}"

#define DOCUMENT(tags, versions, times)                                                            \
	"{\"_id\":\"a\",\"name\":\"a\",\"dist-tags\":{" tags "},\"versions\":{" versions           \
	"},\"time\":{" times "},\"readme\":\"r\"}"

#define TAG(tag, version) "\"" tag "\":\"" version "\""
#define TIME(version) "\"" version "\":\"2020-01-01T00:00:00.000Z\""
#define V1 MANIFEST("1.0.0")
#define V2 MANIFEST("1.1.0")
#define V3 MANIFEST("2.0.0-rc.1")
#define V4 MANIFEST("2.0.0")
#define LATEST(version) TAG("latest", version)

static const struct {
	const char *in, *drop, *want; /* @want NULL: refused */
} documents[] = {
	/* as it came, to the byte */
	{ DOCUMENT(LATEST("1.1.0"), V1 "," V2, TIME("created") "," TIME("1.0.0") "," TIME("1.1.0")),
	  "",
	  DOCUMENT(LATEST("1.1.0"), V1 "," V2,
		   TIME("created") "," TIME("1.0.0") "," TIME("1.1.0")) },
	{ " { \"name\" : \"a\" , \"versions\" : { } } ", "",
	  "{\"name\" : \"a\" , \"versions\" : {}}" },

	/* one, the first, the last, all */
	{ DOCUMENT(LATEST("1.1.0"), V1 "," V2, TIME("1.0.0") "," TIME("1.1.0")), "1.1.0",
	  DOCUMENT(LATEST("1.0.0"), V1, TIME("1.0.0")) },
	{ DOCUMENT(LATEST("1.1.0"), V1 "," V2, TIME("1.0.0") "," TIME("1.1.0")), "1.0.0",
	  DOCUMENT(LATEST("1.1.0"), V2, TIME("1.1.0")) },
	{ DOCUMENT(LATEST("1.1.0"), V1 "," V2 "," V4, ""), "1.1.0",
	  DOCUMENT(LATEST("1.0.0"), V1 "," V4, "") },
	{ DOCUMENT(LATEST("1.1.0"), V1 "," V2, TIME("created")), "1.0.0 1.1.0",
	  DOCUMENT("", "", TIME("created")) },

	/* what tags become */
	{ DOCUMENT(LATEST("2.0.0") "," TAG("next", "2.0.0"), V1 "," V4 "," V3, ""), "2.0.0",
	  DOCUMENT(LATEST("1.0.0"), V1 "," V3, "") },
	{ DOCUMENT(TAG("next", "2.0.0") "," LATEST("1.0.0"), V1 "," V4, ""), "2.0.0",
	  DOCUMENT(LATEST("1.0.0"), V1, "") },
	{ DOCUMENT(LATEST("1.0.0") "," TAG("next", "2.0.0"), V1 "," V4, ""), "1.0.0",
	  DOCUMENT(LATEST("2.0.0") "," TAG("next", "2.0.0"), V4, "") },
	{ DOCUMENT(LATEST("2.0.0"), V3 "," V4, ""), "2.0.0",
	  DOCUMENT(LATEST("2.0.0-rc.1"), V3, "") },
	{ DOCUMENT(LATEST("3.0.0"), V1, ""), "", DOCUMENT(LATEST("1.0.0"), V1, "") },
	{ DOCUMENT(TAG("old", "0.1.0"), V1, ""), "", DOCUMENT("", V1, "") },

	/* times of versions that are not offered */
	{ DOCUMENT("", V1, TIME("0.9.0") "," TIME("1.0.0")), "", DOCUMENT("", V1, TIME("1.0.0")) },

	/* manifests that are not what they say */
	{ DOCUMENT("", V1 "," ODD("1.0.1", "\"name\":\"b\"," DIST("b", "1.0.1")), ""), "",
	  DOCUMENT("", V1, "") },
	{ DOCUMENT("", V1 "," ODD("1.0.1", "\"version\":\"1.0.0\""), ""), "",
	  DOCUMENT("", V1, "") },
	{ DOCUMENT("", V1 "," ODD("1.0.1", DIST("a", "1") "," DIST("a", "1")), ""), "",
	  DOCUMENT("", V1, "") },
	{ DOCUMENT("", V1 "," ODD("1.0.1", "\"dist\":{},\"d\\u0069st\":{}"), ""), "",
	  DOCUMENT("", V1, "") },
	{ DOCUMENT("", V1 "," ODD("1.0.1", "\"dist\":{\"tarball\":\"a\",\"tarball\":\"b\"}"), ""),
	  "", DOCUMENT("", V1, "") },
	{ DOCUMENT("", V1 ",\"1.0.1\":7", ""), "", DOCUMENT("", V1, "") },
	{ DOCUMENT("", V1 ",\"1.0\":{}", ""), "", DOCUMENT("", V1, "") },
	{ DOCUMENT("", V1 ",\"1.0.\\u0030\":{}", ""), "", DOCUMENT("", V1, "") },

	/* refused */
	{ DOCUMENT("", V1 "," V1, ""), "", NULL },
	{ DOCUMENT("", V1 "," V2, TIME("1.0.0") "," TIME("1.0.0")), "", NULL },
	{ "{\"name\":\"a\",\"versions\":{},\"versions\":{}}", "", NULL },
	{ "{\"name\":\"a\",\"versions\":{},\"version\\u0073\":{}}", "", NULL },
	{ "{\"name\":\"a\",\"time\":{},\"time\":{}}", "", NULL },
	{ "{\"name\":\"b\",\"versions\":{}}", "", NULL },
	{ "{\"versions\":{}}", "", NULL },
	{ "{\"name\":\"a\",\"versions\":[]}", "", NULL },
	{ "{\"name\":\"a\",\"versions\":{}", "", NULL },
	{ "{\"name\":\"a\",\"versions\":{}} x", "", NULL },
	{ "[]", "", NULL },
	{ "", "", NULL },
	{ "<html>", "", NULL },
};

/* Drops the versions that are listed. */
static bool keep_others(void *of, const struct package_facts *facts)
{
	struct str one, rest = str_of(of);
	bool more = true;

	while (more) {
		more = str_cut(rest, ' ', &one, &rest);
		if (str_eq(one, facts->version))
			return false;
	}
	return true;
}

static int sift(struct sieve *s, const char *name, struct str in, struct buf *out)
{
	static struct package_request about = { .kind = PACKAGE_METADATA };
	int r;

	snprintf(about.name, sizeof(about.name), "%s", name);
	s->ecosystem = ecosystem_find(STR("npm"));
	s->about = &about;
	s->in = in;
	do
		r = sieve_run(s);
	while (r == SIEVE_MORE);
	for (size_t i = 0; r == 0 && i < s->n_pieces; i++)
		buf_str(out, s->piece[i]);
	return r;
}

START_TEST(test_sift)
{
	struct sieve s = { .judge = keep_others, .of = (void *)(uintptr_t)documents[_i].drop };
	char space[8192] = "";
	struct buf out = BUF(space);
	int r = sift(&s, "a", guarded(documents[_i].in), &out);

	ck_assert_msg((r == 0) == (documents[_i].want != NULL), "%s", s.reason);
	if (r == 0) {
		ck_assert_str_eq(space, documents[_i].want);
		ck_assert_uint_eq(s.size, out.n);
	}
	sieve_fini(&s);
}
END_TEST

/* The manifest alone, of the version that has the tag when others are dropped. */
START_TEST(test_tag)
{
	static const char in[] =
		DOCUMENT(LATEST("1.1.0") "," TAG("next", "2.0.0-rc.1") "," TAG("gone", "9.0.0"),
			 V1 "," V2 "," V3, TIME("1.0.0"));
	static const struct {
		const char *tag, *drop, *want; /* NULL: there is none */
	} tags[] = {
		{ "latest", "", V2 },
		{ "latest", "1.1.0", V1 },
		{ "latest", "1.0.0 1.1.0", V3 },
		{ "latest", "1.0.0 1.1.0 2.0.0-rc.1", NULL },
		{ "next", "", V3 },
		{ "next", "2.0.0-rc.1", NULL },
		{ "gone", "", NULL },
		{ "other", "", NULL },
	};

	for (size_t i = 0; i < LEN(tags); i++) {
		struct package_request about = { .name = "a" };
		struct sieve s = { .ecosystem = ecosystem_find(STR("npm")),
				   .about = &about,
				   .in = guarded(in),
				   .judge = keep_others,
				   .of = (void *)(uintptr_t)tags[i].drop };
		const char *value = tags[i].want ? strchr(tags[i].want, '{') : "";
		int r;

		memcpy(about.tag, tags[i].tag, strlen(tags[i].tag));
		while ((r = sieve_run(&s)) == SIEVE_MORE)
			;
		ck_assert_int_eq(r, 0);
		ck_assert_uint_eq(s.n_kept, tags[i].want != NULL);
		ck_assert_uint_eq(s.size, strlen(value));
		ck_assert(!s.n_pieces || !memcmp(s.piece[0].p, value, strlen(value)));
		sieve_fini(&s);
	}
}
END_TEST

/* Cut off anywhere, it is none. */
START_TEST(test_sift_cut)
{
	static const char whole[] = DOCUMENT(LATEST("1.1.0"), V1 "," V2, TIME("1.0.0"));

	for (size_t n = 0; n < strlen(whole); n++) {
		char none[] = "";
		struct sieve s = { .judge = keep_others, .of = none };
		char space[8192] = "";
		struct buf out = BUF(space);

		ck_assert_int_eq(sift(&s, "a", guarded_bytes(whole, n), &out), SIEVE_BAD);
		sieve_fini(&s);
	}
}
END_TEST

static bool note(void *of, const struct package_facts *facts)
{
	*(struct package_facts *)of = *facts;
	return true;
}

START_TEST(test_facts)
{
	static const char in[] =
		"{\"name\":\"@s/a\",\"versions\":{\"1.0.0-b\":{\"name\":\"@s\\/"
		"a\",\"version\":\"1.0.0-b\","
		"\"scripts\":{\"test\":\"x\",\"postinstall\":\"x\"},\"dist\":{\"shasum\":"
		"\"0123456789abcdef0123456789abcdef01234567\",\"tarball\":\"https://r.test/x.tgz\","
		"\"integrity\":\"sha1-ASNFZ4mrze8BI0VniavN7wEjRWc= sha256-"
		"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\"}}},"
		"\"time\":{\"1.0.0-b\":\"2020-01-01T00:00:00.5Z\"}}";
	struct package_facts facts = { 0 };
	struct sieve s = { .judge = note, .of = &facts };
	char space[1024];
	struct buf out = BUF(space);

	ck_assert_int_eq(sift(&s, "@s/a", guarded(in), &out), 0);
	ck_assert_uint_eq(s.n_all, 1);
	ck_assert(facts.scripts && facts.prerelease && facts.time == TIME_SERVER);
	ck_assert_int_eq(facts.published, 1577836800500);
	ck_assert_int_eq(facts.digest.kind, DIGEST_SHA256);
	ck_assert_uint_eq(facts.digest.b[0], 0xe3);
	ck_assert(str_is(facts.url, "https://r.test/x.tgz"));
	sieve_fini(&s);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_classify, 0, LEN(requests));
	tcase_add_test(tc, test_locate);
	tcase_add_loop_test(tc, test_sift, 0, LEN(documents));
	tcase_add_test(tc, test_tag);
	tcase_add_test(tc, test_sift_cut);
	tcase_add_test(tc, test_facts);
}

int main(void)
{
	return suite_run("npm", add);
}
