/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "os/sys.h"
#include "suite.h"

/*
 * A directory of the test's own, and what is made in it. A tree is text: entries separated by
 * blanks, each a letter and a path: d(irectory), f(ile), s(ocket), l(ink) PATH=TARGET, h(ard link)
 * PATH=OTHER, r(epository), c(losed directory: nobody can read it).
 */
static char tree_top[64];

static inline const char *tree_path(const char *relative)
{
	static char full[4][8192];
	static unsigned next;
	char *out = full[next++ % LEN(full)];

	snprintf(out, sizeof(full[0]), "%s/%s", tree_top, relative);
	return out;
}

static inline void tree_dirs(const char *path)
{
	char part[4096];

	snprintf(part, sizeof(part), "%s", path);
	for (char *slash = part; (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		mkdir(tree_path(part), 0755);
		*slash = '/';
	}
}

static inline void tree_file(const char *path, const char *text)
{
	FILE *f = fopen(tree_path(path), "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static inline void tree_add(char type, const char *path, const char *target)
{
	char sub[4096];

	tree_dirs(path);
	switch (type) {
	case 'd':
	case 'c':
		ck_assert_int_eq(mkdir(tree_path(path), type == 'c' ? 0 : 0755), 0);
		break;
	case 'f':
		tree_file(path, "text\n");
		break;
	case 's':
		ck_assert_int_eq(mknod(tree_path(path), S_IFSOCK | 0600, 0), 0);
		break;
	case 'l':
		ck_assert_int_eq(symlink(target, tree_path(path)), 0);
		break;
	case 'h':
		ck_assert_int_eq(link(tree_path(target), tree_path(path)), 0);
		break;
	case 'r':
		snprintf(sub, sizeof(sub), "%s%s.git/", path, *path ? "/" : "");
		tree_dirs(sub);
		strcat(sub, "HEAD");
		tree_file(sub, "ref: refs/heads/main\n");
		break;
	default:
		ck_abort_msg("no such entry: %c", type);
	}
}

static inline void tree_grow(const char *spec)
{
	char text[8192], *rest = text, *entry;

	snprintf(text, sizeof(text), "%s", spec);
	while ((entry = strsep(&rest, " "))) {
		char *type = entry, *path = strsep(&rest, " "), *target = NULL;

		if (!path)
			break;
		target = strchr(path, '=');
		if (target)
			*target++ = '\0';
		tree_add(*type, strcmp(path, ".") ? path : "", target);
	}
}

static inline void tree_make(const char *spec)
{
	strcpy(tree_top, "/tmp/agentbox-test.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(tree_top));
	tree_grow(spec);
}

/* What changes from here on is younger than what did before: the clock of files moves by ticks. */
static inline void tree_tick(void)
{
	const int64_t then = file_now();

	while (file_now() < then + 30000000) /* some of which may be left out */
		usleep(1000);
}

static inline void tree_remove(void)
{
	char command[200];

	snprintf(command, sizeof(command), "chmod -R u+rwx %s 2>/dev/null; rm -rf %s", tree_top,
		 tree_top);
	ck_assert_int_eq(system(command), 0);
}
