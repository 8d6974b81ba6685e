/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/npm.h"

#include <string.h>

#include "eco/route.h"
#include "eco/semver.h"
#include "wire/ascii.h"

/*
 * The registry API of npm: its documentation, and what npm, pnpm, Yarn and Verdaccio send.
 * A scoped name is one segment, "@scope%2Fname", or two; here it is made one.
 */

#define PUT_POST_DELETE "PUT,POST,DELETE"

static const struct route routes[] = {
	{ "GET", "/", PACKAGE_INDEX, NULL },
	{ "GET", "/-/ping", PACKAGE_INDEX, NULL },
	{ "GET", "/-/npm/v1/keys", PACKAGE_INDEX, NULL },
	{ "GET", "/-/npm/v1/attestations/**", PACKAGE_INDEX, NULL },
	{ "GET", "/-/package/*/dist-tags", PACKAGE_INDEX, NULL },
	{ "GET", "/-/v1/search", PACKAGE_SEARCH, NULL },
	{ "POST", "/-/npm/v1/security/advisories/bulk", PACKAGE_AUDIT, NULL },
	{ "POST", "/-/npm/v1/security/audits", PACKAGE_AUDIT, NULL },
	{ "POST", "/-/npm/v1/security/audits/quick", PACKAGE_AUDIT, NULL },

	{ "GET,PUT", "/-/user/*", PACKAGE_AUTH, "log in" },
	{ "DELETE", "/-/user/token/*", PACKAGE_AUTH, "log out" },
	{ "GET,POST", "/-/v1/login", PACKAGE_AUTH, "log in" },
	{ "GET", "/-/v1/done", PACKAGE_AUTH, "log in" },
	{ "GET", "/-/whoami", PACKAGE_AUTH, "whoami" },
	{ "GET,POST", "/-/npm/v1/user", PACKAGE_AUTH, "profile" },
	{ "GET,POST", "/-/npm/v1/tokens", PACKAGE_AUTH, "tokens" },
	{ "GET," PUT_POST_DELETE, "/-/npm/v1/tokens/**", PACKAGE_AUTH, "tokens" },
	{ "POST", "/-/npm/v1/oidc/token/exchange/**", PACKAGE_AUTH, "trusted publishing" },
	{ "GET", "/-/package/**", PACKAGE_AUTH, "who may change a package" },
	{ "GET", "/-/team/**", PACKAGE_AUTH, "teams" },
	{ "GET", "/-/org/**", PACKAGE_AUTH, "organisations" },
	{ "GET", "/-/stage", PACKAGE_AUTH, "staged packages" },
	{ "GET", "/-/stage/**", PACKAGE_AUTH, "staged packages" },

	{ PUT_POST_DELETE, "/-/package/*/dist-tags/*", PACKAGE_PUBLISH, "dist-tag" },
	{ PUT_POST_DELETE, "/-/package/**", PACKAGE_PUBLISH, "access" },
	{ PUT_POST_DELETE, "/-/team/**", PACKAGE_PUBLISH, "team" },
	{ PUT_POST_DELETE, "/-/org/**", PACKAGE_PUBLISH, "org" },
	{ "POST", "/-/stage/*/approve", PACKAGE_PUBLISH, "approve" },
	{ PUT_POST_DELETE, "/-/stage/**", PACKAGE_PUBLISH, "stage" },
	{ "PUT", "/{name}", PACKAGE_PUBLISH, "publish" },
	{ "PUT", "/{name}/-rev/*", PACKAGE_PUBLISH, "unpublish, owner or deprecate" },
	{ "DELETE", "/{name}/-rev/*", PACKAGE_PUBLISH, "unpublish" },
	{ "DELETE", "/{name}/-/{file}/-rev/*", PACKAGE_PUBLISH, "unpublish" },

	{ "GET", "/{name}", PACKAGE_METADATA, NULL },
	{ "GET", "/{name}/-/{file}", PACKAGE_ARTIFACT, NULL },
	{ "GET", "/{name}/-/{version}/{file}", PACKAGE_ARTIFACT, NULL }, /* .../-/@scope/file */
	{ "GET", "/{name}/{version}", PACKAGE_VERSION, NULL },
};

static bool is_plain(struct str word)
{
	for (size_t i = 0; i < word.n; i++)
		if (!ascii_alnum(word.p[i]) && !strchr("-._~", word.p[i]))
			return false;
	return word.n > 0 && word.p[0] != '.';
}

static bool is_name(struct str name)
{
	struct str scope, rest;

	if (!str_starts(name, "@"))
		return is_plain(name) && name.p[0] != '-';
	if (!str_cut((struct str){ name.p + 1, name.n - 1 }, '/', &scope, &rest))
		return false;
	return is_plain(scope) && is_plain(rest);
}

bool npm_version_valid(struct str version)
{
	for (size_t i = 0; i < version.n; i++)
		if (!ascii_alnum(version.p[i]) && !strchr("-.+_", version.p[i]))
			return false;
	return version.n > 0 && version.n <= PACKAGE_VERSION_MAX;
}

/* Of "@scope/name", "name". */
static struct str base_of(struct str name)
{
	struct str scope, rest;

	return str_cut(name, '/', &scope, &rest) ? rest : name;
}

/* "name-1.2.3.tgz" of the package "@scope/name" is its version 1.2.3. */
static bool read_file(struct package_request *out)
{
	const struct str base = base_of(str_of(out->name));
	struct str version = str_of(out->file);

	if (version.n <= base.n || memcmp(version.p, base.p, base.n) != 0 ||
	    version.p[base.n] != '-' || !str_ends(version, ".tgz"))
		return false;
	version.p += base.n + 1;
	version.n -= base.n + 1 + strlen(".tgz"); /* which has no "-": the two do not overlap */
	if (!npm_version_valid(version))
		return false;
	memcpy(out->version, version.p, version.n);
	out->version[version.n] = '\0';
	return true;
}

/* Another form of ".../-/@scope/name-1.0.0.tgz" has the scope twice; it has to be the same one. */
static bool is_scope_of(struct str part, const char *name)
{
	char scope[PACKAGE_NAME_MAX + 1];
	size_t n;

	if (!route_decode(part, scope, sizeof(scope)))
		return false;
	n = strlen(scope);
	return scope[0] == '@' && !strncmp(scope, name, n) && name[n] == '/';
}

static bool read_artifact(const struct route_parts *parts, struct package_request *out)
{
	if (!route_decode(parts->file, out->file, sizeof(out->file)))
		return false;
	if (parts->version.p && !is_scope_of(parts->version, out->name))
		return false;
	return read_file(out);
}

static bool read_parts(const struct route *route, const struct route_parts *parts,
		       struct package_request *out)
{
	if (parts->name.p && (!route_decode(parts->name, out->name, sizeof(out->name)) ||
			      !is_name(str_of(out->name))))
		return false;
	if (route->kind == PACKAGE_ARTIFACT)
		return read_artifact(parts, out);
	if (route->kind == PACKAGE_VERSION)
		return route_decode(parts->version, out->version, sizeof(out->version)) &&
		       npm_version_valid(str_of(out->version));
	return true;
}

/* "/name/latest" is about whatever version has that tag: it is looked for among all. */
static void read_tag(struct package_request *out)
{
	struct semver number;

	if (out->kind != PACKAGE_VERSION || semver_parse(str_of(out->version), &number) == 0)
		return;
	out->kind = PACKAGE_METADATA;
	memcpy(out->tag, out->version, sizeof(out->tag));
	out->version[0] = '\0';
}

/* "/@scope/name/..." as "/@scope%2Fname/...": with the first two segments as one. */
static struct str join_scope(struct str path, struct buf *space)
{
	struct str first, rest;
	struct str below = { path.p + 1, path.n - 1 };

	if (!(str_starts(below, "@") || str_starts(below, "%40")) ||
	    !str_cut(below, '/', &first, &rest) || memmem(first.p, first.n, "%2F", 3))
		return path;
	buf_puts(space, "/");
	buf_str(space, first);
	buf_puts(space, "%2F");
	buf_str(space, rest);
	return (struct str){ space->p, space->n };
}

static void classify(const struct registry_request *in, struct package_request *out)
{
	char joined[PACKAGE_NAME_MAX + PACKAGE_FILE_MAX + 64];
	struct buf space = BUF(joined);
	struct route_parts parts;
	const struct str path = join_scope(in->path, &space);
	const struct route *route;

	if (space.full)
		return;
	route = route_find(routes, LEN(routes), in->method, path, &parts);
	if (!route || !read_parts(route, &parts, out))
		return;
	out->kind = route->kind;
	out->what = route->what;
	read_tag(out);
}

static bool locate(const struct package_request *of, struct document_at *out)
{
	buf_puts(&out->path, "/");
	for (const char *c = of->name; *c; c++)
		buf_puts(&out->path, *c == '/' ? "%2F" : (char[]){ *c, '\0' });
	return of->name[0];
}

static const struct registry_host hosts[] = {
	{ "*.npmjs.org", 0 },
	{ "registry.yarnpkg.com", 0 },
	{ 0 },
};

const struct ecosystem eco_npm = {
	.name = "npm",
	.title = "npm",
	.hosts = hosts,
	.accept = "application/json",
	.type = "application/json",
	.empty_is_denied = true,
	.json_errors = true,
	.classify = classify,
	.locate = locate,
	.sift = npm_sift,
};
