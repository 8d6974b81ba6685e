/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "eco/lock_formats.h"

/*
 * yarn.lock of both generations, which share a name only: the first one is a format of its own, in
 * lines; the later one is YAML and says so with "__metadata:". And pnpm-lock.yaml, whose names of
 * packages follow the same grammar.
 */

/* "name@range" or "@scope/name@range": the name. */
static struct str name_of(struct str spec, struct str *range)
{
	const size_t scope = spec.n && spec.p[0] == '@';
	struct str name;

	str_cut(str_skip(spec, scope), '@', &name, range);
	return (struct str){ spec.p, name.n + scope };
}

/* `"a@npm:b@^1", a@^2:`: the package that the entry is about, by the first of what it answers. */
static struct lock_entry *open_entry(struct lock *lock, struct str line)
{
	struct lock_entry *entry;
	struct str first, rest, range, aliased;

	line.n--;
	str_cut(line, ',', &first, &rest);
	first = lock_unquote(str_trim(first));
	entry = lock_add(lock, "npm", name_of(first, &range), (struct str){ "", 0 });
	if (str_starts(range, "npm:")) {
		aliased = name_of(str_skip(range, 4), &range);
		if (!str_eq(aliased, entry->name)) {
			entry->as = entry->name;
			entry->name = aliased;
			entry->flags |= LOCK_ALIAS;
		}
	}
	return entry;
}

static void take_field(struct lock_entry *entry, struct str line)
{
	struct str key, value, hash;

	if (!str_cut(str_trim(line), ' ', &key, &value))
		return;
	value = lock_unquote(str_trim(value));
	if (str_is(key, "version"))
		entry->version = value;
	else if (str_is(key, "integrity"))
		entry->integrity = value;
	else if (str_is(key, "resolved")) {
		if (str_cut(value, '#', &value, &hash) && !entry->integrity.n && hash.n == 40)
			entry->integrity = hash; /* SHA-1 of the archive, or the commit */
		lock_set_url(entry, value, SOURCE_REGISTRY);
	}
}

static const char *read_first(struct str text, struct lock *lock)
{
	struct lock_entry *entry = NULL;
	struct str line;

	while (lock_line(&text, &line)) {
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (line.p[0] != ' ') {
			if (!str_ends(line, ":"))
				return "a line is neither an entry nor part of one";
			entry = open_entry(lock, line);
			continue;
		}
		if (!entry)
			return "a field stands before the first entry";
		/* Fields are indented by two; what is deeper are dependencies. */
		if (line.n > 2 && line.p[1] == ' ' && line.p[2] != ' ')
			take_field(entry, line);
	}
	return NULL;
}

static const struct {
	const char *protocol;
	enum lock_source source;
} protocols[] = {
	{ "npm:", SOURCE_REGISTRY },	 { "patch:", SOURCE_REGISTRY },
	{ "workspace:", SOURCE_PATH },	 { "link:", SOURCE_PATH },
	{ "portal:", SOURCE_PATH },	 { "file:", SOURCE_PATH },
	{ "virtual:", SOURCE_REGISTRY },
};

/* "name@npm:1.0.0", "name@https://...", "name@git@github.com:...#commit=..." */
void lock_yarn_resolution(struct lock_entry *entry, struct str range)
{
	for (size_t i = 0; i < LEN(protocols); i++)
		if (str_starts(range, protocols[i].protocol)) {
			const char *archive = memmem(range.p, range.n, "__archiveUrl=", 13);

			entry->source = protocols[i].source;
			if (archive)
				entry->url = str_skip(range, (size_t)(archive + 13 - range.p));
			return;
		}
	lock_set_url(entry, range, SOURCE_URL);
	if (memmem(range.p, range.n, "#commit=", 8) || memmem(range.p, range.n, ".git#", 5))
		entry->source = SOURCE_GIT;
}

static const char *take_berry(struct lock *lock, const struct node *package)
{
	struct lock_entry *entry;
	struct str name, first, rest, range, asked;
	const struct str resolution = tree_text(package, "resolution");

	if (str_is(package->key, "__metadata"))
		return NULL;
	if (resolution.n == 0)
		return "an entry has no resolution";
	name = name_of(resolution, &range);
	if (str_starts(range, "workspace:"))
		return NULL; /* a part of the repository itself */
	entry = lock_add(lock, "npm", name, tree_text(package, "version"));
	entry->integrity = tree_text(package, "checksum");
	lock_yarn_resolution(entry, range);
	str_cut(package->key, ',', &first, &rest);
	asked = name_of(first, &rest);
	if (!str_eq(asked, entry->name)) {
		entry->as = asked;
		entry->flags |= LOCK_ALIAS;
	}
	return NULL;
}

static const char *read_berry(struct str text, struct lock *lock)
{
	struct node *root;
	const char *wrong = tree_yaml(text, lock->arena, &root);

	if (!wrong && root->kind != NODE_MAP)
		wrong = "it is not a map";
	if (wrong)
		return wrong;
	tree_each (package, root) {
		wrong = take_berry(lock, package);
		if (wrong)
			return wrong;
	}
	return NULL;
}

const char *lock_yarn(struct str text, struct lock *lock)
{
	return memmem(text.p, text.n, "\n__metadata:", 12) || str_starts(text, "__metadata:")
		       ? read_berry(text, lock)
		       : read_first(text, lock);
}

/*
 * "/name/1.0.0" (version 5), "/name@1.0.0" (6), "name@1.0.0" (9), each with the peers that it was
 * resolved with behind "_" or "(".
 */
static bool cut_pnpm(struct str key, bool slashed, struct str *name, struct str *version)
{
	struct str rest;

	if (str_starts(key, "/"))
		key = str_skip(key, 1);
	if (slashed) {
		if (!str_rcut(key, '/', name, version))
			return false;
		str_cut(*version, '_', version, &rest);
		return true;
	}
	*name = name_of(key, version);
	str_cut(*version, '(', version, &rest);
	return name->n && version->n;
}

static const char *take_pnpm(struct lock *lock, const struct node *package, bool slashed)
{
	const struct node *resolution = tree_get(package, "resolution");
	const struct str commit = tree_text(resolution, "commit");
	struct str name = tree_text(package, "name"), version = tree_text(package, "version"), n, v;
	struct lock_entry *entry;

	if (!cut_pnpm(package->key, slashed, &n, &v) && (!name.n || !version.n))
		return "a package has no name and version";
	entry = lock_add(lock, "npm", name.n ? name : n, version.n ? version : v);
	entry->integrity = tree_text(resolution, "integrity");
	entry->source = SOURCE_REGISTRY;
	if (lock_scheme(v).n)
		lock_set_url(entry, v, SOURCE_URL);
	if (tree_text(resolution, "tarball").n)
		lock_set_url(entry, tree_text(resolution, "tarball"), SOURCE_URL);
	if (commit.n) {
		lock_set_url(entry, tree_text(resolution, "repo"), SOURCE_GIT);
		entry->source = SOURCE_GIT;
		entry->integrity = commit;
	}
	if (str_is(tree_text(resolution, "type"), "directory"))
		entry->source = SOURCE_PATH;
	if (tree_true(package, "requiresBuild"))
		entry->flags |= LOCK_SCRIPT;
	return NULL;
}

/* "lp: { version: left-pad@1.3.0 }": left-pad is installed as lp. */
static void take_alias(struct lock *lock, const struct node *dependency)
{
	struct str version, name = name_of(tree_text(dependency, "version"), &version), rest;

	str_cut(version, '(', &version, &rest);
	for (size_t i = 0; i < lock->n && version.n; i++) {
		struct lock_entry *entry = &lock->entry[i];

		if (!str_eq(entry->name, name) || !str_eq(entry->version, version) ||
		    str_eq(dependency->key, name))
			continue;
		entry->as = dependency->key;
		entry->flags |= LOCK_ALIAS;
	}
}

static void find_aliases(struct lock *lock, const struct node *importers)
{
	tree_each (importer, importers)
		tree_each (group, importer)
			tree_each (dependency, group)
				take_alias(lock, dependency);
}

const char *lock_pnpm(struct str text, struct lock *lock)
{
	struct node *root;
	const char *wrong = tree_yaml(text, lock->arena, &root);
	struct str version;

	if (wrong)
		return wrong;
	version = tree_text(root, "lockfileVersion");
	if (version.n == 0)
		return "it has no lockfileVersion";
	tree_each (package, tree_get(root, "packages")) {
		wrong = take_pnpm(lock, package, str_starts(version, "5"));
		if (wrong)
			return wrong;
	}
	find_aliases(lock, tree_get(root, "importers"));
	tree_each (override, tree_get(root, "overrides"))
		lock_remark(lock, true,
			    str_of(arena_printf(lock->arena, "overrides %.*s: %.*s",
						(int) override->key.n, override->key.p,
						(int) override->text.n, override->text.p)));
	return NULL;
}
