/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/lock_formats.h"

#include <assert.h>
#include <string.h>

static const char *const sources[] = {
	[SOURCE_UNKNOWN] = "unknown", [SOURCE_REGISTRY] = "registry", [SOURCE_GIT] = "git",
	[SOURCE_URL] = "url",	      [SOURCE_PATH] = "path",
};
static_assert(LEN(sources) == N_LOCK_SOURCES, "every source has a name");

static const char *(*const readers[])(struct str text, struct lock *lock) = {
	[LOCK_NONE] = NULL,
	[LOCK_PACKAGE_LOCK] = lock_package_lock,
	[LOCK_YARN] = lock_yarn,
	[LOCK_PNPM] = lock_pnpm,
	[LOCK_BUN] = lock_bun,
	[LOCK_REQUIREMENTS] = lock_requirements,
	[LOCK_PIPFILE] = lock_pipfile,
	[LOCK_POETRY] = lock_poetry,
	[LOCK_UV] = lock_uv,
	[LOCK_CARGO] = lock_cargo,
	[LOCK_GO_MOD] = lock_go_mod,
	[LOCK_GO_SUM] = lock_go_sum,
	[LOCK_GEMFILE] = lock_gemfile,
	[LOCK_COMPOSER] = lock_composer,
	[LOCK_NUGET] = lock_nuget,
	[LOCK_GRADLE] = lock_gradle,
	[LOCK_FLAKE] = lock_flake,
	[LOCK_TERRAFORM] = lock_terraform,
	[LOCK_ACTIONS] = lock_actions,
	[LOCK_NPM_PACKAGE] = lock_npm_package,
	[LOCK_PYTHON_PACKAGE] = lock_python_package,
	[LOCK_PYTHON_ORIGIN] = lock_python_origin,
	[LOCK_GO_VENDOR] = lock_go_vendor,
	[LOCK_CRATE] = lock_crate,
	[LOCK_GEMSPEC] = lock_gemspec,
	[LOCK_CRATE_ORIGIN] = lock_crate_origin,
	[LOCK_RUST_DEPS] = lock_rust_deps,
	[LOCK_GO_MODULE] = lock_go_module,
	[LOCK_YARN_ARCHIVE] = lock_yarn_archive,
	[LOCK_PNP] = lock_pnp,
};
static_assert(LEN(readers) == N_LOCK_FORMATS, "every format has a reader");

const char *lock_read(enum lock_format format, struct str text, struct lock *lock)
{
	assert(format > LOCK_NONE && format < N_LOCK_FORMATS);
	return readers[format](text, lock);
}

const char *lock_source_name(enum lock_source source)
{
	return sources[source];
}

struct lock_entry *lock_add(struct lock *lock, const char *type, struct str name,
			    struct str version)
{
	struct lock_entry *entry = arena_push(lock->arena, lock->entry, lock->n);

	*entry = (struct lock_entry){ .type = type, .name = name, .version = version };
	return entry;
}

void lock_remark(struct lock *lock, bool risky, struct str what)
{
	*arena_push(lock->arena, lock->remark, lock->n_remarks) =
		(struct lock_remark){ .what = what, .risky = risky };
}

struct str lock_scheme(struct str url)
{
	const char *end = url.n ? memchr(url.p, ':', url.n) : NULL;

	if (!end || memchr(url.p, '/', (size_t)(end - url.p)))
		return (struct str){ "", 0 };
	return (struct str){ url.p, (size_t)(end - url.p) };
}

struct str lock_host(struct str url)
{
	const char *start = url.n ? memmem(url.p, url.n, "://", 3) : NULL;
	struct str host, user, rest;

	if (!start)
		return (struct str){ "", 0 };
	host = str_skip(url, (size_t)(start + 3 - url.p));
	for (size_t i = 0; i < host.n; i++)
		if (strchr("/?#\\", host.p[i]))
			host.n = i;
	if (str_rcut(host, '@', &user, &rest))
		host = rest;
	if (host.n && host.p[0] == '[')
		return host;
	str_cut(host, ':', &host, &rest);
	return host;
}

static const struct {
	const char *prefix;
	enum lock_source source;
} prefixes[] = {
	{ "git+", SOURCE_GIT },	      { "git:", SOURCE_GIT },	  { "git@", SOURCE_GIT },
	{ "ssh:", SOURCE_GIT },	      { "github:", SOURCE_GIT },  { "gitlab:", SOURCE_GIT },
	{ "bitbucket:", SOURCE_GIT }, { "gist:", SOURCE_GIT },	  { "file:", SOURCE_PATH },
	{ "link:", SOURCE_PATH },     { "portal:", SOURCE_PATH }, { "workspace:", SOURCE_PATH },
	{ "./", SOURCE_PATH },	      { "../", SOURCE_PATH },	  { "/", SOURCE_PATH },
};

void lock_set_url(struct lock_entry *entry, struct str url, enum lock_source otherwise)
{
	entry->url = url;
	if (url.n == 0)
		return;
	entry->source = otherwise;
	for (size_t i = 0; i < LEN(prefixes); i++)
		if (str_starts(url, prefixes[i].prefix))
			entry->source = prefixes[i].source;
}

bool lock_line(struct str *rest, struct str *line)
{
	if (rest->n == 0)
		return false;
	str_cut(*rest, '\n', line, rest);
	if (str_ends(*line, "\r"))
		line->n--;
	return true;
}

bool str_rcut(struct str s, char c, struct str *left, struct str *right)
{
	const char *found = s.n ? memrchr(s.p, c, s.n) : NULL;

	*left = s;
	*right = (struct str){ s.p + s.n, 0 };
	if (!found)
		return false;
	left->n = (size_t)(found - s.p);
	*right = (struct str){ found + 1, s.n - left->n - 1 };
	return true;
}

struct str lock_unquote(struct str s)
{
	if (s.n >= 2 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0])
		return (struct str){ s.p + 1, s.n - 2 };
	return s;
}
