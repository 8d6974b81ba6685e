/* SPDX-License-Identifier: Apache-2.0 */
#include "os/mounts.h"

#include "suite.h"

static const char mountinfo[] =
	"24 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
	"25 24 0:22 / /proc rw - proc proc rw\n"
	"30 24 8:1 / /data rw - ext4 /dev/sda1 rw\n"
	"31 24 254:0 /home/dev/src /mnt/src rw - ext4 /dev/vda rw\n"
	"32 24 254:0 / /mnt/all rw - ext4 /dev/vda rw\n"
	"33 30 254:0 /home/dev/src/project/a\\040b /data/deep rw - ext4 /dev/vda rw\n"
	"34 24 0:40 / /home/dev/mnt rw - tmpfs tmpfs rw\n"
	"35 24 0:40 /sub /srv/sub rw - tmpfs tmpfs rw\n"
	"36 24 8:1 /x\\134y /odd\\011\\012name rw - ext4 /dev/sda1 rw\n"
	"37 24 0:50 / /over rw - tmpfs one rw\n"
	"38 24 254:0 /home/dev/src/project /over rw - ext4 /dev/vda rw\n";

static const struct {
	const char *a, *b;
	bool want;
} cases[] = {
	{ "/home/dev/src/project", "/opt", false },
	{ "/home/dev/src/project", "/home/dev/src/project/build", false },
	{ "/home/dev/src/project", "/home/dev/src/project-2", false },
	{ "/home/dev/src/project", "/mnt/src", true },
	{ "/home/dev/src/project", "/mnt/src/project", true },
	{ "/home/dev/src/project", "/mnt/src/project/deep/er", true },
	{ "/home/dev/src/project", "/mnt/src/project-2", false },
	{ "/home/dev/src/project", "/mnt/all", true },
	{ "/home/dev/src/project", "/mnt/all/usr", false },
	{ "/home/dev/src/project", "/mnt", true },  /* holds both */
	{ "/home/dev/src/project", "/data", true }, /* a part of it is mounted below */
	{ "/home/dev/src/project", "/data/other", false },
	{ "/home/dev/src/project", "/over", true }, /* the upper one of two mounts counts */
	{ "/home/dev", "/srv/sub", false },
	{ "/home/dev/mnt", "/srv/sub", true },
	{ "/home/dev/mnt/other", "/srv/sub", false },
	{ "/data/x\\y", "/odd\t\nname", true },
	{ "/data/z", "/odd\t\nname", false },
};

START_TEST(test_overlap)
{
	struct arena arena = { 0 };
	struct mounts mounts;

	mounts_parse(&mounts, guarded(mountinfo), &arena);
	ck_assert_msg(mounts_overlap(&mounts, cases[_i].a, cases[_i].b, &arena) == cases[_i].want,
		      "%s, %s", cases[_i].a, cases[_i].b);
	arena_fini(&arena);
}
END_TEST

/* Where no mount is known, nothing can be told apart. */
START_TEST(test_unknown)
{
	struct arena arena = { 0 };
	struct mounts mounts;

	mounts_parse(&mounts, STR("24 1 254:0 / /elsewhere rw - ext4 /dev/vda rw\n"), &arena);
	ck_assert(mounts_overlap(&mounts, "/a", "/b", &arena));
	mounts_parse(&mounts, guarded("24 1 254:0\n\nx\n1 2 3 \\777 \\0"), &arena);
	ck_assert(mounts_overlap(&mounts, "/a", "/b", &arena));
	arena_fini(&arena);
}
END_TEST

START_TEST(test_here)
{
	struct arena arena = { 0 };
	struct mounts mounts;
	struct err e;

	ck_assert_int_eq(mounts_read(&mounts, &arena, &e), 0);
	ck_assert_uint_gt(mounts.n, 0);
	ck_assert(!mounts_overlap(&mounts, "/proc", "/usr", &arena));
	arena_fini(&arena);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_overlap, 0, LEN(cases));
	tcase_add_test(tc, test_unknown);
	tcase_add_test(tc, test_here);
}

int main(void)
{
	return suite_run("mounts", add);
}
