/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "os/scan_find.h"
#include "os/sys.h"

/*
 * git runs what core.hooksPath names instead of .git/hooks: as good as those, wherever it lies in
 * the workspace. Who wrote the configuration is trusted: no box could. What it includes is not
 * read.
 */

enum { CONFIG_MAX = 1 << 20 };

/* Of "NAME = VALUE # COMMENT" the value, if that is the name; else empty. */
static struct str value_of(struct str line, const char *wanted)
{
	struct str name, value, quoted, rest;
	size_t n = 0;

	if (!str_cut(line, '=', &name, &value) || !str_eq_nocase(str_trim(name), str_of(wanted)))
		return (struct str){ "", 0 };
	value = str_trim(value);
	if (str_starts(value, "\"")) {
		str_cut(str_skip(value, 1), '"', &quoted, &rest);
		return quoted;
	}
	while (n < value.n && value.p[n] != '#' && value.p[n] != ';')
		n++;
	return str_trim((struct str){ value.p, n });
}

/* git-config(1): the last one counts. */
static struct str hooks_in(struct str text)
{
	struct str line, head, found = { "", 0 }, value;
	bool core = false;

	while (text.n) {
		str_cut(text, '\n', &line, &text);
		line = str_trim(line);
		if (str_ends(line, "\r"))
			line.n--;
		if (str_starts(line, "[")) {
			str_cut(line, ']', &head, &line);
			core = str_eq_nocase(str_trim(str_skip(head, 1)), STR("core"));
		}
		value = core ? value_of(line, "hooksPath") : (struct str){ "", 0 };
		found = value.n ? value : found;
	}
	return found;
}

/* Takes "." and ".." out of a path, and what separates too much. False: it leads above its top. */
static bool straighten(char *path)
{
	char *out = path, *rest = path, *part;

	while ((part = strsep(&rest, "/"))) {
		const size_t n = strlen(part);

		if (n == 0 || !strcmp(part, "."))
			continue;
		if (!strcmp(part, "..")) {
			if (out == path)
				return false;
			for (out--; out > path && out[-1] != '/';)
				out--;
			continue;
		}
		memmove(out, part, n);
		out += n;
		*out++ = '/';
	}
	if (out == path)
		return false;
	out[-1] = '\0';
	return true;
}

/* As it is in the workspace, or NULL. */
static char *place_of(struct finder *f, const char *root, struct str value)
{
	struct arena *arena = &f->host->arena;
	char *named = arena_strndup(arena, value.p, value.n);
	const size_t n = strlen(f->base);

	if (named[0] != '/')
		named = arena_printf(arena, "%s/%s", root, named);
	else if (path_is_below(named, f->base))
		named += n;
	else
		return NULL;
	return straighten(named) ? named : NULL;
}

/* What stands for it if it is missing lies among files that git lists: see placeholder.c. */
static const struct pattern *pattern_for(struct finder *f, const struct pattern *hooks)
{
	struct pattern *pattern = arena_alloc(&f->host->arena, sizeof(*pattern));

	*pattern = *hooks;
	pattern->glob = STR("core.hooksPath");
	return pattern;
}

int find_hooks(struct finder *f, const char *root, const struct pattern *pattern)
{
	const struct host *host = f->host;
	struct arena *arena = &f->host->arena;
	const char *elsewhere = host->commondir ? host->commondir : host->gitdir,
		   *home = host->home ? host->home : "/nonexistent";
	const char *const files[] = {
		elsewhere && !*root ? arena_printf(arena, "%s/config", elsewhere)
				    : find_join(f, find_join(f, root, ".git"), "config"),
		arena_printf(arena, "%s/.gitconfig", home),
		arena_printf(arena, "%s/.config/git/config", home),
		"/etc/gitconfig",
	};
	struct str text, value = { "", 0 };
	const char *place;

	for (size_t i = 0; i < LEN(files) && value.n == 0; i++)
		if (read_regular(f->top, files[i], 0, CONFIG_MAX, arena, &text) == 0)
			value = hooks_in(text);
	place = value.n && value.p[0] != '~' ? place_of(f, root, value) : NULL;
	return place ? find_path(f, place, pattern_for(f, pattern)) : 0;
}
