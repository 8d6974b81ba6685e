/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "eco/lock_formats.h"
#include "eco/semver.h"
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

/*
 * direct_url.json beside METADATA (PEP 610): its one entry has no name, and where that came from.
 */
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

/* .cargo-checksum.json beside Cargo.toml; of what came from git its "package" is null. */
const char *lock_crate_origin(struct str text, struct lock *lock)
{
	struct node *root;
	const char *wrong = tree_json(text, lock->arena, &root);
	const struct node *package = tree_get(root, "package");
	struct lock_entry *entry;

	if (wrong)
		return wrong;
	entry = lock_add(lock, "cargo", (struct str){ "", 0 }, (struct str){ "", 0 });
	entry->source = package && package->kind == NODE_TEXT ? SOURCE_REGISTRY : SOURCE_GIT;
	if (entry->source == SOURCE_REGISTRY)
		entry->integrity = str_of(arena_printf(lock->arena, "sha256:%.*s",
						       (int)package->text.n, package->text.p));
	return NULL;
}

/* "sha-1-0.10.0": the name ends before the first dash that a version follows. */
static bool cut_crate(struct str directory, struct str *name, struct str *version)
{
	struct semver parsed;

	for (size_t i = 1; i < directory.n; i++) {
		*name = (struct str){ directory.p, i };
		*version = str_skip(directory, i + 1);
		if (directory.p[i] == '-' && semver_parse(*version, &parsed) == 0)
			return true;
	}
	return false;
}

/*
 * What rustc writes of a crate that it has compiled: the paths of its sources. Those of a registry
 * lie in registry/src/REGISTRY/NAME-VERSION/ (doc.rust-lang.org/cargo, Cargo Home); of others it
 * does not say which version they are.
 */
const char *lock_rust_deps(struct str text, struct lock *lock)
{
	static const char sources[] = "/registry/src/";
	const char *at = text.n ? memmem(text.p, text.n, sources, strlen(sources)) : NULL;
	struct str registry, directory, name, version, rest;

	if (!at)
		return NULL;
	rest = str_skip(text, (size_t)(at - text.p) + strlen(sources));
	if (str_cut(rest, '/', &registry, &rest) && str_cut(rest, '/', &directory, &rest) &&
	    cut_crate(directory, &name, &version))
		lock_add(lock, "cargo", name, version)->source = SOURCE_REGISTRY;
	return NULL;
}

/* "!a" stands for "A" in names of files (golang.org/x/mod/module, EscapePath). */
static struct str unescape(struct str in, struct arena *arena)
{
	char *out = arena_alloc(arena, in.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++) {
		const bool upper =
			in.p[i] == '!' && i + 1 < in.n && in.p[i + 1] >= 'a' && in.p[i + 1] <= 'z';

		i += upper;
		out[n++] = upper ? (char)(in.p[i] - 'a' + 'A') : in.p[i];
	}
	return (struct str){ out, n };
}

/* Where a module's path can begin: it is the name of a host (go.dev/ref/mod, Module paths). */
static bool is_host(struct str element)
{
	struct str host, version;

	str_cut(element, '@', &host, &version);
	return host.n && memchr(host.p, '.', host.n);
}

/*
 * The path of a module below the cache, of which nothing says where it lies: behind the last name
 * that is none of a module path, "pkg/mod/" or with a dot in front, and from the first host on.
 */
static struct str find_module(struct str path)
{
	struct str found = { "", 0 }, rest = path, element, last = { "", 0 };

	while (rest.n) {
		const struct str here = rest;

		str_cut(rest, '/', &element, &rest);
		if ((element.n > 1 && element.p[0] == '.') ||
		    (str_is(element, "mod") && str_is(last, "pkg")))
			found.n = 0;
		else if (found.n == 0 && is_host(element))
			found = here;
		last = element;
	}
	return found;
}

/*
 * A module in the cache of go, by its path there (go.dev/ref/mod, Module cache):
 * ".../MODULE@VERSION/." as it is unpacked, or ".../cache/download/MODULE/@v/VERSION.zip".
 */
const char *lock_go_module(struct str text, struct lock *lock)
{
	struct str path = find_module(text), version = { "", 0 };

	if (str_ends(path, "/.")) {
		path.n -= strlen("/.");
		str_rcut(path, '@', &path, &version);
	} else if (str_ends(path, ".zip")) {
		path.n -= strlen(".zip");
		str_rcut(path, '/', &path, &version);
		path.n -= str_ends(path, "/@v") ? strlen("/@v") : path.n;
	}
	if (path.n == 0 || version.n == 0)
		return "it is no module";
	lock_add(lock, "golang", unescape(path, lock->arena), unescape(version, lock->arena))
		->source = SOURCE_REGISTRY;
	return NULL;
}
