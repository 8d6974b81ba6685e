/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/rules_path.h"

#include "suite.h"
#include "wire/url.h"

/* Of a rule that allows, and of one that denies. */
enum { NEITHER, DENIES, BOTH };

static const struct {
	const char *glob, *path;
	int want;
} cases[] = {
	{ "/", "/", BOTH },
	{ "/", "/a", NEITHER },
	{ "/a", "/a", BOTH },
	{ "/a", "/ab", NEITHER },
	{ "/ab", "/a", NEITHER },
	{ "/a", "/a/b", NEITHER },
	/* one segment */
	{ "/*", "/", DENIES },
	{ "/a/*", "/a/", DENIES },
	{ "/*", "/a", BOTH },
	{ "/*", "/a/b", NEITHER },
	{ "/a*c", "/ac", BOTH },
	{ "/a*c", "/abcbc", BOTH },
	{ "/a*c", "/abcb", NEITHER },
	{ "/a*c", "/ab/c", NEITHER },
	{ "/*.tgz", "/a.tgz", BOTH },
	{ "/*.tgz", "/.tgz", BOTH },
	{ "/*a*b*", "/xxaxxbxx", BOTH },
	{ "/*a*b*", "/xxbxxaxx", NEITHER },
	{ "/repos/*/issues", "/repos/x/issues", BOTH },
	{ "/repos/*/issues", "/repos/x/y/issues", NEITHER },
	/* any number of them */
	{ "/**", "/", BOTH },
	{ "/**", "/a/b/c", BOTH },
	{ "/a/**", "/a", BOTH },
	{ "/a/**", "/a/", BOTH },
	{ "/a/**", "/a/b/c", BOTH },
	{ "/a/**", "/ab", NEITHER },
	{ "/a/*/**", "/a", NEITHER },
	{ "/a/*/**", "/a/b", BOTH },
	{ "/**/b", "/b", BOTH },
	{ "/**/b", "/a/a/b", BOTH },
	{ "/**/b", "/b/a", NEITHER },
	{ "/a/**/b", "/a/b", BOTH },
	{ "/a/**/b/**/c", "/a/b/x/b/c", BOTH },
	{ "/a/**/b/**/c", "/a/x/c", NEITHER },
	{ "/**/a/*/b/**", "/a/a/x/b/y", BOTH },
	{ "/**/**", "/", BOTH },
	/* octets are compared, however they are written */
	{ "/a!b", "/a%21b", BOTH },
	{ "/a%21b", "/a!b", BOTH },
	{ "/%41", "/A", BOTH },
	{ "/%2A", "/*", BOTH },
	{ "/%2A", "/a", NEITHER },
	{ "/*", "/%2A", BOTH },
	{ "/%C3%BC", "/%c3%bc", BOTH },
	{ "/[", "/%5B", BOTH },
	/* a slash in a segment: to some origins it is one, to others it separates */
	{ "/@a%2Fb", "/@a%2fb", BOTH },
	{ "/@a/b", "/@a%2Fb", DENIES },
	{ "/@a%2Fb", "/@a/b", DENIES },
	{ "/@a/*", "/@a%2Fb", DENIES },
	{ "/@a/**", "/@a%2Fb", DENIES },
	{ "/*", "/@a%2Fb", DENIES },
	{ "/**", "/@a%2Fb", BOTH },
	{ "/a/b", "/a%5Cb", DENIES },
	{ "/a/b", "/a/%2Fb", DENIES },
	{ "/a", "/a%2F", DENIES },
	/* what else origins do */
	{ "/admin", "/ADMIN", DENIES },
	{ "/Admin/**", "/admin/x", DENIES },
	{ "/admin", "/admin/", DENIES },
	{ "/admin/", "/admin", DENIES },
	{ "/admin/**", "/admin;x=1/users", DENIES },
	{ "/admin/**", "/admin%3Bx/users", DENIES },
	{ "/admin/users", "/admin/users;x", DENIES },
	{ "/admin/**", "/;x/admin/users", DENIES },
	{ "/admin/*", "/ADMIN/;x", DENIES },
	{ "/admin", "/admin/;x", DENIES },
	{ "/a/b", "/a/%253Bx/b", DENIES },
	{ "/", "/%3Bx/", DENIES },
	{ "/a;v=1", "/;x/a;v=1", NEITHER },
	{ "/a;v=1", "/a", NEITHER },
	{ "/a;v=1", "/a;v=1", BOTH },
	{ "/a;v=1", "/A;V=1", DENIES },
	{ "/a!b", "/a%2521b", DENIES },
	{ "/a%2521b", "/a%2521b", BOTH },
	{ "/a:b", "/a%253Ab", DENIES },
	{ "/%25", "/%25", BOTH },
	{ "/%25z", "/%25z", BOTH },
	{ "/*x", "/a;x", BOTH },
	{ "/a/%253Bx/b", "/a/b", DENIES },
	{ "/%C3%9C", "/%C3%BC", NEITHER },
	/* OPTIONS of the whole server */
	{ "/**", "*", DENIES },
	{ "/", "*", DENIES },
	{ "/a", "*", NEITHER },
};

static const char *canonical(const char *text, bool glob, char space[1000])
{
	struct buf out = buf_over(space, 1000);
	const char *wrong = glob ? glob_read(guarded(text), &out) : url_path(guarded(text), &out);

	ck_assert_msg(!wrong, "%s: %s", text, wrong);
	return out.p;
}

START_TEST(test_covers)
{
	char glob[1000], path[1000];
	struct str asked = STR("*");

	canonical(cases[_i].glob, true, glob);
	if (strcmp(cases[_i].path, "*") != 0)
		asked = guarded(canonical(cases[_i].path, false, path));
	ck_assert_int_eq(glob_covers(glob, asked, true), cases[_i].want >= DENIES);
	ck_assert_int_eq(glob_covers(glob, asked, false), cases[_i].want == BOTH);
}
END_TEST

/* A reader that tries every split, against the one that goes on from the last wildcard. */
static bool slow_segment(struct str glob, struct str segment)
{
	const struct str glob_rest = { glob.p + 1, glob.n - 1 };
	const struct str segment_rest = { segment.p + 1, segment.n - 1 };

	if (glob.n == 0)
		return segment.n == 0;
	if (glob.p[0] == '*')
		return slow_segment(glob_rest, segment) ||
		       (segment.n && slow_segment(glob, segment_rest));
	return segment.n && glob.p[0] == segment.p[0] && slow_segment(glob_rest, segment_rest);
}

static bool slow(const char *glob, const char *path)
{
	size_t part = *glob ? 1 + strcspn(glob + 1, "/") : 0;
	size_t segment = *path ? 1 + strcspn(path + 1, "/") : 0;

	if (part == 3 && !strncmp(glob, "/**", 3))
		return slow(glob + part, path) || (segment && slow(glob, path + segment));
	if (!part || !segment)
		return part == segment;
	return slow_segment((struct str){ glob + 1, part - 1 },
			    (struct str){ path + 1, segment - 1 }) &&
	       slow(glob + part, path + segment);
}

/* To some origins a slash at the end is nothing. */
static bool slow_without_slash(const char *glob, const char *path)
{
	char copy[2][16];
	const char *texts[] = { glob, path };

	for (size_t i = 0; i < 2; i++) {
		strcpy(copy[i], texts[i]);
		copy[i][strlen(copy[i]) - str_ends(str_of(copy[i]), "/")] = '\0';
	}
	return slow(copy[0], copy[1]);
}

/* The next text of "/ab*" up to a length, like a number that is counted up. */
static bool count_up(char *text, const char *digits, size_t max)
{
	size_t n = strlen(text);

	for (size_t i = n; i-- > 1;) {
		const char *at = strchr(digits, text[i]) + 1;

		text[i] = *at ? *at : digits[0];
		if (*at)
			return true;
	}
	text[n] = digits[0];
	text[n + 1] = '\0';
	return n < max;
}

START_TEST(test_all_short_ones)
{
	char glob[16] = "/", path[16], read[64];
	bool strict, loose;
	unsigned n = 0;

	do {
		struct buf out = BUF(read);

		if (strstr(glob, "//") || glob_read(str_of(glob), &out))
			continue;
		strcpy(path, "/");
		do {
			if (strstr(path, "//"))
				continue;
			n++;
			strict = slow(glob, path);
			loose = slow_without_slash(glob, path);
			ck_assert_msg(glob_covers(glob, str_of(path), false) == (strict && loose) &&
					      glob_covers(glob, str_of(path), true) ==
						      (strict || loose),
				      "%s %s", glob, path);
		} while (count_up(path, "/ab", 6));
	} while (count_up(glob, "/ab*", 6));
	ck_assert_uint_gt(n, 100000);
}
END_TEST

/* What takes a backtracking matcher years takes a moment. */
START_TEST(test_time)
{
	static char path[8192];
	const char *globs[] = { "/*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
				"/**/a/**/a/**/a/**/a/**/a/**/a/**/a/**/b" };

	memset(path, 'a', sizeof(path));
	for (size_t i = 0; i < sizeof(path); i += _i ? 2 : sizeof(path))
		path[i] = '/';
	ck_assert(!glob_covers(globs[_i], (struct str){ path, sizeof(path) }, true));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_covers, 0, LEN(cases));
	tcase_add_test(tc, test_all_short_ones);
	tcase_add_loop_test(tc, test_time, 0, 2);
}

int main(void)
{
	return suite_run("rules_path", add);
}
