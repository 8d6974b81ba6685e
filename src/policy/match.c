/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/match.h"

#include <fnmatch.h>
#include <string.h>

static const char *const dependency_trees[] = {
	"node_modules",	    ".venv", "venv", "site-packages", "target",	     "vendor",
	"__pycache__",	    ".tox",  ".nox", ".yarn",	      ".pnpm-store", ".gradle",
	"bower_components",
};

static struct pattern pattern_of(const struct item *item, bool hide)
{
	struct str glob = str_of(item->text);
	struct pattern p = { .glob = glob, .hide = hide, .where = item->where };
	size_t plain = strcspn(item->text, "*?[\\");

	p.whole = memchr(glob.p, '/', glob.n) != NULL;
	if (plain == glob.n)
		p.form = PATTERN_EXACT;
	else if (plain == glob.n - 1 && glob.p[plain] == '*')
		p.form = PATTERN_PREFIX;
	else if (glob.p[0] == '*' && strcspn(item->text + 1, "*?[\\") == glob.n - 1)
		p.form = PATTERN_SUFFIX;
	else
		p.form = PATTERN_GLOB;
	return p;
}

static void note(bool bytes[256], char c)
{
	const unsigned char lower = (unsigned char)(c | 0x20);

	bytes[(unsigned char)c] = true;
	if (lower >= 'a' && lower <= 'z')
		bytes[lower] = bytes[lower ^ 0x20] = true;
}

/* Notes which bytes a name that matches @p can begin or end with. */
static void note_bytes(struct matcher *m, const struct pattern *p)
{
	if (p->form == PATTERN_SUFFIX)
		note(m->last, p->glob.p[p->glob.n - 1]);
	else if (strchr("*?[\\", p->glob.p[0]))
		m->any = true;
	else
		note(m->first, p->glob.p[0]);
}

static void add(struct matcher *m, const struct items *items, bool hide, struct arena *arena)
{
	for (size_t i = 0; i < items->n; i++) {
		struct pattern p = pattern_of(&items->item[i], hide);

		if (p.whole) {
			*arena_push(arena, m->path, m->n_paths) = p;
			m->globs = m->globs || p.form != PATTERN_EXACT;
			continue;
		}
		*arena_push(arena, m->name, m->n_names) = p;
		note_bytes(m, &p);
	}
}

void match_init(struct matcher *m, const struct policy *policy, struct arena *arena)
{
	*m = (struct matcher){ 0 };
	add(m, &policy->hide, true, arena);
	add(m, &policy->protect, false, arena);
}

bool match_needs_scan(const struct matcher *m)
{
	return m->n_names > 0 || m->globs;
}

static bool matches(const struct pattern *p, struct str name)
{
	const size_t n = p->glob.n - (p->form != PATTERN_EXACT);
	char copy[256];

	if ((name.n < n && p->form != PATTERN_GLOB) ||
	    name.n >= sizeof(copy)) /* no file name is longer: NAME_MAX */
		return false;
	switch (p->form) {
	case PATTERN_EXACT:
		return str_eq_nocase(name, p->glob);
	case PATTERN_PREFIX:
		return str_eq_nocase((struct str){ name.p, n }, (struct str){ p->glob.p, n });
	case PATTERN_SUFFIX:
		return str_eq_nocase((struct str){ name.p + name.n - n, n },
				     (struct str){ p->glob.p + 1, n });
	case PATTERN_GLOB:
		break;
	}
	memcpy(copy, name.p, name.n);
	copy[name.n] = '\0';
	return fnmatch(p->glob.p, copy, FNM_CASEFOLD) == 0;
}

const struct pattern *match_name(const struct matcher *m, struct str name)
{
	if (name.n == 0 || (!m->any && !m->first[(unsigned char)name.p[0]] &&
			    !m->last[(unsigned char)name.p[name.n - 1]]))
		return NULL;
	for (size_t i = 0; i < m->n_names; i++)
		if (matches(&m->name[i], name))
			return &m->name[i];
	return NULL;
}

const struct pattern *match_path(const struct matcher *m, const char *path)
{
	for (size_t i = 0; i < m->n_paths; i++)
		if (m->path[i].form != PATTERN_EXACT &&
		    fnmatch(m->path[i].glob.p, path, FNM_PATHNAME | FNM_CASEFOLD) == 0)
			return &m->path[i];
	return NULL;
}

bool match_is_dependency_tree(struct str name)
{
	for (size_t i = 0; i < LEN(dependency_trees); i++)
		if (str_is(name, dependency_trees[i]))
			return true;
	return false;
}
