/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "eco/lock_formats.h"
#include "wire/ascii.h"

/* What installed packages say of themselves; os/trees.h finds them. */

/* package.json; docs.npmjs.com, package-json(5). npm up to 6 added members that begin with "_". */
const char *lock_npm_package(struct str text, struct lock *lock)
{
	static const char *const scripts[] = { "preinstall", "install", "postinstall" };
	struct node *root;
	const char *wrong = tree_json(text, lock->arena, &root);
	struct lock_entry *entry;

	if (wrong)
		return wrong;
	if (tree_text(root, "name").n == 0)
		return "it has no name";
	entry = lock_add(lock, "npm", tree_text(root, "name"), tree_text(root, "version"));
	lock_set_url(entry, tree_text(root, "_resolved"), SOURCE_REGISTRY);
	entry->integrity = tree_text(root, "_integrity");
	for (size_t i = 0; i < LEN(scripts); i++)
		if (tree_get(tree_get(root, "scripts"), scripts[i]))
			entry->flags |= LOCK_SCRIPT;
	return NULL;
}

/* METADATA, PKG-INFO: the head of a message (packaging.python.org, Core metadata). */
const char *lock_python_package(struct str text, struct lock *lock)
{
	struct str line, key, value, name = { "", 0 }, version = { "", 0 };

	while (lock_line(&text, &line) && line.n) {
		if (line.p[0] == ' ' || line.p[0] == '\t' || !str_cut(line, ':', &key, &value))
			continue;
		if (str_eq_nocase(key, STR("Name")) && name.n == 0)
			name = str_trim(value);
		else if (str_eq_nocase(key, STR("Version")) && version.n == 0)
			version = str_trim(value);
	}
	if (name.n == 0)
		return "it has no name";
	lock_add(lock, "pypi", name, version);
	return NULL;
}

/* direct_url.json beside METADATA (PEP 610): its one entry has no name, and where that came from. */
const char *lock_python_origin(struct str text, struct lock *lock)
{
	struct node *root;
	const char *wrong = tree_json(text, lock->arena, &root);
	const struct node *archive = tree_get(root, "archive_info"), *hashes;
	struct lock_entry *entry;

	if (wrong)
		return wrong;
	entry = lock_add(lock, "pypi", (struct str){ "", 0 }, (struct str){ "", 0 });
	lock_set_url(entry, tree_text(root, "url"), SOURCE_URL);
	entry->integrity = tree_text(tree_get(root, "vcs_info"), "commit_id");
	if (entry->integrity.n)
		entry->source = SOURCE_GIT;
	hashes = tree_get(archive, "hashes");
	if (tree_text(hashes, "sha256").n)
		entry->integrity = str_of(arena_printf(lock->arena, "sha256:%.*s",
						       (int)tree_text(hashes, "sha256").n,
						       tree_text(hashes, "sha256").p));
	return NULL;
}

/* vendor/modules.txt of Go: "# PATH VERSION", and, where it is replaced, "=> PATH [VERSION]". */
const char *lock_go_vendor(struct str text, struct lock *lock)
{
	struct str line, path, version, arrow;

	while (lock_line(&text, &line)) {
		struct lock_entry *entry;

		if (!str_starts(line, "# ") || !str_cut(str_skip(line, 2), ' ', &path, &line))
			continue;
		str_cut(line, ' ', &version, &line);
		if (str_is(version, "=>")) /* a replacement that is said again where it is used */
			continue;
		entry = lock_add(lock, "golang", path, version);
		entry->source = SOURCE_REGISTRY;
		if (!str_cut(line, ' ', &arrow, &line) || !str_is(arrow, "=>"))
			continue;
		str_cut(line, ' ', &path, &version);
		entry->name = path;
		entry->version = version;
		if (version.n == 0)
			entry->source = SOURCE_PATH;
	}
	return NULL;
}

/* Cargo.toml of a crate in vendor/: doc.rust-lang.org/cargo, cargo-vendor(1). */
const char *lock_crate(struct str text, struct lock *lock)
{
	struct node *root;
	const char *wrong = tree_toml(text, lock->arena, &root);
	const struct node *package = tree_get(root, "package");

	if (wrong)
		return wrong;
	if (tree_text(package, "name").n == 0)
		return "it has no package";
	lock_add(lock, "cargo", tree_text(package, "name"), tree_text(package, "version"))->source =
		SOURCE_REGISTRY;
	return NULL;
}

/* NAME-VERSION[-PLATFORM].gemspec: @text is the name of the file. */
const char *lock_gemspec(struct str text, struct lock *lock)
{
	static const char suffix[] = ".gemspec";

	if (!str_ends(text, suffix))
		return "it is no gemspec";
	text.n -= strlen(suffix);
	for (size_t i = 1; i + 1 < text.n; i++)
		if (text.p[i] == '-' && ascii_digit(text.p[i + 1])) {
			lock_add(lock, "gem", (struct str){ text.p, i }, str_skip(text, i + 1));
			return NULL;
		}
	return "it has no version";
}
