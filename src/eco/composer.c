/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/eco.h"
#include "eco/route.h"

/*
 * Packagist, which has no artifacts: its metadata points to archives of repositories, for which see
 * github.c. The times in it are those of commits.
 */

static const struct route routes[] = {
	{ "GET", "/packages.json", PACKAGE_INDEX, NULL },
	{ "GET", "/p2/*/*", PACKAGE_INDEX, NULL },
	{ "GET", "/p/**", PACKAGE_INDEX, NULL },
	{ "GET", "/metadata/changes.json", PACKAGE_INDEX, NULL },
	{ "GET", "/packages/list.json", PACKAGE_INDEX, NULL },
	{ "GET", "/search.json", PACKAGE_SEARCH, NULL },
	{ "POST", "/downloads/", PACKAGE_AUDIT, NULL },
	{ "GET,POST", "/api/security-advisories/", PACKAGE_AUDIT, NULL },
	{ "GET,POST", "/api/security-advisories", PACKAGE_AUDIT, NULL },
	{ "POST,PUT,DELETE", "/api/**", PACKAGE_PUBLISH, "update or create" },
};

static const struct route_table table = { 1, routes, LEN(routes) };

static void classify(const struct registry_request *in, struct package_request *out)
{
	struct route_parts parts;

	route_classify(&table, 1, in, &parts, out);
}

static const struct registry_host hosts[] = {
	{ "repo.packagist.org", 0 },
	{ "packagist.org", 0 },
	{ 0 },
};

const struct ecosystem eco_composer = {
	.name = "composer",
	.title = "Packagist",
	.hosts = hosts,
	.classify = classify,
};
