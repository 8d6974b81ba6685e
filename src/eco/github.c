/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "eco/eco.h"
#include "eco/route.h"
#include "wire/ascii.h"

/*
 * Git over HTTP, and archives and files of releases, at GitHub: the way around a registry. To
 * fetch is to use a package "OWNER/REPOSITORY"; to push, or to change anything by the API, is to
 * publish. Whether a git request fetches or pushes is in its query first, then in its path.
 */

enum role { ANY, SITE, CODE, RAW, API };

#define CHANGES "POST,PUT,PATCH,DELETE"

static const struct route site_routes[] = {
	{ "GET", "/{name}/{file}/info/refs", PACKAGE_VERSION, NULL }, /* see is_push() */
	{ "POST", "/{name}/{file}/git-upload-pack", PACKAGE_VERSION, NULL },
	{ "POST", "/{name}/{file}/git-receive-pack", PACKAGE_PUBLISH, "git push" },
	{ "POST", "/{name}/{file}/info/lfs/**", PACKAGE_PUBLISH, "Git LFS, which may upload" },
	{ "GET", "/{name}/{file}/releases/download/{version}/*", PACKAGE_ARTIFACT, NULL },
	{ "GET", "/{name}/{file}/releases/latest/download/*", PACKAGE_ARTIFACT, NULL },
	{ "GET", "/{name}/{file}/archive/refs/tags/{version}", PACKAGE_ARTIFACT, NULL },
	{ "GET", "/{name}/{file}/archive/refs/heads/{version}", PACKAGE_ARTIFACT, NULL },
	{ "GET", "/{name}/{file}/archive/{version}", PACKAGE_ARTIFACT, NULL },
	{ "GET", "/{name}/{file}/raw/{version}/**", PACKAGE_ARTIFACT, NULL },
	{ "GET", "/{name}/{file}/tarball/{version}", PACKAGE_ARTIFACT, NULL },
	{ "GET", "/{name}/{file}/zipball/{version}", PACKAGE_ARTIFACT, NULL },
	{ "GET", "/{name}/{file}", PACKAGE_VERSION, NULL },
	{ "GET,POST", "/login/**", PACKAGE_AUTH, "log in" },
	{ CHANGES, "/**", PACKAGE_PUBLISH, "change" },
};

static const struct route code_routes[] = {
	{ "GET", "/{name}/{file}/tar.gz/{version}", PACKAGE_ARTIFACT, NULL },
	{ "GET", "/{name}/{file}/zip/{version}", PACKAGE_ARTIFACT, NULL },
	{ "GET", "/{name}/{file}/legacy.tar.gz/{version}", PACKAGE_ARTIFACT, NULL },
	{ "GET", "/{name}/{file}/legacy.zip/{version}", PACKAGE_ARTIFACT, NULL },
	{ "GET", "/{name}/{file}/tar.gz/refs/*/{version}", PACKAGE_ARTIFACT, NULL },
	{ "GET", "/{name}/{file}/zip/refs/*/{version}", PACKAGE_ARTIFACT, NULL },
};

static const struct route raw_routes[] = {
	{ "GET", "/{name}/{file}/{version}/**", PACKAGE_ARTIFACT, NULL },
};

static const struct route api_routes[] = {
	{ "GET", "/repos/{name}/{file}/tarball/{version}", PACKAGE_ARTIFACT, NULL },
	{ "GET", "/repos/{name}/{file}/zipball/{version}", PACKAGE_ARTIFACT, NULL },
	{ "GET", "/repos/{name}/{file}", PACKAGE_VERSION, NULL },
	{ "GET", "/repos/{name}/{file}/**", PACKAGE_VERSION, NULL },
	{ "GET", "/search/**", PACKAGE_SEARCH, NULL },
	{ "GET", "/rate_limit", PACKAGE_INDEX, NULL },
	{ "GET", "/user", PACKAGE_AUTH, "who am I" },
	{ "GET", "/user/**", PACKAGE_AUTH, "account" },
	{ CHANGES, "/**", PACKAGE_PUBLISH, "change" },
};

static const struct route_table tables[] = {
	{ 1 << ANY | 1 << SITE, site_routes, LEN(site_routes) },
	{ 1 << CODE, code_routes, LEN(code_routes) },
	{ 1 << RAW, raw_routes, LEN(raw_routes) },
	{ 1 << API, api_routes, LEN(api_routes) },
};

static bool is_word(struct str s)
{
	return route_word(s, "-_.") && s.p[0] != '.';
}

/* The route has owner and repository as name and file. */
static bool read_parts(struct route_parts parts, struct package_request *out)
{
	struct buf name = BUF(out->name);

	if (!parts.name.p)
		return true;
	if (str_ends(parts.file, ".git"))
		parts.file.n -= strlen(".git");
	if (!is_word(parts.name) || !is_word(parts.file))
		return false;
	buf_str(&name, parts.name);
	buf_puts(&name, "/");
	buf_str(&name, parts.file);
	for (size_t i = 0; i < name.n; i++)
		out->name[i] = ascii_lower(out->name[i]);
	return !name.full && (!parts.version.p ||
			      route_decode(parts.version, out->version, sizeof(out->version)));
}

static bool is_push(const struct registry_request *in)
{
	return str_ends(in->path, "/info/refs") && !str_is(in->query, "?service=git-upload-pack");
}

static void classify(const struct registry_request *in, struct package_request *out)
{
	struct route_parts parts;

	if (!route_classify(tables, LEN(tables), in, &parts, out))
		return;
	if (!read_parts(parts, out)) {
		*out = (struct package_request){ 0 };
		return;
	}
	if (out->kind == PACKAGE_ARTIFACT && !out->version[0])
		memcpy(out->version, "latest", sizeof("latest"));
	if (is_push(in) && in->role <= SITE) {
		out->kind = PACKAGE_PUBLISH;
		out->what = "git push";
	}
}

static const struct registry_host hosts[] = {
	{ "github.com", SITE },
	{ "codeload.github.com", CODE },
	{ "raw.githubusercontent.com", RAW },
	{ "api.github.com", API },
	{ 0 },
};

const struct ecosystem eco_github = {
	.name = "github",
	.title = "GitHub",
	.hosts = hosts,
	.classify = classify,
};
