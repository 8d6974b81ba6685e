/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/lock.h"

#include <dirent.h>
#include <stdio.h>

#include "suite.h"

/*
 * tests/data/lock/CASE/ has a lock file, as the tool writes it, and "want": what is read from it.
 * AGENTBOX_UPDATE in the environment writes "want" anew.
 */

static struct watch_index names;

static struct str read_file(const char *path)
{
	char *bytes = malloc(1 << 20);
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(bytes, 1, 1 << 20, f) : 0;

	ck_assert_msg(f != NULL, "cannot open %s", path);
	fclose(f);
	return (struct str){ bytes, n };
}

static void show_text(const char *name, struct str text, struct buf *out)
{
	if (text.n)
		buf_printf(out, " %s=%.*s", name, (int)text.n, text.p);
}

static void show(const struct lock *lock, const char *wrong, struct buf *out)
{
	static const char *const flags[] = { "script", "alias", "unpinned", "bundled" };

	if (wrong)
		buf_printf(out, "wrong: %s\n", wrong);
	for (size_t i = 0; i < lock->n; i++) {
		const struct lock_entry *e = &lock->entry[i];

		buf_printf(out, "%s %.*s %.*s %s", e->type, (int)e->name.n, e->name.p,
			   (int)e->version.n, e->version.p, lock_source_name(e->source));
		for (size_t j = 0; j < LEN(flags); j++)
			if (e->flags >> j & 1)
				buf_printf(out, " %s", flags[j]);
		show_text("as", e->as, out);
		show_text("url", e->url, out);
		show_text("integrity", e->integrity, out);
		buf_puts(out, "\n");
	}
	for (size_t i = 0; i < lock->n_remarks; i++)
		buf_printf(out, "%s: %.*s\n", lock->remark[i].risky ? "risky" : "remark",
			   (int)lock->remark[i].what.n, lock->remark[i].what.p);
}

/* The file of the case that is no "want", a level or more below @dir. */
static const struct watched *find(const char *dir, const char *below, char *path, size_t n)
{
	char full[512];
	const struct watched *found = NULL;
	struct dirent *entry;
	DIR *stream;

	snprintf(full, sizeof(full), "%s/%s", dir, below);
	stream = opendir(full);
	while (stream && !found && (entry = readdir(stream))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
		    !strcmp(entry->d_name, "want"))
			continue;
		found = watch_find(&names, str_of(below), str_of(entry->d_name));
		if (found) {
			snprintf(path, n, "%s/%s", full, entry->d_name);
			break;
		}
		snprintf(full, sizeof(full), "%s%s%s", below, *below ? "/" : "", entry->d_name);
		found = find(dir, full, path, n);
		snprintf(full, sizeof(full), "%s/%s", dir, below);
	}
	if (stream)
		closedir(stream);
	return found;
}

static void check_case(const char *dir)
{
	static char space[1 << 20];
	struct arena arena = { 0 };
	struct lock lock = { .arena = &arena };
	struct buf out = BUF(space);
	char path[1024], want_path[1024];
	const struct watched *row = find(dir, "", path, sizeof(path));
	struct str text, want;

	ck_assert_msg(row != NULL, "%s has no lock file", dir);
	text = read_file(path);
	show(&lock, lock_read(row->format, guarded_bytes(text.p, text.n), &lock), &out);
	ck_assert(!out.full);
	snprintf(want_path, sizeof(want_path), "%s/want", dir);
	if (getenv("AGENTBOX_UPDATE")) {
		FILE *f = fopen(want_path, "w");

		fwrite(out.p, 1, out.n, f);
		fclose(f);
	}
	want = read_file(want_path);
	ck_assert_msg(str_eq(want, (struct str){ out.p, out.n }), "%s:\n%s", dir, out.p);
	arena_fini(&arena);
	free((char *)(uintptr_t)text.p);
	free((char *)(uintptr_t)want.p);
}

START_TEST(test_golden)
{
	char top[256], dir[600];
	struct dirent *entry;
	size_t n = 0;
	DIR *stream;

	snprintf(top, sizeof(top), "%s/tests/data/lock", getenv("AGENTBOX_SOURCE"));
	watch_index(&names);
	stream = opendir(top);
	ck_assert(stream != NULL);
	while ((entry = readdir(stream))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(dir, sizeof(dir), "%s/%s", top, entry->d_name);
		check_case(dir);
		n++;
	}
	closedir(stream);
	ck_assert_uint_gt(n, 15);
}
END_TEST

static const struct {
	enum lock_format format;
	const char *text, *wrong;
} refused[] = {
	{ LOCK_PACKAGE_LOCK, "", "it is empty" },
	{ LOCK_PACKAGE_LOCK, "{}", "its lockfileVersion is none of 1, 2, 3" },
	{ LOCK_PACKAGE_LOCK, "{\"lockfileVersion\":4,\"packages\":{}}",
	  "its lockfileVersion is none of 1, 2, 3" },
	{ LOCK_PACKAGE_LOCK, "{\"lockfileVersion\":3,\"packages\":{\"a\":{},\"a\":{}}}",
	  "a name stands twice" },
	{ LOCK_YARN, "  version \"1\"\n", "a field stands before the first entry" },
	{ LOCK_YARN, "a@^1:\n  version \"1\"\nnonsense\n",
	  "a line is neither an entry nor part of one" },
	{ LOCK_PNPM, "lockfileVersion: '9.0'\npackages: &a {}\n", "it has anchors" },
	{ LOCK_PNPM, "a: !!str 1\n", "it has tags" },
	{ LOCK_PNPM, "a: 1\n---\nb: 1\n", "there is more than one document" },
	{ LOCK_CARGO, "[[package]]\nversion = \"1\"\n", "a package has no name" },
	{ LOCK_CARGO, "[a]\n[a]\n", "a table stands twice" },
	{ LOCK_CARGO, "a = 1\na = 2\n", "a name stands twice" },
	{ LOCK_CARGO, "a = {b = 1}\n[a.c]\n", "a name is that of a value already" },
	{ LOCK_CARGO, "a = \"x\n", "a string does not end" },
	{ LOCK_CARGO, "a = [1, 2\n", "an array does not end" },
	{ LOCK_CARGO, "a = 1 b = 2\n", "something follows a value in its line" },
	{ LOCK_GO_SUM, "a v1 sha1:x\n", "a line is not \"MODULE VERSION h1:HASH\"" },
	{ LOCK_GO_MOD, "require (\n", "a block does not end" },
	{ LOCK_GRADLE, "nonsense\n", "a line is not \"GROUP:NAME:VERSION=...\"" },
};

START_TEST(test_refused)
{
	struct arena arena = { 0 };
	struct lock lock = { .arena = &arena };
	const char *wrong = lock_read(refused[_i].format, guarded(refused[_i].text), &lock);

	ck_assert_msg(wrong != NULL, "%s was read", refused[_i].text);
	if (strcmp(refused[_i].wrong, "it is empty") != 0)
		ck_assert_str_eq(wrong, refused[_i].wrong);
	arena_fini(&arena);
}
END_TEST

/* A document that is nested deeper than any lock file ends no process. */
START_TEST(test_deep)
{
	static const enum lock_format formats[] = { LOCK_PACKAGE_LOCK, LOCK_PNPM, LOCK_CARGO };
	static char text[100000];

	for (size_t i = 0; i < LEN(formats); i++) {
		struct arena arena = { 0 };
		struct lock lock = { .arena = &arena };

		memset(text, '[', sizeof(text));
		if (formats[i] == LOCK_CARGO)
			memcpy(text, "a=", 2);
		ck_assert(lock_read(formats[i], (struct str){ text, sizeof(text) }, &lock));
		arena_fini(&arena);
	}
}
END_TEST

static const struct {
	const char *url, *host, *scheme;
} urls[] = {
	{ "https://registry.example/a/-/a-1.tgz", "registry.example", "https" },
	{ "https://user:pw@evil.example:8443/x", "evil.example", "https" },
	{ "https://good.example@evil.example/x", "evil.example", "https" },
	{ "https://evil.example#@good.example/", "evil.example", "https" },
	{ "https://evil.example\\@good.example/", "evil.example", "https" },
	{ "git+ssh://git@host.example/a.git#1", "host.example", "git+ssh" },
	{ "http://[::1]:80/", "[::1]:80", "http" },
	{ "../a:b", "", "" },
	{ "", "", "" },
};

START_TEST(test_url)
{
	struct str url = guarded(urls[_i].url), host = lock_host(url), scheme = lock_scheme(url);

	ck_assert_msg(str_is(host, urls[_i].host), "%.*s", (int)host.n, host.p);
	ck_assert_msg(str_is(scheme, urls[_i].scheme), "%.*s", (int)scheme.n, scheme.p);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_golden);
	tcase_add_loop_test(tc, test_refused, 0, LEN(refused));
	tcase_add_test(tc, test_deep);
	tcase_add_loop_test(tc, test_url, 0, LEN(urls));
}

int main(void)
{
	return suite_run("lock", add);
}
