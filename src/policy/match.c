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

/* Notes which bytes a name that matches @p can begin or end with. */
static void note_bytes(struct matcher *m, const struct pattern *p)
{
	if (p->form == PATTERN_SUFFIX)
		m->last[(unsigned char)p->glob.p[p->glob.n - 1]] = true;
	else if (strchr("*?[\\", p->glob.p[0]))
		m->any = true;
	else
		m->first[(unsigned char)p->glob.p[0]] = true;
}

static void add(struct matcher *m, const struct items *items, bool hide, struct arena *arena)
{
	for (size_t i = 0; i < items->n; i++) {
		struct pattern p = pattern_of(&items->item[i], hide);

		if (p.whole) {
			*arena_push(arena, m->pattern, m->n) = p;
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
	if (m->n_names > 0)
		return true;
	for (size_t i = 0; i < m->n; i++)
		if (m->pattern[i].form != PATTERN_EXACT)
			return true;
	return false;
}

static bool matches(const struct pattern *p, struct str name)
{
	char copy[256];

	switch (p->form) {
	case PATTERN_EXACT:
		return str_eq(name, p->glob);
	case PATTERN_PREFIX:
		return name.n >= p->glob.n - 1 && !memcmp(name.p, p->glob.p, p->glob.n - 1);
	case PATTERN_SUFFIX:
		return name.n >= p->glob.n - 1 &&
		       !memcmp(name.p + name.n - (p->glob.n - 1), p->glob.p + 1, p->glob.n - 1);
	case PATTERN_GLOB:
		break;
	}
	if (name.n >= sizeof(copy))
		return false; /* no file name is longer (NAME_MAX) */
	memcpy(copy, name.p, name.n);
	copy[name.n] = '\0';
	return fnmatch(p->glob.p, copy, 0) == 0;
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

bool match_is_dependency_tree(struct str name)
{
	for (size_t i = 0; i < LEN(dependency_trees); i++)
		if (str_is(name, dependency_trees[i]))
			return true;
	return false;
}
