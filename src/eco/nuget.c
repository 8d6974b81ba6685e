/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/eco.h"
#include "eco/route.h"
#include "wire/ascii.h"

/*
 * The NuGet v3 API. Its registrations are compressed pages that refer to each other, and are not
 * filtered: what is downloaded is judged. Ids are compared without case.
 */

enum role { ANY, API, PUSH };

static const struct route api_routes[] = {
	{ "GET", "/v3/index.json", PACKAGE_INDEX, NULL },
	{ "GET", "/v3-flatcontainer/*/index.json", PACKAGE_INDEX, NULL },
	{ "GET", "/v3-flatcontainer/{name}/{version}/{file}.nupkg", PACKAGE_ARTIFACT, NULL },
	{ "GET", "/v3-flatcontainer/{name}/{version}/{file}.nuspec", PACKAGE_VERSION, NULL },
	{ "GET", "/v3/registration5-semver1/**", PACKAGE_INDEX, NULL },
	{ "GET", "/v3/registration5-gz-semver1/**", PACKAGE_INDEX, NULL },
	{ "GET", "/v3/registration5-gz-semver2/**", PACKAGE_INDEX, NULL },
	{ "GET", "/v3/catalog0/**", PACKAGE_INDEX, NULL },
	{ "GET", "/v3/vulnerabilities/**", PACKAGE_INDEX, NULL },
	{ "GET", "/v3-index/repository-signatures/**", PACKAGE_INDEX, NULL },
	{ "GET", "/query", PACKAGE_SEARCH, NULL },
	{ "GET", "/autocomplete", PACKAGE_SEARCH, NULL },
};

static const struct route push_routes[] = {
	{ "GET", "/api/v2/package/{name}/{version}", PACKAGE_ARTIFACT, NULL },
	{ "PUT,POST,DELETE", "/api/v2/package", PACKAGE_PUBLISH, "push" },
	{ "PUT,POST,DELETE", "/api/v2/package/", PACKAGE_PUBLISH, "push" },
	{ "PUT,POST,DELETE", "/api/v2/package/**", PACKAGE_PUBLISH, "push or unlist" },
	{ "PUT,POST", "/api/v2/symbolpackage", PACKAGE_PUBLISH, "push symbols" },
	{ "PUT,POST", "/api/v2/symbolpackage/**", PACKAGE_PUBLISH, "push symbols" },
	{ "GET,POST", "/api/v2/token", PACKAGE_AUTH, "trusted publishing" },
	{ "GET,POST", "/api/v2/package/create-verification-key/**", PACKAGE_AUTH, "keys" },
};

static bool read_part(struct str from, char *to, size_t max)
{
	if (!route_decode(from, to, max))
		return false;
	for (char *c = to; *c; c++) {
		if (!ascii_alnum(*c) && *c != '.' && *c != '-' && *c != '_' && *c != '+')
			return false;
		*c = ascii_lower(*c);
	}
	return to[0] != '.';
}

/* The file is named after both; what is asked for is in the path before it. */
static bool read_parts(const struct route_parts *parts, struct package_request *out)
{
	char want[PACKAGE_NAME_MAX + PACKAGE_VERSION_MAX + 2];
	struct buf file = BUF(want);

	if (!parts->name.p)
		return true;
	if (!read_part(parts->name, out->name, sizeof(out->name)) ||
	    !read_part(parts->version, out->version, sizeof(out->version)))
		return false;
	buf_printf(&file, "%s.%s", out->name, out->version);
	return !parts->file.p || str_eq_nocase(parts->file, str_of(out->name)) ||
	       str_eq_nocase(parts->file, (struct str){ file.p, file.n });
}

static const struct route_table tables[] = {
	{ 1 << ANY | 1 << API, api_routes, LEN(api_routes) },
	{ 1 << ANY | 1 << PUSH, push_routes, LEN(push_routes) },
};

static void classify(const struct registry_request *in, struct package_request *out)
{
	struct route_parts parts;

	if (route_classify(tables, LEN(tables), in, &parts, out) && !read_parts(&parts, out))
		*out = (struct package_request){ 0 };
}

static const struct registry_host hosts[] = {
	{ "api.nuget.org", API },
	{ "globalcdn.nuget.org", API },
	{ "www.nuget.org", PUSH },
	{ 0 },
};

const struct ecosystem eco_nuget = {
	.name = "nuget",
	.title = "NuGet",
	.hosts = hosts,
	.classify = classify,
};
