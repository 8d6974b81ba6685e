/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/locked.h"

#include "purl.h"

#define HEAD "agentbox locked 1\n"

static const char list[] = HEAD "pkg:cargo/serde@1.0.0\n"
				"pkg:npm/%40corp/a@1.0.0\n"
				"pkg:npm/a-b@1.0.0\n"
				"pkg:npm/a@1.0.0\n"
				"pkg:npm/a@2.0.0\n"
				"pkg:npm/build@1.0.0%2B1\n"
				"pkg:npm/escape@%0a\n"
				"pkg:npm/odd@latest\n"
				"pkg:pypi/loose@\n"
				"pkg:pypi/sure@1.0\n"
				"end 2\n";

enum { NONE = 0, NAMED = 1, SAME = 2, OLDER = 4, NEWER = 8 };

static const struct {
	const char *purl;
	unsigned want;
} rows[] = {
	{ "pkg:npm/a@1.0.0", NAMED | SAME },
	{ "pkg:npm/a@2.0.0", NAMED | SAME },
	{ "pkg:npm/a@0.9.0", NAMED | OLDER },
	{ "pkg:npm/a@1.5.0", NAMED | OLDER | NEWER },
	{ "pkg:npm/a@2.0.1", NAMED | NEWER },
	{ "pkg:npm/a@2.0.0-rc.1", NAMED | OLDER | NEWER },
	{ "pkg:npm/a@no-version", NAMED | OLDER | NEWER },
	{ "pkg:npm/a", NAMED },
	{ "pkg:npm/A@1.0.0", NONE },
	{ "pkg:npm/a-b@1.0.0", NAMED | SAME },
	{ "pkg:npm/a-@1.0.0", NONE },
	{ "pkg:npm/%40corp/a@1.0.0", NAMED | SAME },
	{ "pkg:npm/%40corp/b@1.0.0", NONE },
	{ "pkg:npm/b@1.0.0", NONE },
	{ "pkg:npm/zz@1.0.0", NONE },
	{ "pkg:pypi/a@1.0.0", NONE },
	{ "pkg:cargo/serde@1.0.0", NAMED | SAME },
	/* nothing but the text is the same version, where the order does not tell them apart */
	{ "pkg:npm/build@1.0.0%2B1", NAMED | SAME },
	{ "pkg:npm/build@1.0.0%2B2", NAMED | OLDER | NEWER },
	{ "pkg:npm/build@1.0.0", NAMED | OLDER | NEWER },
	{ "pkg:npm/odd@1.0.0", NAMED | OLDER | NEWER },
	{ "pkg:npm/escape@1.0.0", NAMED | OLDER | NEWER },
	/* but PyPI writes one in many ways */
	{ "pkg:pypi/sure@1.0", NAMED | SAME },
	{ "pkg:pypi/sure@1.0.0", NAMED | SAME },
	{ "pkg:pypi/Sure@v1", NAMED | SAME },
	{ "pkg:pypi/sure@1.1", NAMED | NEWER },
	/* a version that is left open is any, and none */
	{ "pkg:pypi/loose@1.0", NAMED | OLDER | NEWER },
};

START_TEST(test_find)
{
	char space[PURL_MAX];
	struct buf parts = BUF(space);
	struct locked_standing s;
	struct locked locked;
	struct purl p;

	ck_assert_ptr_null(locked_open(STR(list), &locked));
	ck_assert_int_eq(locked.unread, 2);
	p = purl_of(rows[_i].purl, &parts);
	s = locked_find(&locked, &p);
	ck_assert_msg(rows[_i].want == (s.package * NAMED | s.version * SAME | s.older * OLDER |
					s.newer * NEWER),
		      "%s: %d%d%d%d", rows[_i].purl, s.package, s.version, s.older, s.newer);
}
END_TEST

static const struct {
	const char *text;
	bool good;
} texts[] = {
	{ HEAD "end 0\n", true },
	{ HEAD "pkg:npm/a@1\nend 0\n", true },
	{ "", false },
	{ HEAD, false },
	{ "agentbox locked 2\nend 0\n", false },
	{ HEAD "end 0", false },
	{ HEAD "end\n", false },
	{ HEAD "end x\n", false },
	{ HEAD "end -1\n", false },
	{ HEAD "pkg:npm/a@1\n", false },
	{ HEAD "pkg:npm/a@1\nend 0\npkg:npm/b@1\n", false },
	{ HEAD "end 0\nend 0\n", false },
	{ HEAD "\nend 0\n", false },
	{ HEAD "pkg:npm/b@1\npkg:npm/a@1\nend 0\n", false },
	{ HEAD "pkg:npm/a@1\npkg:npm/a@1\nend 0\n", false },
	{ HEAD "pkg:npm/a\nend 0\n", false },
	{ HEAD "pkg:npm/a@1 \nend 0\n", false },
	{ HEAD "pkg:npm/\xc3\xa9@1\nend 0\n", false },
	{ HEAD "npm/a@1\nend 0\n", false },
};

START_TEST(test_open)
{
	struct locked locked;
	const char *wrong = locked_open(guarded(texts[_i].text), &locked);

	ck_assert_msg(!wrong == texts[_i].good, "%s: %s", texts[_i].text, wrong ? wrong : "good");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_find, 0, LEN(rows));
	tcase_add_loop_test(tc, test_open, 0, LEN(texts));
}

int main(void)
{
	return suite_run("locked", add);
}
