/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "os/scan_find.h"
#include "os/sys.h"

/*
 * git runs what core.hooksPath names instead of .git/hooks: as good as those, wherever it lies in
 * the workspace. What a configuration includes is as good as that. Who wrote it is trusted: no box
 * could. Whether a condition of it holds is not asked.
 */

enum {
	CONFIG_MAX = 1 << 20,
	DEEP_MAX = 10, /* git: MAX_INCLUDE_DEPTH */
	INCLUDES_MAX = 200,
};

/* Of the repository at @root. */
struct configured {
	struct finder *f;
	const char *root;
	const struct pattern *hooks, *config; /* that protect them, or NULL */
	unsigned n_included;
};

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

/* Where @value, which counts from @dir, is in the workspace, or NULL. */
static char *place_of(struct finder *f, const char *dir, struct str value)
{
	struct arena *arena = &f->host->arena;
	const size_t n = strlen(f->base);
	bool absolute = str_starts(value, "/");
	char *named;

	if (str_starts(value, "~/")) {
		dir = f->host->home;
		value = str_skip(value, 2);
	}
	if (!value.n || !dir || str_starts(value, "~"))
		return NULL;
	named = absolute ? arena_strndup(arena, value.p, value.n)
			 : arena_printf(arena, "%s/%.*s", dir, (int)value.n, value.p);
	absolute = absolute || *dir == '/';
	if (!straighten(named))
		return NULL;
	if (!absolute)
		return named;
	/* It has lost its first slash. */
	return path_is_below(named, f->base + 1) && named[n - 1] == '/' ? named + n : NULL;
}

/* What stands for it if it is missing depends on the @name: see placeholder.c. */
static const struct pattern *pattern_for(struct finder *f, const struct pattern *of,
					 const char *name)
{
	struct pattern *pattern = arena_alloc(&f->host->arena, sizeof(*pattern));

	*pattern = *of;
	pattern->glob = str_of(name);
	return pattern;
}

/* The directory of hooks, if it is in the workspace: it lies among files that git lists. */
static int add_hooks(struct configured *c, const char *root, struct str value)
{
	const char *place = c->hooks ? place_of(c->f, root, value) : NULL;

	return place ? find_path(c->f, place, pattern_for(c->f, c->hooks, "core.hooksPath")) : 0;
}

static int read_config(struct configured *c, const char *path, unsigned deep, struct str *hooks);

/* What the configuration at @path includes: git reads it, so that a file stands for it. */
static int include(struct configured *c, const char *path, struct str value, unsigned deep)
{
	struct arena *arena = &c->f->host->arena;
	const char *slash = strrchr(path, '/'), *name,
		   *dir = slash ? arena_strndup(arena, path, (size_t)(slash - path)) : "",
		   *place = place_of(c->f, dir, value);
	struct str hooks = { "", 0 };
	int r;

	if (!place || !c->config || deep == DEEP_MAX)
		return 0;
	if (c->n_included++ == INCLUDES_MAX)
		return err_say(c->f->e, -ELOOP, "%s: git's configuration includes too much", path);
	slash = strrchr(place, '/');
	name = arena_printf(arena, ".git/%s", slash ? slash + 1 : place);
	r = find_path(c->f, place, pattern_for(c->f, c->config, name));
	if (r == 0)
		r = read_config(c, place, deep + 1, &hooks);
	return r == 0 ? add_hooks(c, c->root, hooks) : r;
}

enum section { OTHER, CORE, INCLUDE };

static enum section section_of(struct str head)
{
	head = str_trim(str_skip(head, 1));
	if (str_eq_nocase(head, STR("core")))
		return CORE;
	head.n = head.n > 9 && (head.p[9] == ' ' || head.p[9] == '\t') ? 9 : head.n;
	return str_eq_nocase(head, STR("include")) || str_eq_nocase(head, STR("includeIf"))
		       ? INCLUDE
		       : OTHER;
}

/* git-config(1): of @hooks the last one counts. */
static int read_config(struct configured *c, const char *path, unsigned deep, struct str *hooks)
{
	struct arena *arena = &c->f->host->arena;
	struct str text, line, head, value;
	enum section in = OTHER;
	int r = 0;

	if (read_regular(c->f->top, path, 0, CONFIG_MAX, arena, &text) < 0)
		return 0;
	while (text.n && r == 0) {
		str_cut(text, '\n', &line, &text);
		line = str_trim(line);
		if (str_ends(line, "\r"))
			line.n--;
		if (str_starts(line, "[")) {
			str_cut(line, ']', &head, &line);
			in = section_of(head);
		}
		if (in == CORE && (value = value_of(line, "hooksPath")).n)
			*hooks = value;
		if (in == INCLUDE && (value = value_of(line, "path")).n)
			r = include(c, path, value, deep);
	}
	return r;
}

static const struct pattern *find_protected(const struct matcher *m, const char *path)
{
	for (size_t i = 0; i < m->n_paths; i++)
		if (!m->path[i].hide && str_is(m->path[i].glob, path))
			return &m->path[i];
	return NULL;
}

int find_configured(struct finder *f, const char *root)
{
	const struct host *host = f->host;
	struct arena *arena = &f->host->arena;
	struct configured c = {
		.f = f,
		.root = root,
		.hooks = find_protected(&host->matcher, ".git/hooks"),
		.config = find_protected(&host->matcher, ".git/config"),
	};
	const char *elsewhere = host->commondir ? host->commondir : host->gitdir,
		   *home = host->home ? host->home : "/nonexistent";
	const char *const files[] = {
		elsewhere && !*root ? arena_printf(arena, "%s/config", elsewhere)
				    : find_join(f, find_join(f, root, ".git"), "config"),
		arena_printf(arena, "%s/.gitconfig", home),
		arena_printf(arena, "%s/.config/git/config", home),
		"/etc/gitconfig",
	};
	struct str value = { "", 0 };
	int r = 0;

	for (size_t i = 0; i < LEN(files) && r == 0 && (c.hooks || c.config); i++) {
		struct str own = { "", 0 };

		r = read_config(&c, files[i], 0, &own);
		value = value.n ? value : own;
	}
	return r == 0 ? add_hooks(&c, root, value) : r;
}
