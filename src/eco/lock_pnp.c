/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "eco/lock_formats.h"

/* What yarn 2 and later install without node_modules: archives, and a program that finds them. */

static size_t little_endian(struct str s, size_t at, size_t n)
{
	size_t value = 0;

	while (n--)
		value = value << 8 | (unsigned char)s.p[at + n];
	return value;
}

/* "node_modules/NAME/...": NAME, which may have a scope. */
static struct str name_in(struct str path)
{
	static const char top[] = "node_modules/";
	struct str name, rest, scope;

	if (!str_starts(path, top))
		return (struct str){ "", 0 };
	path = str_skip(path, strlen(top));
	if (!str_cut(path, '/', &scope, &rest) || scope.n == 0)
		return (struct str){ "", 0 };
	if (scope.p[0] != '@')
		return scope;
	return str_cut(rest, '/', &name, &rest) && name.n
		       ? (struct str){ scope.p, scope.n + 1 + name.n }
		       : (struct str){ "", 0 };
}

/* Of which package the first files of a zip are: its local headers (APPNOTE.TXT, 4.3.7). */
static struct str package_of(struct str zip)
{
	enum { HEADER = 30 };
	struct str name = { "", 0 };

	while (name.n == 0 && zip.n >= HEADER && !memcmp(zip.p, "PK\3\4", 4)) {
		const size_t size = little_endian(zip, 18, 4), n = little_endian(zip, 26, 2);
		const size_t next = HEADER + n + little_endian(zip, 28, 2) + size;

		if (n > zip.n - HEADER)
			break;
		name = name_in((struct str){ zip.p + HEADER, n });
		zip = str_skip(zip, next < zip.n ? next : zip.n);
	}
	return name;
}

/* Whether @file begins with @name, in which '-' stands for '/', and "-". */
static bool begins_with(struct str file, struct str name)
{
	if (name.n == 0 || file.n <= name.n || file.p[name.n] != '-')
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (file.p[i] != (name.p[i] == '/' ? '-' : name.p[i]))
			return false;
	return true;
}

/*
 * "NAME-npm-VERSION-HASH-CHECKSUM.zip" in .yarn/cache: the name of the file, a newline, and how it
 * begins. What yarn has patched lies there beside what it made that of, and is that package.
 */
const char *lock_yarn_archive(struct str text, struct lock *lock)
{
	static const char protocol[] = "-npm-";
	struct str file, zip, name, version = { "", 0 }, rest;
	const char *at;

	str_cut(text, '\n', &file, &zip);
	for (int i = 0; i < 2; i++)
		if (!str_rcut(file, '-', &file, &rest))
			return "it is no archive of yarn";
	name = package_of(zip);
	if (!begins_with(file, name)) {
		at = memmem(file.p, file.n, protocol, strlen(protocol));
		name = (struct str){ file.p, at ? (size_t)(at - file.p) : file.n };
	}
	file = str_skip(file, name.n);
	if (str_is(file, "-patch"))
		return NULL;
	if (str_starts(file, protocol))
		version = str_skip(file, strlen(protocol));
	lock_add(lock, "npm", name, version)->source = version.n ? SOURCE_REGISTRY : SOURCE_UNKNOWN;
	return NULL;
}

/* The state as a string in JavaScript, between single quotes: without its escapes. */
static struct str unquoted(struct str js, struct arena *arena)
{
	char *out = arena_alloc(arena, js.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < js.n && js.p[i] != '\''; i++) {
		if (js.p[i] == '\\' && ++i < js.n && js.p[i] == '\n')
			continue;
		if (i < js.n)
			out[n++] = js.p[i];
	}
	return (struct str){ out, n };
}

/* What follows @words, or nothing. */
static struct str behind(struct str text, const char *words)
{
	const char *at = text.n ? memmem(text.p, text.n, words, strlen(words)) : NULL;

	return at ? str_skip(text, (size_t)(at - text.p) + strlen(words)) : (struct str){ "", 0 };
}

/* .pnp.data.json is it; .pnp.cjs has it in a string, or until yarn 3.1 as an argument. */
static struct str state_of(struct str text, struct arena *arena)
{
	static const char setup[] = "hydrateRuntimeState({", end[] = "}, {basePath";
	struct str found = behind(text, "RAW_RUNTIME_STATE ="), rest;

	if (str_starts(str_trim(text), "{"))
		return text;
	if (found.n) {
		str_cut(found, '\'', &rest, &found);
		return unquoted(found, arena);
	}
	found = behind(text, setup);
	rest = behind(found, end);
	if (rest.n == 0)
		return (struct str){ "", 0 };
	return (struct str){ found.p - 1, (size_t)(rest.p - found.p) - strlen(end) + 2 };
}

/* "npm:1.0.0", "virtual:HASH#npm:1.0.0", "patch:...::version=1.0.0&hash=..." */
static void take_reference(struct lock *lock, struct str name, struct str reference)
{
	struct str version = { "", 0 }, rest;
	struct lock_entry *entry;

	if (str_starts(reference, "virtual:"))
		str_cut(reference, '#', &rest, &reference);
	if (str_starts(reference, "npm:"))
		str_cut(str_skip(reference, 4), ':', &version, &rest);
	else if (str_starts(reference, "patch:"))
		str_cut(behind(reference, "::version="), '&', &version, &rest);
	entry = lock_add(lock, "npm", name, version);
	lock_yarn_resolution(entry, reference);
}

/*
 * "packageRegistryData": [[NAME, [[REFERENCE, {...}], ...]], ...], where the repository has no
 * name.
 */
const char *lock_pnp(struct str text, struct lock *lock)
{
	struct node *root;
	const char *wrong = tree_json(state_of(text, lock->arena), lock->arena, &root);

	if (wrong)
		return wrong;
	if (!tree_get(root, "packageRegistryData"))
		return "it has no packageRegistryData";
	tree_each (package, tree_get(root, "packageRegistryData")) {
		const struct node *name = package->first;

		tree_each (version, name ? name->next : NULL) {
			const struct node *reference = version->first;

			if (name->kind == NODE_TEXT && reference && reference->next &&
			    reference->kind == NODE_TEXT &&
			    !str_is(tree_text(reference->next, "linkType"), "SOFT"))
				take_reference(lock, name->text, reference->text);
		}
	}
	return NULL;
}
