/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "eco/lock_formats.h"

/*
 * Lock files that are TOML: Cargo.lock, poetry.lock, pdm.lock, uv.lock and pylock.toml (PEP 751).
 */

static const char *each_package(struct str text, const char *name, struct lock *lock,
				void (*take)(struct lock *lock, const struct node *package))
{
	struct node *root;
	const char *wrong = tree_toml(text, lock->arena, &root);

	if (wrong)
		return wrong;
	tree_each (package, tree_get(root, name)) {
		if (tree_text(package, "name").n == 0)
			return "a package has no name";
		take(lock, package);
	}
	return NULL;
}

/* "registry+URL", "sparse+URL", "git+URL?branch=x#commit"; none: it is part of the repository. */
static void take_crate(struct lock *lock, const struct node *package)
{
	const struct str source = tree_text(package, "source");
	struct lock_entry *entry =
		lock_add(lock, "cargo", tree_text(package, "name"), tree_text(package, "version"));
	struct str kind, url, commit;

	entry->integrity = tree_text(package, "checksum");
	entry->source = SOURCE_PATH;
	if (!str_cut(source, '+', &kind, &url))
		return;
	entry->url = url;
	entry->source = SOURCE_REGISTRY;
	if (str_is(kind, "git")) {
		entry->source = SOURCE_GIT;
		if (str_rcut(url, '#', &entry->url, &commit))
			entry->integrity = commit;
	}
}

const char *lock_cargo(struct str text, struct lock *lock)
{
	return each_package(text, "package", lock, take_crate);
}

/* hash = "sha256:..." or, in PEP 751, hashes = { sha256 = "..." }. */
static struct str hash_of(struct lock *lock, const struct node *file)
{
	const struct str hash = tree_text(file, "hash");
	const struct node *hashes = tree_get(file, "hashes");

	if (hash.n || !hashes || !hashes->first)
		return hash;
	return str_of(arena_printf(lock->arena, "%.*s:%.*s", (int)hashes->first->key.n,
				   hashes->first->key.p, (int)hashes->first->text.n,
				   hashes->first->text.p));
}

/* Hashes of all files of a release, which are as good as one: what differs is told as one text. */
static struct str join_hashes(struct lock *lock, const struct node *files)
{
	struct str all = { "", 0 };

	tree_each (file, files) {
		const struct str hash = hash_of(lock, file);

		if (hash.n && all.n)
			all = str_of(arena_printf(lock->arena, "%.*s %.*s", (int)all.n, all.p,
						  (int)hash.n, hash.p));
		else if (hash.n)
			all = hash;
	}
	return all;
}

/* source = { git = "URL" } of uv, or { type = "git", url = "URL" } of poetry. */
static void set_source(struct lock_entry *entry, const struct node *source)
{
	static const struct {
		const char *type;
		enum lock_source source;
	} types[] = {
		{ "git", SOURCE_GIT },		 { "url", SOURCE_URL },
		{ "directory", SOURCE_PATH },	 { "file", SOURCE_PATH },
		{ "path", SOURCE_PATH },	 { "editable", SOURCE_PATH },
		{ "virtual", SOURCE_PATH },	 { "legacy", SOURCE_REGISTRY },
		{ "registry", SOURCE_REGISTRY },
	};
	const struct str type = tree_text(source, "type");

	entry->source = SOURCE_REGISTRY;
	for (size_t i = 0; i < LEN(types); i++) {
		const struct str url = tree_text(source, type.n ? "url" : types[i].type);

		if (type.n ? !str_is(type, types[i].type) : url.n == 0)
			continue;
		entry->source = types[i].source;
		entry->url = url;
	}
	if (tree_text(source, "resolved_reference").n)
		entry->integrity = tree_text(source, "resolved_reference");
}

static void take_poetry(struct lock *lock, const struct node *package)
{
	struct lock_entry *entry =
		lock_add(lock, "pypi", tree_text(package, "name"), tree_text(package, "version"));
	const struct str git = tree_text(package, "git"), path = tree_text(package, "path"),
			 url = tree_text(package, "url");

	entry->integrity = join_hashes(lock, tree_get(package, "files"));
	set_source(entry, tree_get(package, "source"));
	if (git.n) {
		entry->source = SOURCE_GIT;
		entry->url = git;
		entry->integrity = tree_text(package, "revision");
	} else if (path.n || url.n) {
		entry->source = path.n ? SOURCE_PATH : SOURCE_URL;
		entry->url = path.n ? path : url;
	}
}

const char *lock_poetry(struct str text, struct lock *lock)
{
	return each_package(text, "package", lock, take_poetry);
}

static void take_uv(struct lock *lock, const struct node *package)
{
	const struct node *wheels = tree_get(package, "wheels"),
			  *sdist = tree_get(package, "sdist");
	const struct node *vcs = tree_get(package, "vcs");
	const struct node *file = wheels && wheels->first ? wheels->first : sdist;
	struct lock_entry *entry =
		lock_add(lock, "pypi", tree_text(package, "name"), tree_text(package, "version"));
	struct str hashes = join_hashes(lock, wheels), hash = hash_of(lock, sdist);

	if (hash.n && hashes.n)
		hashes = str_of(arena_printf(lock->arena, "%.*s %.*s", (int)hash.n, hash.p,
					     (int)hashes.n, hashes.p));
	entry->integrity = hashes.n ? hashes : hash;
	set_source(entry, tree_get(package, "source"));
	if (vcs) {
		entry->source = SOURCE_GIT;
		entry->url = tree_text(vcs, "url");
		entry->integrity = tree_text(vcs, "commit-id");
	}
	if (entry->source == SOURCE_REGISTRY && tree_text(file, "url").n)
		entry->url = tree_text(file, "url");
}

const char *lock_uv(struct str text, struct lock *lock)
{
	struct node *root;
	const char *wrong = tree_toml(text, lock->arena, &root);

	if (wrong)
		return wrong;
	return each_package(text, tree_get(root, "packages") ? "packages" : "package", lock,
			    take_uv);
}
