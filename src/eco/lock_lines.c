/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "eco/lock_formats.h"
#include "wire/ascii.h"

/* Lock files that are lines: go.mod, go.sum, requirements.txt, Gemfile.lock, gradle.lockfile. */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct str word(struct str *rest)
{
	struct str taken = str_trim(*rest);
	const size_t n = taken.n;

	taken.n = 0;
	while (taken.n < n && !is_blank(taken.p[taken.n]))
		taken.n++;
	*rest = str_trim((struct str){ taken.p + taken.n, n - taken.n });
	return taken;
}

/* `module version h1:HASH`; the hash of its go.mod alone does not bring the module. */
const char *lock_go_sum(struct str text, struct lock *lock)
{
	struct str line, name, version, hash;

	while (lock_line(&text, &line)) {
		if (str_trim(line).n == 0)
			continue;
		name = word(&line);
		version = word(&line);
		hash = word(&line);
		if (!str_starts(hash, "h1:") || line.n)
			return "a line is not \"MODULE VERSION h1:HASH\"";
		if (str_ends(version, "/go.mod"))
			continue;
		lock_add(lock, "golang", name, version)->integrity = hash;
		lock->entry[lock->n - 1].source = SOURCE_REGISTRY;
	}
	return NULL;
}

static void take_require(struct lock *lock, struct str rest)
{
	const struct str name = lock_unquote(word(&rest)), version = word(&rest);

	if (version.n)
		lock_add(lock, "golang", name, version)->source = SOURCE_REGISTRY;
}

static void take_directive(struct lock *lock, struct str directive, struct str rest)
{
	static const char *const risky[] = { "replace", "toolchain", "exclude", "tool", "retract" };

	if (str_is(directive, "require"))
		take_require(lock, rest);
	for (size_t i = 0; i < LEN(risky); i++)
		if (str_is(directive, risky[i]))
			lock_remark(lock, i < 2,
				    str_of(arena_printf(lock->arena, "%s %.*s", risky[i],
							(int)rest.n, rest.p)));
}

/* go.dev/ref/mod: directives in a line each, or in a block of `directive ( ... )`. */
const char *lock_go_mod(struct str text, struct lock *lock)
{
	struct str line, comment, directive, block = { "", 0 };

	while (lock_line(&text, &line)) {
		const char *slashes = memmem(line.p, line.n, "//", 2);

		/* "//" in a module's path is a comment, too: it has no empty part. */
		if (slashes)
			line.n = (size_t)(slashes - line.p);
		line = str_trim(line);
		if (line.n == 0)
			continue;
		if (str_is(line, ")")) {
			block.n = 0;
			continue;
		}
		if (block.n) {
			take_directive(lock, block, line);
			continue;
		}
		comment = line;
		directive = word(&comment);
		if (str_is(comment, "("))
			block = directive;
		else
			take_directive(lock, directive, comment);
	}
	return block.n ? "a block does not end" : NULL;
}

/* Joins lines that end with a backslash. */
static struct str whole_line(struct lock *lock, struct str *text, struct str line)
{
	struct str more;

	while (str_ends(line, "\\") && lock_line(text, &more))
		line = str_of(arena_printf(lock->arena, "%.*s %.*s", (int)line.n - 1, line.p,
					   (int)more.n, more.p));
	return line;
}

/* Everything between " --hash=" and the next blank, joined. */
static struct str hashes_of(struct lock *lock, struct str rest)
{
	static const char option[] = "--hash=";
	struct str all = { "", 0 };
	const char *found;

	while ((found = memmem(rest.p, rest.n, option, strlen(option)))) {
		struct str hash;

		rest = str_skip(rest, (size_t)(found - rest.p) + strlen(option));
		hash = word(&rest);
		all = all.n == 0 ? hash
				 : str_of(arena_printf(lock->arena, "%.*s %.*s", (int)all.n, all.p,
						       (int)hash.n, hash.p));
	}
	return all;
}

static bool is_name(char c)
{
	return ascii_alnum(c) || c == '-' || c == '_' || c == '.';
}

/* `name[extra]==1.0 ; marker --hash=...`, `name @ URL`, or a URL or path (PEP 508, pip). */
static void take_requirement(struct lock *lock, struct str line)
{
	struct str name = { line.p, 0 }, rest, spec, marker, version = { "", 0 };
	struct lock_entry *entry;

	while (name.n < line.n && is_name(line.p[name.n]))
		name.n++;
	rest = str_trim(str_skip(line, name.n));
	if (str_starts(rest, "["))
		str_cut(rest, ']', &spec, &rest);
	rest = str_trim(rest);
	if (name.n == 0 || str_starts(rest, ":") || str_starts(rest, "/") ||
	    str_starts(rest, "+")) {
		entry = lock_add(lock, "pypi", line, version);
		lock_set_url(entry, word(&line), SOURCE_URL);
		entry->name = entry->url;
		return;
	}
	str_cut(rest, ';', &spec, &marker);
	spec = word(&(struct str){ spec.p, spec.n });
	if (str_starts(spec, "==="))
		version = str_skip(spec, 3);
	else if (str_starts(spec, "=="))
		version = str_skip(spec, 2);
	if (version.n == 0 && str_starts(spec, "==")) {
		version = str_skip(rest, 2);
		version = word(&version);
	}
	entry = lock_add(lock, "pypi", name, version);
	entry->integrity = hashes_of(lock, rest);
	entry->source = SOURCE_REGISTRY;
	if (str_starts(rest, "@")) {
		rest = str_skip(rest, 1);
		lock_set_url(entry, word(&rest), SOURCE_URL);
	}
}

/* Options that decide from where pip takes a package; the first two name one. */
static const char *const indexes[] = {
	"-e",	 "--editable",	 "-i",	       "--index-url",	 "--extra-index-url",
	"-f",	 "--find-links", "--no-index", "--trusted-host", "--no-binary",
	"--pre",
};

/* As optparse(3) of Python has it: "-eVALUE" and the beginning of a long name will do. */
static bool is_option(struct str option, const char *name)
{
	const size_t n = strlen(name);

	if (name[1] != '-')
		return str_starts(option, name);
	return option.n > 2 && option.n <= n && memcmp(option.p, name, option.n) == 0;
}

static void take_option(struct lock *lock, struct str line)
{
	struct str rest = line, option = word(&rest), value;
	size_t i = 0;

	str_cut(option, '=', &option, &value);
	while (i < LEN(indexes) && !is_option(option, indexes[i]))
		i++;
	lock_remark(lock, i < LEN(indexes), line);
	if (i > 1)
		return;
	if (option.p[1] != '-')
		value = str_skip(line, 2);
	take_requirement(lock, str_trim(value.n ? value : rest));
}

const char *lock_requirements(struct str text, struct lock *lock)
{
	struct str line;

	while (lock_line(&text, &line)) {
		line = str_trim(whole_line(lock, &text, line));
		/* A comment begins a line or follows a blank. */
		for (size_t i = 1; i < line.n; i++)
			if (line.p[i] == '#' && is_blank(line.p[i - 1]))
				line.n = i;
		line = str_trim(line);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (line.p[0] == '-')
			take_option(lock, line);
		else
			take_requirement(lock, line);
	}
	return NULL;
}

static size_t indent(struct str line)
{
	size_t n = 0;

	while (n < line.n && line.p[n] == ' ')
		n++;
	return n;
}

static void take_checksum(struct lock *lock, struct str line)
{
	struct str rest = line, name = word(&rest), version, hash;

	if (!str_cut(rest, ')', &version, &hash) || !str_starts(version, "("))
		return;
	version = str_skip(version, 1);
	for (size_t i = 0; i < lock->n; i++)
		if (str_eq(lock->entry[i].name, name) && str_eq(lock->entry[i].version, version) &&
		    lock->entry[i].source == SOURCE_REGISTRY)
			lock->entry[i].integrity = str_trim(hash);
}

/* bundler: sections at the margin, `remote:` by two blanks, gems by four, what they need by six. */
const char *lock_gemfile(struct str text, struct lock *lock)
{
	struct str line, section = { "", 0 }, remote = { "", 0 }, revision = { "", 0 };

	while (lock_line(&text, &line)) {
		const size_t n = indent(line);
		struct str rest = str_trim(line), key, value;

		if (rest.n == 0)
			continue;
		if (n == 0) {
			section = rest;
			remote.n = revision.n = 0;
		} else if (str_is(section, "CHECKSUMS")) {
			take_checksum(lock, rest);
		} else if (n == 2 && str_cut(rest, ':', &key, &value)) {
			if (str_is(key, "remote"))
				remote = str_trim(value);
			else if (str_is(key, "revision"))
				revision = str_trim(value);
		} else if (n == 4 && (str_is(section, "GEM") || str_is(section, "GIT") ||
				      str_is(section, "PATH"))) {
			struct lock_entry *entry;
			const struct str name = word(&rest);

			if (!str_starts(rest, "(") || !str_ends(rest, ")"))
				return "a gem has no version";
			entry = lock_add(lock, "gem", name, (struct str){ rest.p + 1, rest.n - 2 });
			entry->url = remote;
			entry->integrity = revision;
			entry->source = section.p[1] == 'E'   ? SOURCE_REGISTRY
					: section.p[0] == 'G' ? SOURCE_GIT
							      : SOURCE_PATH;
		}
	}
	return NULL;
}

/* `group:artifact:version=configuration,...` */
const char *lock_gradle(struct str text, struct lock *lock)
{
	struct str line, module, rest, name, version;

	while (lock_line(&text, &line)) {
		line = str_trim(line);
		if (line.n == 0 || line.p[0] == '#' || str_starts(line, "empty="))
			continue;
		if (!str_cut(line, '=', &module, &rest) || !str_rcut(module, ':', &name, &version))
			return "a line is not \"GROUP:NAME:VERSION=...\"";
		lock_add(lock, "maven", name, version)->source = SOURCE_REGISTRY;
	}
	return NULL;
}

/* `provider "host/namespace/type" {`, then `version = "1.0"` and `hashes = [ ... ]`. */
const char *lock_terraform(struct str text, struct lock *lock)
{
	struct lock_entry *entry = NULL;
	struct str line, key, value;

	while (lock_line(&text, &line)) {
		line = str_trim(line);
		if (str_starts(line, "provider ")) {
			struct str name = str_skip(line, strlen("provider "));

			str_cut(name, '{', &name, &value);
			name = lock_unquote(str_trim(name));
			entry = lock_add(lock, "terraform", name, (struct str){ "", 0 });
			entry->source = SOURCE_REGISTRY;
			entry->url = str_of(
				arena_printf(lock->arena, "https://%.*s", (int)name.n, name.p));
		} else if (entry && str_starts(line, "\"")) {
			value = lock_unquote(
				str_ends(line, ",") ? (struct str){ line.p, line.n - 1 } : line);
			entry->integrity = str_of(
				arena_printf(lock->arena, "%.*s%s%.*s", (int)entry->integrity.n,
					     entry->integrity.p ? entry->integrity.p : "",
					     entry->integrity.n ? " " : "", (int)value.n, value.p));
		} else if (entry && str_cut(line, '=', &key, &value) &&
			   str_is(str_trim(key), "version")) {
			entry->version = lock_unquote(str_trim(value));
		}
	}
	return NULL;
}
