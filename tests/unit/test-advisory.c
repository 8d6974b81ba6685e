/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/advisory.h"

#include <stdio.h>

#include "purl.h"

#define HEAD "agentbox advisories 1 2026-01-02T03:04:05.000Z\n"

static const char database[] =
	HEAD "pkg:cargo/tool\tvulnerable\tRUSTSEC-1\t0.2.0,1.1.0 2.0.0,=2.1.0\n"
	     "pkg:golang/example.com/a\tvulnerable\tGO-1\t0,v1.2.0\n"
	     "pkg:npm/%40scope/bad\tmalware\tMAL-1\t*\n"
	     "pkg:npm/a\tmalware\tMAL-2\t=1.0.1 =1.0.3\n"
	     "pkg:npm/a\tvulnerable\tGHSA-1\t0,1.0.2\n"
	     "pkg:npm/ab\tvulnerable\tGHSA-2\t1.0.0,\n"
	     "pkg:pypi/x-y\tvulnerable\tPYSEC-1\t=1.0 2.0a1,2.0\n";

/* NULL: nothing is said of it. */
static const struct {
	const char *purl, *id;
} finds[] = {
	{ "pkg:npm/%40scope/bad@1.0.0", "MAL-1" },
	{ "pkg:npm/@scope/bad", "MAL-1" },
	{ "pkg:npm/%40scope/ba@1.0.0", NULL },
	{ "pkg:npm/bad@1.0.0", NULL },
	{ "pkg:npm/a@1.0.0", "GHSA-1" },
	{ "pkg:npm/a@1.0.1", "MAL-2" },
	{ "pkg:npm/a@1.0.2", NULL },
	{ "pkg:npm/a@1.0.3", "MAL-2" },
	{ "pkg:npm/a@1.0.2-rc.1", "GHSA-1" },
	{ "pkg:npm/a@nonsense", "GHSA-1" },
	{ "pkg:npm/a", NULL },
	{ "pkg:npm/ab@0.9.0", NULL },
	{ "pkg:npm/ab@1.0.0", "GHSA-2" },
	{ "pkg:npm/ab@99.0.0", "GHSA-2" },
	{ "pkg:npm/abc@1.0.0", NULL },
	{ "pkg:cargo/Tool@0.1.9", NULL },
	{ "pkg:cargo/Tool@0.2.0", "RUSTSEC-1" },
	{ "pkg:cargo/tool@1.1.0", NULL },
	{ "pkg:cargo/tool@2.1.0", "RUSTSEC-1" },
	{ "pkg:cargo/tool@2.1.1", NULL },
	{ "pkg:golang/example.com/a@v1.1.0", "GO-1" },
	{ "pkg:golang/example.com/a@v1.2.0", NULL },
	{ "pkg:pypi/X_y@1.0.0", "PYSEC-1" }, /* equal by PEP 440 */
	{ "pkg:pypi/x.y@2.0b1", "PYSEC-1" },
	{ "pkg:pypi/x.y@2.0", NULL },
	{ "pkg:aaa/first@1", NULL },
	{ "pkg:zzz/last@1", NULL },
};

START_TEST(test_find)
{
	char space[PURL_MAX];
	struct buf b = BUF(space);
	struct advisories db;
	struct advisory found;
	struct purl p;

	ck_assert_ptr_null(advisories_open(guarded(database), &db));
	ck_assert_int_eq(db.built, 1767323045000);
	p = purl_of(finds[_i].purl, &b);
	ck_assert_msg(advisories_find(&db, &p, &found) == (finds[_i].id != NULL), "%s",
		      finds[_i].purl);
	if (!finds[_i].id)
		return;
	ck_assert(str_is(found.id, finds[_i].id));
	ck_assert_int_eq(found.malware, !strncmp(finds[_i].id, "MAL-", 4));
}
END_TEST

START_TEST(test_open)
{
	static const char *const bad[] = {
		"",
		"agentbox",
		HEAD "pkg:npm/a\tmalware\tMAL-1\t*",
		"agentbox advisories 1 \n",
		"agentbox advisories 1 yesterday\n",
		"agentbox advisories 2 2026-01-02T03:04:05Z\n",
	};
	char space[PURL_MAX];
	struct buf b = BUF(space);
	struct advisories db;
	struct advisory found;
	struct purl p;

	for (size_t i = 0; i < LEN(bad); i++)
		ck_assert_ptr_nonnull(advisories_open(guarded(bad[i]), &db));
	ck_assert_ptr_null(advisories_open(guarded(HEAD), &db));
	p = purl_of("pkg:npm/a@1.0.0", &b);
	ck_assert(!advisories_find(&db, &p, &found));
}
END_TEST

/* Every line of a large one is found, and nothing between. */
START_TEST(test_all_lines)
{
	char *text = malloc(1 << 20);
	struct buf b = buf_over(text, 1 << 20);
	struct advisories db;
	struct advisory found;

	buf_puts(&b, HEAD);
	for (int i = 0; i < 5000; i++)
		buf_printf(&b, "pkg:npm/p%04d\tmalware\tMAL-%d\t%s=%d.0.0\n", i, i,
			   i % 7 ? "" : "=1.0.0 =2.0.0 =3.0.0 ", i);
	ck_assert(!b.full);
	ck_assert_ptr_null(advisories_open((struct str){ b.p, b.n }, &db));
	for (int i = 0; i < 5000; i++) {
		char name[64], space[PURL_MAX];
		struct buf parts = BUF(space);
		struct purl p;

		snprintf(name, sizeof(name), "pkg:npm/p%04d@%d.0.0", i, i);
		p = purl_of(name, &parts);
		ck_assert(advisories_find(&db, &p, &found));
		snprintf(name, sizeof(name), "pkg:npm/p%04dx@%d.0.0", i, i);
		p = purl_of(name, &parts);
		ck_assert(!advisories_find(&db, &p, &found));
	}
	free(text);
}
END_TEST

/* NULL: refused. */
static const struct {
	const char *in, *want;
} advisories_of_osv[] = {
	{ "{\"id\":\"MAL-1\",\"affected\":[{\"package\":{\"ecosystem\":\"npm\",\"name\":\"@s/a\"},"
	  "\"versions\":[\"1.0.0\",\"1.0.1\"]}]}",
	  "pkg:npm/%40s/a\tmalware\tMAL-1\t=1.0.0 =1.0.1\n" },
	{ "{\"affected\":[{\"ranges\":[{\"type\":\"SEMVER\",\"events\":[{\"introduced\":\"0\"}]}],"
	  "\"package\":{\"name\":\"A_b\",\"ecosystem\":\"PyPI\",\"purl\":\"x\"}}],\"id\":\"MAL-"
	  "2\"}",
	  "pkg:pypi/a-b\tmalware\tMAL-2\t0,\n" },
	{ "{\"id\":\"GHSA-1\",\"affected\":[{\"package\":{\"ecosystem\":\"Maven:https://x.test\","
	  "\"name\":\"g:a\"},\"ranges\":[{\"type\":\"GIT\",\"repo\":\"x\",\"events\":[{"
	  "\"introduced\":\"0\"}]},{\"type\":\"ECOSYSTEM\",\"events\":[{\"introduced\":\"1\"},{"
	  "\"fixed\":\"2\"},{\"introduced\":\"3\"},{\"last_affected\":\"4\"}]}]}]}",
	  "pkg:maven/g/a\tvulnerable\tGHSA-1\t1,2 3,=4\n" },
	{ "{\"id\":\"GO-1\",\"affected\":[{\"package\":{\"ecosystem\":\"Go\",\"name\":\"x.test/"
	  "a\"}},"
	  "{\"package\":{\"ecosystem\":\"Debian:12\",\"name\":\"curl\"}},"
	  "{\"package\":{\"ecosystem\":\"crates.io\",\"name\":\"b\"},\"versions\":[]}]}",
	  "pkg:golang/x.test/a\tvulnerable\tGO-1\t*\npkg:cargo/b\tvulnerable\tGO-1\t*\n" },
	{ "{\"id\":\"X-1\",\"withdrawn\":\"2020-01-01T00:00:00Z\",\"affected\":[{\"package\":{"
	  "\"ecosystem\":\"npm\",\"name\":\"a\"}}]}",
	  "" },
	{ "{\"id\":\"X-1\"}", "" },

	{ "", NULL },
	{ "[]", NULL },
	{ "{\"affected\":[]}", NULL },
	{ "{\"id\":\"X\\t1\",\"affected\":[]}", NULL },
	{ "{\"id\":\"X 1\",\"affected\":[]}", NULL },
	{ "{\"id\":\"X\",\"affected\":{}}", NULL },
	{ "{\"id\":\"X\",\"affected\":[]", NULL },
	{ "{\"id\":\"X\",\"affected\":[{\"versions\":[\"1 2\"]}]}", NULL },
	{ "{\"id\":\"X\",\"affected\":[{\"versions\":[\"1,2\"]}]}", NULL },
	{ "{\"id\":\"X\",\"affected\":[{\"versions\":[1]}]}", NULL },
	{ "{\"id\":\"X\",\"affected\":[{\"ranges\":[{\"events\":[{\"fixed\":\"1\"}]}]}]}", NULL },
};

static void collect(void *of, struct str line)
{
	buf_str(of, line);
	buf_puts(of, "\n");
}

START_TEST(test_osv)
{
	char space[1024], lines[1024] = "";
	struct buf out = BUF(lines);
	const char *wrong = osv_read(guarded(advisories_of_osv[_i].in), BUF(space), collect, &out);

	ck_assert_msg(!wrong == !!advisories_of_osv[_i].want, "%s", advisories_of_osv[_i].in);
	if (!wrong)
		ck_assert_str_eq(lines, advisories_of_osv[_i].want);
}
END_TEST

/* More versions than there is room for are all of them. */
START_TEST(test_osv_full)
{
	char space[200], lines[200] = "";
	struct buf out = BUF(lines);

	ck_assert_ptr_null(
		osv_read(STR("{\"id\":\"MAL-1\",\"affected\":[{\"package\":{"
			     "\"ecosystem\":\"npm\",\"name\":\"a\"},\"versions\":["
			     "\"1.0.0\",\"1.0.0-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\","
			     "\"1.0.0-bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\"]}]}"),
			 BUF(space), collect, &out));
	ck_assert_str_eq(lines, "pkg:npm/a\tmalware\tMAL-1\t*\n");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_find, 0, LEN(finds));
	tcase_add_test(tc, test_open);
	tcase_add_test(tc, test_all_lines);
	tcase_add_loop_test(tc, test_osv, 0, LEN(advisories_of_osv));
	tcase_add_test(tc, test_osv_full);
}

int main(void)
{
	return suite_run("advisory", add);
}
