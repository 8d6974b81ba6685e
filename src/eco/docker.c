/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "eco/eco.h"
#include "eco/route.h"
#include "wire/ascii.h"

/*
 * Images of containers: the OCI distribution specification 1.1, and how Docker Hub gives tokens. A
 * manifest or blob is named by its digest, which the client checks; a tag is whatever it is today.
 */

enum role { ANY, REGISTRY, TOKENS };

static bool is_name(struct str name)
{
	struct str segment;
	bool more = true;

	while (more) {
		more = str_cut(name, '/', &segment, &name);
		if (!route_word(segment, "._-") || !ascii_alnum(segment.p[0]))
			return false;
	}
	return true;
}

/* What may stand between a name, which has slashes of its own, and the rest. */
static const struct kind {
	const char *part;
	enum package_kind kind; /* of what is read */
	bool reference;		/* a tag or digest follows, and nothing else */
} kinds[] = {
	{ "/blobs/uploads/", PACKAGE_UNKNOWN, false }, { "/blobs/", PACKAGE_ARTIFACT, true },
	{ "/manifests/", PACKAGE_VERSION, true },      { "/referrers/", PACKAGE_VERSION, true },
	{ "/tags/list", PACKAGE_INDEX, false },
};

static bool read_reference(struct str rest, struct package_request *out)
{
	return route_word(rest, "._-:%") &&
	       route_decode(rest, out->version, sizeof(out->version)) &&
	       route_word(str_of(out->version), "._-:");
}

static bool read_image(struct str path, struct package_request *out)
{
	for (size_t i = 0; i < LEN(kinds); i++) {
		const size_t n = strlen(kinds[i].part);
		const char *at = memmem(path.p, path.n, kinds[i].part, n);
		struct str name, rest;
		struct buf to = BUF(out->name);

		if (!at)
			continue;
		name = (struct str){ path.p, (size_t)(at - path.p) };
		rest = (struct str){ at + n, path.n - name.n - n };
		out->kind = kinds[i].kind;
		if (!is_name(name) ||
		    (kinds[i].reference ? !read_reference(rest, out) : rest.n > 0))
			return false;
		if (kinds[i].reference)
			buf_str(&to, name);
		return !to.full;
	}
	return false;
}

/* "repository:NAME:pull", and no more than that: the last part is what is to be allowed. */
static bool is_pull(struct str scope)
{
	char space[PACKAGE_NAME_MAX + 32];
	const char *last;

	if (!route_decode(scope, space, sizeof(space)))
		return false;
	last = strrchr(space, ':');
	return last && strcmp(last, ":pull") == 0 && !strchr(space, ' ') && !strchr(space, '+');
}

static bool wants_pull_alone(struct str query)
{
	struct str one, key, value;

	if (query.n)
		query = (struct str){ query.p + 1, query.n - 1 };
	while (query.n) {
		str_cut(query, '&', &one, &query);
		str_cut(one, '=', &key, &value);
		if (memchr(key.p, '%', key.n) || (str_is(key, "scope") && !is_pull(value)))
			return false;
	}
	return true;
}

static void classify_token(const struct registry_request *in, struct package_request *out)
{
	const bool pull = str_is(in->method, "GET") && wants_pull_alone(in->query);

	out->kind = pull ? PACKAGE_INDEX : PACKAGE_AUTH;
	out->what = pull ? NULL : "log in, or more than to pull";
}

static void classify(const struct registry_request *in, struct package_request *out)
{
	struct str path = in->path;

	if (in->role != REGISTRY && (str_is(path, "/token") || str_is(path, "/v2/token"))) {
		classify_token(in, out);
		return;
	}
	if (in->role == TOKENS || !str_starts(path, "/v2/"))
		return;
	path = (struct str){ path.p + strlen("/v2/"), path.n - strlen("/v2/") };
	if (!str_is(in->method, "GET") && !str_is(in->method, "HEAD")) {
		out->kind = PACKAGE_PUBLISH;
		out->what = "push or delete";
	} else if (path.n == 0) {
		out->kind = PACKAGE_INDEX;
	} else if (!read_image(path, out)) {
		*out = (struct package_request){ 0 };
	}
}

static const struct registry_host hosts[] = {
	{ "registry-1.docker.io", REGISTRY },
	{ "auth.docker.io", TOKENS },
	{ "ghcr.io", ANY },
	{ "quay.io", REGISTRY },
	{ "mcr.microsoft.com", REGISTRY },
	{ "public.ecr.aws", ANY },
	{ 0 },
};

const struct ecosystem eco_docker = {
	.name = "docker",
	.title = "images of containers",
	.hosts = hosts,
	.classify = classify,
};
