/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "eco/digest.h"
#include "eco/eco.h"
#include "eco/route.h"
#include "wire/ascii.h"
#include "wire/rfc3339.h"

/*
 * RubyGems by its compact index: "/info/NAME" has a line for each version and platform,
 * "VERSION[-PLATFORM] DEPENDENCY:REQUIREMENT&...,...|checksum:HEX,ruby:...,created_at:TIME". The
 * older indexes are of all gems at once and in Ruby's own format: clients do without them.
 */

static const struct route routes[] = {
	{ "GET", "/", PACKAGE_INDEX, NULL },
	{ "GET", "/versions", PACKAGE_INDEX, NULL },
	{ "GET", "/names", PACKAGE_INDEX, NULL },
	{ "GET", "/info/{name}", PACKAGE_METADATA, NULL },
	{ "GET", "/gems/{file}", PACKAGE_ARTIFACT, NULL },
	{ "GET", "/quick/Marshal.4.8/{file}", PACKAGE_VERSION, NULL },
	{ "GET", "/specs.4.8.gz", PACKAGE_UNKNOWN, "an index that cannot be filtered" },
	{ "GET", "/latest_specs.4.8.gz", PACKAGE_UNKNOWN, "an index that cannot be filtered" },
	{ "GET", "/prerelease_specs.4.8.gz", PACKAGE_UNKNOWN, "an index that cannot be filtered" },
	{ "GET", "/api/v1/dependencies", PACKAGE_UNKNOWN, "an index that cannot be filtered" },
	{ "GET", "/api/v1/search.json", PACKAGE_SEARCH, NULL },
	{ "POST", "/api/v1/gems", PACKAGE_PUBLISH, "push" },
	{ "DELETE", "/api/v1/gems/yank", PACKAGE_PUBLISH, "yank" },
	{ "GET", "/api/v1/gems/*/owners.json", PACKAGE_AUTH, "who may change a gem" },
	{ "POST,PUT,PATCH,DELETE", "/api/v1/gems/**", PACKAGE_PUBLISH, "owners" },
	{ "GET,POST,PUT", "/api/v1/api_key", PACKAGE_AUTH, "keys" },
	{ "GET,POST,PUT", "/api/v1/api_key.json", PACKAGE_AUTH, "keys" },
	{ "GET,POST", "/api/v1/profile/**", PACKAGE_AUTH, "profile" },
	{ "POST", "/api/v1/oidc/**", PACKAGE_AUTH, "trusted publishing" },
	{ "GET,POST", "/api/v1/webauthn_verification/**", PACKAGE_AUTH, "log in" },
};

static const struct route_table table = { 1, routes, LEN(routes) };

static bool is_name(struct str name)
{
	return route_word(name, "-_.") && name.p[0] != '.' && name.p[0] != '-' &&
	       name.n <= PACKAGE_NAME_MAX;
}

/* Gem::Version: numbers and words with dots between them, a number first. */
static bool is_version(struct str version)
{
	return route_word(version, ".") && ascii_digit(version.p[0]) &&
	       version.n <= PACKAGE_VERSION_MAX && version.p[version.n - 1] != '.' &&
	       !memmem(version.p, version.n, "..", 2);
}

/*
 * "NAME-VERSION[-PLATFORM]": a name may have dashes, too. The first part that can be a version is
 * taken for it: where that is wrong, there is no such file in the metadata.
 */
static bool read_full_name(struct str full, struct package_request *out)
{
	struct str version, platform;

	for (size_t i = 1; i + 1 < full.n; i++) {
		if (full.p[i] != '-' || !ascii_digit(full.p[i + 1]))
			continue;
		str_cut(str_skip(full, i + 1), '-', &version, &platform);
		if (!is_version(version))
			continue;
		memcpy(out->name, full.p, i);
		memcpy(out->version, version.p, version.n);
		return is_name((struct str){ full.p, i }) &&
		       (platform.n == 0 || route_word(platform, "-_."));
	}
	return false;
}

static bool read_file(struct str file, struct package_request *out)
{
	static const char *const suffixes[] = { ".gem", ".gemspec.rz" };

	if (file.n > PACKAGE_NAME_MAX)
		return false;
	for (size_t i = 0; i < LEN(suffixes); i++) {
		struct buf name = BUF(out->file);

		if (!str_ends(file, suffixes[i]))
			continue;
		file.n -= strlen(suffixes[i]);
		buf_str(&name, file);
		buf_puts(&name, ".gem");
		return !name.full && read_full_name(file, out);
	}
	return false;
}

static void classify(const struct registry_request *in, struct package_request *out)
{
	struct route_parts parts;

	if (!route_classify(&table, 1, in, &parts, out))
		return;
	if ((parts.name.p &&
	     (!is_name(parts.name) || !route_decode(parts.name, out->name, sizeof(out->name)))) ||
	    (parts.file.p && !read_file(parts.file, out)))
		*out = (struct package_request){ 0 };
}

static bool locate(const struct package_request *of, struct document_at *out)
{
	buf_printf(&out->path, "/info/%s", of->name);
	return of->name[0];
}

/* What follows the "|" of a line: at the first colon a name ends. */
static void read_requirements(struct str text, struct package_facts *facts)
{
	struct str one, key, value;

	while (text.n) {
		str_cut(text, ',', &one, &text);
		str_cut(one, ':', &key, &value);
		if (str_is(key, "checksum"))
			digest_read_hex(DIGEST_SHA256, value, &facts->digest);
		if (str_is(key, "created_at") && rfc3339_parse(value, &facts->published) == 0)
			facts->time = TIME_SERVER;
	}
}

static bool read_line(struct sieve *s, struct str line, struct package_facts *facts)
{
	struct str full, requirements, platform;
	char *file;

	str_cut(line, ' ', &full, &requirements);
	str_cut(full, '-', &facts->version, &platform);
	if (!is_version(facts->version) || (platform.n && !route_word(platform, "-_.")))
		return false;
	str_cut(requirements, '|', &(struct str){ 0 }, &requirements);
	read_requirements(requirements, facts);
	for (size_t i = 0; i < facts->version.n; i++)
		facts->prerelease |=
			!ascii_digit(facts->version.p[i]) && facts->version.p[i] != '.';
	file = arena_printf(&s->arena, "%s-%.*s.gem", s->about->name, (int)full.n, full.p);
	facts->file = str_of(file);
	return true;
}

static int sift(struct sieve *s)
{
	enum { SLICE = 64 * 1024 };
	size_t *at = (size_t *)(void *)s->state;
	const size_t until = *at + SLICE;

	while (*at < s->in.n && *at < until) {
		struct str rest = str_skip(s->in, *at), line;
		const size_t size = str_cut(rest, '\n', &line, &rest) ? line.n + 1 : line.n;
		struct package_facts facts = { 0 };
		const bool first = *at == 0;
		bool kept = first;

		*at += size;
		if (first && !str_is(line, "---"))
			return sieve_bad(s, "the metadata is no compact index");
		if (!first) {
			s->n_all++;
			kept = read_line(s, line, &facts) && s->judge(s->of, &facts);
			s->n_kept += kept;
		}
		if (kept)
			sieve_keep(s, (struct str){ line.p, size });
	}
	return *at < s->in.n ? SIEVE_MORE : 0;
}

static const struct registry_host hosts[] = {
	{ "rubygems.org", 0 },
	{ "index.rubygems.org", 0 },
	{ 0 },
};

const struct ecosystem eco_gem = {
	.name = "gem",
	.title = "RubyGems",
	.hosts = hosts,
	.accept = "text/plain",
	.type = "text/plain; charset=utf-8",
	.classify = classify,
	.locate = locate,
	.sift = sift,
};
