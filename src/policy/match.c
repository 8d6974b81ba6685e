/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/match.h"

#include <fnmatch.h>
#include <string.h>

#include "eco/semver.h"
#include "eco/watch.h"

static const struct {
	const char *name;
	bool packages; /* that say which they are */
} dependency_trees[] = {
	{ "node_modules", true },
	{ ".venv", true },
	{ "venv", true },
	{ "site-packages", true },
	{ "vendor", true },
	{ ".tox", true },
	{ ".nox", true },
	{ "target", true },
	{ "@v", true },
	{ ".yarn", true },
	{ "__pycache__" },
	{ ".pnpm-store" },
	{ ".gradle" },
	{ "bower_components" },
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
	else if (glob.p[0] == '*' && strcspn(item->text + 1, "*?[\\") == glob.n - 2 &&
		 glob.p[glob.n - 1] == '*')
		p.form = PATTERN_INFIX;
	else
		p.form = PATTERN_GLOB;
	return p;
}

static bool is_wild(char c)
{
	return strchr("*?[]\\", c) != NULL;
}

/* Notes in @set, by byte, that a name which matches pattern @i can have @c where @set stands. */
static void note(const struct matcher *m, uint64_t *set, size_t i, char c)
{
	const uint64_t bit = UINT64_C(1) << i % 64;
	const unsigned char byte = (unsigned char)c, other = byte ^ 0x20, lower = byte | 0x20;
	const unsigned any = is_wild(c) ? 256 : 0;

	set[byte * m->words + i / 64] |= bit;
	if (lower >= 'a' && lower <= 'z')
		set[other * m->words + i / 64] |= bit;
	for (unsigned each = 0; each < any; each++)
		set[each * m->words + i / 64] |= bit;
}

static void index_names(struct matcher *m, struct arena *arena)
{
	m->words = (m->n_names + 63) / 64;
	m->first = arena_alloc(arena, 256 * m->words * sizeof(*m->first));
	m->last = arena_alloc(arena, 256 * m->words * sizeof(*m->last));
	for (size_t i = 0; i < m->n_names; i++) {
		const struct str glob = m->name[i].glob;

		note(m, m->first, i, glob.p[0]);
		note(m, m->last, i, glob.p[glob.n - 1]);
	}
}

static void add(struct matcher *m, const struct items *items, bool hide, struct arena *arena)
{
	for (size_t i = 0; i < items->n; i++) {
		struct pattern p = pattern_of(&items->item[i], hide);

		if (p.whole) {
			*arena_push(arena, m->path, m->n_paths) = p;
			m->globs = m->globs || p.form != PATTERN_EXACT;
		} else {
			*arena_push(arena, m->name, m->n_names) = p;
		}
	}
}

/*
 * [lockfiles] mode=deny protects lock files as protect= would. What npm and go fail to read is
 * protected where it is, and not kept from being made: then the task fails its gate.
 */
static void add_lock_files(struct matcher *m, const struct policy *policy, struct arena *arena)
{
	struct items items = { 0 };

	for (const struct watched *row = watched; row->name; row++)
		if (row->lock)
			*arena_push(arena, items.item, items.n) = (struct item){
				row->dir    ? arena_printf(arena, "%s/%s", row->dir, row->name)
				: row->read ? arena_printf(arena, "%s*", row->name)
					    : row->name,
				policy_where(policy, "lockfiles", "mode"),
			};
	add(m, &items, false, arena);
}

void match_init(struct matcher *m, const struct policy *policy, struct arena *arena)
{
	*m = (struct matcher){ 0 };
	add(m, &policy->hide, true, arena);
	add(m, &policy->protect, false, arena);
	if (policy->lockfiles_mode == LOCKFILES_DENY && policy->access == ACCESS_WRITE)
		add_lock_files(m, policy, arena);
	index_names(m, arena);
}

bool match_needs_scan(const struct matcher *m)
{
	return m->n_names > 0 || m->globs;
}

static bool contains(struct str name, struct str part)
{
	for (; name.n >= part.n; name.p++, name.n--)
		if (str_eq_nocase((struct str){ name.p, part.n }, part))
			return true;
	return false;
}

static bool matches(const struct pattern *p, struct str name)
{
	const struct str glob = p->glob;
	char copy[256];

	switch (p->form) {
	case PATTERN_EXACT:
		return str_eq_nocase(name, glob);
	case PATTERN_PREFIX:
		return name.n >= glob.n - 1 && str_eq_nocase((struct str){ name.p, glob.n - 1 },
							     (struct str){ glob.p, glob.n - 1 });
	case PATTERN_SUFFIX:
		return name.n >= glob.n - 1 &&
		       str_eq_nocase((struct str){ name.p + name.n - (glob.n - 1), glob.n - 1 },
				     (struct str){ glob.p + 1, glob.n - 1 });
	case PATTERN_INFIX:
		return contains(name, (struct str){ glob.p + 1, glob.n - 2 });
	case PATTERN_GLOB:
		break;
	}
	if (name.n >= sizeof(copy)) /* no file name is longer: NAME_MAX */
		return false;
	memcpy(copy, name.p, name.n);
	copy[name.n] = '\0';
	return fnmatch(glob.p, copy, FNM_CASEFOLD) == 0;
}

const struct pattern *match_name(const struct matcher *m, struct str name)
{
	const uint64_t *first, *last;

	if (name.n == 0)
		return NULL;
	first = &m->first[(unsigned char)name.p[0] * m->words];
	last = &m->last[(unsigned char)name.p[name.n - 1] * m->words];
	for (size_t word = 0; word < m->words; word++)
		for (uint64_t left = first[word] & last[word]; left; left &= left - 1) {
			const struct pattern *p =
				&m->name[word * 64 + (size_t)__builtin_ctzll(left)];

			if (matches(p, name))
				return p;
		}
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

/* "NAME@vMAJOR.MINOR.PATCH" */
static bool is_module(struct str name)
{
	const char *at = name.n ? memrchr(name.p, '@', name.n) : NULL;
	struct semver version;

	return at && semver_parse_go(str_skip(name, (size_t)(at + 1 - name.p)), &version) == 0;
}

enum dir_kind match_dir(struct str name)
{
	for (size_t i = 0; i < LEN(dependency_trees); i++)
		if (str_is(name, dependency_trees[i].name))
			return dependency_trees[i].packages ? DIR_PACKAGES : DIR_BUILD;
	/* pip install --target; a module in the cache of go */
	return str_ends(name, ".dist-info") || is_module(name) ? DIR_PACKAGES : DIR_PLAIN;
}
