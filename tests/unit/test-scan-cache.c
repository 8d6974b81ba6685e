/* SPDX-License-Identifier: Apache-2.0 */
#include "os/scan.h"

#include <dirent.h>
#include <errno.h>

#include "os/scan_cache.h"
#include "tree.h"

/*
 * Whatever happens to a workspace, a scan that remembers the one before finds what a scan does that
 * remembers nothing.
 */

enum { DIRS = 300, SETTLED_S = 4 };

static char workspace[128], scans[128];

static struct item hide[] = { { .text = ".env" }, { .text = "*.pem" }, { .text = "x/*.key" } };
static struct item protect[] = { { .text = ".vscode" }, { .text = ".git/config" } };
static const struct policy policy = {
	.access = ACCESS_WRITE,
	.lockfiles_mode = LOCKFILES_AUDIT,
	.hide = { hide, LEN(hide) },
	.protect = { protect, LEN(protect) },
};

static void print(struct buf *out, const struct host *host)
{
	for (size_t i = 0; i < host->n_matches; i++)
		buf_printf(out, "%s %d %d\n", host->matches[i].path, host->matches[i].kind,
			   host->matches[i].pattern->hide);
	for (size_t i = 0; i < host->n_repositories; i++)
		buf_printf(out, "%s\n", host->repositories[i]);
	for (size_t i = 0; i < host->n_watched; i++)
		buf_printf(out, "%s\n", host->watched[i]);
}

static void begin(struct host *host, const char *place)
{
	struct err e = { 0 };

	*host = (struct host){ .uid = getuid(), .workspace = workspace, .scans = place };
	ck_assert_msg(scan_workspace(host, &policy, &e) == 0, "%s", e.text);
}

static void scan(struct buf *out, const char *place)
{
	struct host host;

	begin(&host, place);
	print(out, &host);
	arena_fini(&host.arena);
}

static void scan_later(struct buf *out, const struct host *known)
{
	struct err e = { 0 };
	struct host now;

	ck_assert_msg(scan_again(known, &policy, &now, &e) == 0, "%s", e.text);
	print(out, &now);
	arena_fini(&now.arena);
}

/* The one file in the place of scans, or NULL. */
static const char *cache(void)
{
	static char path[512];
	DIR *dir = opendir(scans);
	const struct dirent *entry;

	path[0] = '\0';
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			snprintf(path, sizeof(path), "%s/%s", scans, entry->d_name);
	if (dir)
		closedir(dir);
	return path[0] ? path : NULL;
}

static char spaces[2][64 * 1024];

static void same(const char *name, const struct buf *with, const struct buf *without)
{
	ck_assert_msg(!with->full && !strcmp(with->p, without->p), "%s:\n%s\ninstead of\n%s", name,
		      with->p, without->p);
}

static void compare(const char *name)
{
	struct buf with = BUF(spaces[0]), without = BUF(spaces[1]);

	scan(&with, scans);
	scan(&without, NULL);
	same(name, &with, &without);
}

/* The same of the end of a box that began when @known was scanned. */
static void compare_later(const char *name, const struct host *known)
{
	struct buf with = BUF(spaces[0]), without = BUF(spaces[1]);
	struct host fresh = *known;

	fresh.scans = NULL;
	scan_later(&with, known);
	scan_later(&without, &fresh);
	same(name, &with, &without);
}

/* Directories are remembered some time after they were changed; all tests wait for it at once. */
static void set_up(void)
{
	char path[64];

	tree_make("d state f ws/x/a.key f ws/a/b/.env f ws/a/c.pem r ws/repo f ws/repo/x/a.key "
		  "d ws/node_modules/deep f ws/d/.vscode/x d ws/e/f/g l ws/link=a d ws/swap/one "
		  "f ws/a/package-lock.json f ws/swap/two/.env f ws/hard h ws/h/other=ws/hard");
	for (int i = 0; i < DIRS; i++) {
		snprintf(path, sizeof(path), "ws/many/%d", i);
		tree_add('d', path, NULL);
	}
	chmod(tree_path("state"), 0700);
	snprintf(workspace, sizeof(workspace), "%s/ws", tree_top);
	snprintf(scans, sizeof(scans), "%s/state/scans", tree_top);
	compare("fresh");
	sleep(SETTLED_S);
}

static void move(const char *from, const char *to)
{
	ck_assert_int_eq(rename(tree_path(from), tree_path(to)), 0);
}

static void change(int which)
{
	const struct timespec old[] = { { 1, 0 }, { 1, 0 } };

	switch (which) {
	case 0:
		break; /* nothing */
	case 1:
		tree_add('f', "ws/many/17/.env", NULL);
		break;
	case 2: /* with the time of modification put back */
		tree_add('f', "ws/many/18/x.pem", NULL);
		utimensat(AT_FDCWD, tree_path("ws/many/18"), old, 0);
		break;
	case 3:
		ck_assert_int_eq(unlink(tree_path("ws/a/b/.env")), 0);
		break;
	case 4:
		move("ws/a/b", "ws/e/b");
		break;
	case 5: /* two of the same name change places */
		move("ws/swap/one", "ws/swap/three");
		move("ws/swap/two", "ws/swap/one");
		move("ws/swap/three", "ws/swap/two");
		break;
	case 6:
		move("ws/e/f", "ws/many/20/f");
		tree_add('l', "ws/e/f", "../a");
		break;
	case 7:
		tree_add('f', "ws/new/deep/.env", NULL);
		break;
	case 8:
		tree_add('r', "ws/many/30", NULL);
		break;
	case 9:
		tree_add('f', "ws/many/31/.git", NULL);
		break;
	case 10:
		ck_assert_int_eq(rmdir(tree_path("ws/many/32")), 0);
		tree_add('f', "ws/many/32/k.pem", NULL);
		break;
	case 11:
		tree_add('h', "ws/many/33/.env", "ws/hard");
		break;
	case 12:
		move("ws/node_modules", "ws/modules");
		tree_add('f', "ws/modules/deep/.env", NULL);
		break;
	case 13:
		move("ws/repo", "ws/many/34/repo");
		break;
	case 14:
		chmod(tree_path("ws/many/35"), 0);
		break;
	case 15: /* all of them */
		for (int i = 0; i < DIRS; i++) {
			char path[64];

			snprintf(path, sizeof(path), "ws/many/%d/.env", i);
			if (i != 31 && i != 35)
				tree_add('f', path, NULL);
		}
		break;
	}
}

enum { CHANGES = 16 };

/* What changes next may do so at the same time. */
START_TEST(test_just_changed)
{
	struct scan_dir before = { 0 }, after = { 0 };
	const int fd = open(tree_path("ws/d"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	scan_cache_identify(&before, fd);
	tree_add('d', "ws/d/new", NULL);
	scan_cache_identify(&after, fd);
	close(fd);
	ck_assert(before.ino && !after.ino);
}
END_TEST

START_TEST(test_changes)
{
	struct host remembers[2]; /* what it has read itself, and what that one has saved */

	while (cache())
		unlink(cache());
	for (size_t i = 0; i < LEN(remembers); i++) {
		begin(&remembers[i], scans);
		ck_assert_ptr_nonnull(remembers[i].remembered);
	}
	ck_assert_ptr_nonnull(cache());
	for (int i = 0; i < CHANGES; i++) {
		char name[16];

		change(i);
		snprintf(name, sizeof(name), "change %d", i);
		for (size_t j = 0; j < LEN(remembers); j++)
			compare_later(name, &remembers[j]);
		compare(name);
	}
	chmod(tree_path("ws/many/35"), 0755);
	for (size_t i = 0; i < LEN(remembers); i++)
		arena_fini(&remembers[i].arena);
}
END_TEST

/* A box that ran without these patterns may have made what they match. */
START_TEST(test_other_patterns)
{
	char found[4096];
	struct buf out = BUF(found);

	compare("settled");
	hide[0].text = "other";
	tree_add('f', "ws/many/1/other", NULL);
	scan(&out, scans);
	ck_assert_ptr_nonnull(strstr(found, "many/1/other"));
	ck_assert_ptr_null(strstr(found, ".env"));
	hide[0].text = ".env";
}
END_TEST

/* Whatever is in the file, nothing is read beyond it, and the scan ends. */
START_TEST(test_damaged)
{
	static char whole[256 * 1024], space[64 * 1024];
	const char *path;
	size_t n;
	FILE *f;

	compare("settled");
	path = cache();
	ck_assert_ptr_nonnull(path);
	f = fopen(path, "r");
	n = fread(whole, 1, sizeof(whole), f);
	fclose(f);
	for (unsigned seed = 0; seed < 400; seed++) {
		struct buf out = BUF(space);
		size_t size = n;

		srandom(seed);
		f = fopen(path, "w");
		if (seed % 4 == 0)
			size = (size_t)random() % n;
		fwrite(whole, 1, size, f);
		for (unsigned i = 0; i < seed % 8 && size; i++) {
			fseek(f, random() % (seed % 2 ? 4096 : (long)size), SEEK_SET);
			fputc((int)random(), f);
		}
		fclose(f);
		scan(&out, scans);
	}
	chmod(path, 0622);
	compare("written by others");
	unlink(path);
}
END_TEST

static void add(TCase *tc)
{
	tcase_set_timeout(tc, 60);
	tcase_add_unchecked_fixture(tc, set_up, tree_remove);
	tcase_add_test(tc, test_damaged);
	tcase_add_test(tc, test_other_patterns);
	tcase_add_test(tc, test_just_changed);
	tcase_add_test(tc, test_changes);
}

int main(void)
{
	return suite_run("scan-cache", add);
}
