/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "eco/lock_formats.h"

/* package-lock.json, npm-shrinkwrap.json and bun.lock: docs.npmjs.com, package-lock-json(5). */

/* The name that the path "a/node_modules/@s/b" installs; empty: it lies in no node_modules. */
static struct str name_of_path(struct str path)
{
	static const char dir[] = "node_modules/";
	struct str name = { "", 0 };
	const char *found;

	while ((found = memmem(path.p, path.n, dir, strlen(dir)))) {
		path = str_skip(path, (size_t)(found - path.p) + strlen(dir));
		name = path;
	}
	return name;
}

/* What both generations of the format say of a package. */
static void take_package(struct lock *lock, const struct node *package, struct str installed)
{
	const struct str named = tree_text(package, "name");
	const struct str version = tree_text(package, "version"),
			 url = tree_text(package, "resolved");
	struct lock_entry *entry;

	entry = lock_add(lock, "npm", named.n ? named : installed, version);
	if (named.n && !str_eq(named, installed)) {
		entry->as = installed;
		entry->flags |= LOCK_ALIAS;
	}
	entry->integrity = tree_text(package, "integrity");
	lock_set_url(entry, url, SOURCE_REGISTRY);
	if (tree_true(package, "hasInstallScript"))
		entry->flags |= LOCK_SCRIPT;
	if (tree_true(package, "inBundle"))
		entry->flags |= LOCK_BUNDLED;
	if (tree_true(package, "link"))
		entry->source = SOURCE_PATH;
}

static void take_packages(struct lock *lock, const struct node *packages)
{
	tree_each (package, packages) {
		const struct str installed = name_of_path(package->key);

		/* "" is the project, and a path without node_modules a member of its workspace. */
		if (installed.n)
			take_package(lock, package, installed);
	}
}

/* An alias of the first generation: its version is "npm:other@1.0.0", or a URL. */
static void take_dependency(struct lock *lock, const struct node *dependency)
{
	struct lock_entry *entry;
	struct str spec, name, version;

	take_package(lock, dependency, dependency->key);
	entry = &lock->entry[lock->n - 1];
	spec = entry->version;
	if (str_starts(spec, "npm:") && str_rcut(str_skip(spec, 4), '@', &name, &version)) {
		entry->as = entry->name;
		entry->name = name;
		entry->version = version;
		entry->flags |= LOCK_ALIAS;
	} else if (lock_scheme(spec).n) {
		lock_set_url(entry, spec, SOURCE_URL);
	}
	if (tree_true(dependency, "bundled"))
		entry->flags |= LOCK_BUNDLED;
}

/* NOLINTNEXTLINE(misc-no-recursion): TREE_DEPTH deep */
static void take_dependencies(struct lock *lock, const struct node *dependencies)
{
	tree_each (dependency, dependencies) {
		take_dependency(lock, dependency);
		take_dependencies(lock, tree_get(dependency, "dependencies"));
	}
}

const char *lock_package_lock(struct str text, struct lock *lock)
{
	const struct node *version, *packages;
	struct node *root;
	const char *wrong = tree_json(text, lock->arena, &root);

	if (wrong)
		return wrong;
	version = tree_get(root, "lockfileVersion");
	packages = tree_get(root, "packages");
	if (!version || (!str_is(version->text, "1") && !str_is(version->text, "2") &&
			 !str_is(version->text, "3")))
		return "its lockfileVersion is none of 1, 2, 3";
	if (packages)
		take_packages(lock, packages);
	else
		take_dependencies(lock, tree_get(root, "dependencies"));
	return NULL;
}

/* "name@version", with a scope or without. */
static bool cut_spec(struct str spec, struct str *name, struct str *version)
{
	struct str scope = { spec.p, 0 };

	if (spec.n && spec.p[0] == '@')
		scope.n = 1;
	if (!str_cut(str_skip(spec, scope.n), '@', name, version))
		return false;
	name->p = spec.p;
	name->n += scope.n;
	return name->n > scope.n;
}

static struct str text_at(const struct node *list, size_t index)
{
	const struct node *member = list ? list->first : NULL;

	while (member && index--)
		member = member->next;
	return member && member->kind == NODE_TEXT ? member->text : (struct str){ "", 0 };
}

/* "key": ["name@version", "url of its archive, or none", {...}, "integrity"]. */
static const char *take_bun(struct lock *lock, const struct node *package)
{
	struct lock_entry *entry;
	struct str name, version, path, installed;

	if (!cut_spec(text_at(package, 0), &name, &version))
		return "a package has no name and version";
	/* "parent/name", "parent/@scope/name"; "@scope/name" alone has no parent. */
	if (!str_rcut(package->key, '/', &path, &installed) ||
	    (str_starts(path, "@") && !memchr(path.p, '/', path.n)))
		installed = package->key;
	entry = lock_add(lock, "npm", name, version);
	entry->source = SOURCE_REGISTRY;
	if (lock_scheme(version).n || str_starts(version, "."))
		lock_set_url(entry, version, SOURCE_URL);
	else if (text_at(package, 1).n)
		lock_set_url(entry, text_at(package, 1), SOURCE_REGISTRY);
	if (package->n == 4)
		entry->integrity = text_at(package, 3);
	if (!str_ends(name, arena_strndup(lock->arena, installed.p, installed.n))) {
		entry->as = installed;
		entry->flags |= LOCK_ALIAS;
	}
	return NULL;
}

/* JSON with commas before closing brackets, which YAML allows. */
const char *lock_bun(struct str text, struct lock *lock)
{
	struct node *root;
	const char *wrong = tree_yaml(text, lock->arena, &root);

	if (!wrong && !tree_get(root, "packages"))
		wrong = "it has no packages";
	if (wrong)
		return wrong;
	tree_each (package, tree_get(root, "packages")) {
		wrong = take_bun(lock, package);
		if (wrong)
			return wrong;
	}
	return NULL;
}
