/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/popular.h"

#include <stdio.h>
#include <string.h>

#include "suite.h"

static const struct {
	const char *type, *name, *like;
} rows[] = {
	/* the same, but for case and separators */
	{ "npm", "crossenv", "cross-env" },
	{ "npm", "cross_env", "cross-env" },
	{ "npm", "Lodash", "lodash" },
	{ "npm", "babel-core", NULL }, /* popular itself */
	{ "npm", "typescript-eslint-parser", "@typescript-eslint/parser" },
	{ "npm", "types-react", "@types/react" },
	{ "pypi", "pythondateutil", "python-dateutil" },
	{ "cargo", "serdejson", "serde_json" },
	/* looks alike */
	{ "npm", "l0dash", "lodash" },
	{ "npm", "typescrlpt", "typescript" },
	{ "npm", "cornmander", "commander" },
	{ "pypi", "nurnpy", "numpy" },
	{ "cargo", "t0kio", "tokio" },
	/* a mistake of typing */
	{ "npm", "loadsh", "lodash" },
	{ "npm", "expres", "express" },
	{ "npm", "electorn", "electron" },
	{ "npm", "lodashs", "lodash" },
	{ "npm", "lodasg", "lodash" },
	{ "npm", "raect", "react" },
	{ "npm", "reactt", "react" },
	{ "pypi", "reqeusts", "requests" },
	{ "pypi", "requsts", "requests" },
	{ "pypi", "urllib", NULL },
	{ "cargo", "rustdecimal", "rust_decimal" },
	{ "cargo", "tokoi", "tokio" },
	{ "golang", "github.com/siruspen/logrus", "github.com/sirupsen/logrus" },
	{ "golang", "github.com/siruspen/logrus/v2", "github.com/sirupsen/logrus" },
	{ "golang", "github.com/spf-13/cobra", "github.com/spf13/cobra" },
	{ "npm", "@bable/core", "@babel/core" },
	{ "npm", "@type/react", "@types/react" },
	/* none */
	{ "npm", "lodash", NULL },
	{ "npm", "lodash-utils", NULL },
	{ "npm", "modash", NULL },
	{ "npm", "lo", NULL },
	{ "npm", "", NULL },
	{ "npm", "-", NULL },
	{ "npm", "vsx", NULL },
	{ "npm", "execa2", NULL },
	{ "npm", "@corp/lodash", NULL },
	{ "npm", "@babel/cores", NULL },
	{ "golang", "github.com/sirupsen/logrus/v3", NULL },
	{ "golang", "github.com/sirupsen/logruss", NULL },
	{ "golang", "github.com/corp/logrus", NULL },
	{ "golang", "v2", NULL },
	{ "gem", "raills", NULL },
	{ "pypi", "loadsh", NULL },
};

START_TEST(test_like)
{
	const char *like = popular_like(str_of(rows[_i].type), guarded(rows[_i].name));

	ck_assert_msg(like == rows[_i].like ||
			      (like && rows[_i].like && !strcmp(like, rows[_i].like)),
		      "%s: %s", rows[_i].name, like ? like : "none");
}
END_TEST

/*
 * Each name of a list, read from its file, is like none; and each has a misspelling that is like
 * it.
 */
START_TEST(test_lists)
{
	static const char *const types[] = { "npm", "pypi", "cargo", "golang" };
	char path[4096], line[300];
	size_t n = 0, caught = 0, long_enough = 0;
	FILE *in;

	snprintf(path, sizeof(path), "%s/src/eco/popular/%s", getenv("AGENTBOX_SOURCE"), types[_i]);
	in = fopen(path, "r");
	ck_assert_ptr_nonnull(in);
	while (fgets(line, sizeof(line), in)) {
		const size_t end = strcspn(line, "\n");

		line[end] = '\0';
		if (line[0] == '#')
			continue;
		n++;
		ck_assert_ptr_null(popular_like(str_of(types[_i]), guarded(line)));
		if (end < 7 || strchr(line, '/') || strpbrk(line, "-_."))
			continue;
		long_enough++;
		memmove(line + 3, line + 2, end - 1); /* with a letter doubled */
		caught += popular_like(str_of(types[_i]), guarded(line)) != NULL;
	}
	fclose(in);
	ck_assert_msg(n >= 250, "%zu names", n);
	ck_assert_msg(caught == long_enough, "%zu of %zu", caught, long_enough);
}
END_TEST

/* Neither a long name nor any byte does harm. */
START_TEST(test_odd)
{
	char name[600];

	memset(name, 'a', sizeof(name));
	for (size_t n = 200; n < sizeof(name); n++)
		ck_assert_ptr_null(popular_like(STR("npm"), guarded_bytes(name, n)));
	for (int c = 0; c < 256; c++) {
		memcpy(name, "lod?sh", 6);
		name[3] = (char)c;
		popular_like(STR("npm"), guarded_bytes(name, 6));
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_like, 0, LEN(rows));
	tcase_add_loop_test(tc, test_lists, 0, 4);
	tcase_add_test(tc, test_odd);
}

int main(void)
{
	return suite_run("popular", add);
}
