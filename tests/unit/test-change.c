/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/change.h"

#include "eco/version.h"
#include "suite.h"

/* One package at version 1. */
#define LOCK(name, host)                                                                           \
	"{\"lockfileVersion\":3,\"packages\":{\"node_modules/" name                                \
	"\":{\"version\":\"1\",\"resolved\":\"https://" host "/" name "/-/" name "-1.tgz\"}}}"

/* Both sides are requirements.txt or, with a '{', package-lock.json of one package each. */
static const struct {
	const char *before, *after, *want;
} cases[] = {
	{ "", "", "" },
	{ "a==1\n", "a==1\n", "" },
	{ "", "a==1\n", "add a 1; " },
	{ "a==1\n", "", "remove a 1; " },
	{ "a==1\n", "a==2\n", "upgrade a 1>2; " },
	{ "a==2\n", "a==1\n", "downgrade a 2>1; " },
	{ "a==1.9\n", "a==1.10\n", "upgrade a 1.9>1.10; " },
	{ "a==1.0\n", "a==1.0rc1\n", "downgrade a 1.0>1.0rc1; " },
	{ "a==1\n", "a\n", "version a 1>; " },
	{ "b==1\na==1\n", "a==1\nb==1\n", "" },
	{ "a==1\na==1\n", "a==1\n", "" },
	{ "a==1\nb==1\n", "b==2\nc==1\n", "remove a 1; upgrade b 1>2; add c 1; " },
	{ "a==1\na==2\n", "a==2\na==3\n", "upgrade a 1>3; " },
	{ "a==1 --hash=sha256:aa\n", "a==1\n", "entry a 1>1: its hash was removed; " },
	{ "a==1 --hash=sha256:aa\n", "a==1 --hash=sha256:bb\n",
	  "entry a 1>1: another hash for the same version; " },
	{ "a==1 --hash=sha256:aa\n", "a==1 --hash=sha256:aa\nb==1\n", "add b 1: it has no hash; " },
	{ "a==1 --hash=sha256:aa\n", "a==2 --hash=md5:bb\n",
	  "upgrade a 1>2: its hash is a weak one; " },
	{ "a==1\n", "a @ https://x.test/a.tgz\n",
	  "version a 1>: it comes from another place than before, it comes from no registry; " },
	{ "", "a @ git+http://x.test/a\n",
	  "add a : it is fetched without knowing from whom, it comes from no registry; " },
	{ LOCK("a", "r.test"), LOCK("a", "r.test"), "" },
	{ "", LOCK("a", "evil.test"), "add a 1; " },
	{ LOCK("a", "r.test"), LOCK("b", "r.test"), "remove a 1; add b 1; " },
	{ LOCK("a", "r.test"), LOCK("b", "evil.test"),
	  "remove a 1; add b 1: its host is new to this lock file; " },
	{ "", "\xd0\xb0==1\n",
	  "add \xd0\xb0==1 : it comes from no registry, its name has characters that cannot be "
	  "seen or told apart; " },
};

static void show(const struct changes *changes, struct buf *out)
{
	for (size_t i = 0; i < changes->n; i++) {
		const struct change *c = &changes->change[i];
		const struct lock_entry *e = c->to ? c->to : c->from;
		const char *before = ": ";

		buf_printf(out, "%s %.*s ", change_name(c->kind), (int)e->name.n, e->name.p);
		if (c->from && c->to)
			buf_printf(out, "%.*s>", (int)c->from->version.n, c->from->version.p);
		buf_printf(out, "%.*s", (int)e->version.n, e->version.p);
		for (enum trick trick = 0; trick < N_TRICKS; trick++)
			if (c->tricks >> trick & 1) {
				buf_printf(out, "%s%s", before, change_trick(trick));
				before = ", ";
			}
		buf_puts(out, "; ");
	}
}

static void read_side(const char *text, struct lock *lock)
{
	const enum lock_format format = text[0] == '{' ? LOCK_PACKAGE_LOCK : LOCK_REQUIREMENTS;

	ck_assert(!lock_read(format, guarded(text), lock));
}

START_TEST(test_change)
{
	struct arena arena = { 0 };
	struct lock before = { .arena = &arena }, after = { .arena = &arena };
	struct changes changes = { 0 };
	char space[2048] = "";
	struct buf out = BUF(space);

	read_side(cases[_i].before, &before);
	read_side(cases[_i].after, &after);
	change_find(&before, &after, &arena, &changes);
	show(&changes, &out);
	ck_assert_str_eq(space, cases[_i].want);
	arena_fini(&arena);
}
END_TEST

static const struct {
	const char *type, *a, *b;
	int order; /* 2: nobody can say */
} versions[] = {
	{ "npm", "1.0.0", "1.0.1", -1 },
	{ "npm", "1.0.0-rc.1", "1.0.0", -1 },
	{ "npm", "1.0", "1.0.0", 2 },
	{ "golang", "v1.10.0", "v1.9.0", 1 },
	{ "golang", "1.0.0", "v1.0.0", 2 },
	{ "pypi", "1.0", "1.0.0", 0 },
	{ "maven", "33.0.0-jre", "32.1.3-jre", 1 },
	{ "gem", "1.16.5", "1.16.10", -1 },
	{ "gem", "2.0.0.rc1", "2.0.0", -1 },
	{ "terraform", "3.6.1", "", 2 },
	{ "github", "abcdef", "1.0", 2 },
};

START_TEST(test_version)
{
	int order = 2;

	if (version_order(versions[_i].type, guarded(versions[_i].a), guarded(versions[_i].b),
			  &order) < 0)
		order = 2;
	else
		order = order < 0 ? -1 : order > 0;
	ck_assert_int_eq(order, versions[_i].order);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_change, 0, LEN(cases));
	tcase_add_loop_test(tc, test_version, 0, LEN(versions));
}

int main(void)
{
	return suite_run("change", add);
}
