/* SPDX-License-Identifier: Apache-2.0 */
#include "os/trees.h"

#include <time.h>

#include "os/sys.h"
#include "tree.h"

/*
 * Nothing that comes into a tree, goes, or says something else is missed, whether or not it is told
 * to somebody; and nothing but that counts.
 */

#define TREES                                                                                      \
	"f node_modules/a/package.json f node_modules/a/lib/x f node_modules/@s/b/package.json "   \
	"f node_modules/a/node_modules/c/package.json d node_modules/bare f vendor/m/Cargo.toml "  \
	"f venv/lib/python3.11/site-packages/x-1.dist-info/METADATA f "                            \
	".yarn/cache/d-npm-1-0-0.zip "                                                             \
	"f target/debug/deps/e.d f target/t/release/deps/e.d f y.test@v1.0.0/go.mod "              \
	"f @v/v1.0.0.zip d stash/f h stash/package.json=node_modules/a/package.json "

static const char *const trees[] = {
	"node_modules", "vendor", "venv", ".yarn", "target", "y.test@v1.0.0", "@v",
};

static const struct {
	const char *command; /* in it */
	bool counts;
} changes[] = {
	{ "true", false },
	{ "echo x >node_modules/a/lib/x", false },
	{ "touch node_modules/a/lib/new", false },
	{ "echo x >node_modules/a/package.json", true },
	{ "echo x >node_modules/a/package.json; touch -d 2001-01-01 node_modules/a/package.json",
	  true },
	{ "mkdir node_modules/n; touch -d 2001-01-01 node_modules node_modules/n", true },
	{ "rm node_modules/a/package.json", true },
	{ "mv stash/package.json node_modules/@s/b/package.json", true },
	{ "mv stash/package.json node_modules/bare", true },
	{ "mv stash/f node_modules/bare/node_modules", true },
	{ "mv stash/f node_modules/@s", true },
	{ "mv node_modules/a/node_modules stash", true },
	{ "mv stash node_modules/@t", true },
	{ "echo x >node_modules/a/node_modules/c/package.json", true },
	{ "echo x >vendor/m/Cargo.toml", true },
	{ "touch vendor/m/new", true },
	{ "echo x >venv/lib/python3.11/site-packages/x-1.dist-info/METADATA", true },
	{ "echo x >.yarn/cache/d-npm-1-0-0.zip", true },
	{ "touch .yarn/cache/e-npm-1-0-0.zip", true },
	{ "echo x >target/debug/deps/e.d", true },
	{ "echo x >target/t/release/deps/e.d", true },
	{ "mkdir -p target/u/debug/deps", true },
	{ "touch y.test@v1.0.0/new.go", true },
	{ "echo x >y.test@v1.0.0/go.mod", false }, /* what is in its files is not compared */
	{ "touch @v/v1.0.1.zip", true },
};

static void count(struct tree_visitor *visitor, const struct tree_mark *mark)
{
	(void)visitor, (void)mark;
}

static int64_t latest(int top, bool told)
{
	struct tree_visitor visitor = { count };
	int64_t latest = 0;

	for (size_t i = 0; i < LEN(trees); i++) {
		const int64_t changed = trees_walk(top, trees[i], told ? &visitor : NULL);

		ck_assert_int_ne(changed, 0);
		latest = changed > latest ? changed : latest;
	}
	return latest;
}

/*
 * A time after all that has happened: of the clock that file systems go by, which ticks, though
 * some look at a finer one now and then.
 */
static int64_t next_tick(void)
{
	struct timespec fine, coarse;

	clock_gettime(CLOCK_REALTIME, &fine);
	do
		clock_gettime(CLOCK_REALTIME_COARSE, &coarse);
	while (file_time(coarse) <= file_time(fine));
	return file_time(coarse);
}

START_TEST(test_changes)
{
	char command[512];
	int64_t began;
	int top;

	tree_make(TREES);
	top = open(tree_top, O_PATH | O_DIRECTORY);
	began = next_tick();
	ck_assert_int_lt(latest(top, false), began);
	snprintf(command, sizeof(command), "cd %s && { %s; }", tree_top, changes[_i].command);
	ck_assert_int_eq(system(command), 0);
	ck_assert_int_eq(latest(top, false) >= began, changes[_i].counts);
	ck_assert_int_eq(latest(top, true) >= began, changes[_i].counts);
	close(top);
	tree_remove();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_changes, 0, LEN(changes));
}

int main(void)
{
	return suite_run("trees", add);
}
