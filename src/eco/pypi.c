/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/pypi.h"

#include <string.h>

#include "eco/pep440.h"
#include "eco/route.h"
#include "wire/ascii.h"

/*
 * The index of PyPI: PEP 503, 592, 658, 691, 700, 714 and 740, its upload API, and Warehouse's URLs
 * of files. A private index is all of its hosts in one; its base is what stands before "/simple".
 */

enum role { ANY, INDEX, FILES, UPLOAD };

static const struct route index_routes[] = {
	{ "GET", "/simple/{name}/", PACKAGE_METADATA, NULL },
	{ "GET", "/simple/{name}", PACKAGE_METADATA, NULL },
	{ "GET", "/integrity/{name}/{version}/{file}/provenance", PACKAGE_VERSION, NULL },
	{ "GET", "/pypi/{name}/{version}/json", PACKAGE_VERSION, NULL },
	{ "GET", "/simple/", PACKAGE_UNKNOWN, "a list of all projects" },
	{ "GET", "/simple", PACKAGE_UNKNOWN, "a list of all projects" },
	{ "GET", "/pypi/{name}/json", PACKAGE_UNKNOWN, "metadata that cannot be filtered" },
	{ "GET", "/search", PACKAGE_SEARCH, NULL },
	{ "GET", "/search/", PACKAGE_SEARCH, NULL },
	{ "POST", "/pypi", PACKAGE_PUBLISH, "XML-RPC" },
	{ "GET,POST", "/_/oidc/**", PACKAGE_AUTH, "trusted publishing" },
	{ "GET,POST", "/account/**", PACKAGE_AUTH, "account" },
	{ "GET,POST", "/manage/**", PACKAGE_PUBLISH, "manage" },
};

static const struct route file_routes[] = {
	{ "GET", "/packages/*/*/*/{file}", PACKAGE_ARTIFACT, NULL },
};

static const struct route any_file_routes[] = {
	{ "GET", "/packages/{file}", PACKAGE_ARTIFACT, NULL },
	{ "GET", "/packages/*/{file}", PACKAGE_ARTIFACT, NULL },
	{ "GET", "/simple/{name}/{file}", PACKAGE_ARTIFACT, NULL },
};

static const struct route upload_routes[] = {
	{ "POST", "/legacy/", PACKAGE_PUBLISH, "upload" },
	{ "POST", "/legacy", PACKAGE_PUBLISH, "upload" },
	{ "POST", "/", PACKAGE_PUBLISH, "upload" },
	{ "POST", "/simple/", PACKAGE_PUBLISH, "upload" },
	{ "PUT,PATCH,DELETE", "/**", PACKAGE_PUBLISH, "upload" },
};

static const struct route_table tables[] = {
	{ 1 << ANY | 1 << INDEX, index_routes, LEN(index_routes) },
	{ 1 << ANY | 1 << FILES, file_routes, LEN(file_routes) },
	{ 1 << ANY, any_file_routes, LEN(any_file_routes) },
	{ 1 << ANY | 1 << INDEX | 1 << FILES | 1 << UPLOAD, upload_routes, LEN(upload_routes) },
};

static bool is_mark(char c)
{
	return c == '-' || c == '_' || c == '.';
}

bool pypi_name(struct str in, char out[PACKAGE_NAME_MAX + 1])
{
	size_t n = 0;

	if (in.n == 0 || is_mark(in.p[0]) || is_mark(in.p[in.n - 1]))
		return false;
	for (size_t i = 0; i < in.n; i++) {
		if (!ascii_alnum(in.p[i]) && !is_mark(in.p[i]))
			return false;
		if (is_mark(in.p[i]) && is_mark(in.p[i - 1]))
			continue;
		if (n == PACKAGE_NAME_MAX)
			return false;
		out[n++] = is_mark(in.p[i]) ? '-' : ascii_lower(in.p[i]);
	}
	out[n] = '\0';
	return true;
}

static bool is_version(struct str text)
{
	struct pep440 version;

	return text.n <= PACKAGE_VERSION_MAX && pep440_parse(text, &version) == 0;
}

/* name-version[-build]-python-abi-platform: the specification of binary distributions. */
static bool parse_wheel(struct str stem, struct pypi_file *out)
{
	struct str rest = stem, field;
	size_t n = 1;

	for (; str_cut(rest, '-', &field, &rest); n++)
		if (field.n == 0)
			return false;
	str_cut(stem, '-', &out->name, &rest);
	str_cut(rest, '-', &out->version, &rest);
	out->wheel = true;
	return (n == 5 || n == 6) && is_version(out->version);
}

static bool parse_sources(struct str stem, struct pypi_file *out)
{
	for (size_t i = stem.n; i > 1; i--) {
		if (stem.p[i - 1] != '-')
			continue;
		out->name = (struct str){ stem.p, i - 1 };
		out->version = (struct str){ stem.p + i, stem.n - i };
		if (is_version(out->version))
			return true;
	}
	return false;
}

bool pypi_file_parse(struct str file, struct pypi_file *out)
{
	static const char *const sources[] = { ".tar.gz", ".zip", ".tgz", ".tar.bz2", ".tar.xz" };
	char name[PACKAGE_NAME_MAX + 1];

	*out = (struct pypi_file){ 0 };
	if (str_ends(file, ".whl"))
		return parse_wheel((struct str){ file.p, file.n - strlen(".whl") }, out) &&
		       pypi_name(out->name, name);
	for (size_t i = 0; i < LEN(sources); i++)
		if (str_ends(file, sources[i]))
			return parse_sources((struct str){ file.p, file.n - strlen(sources[i]) },
					     out) &&
			       pypi_name(out->name, name);
	return false;
}

static void copy(struct str from, char *to)
{
	memcpy(to, from.p, from.n);
	to[from.n] = '\0';
}

/* A file, or what goes with one: its metadata (PEP 658), its signature. */
static bool read_file(struct str escaped, struct package_request *out)
{
	static const char *const beside[] = { ".metadata", ".asc", ".provenance" };
	char name[PACKAGE_NAME_MAX + 1];
	struct pypi_file file;

	if (!route_decode(escaped, out->file, sizeof(out->file)))
		return false;
	for (size_t i = 0; i < LEN(beside); i++) {
		if (!str_ends(str_of(out->file), beside[i]))
			continue;
		out->file[strlen(out->file) - strlen(beside[i])] = '\0';
		out->kind = PACKAGE_VERSION;
		break;
	}
	if (!pypi_file_parse(str_of(out->file), &file) || !pypi_name(file.name, name) ||
	    (out->name[0] && strcmp(out->name, name) != 0))
		return false;
	copy(str_of(name), out->name);
	copy(file.version, out->version);
	return true;
}

static bool read_parts(const struct route_parts *parts, struct package_request *out)
{
	char name[PACKAGE_NAME_MAX + 1];

	if (parts->name.p &&
	    (!route_decode(parts->name, name, sizeof(name)) || !pypi_name(str_of(name), out->name)))
		return false;
	if (parts->version.p &&
	    (!route_decode(parts->version, out->version, sizeof(out->version)) ||
	     !is_version(str_of(out->version))))
		return false;
	return !parts->file.p || read_file(parts->file, out);
}

/* PEP 691: who does not ask for JSON knows only HTML. */
static bool takes_json(struct str accept)
{
	struct str one, type;

	while (accept.n) {
		str_cut(accept, ',', &one, &accept);
		str_cut(one, ';', &type, &one);
		type = str_trim(type);
		if (str_eq_nocase(type, STR("application/vnd.pypi.simple.v1+json")) ||
		    str_eq_nocase(type, STR("application/vnd.pypi.simple.latest+json")))
			return true;
	}
	return false;
}

static void classify(const struct registry_request *in, struct package_request *out)
{
	struct route_parts parts;

	out->role = in->role;
	out->form = takes_json(in->accept) ? PYPI_JSON : PYPI_HTML;
	if (route_classify(tables, LEN(tables), in, &parts, out) && !read_parts(&parts, out))
		*out = (struct package_request){ .role = in->role };
}

static bool locate(const struct package_request *of, struct document_at *out)
{
	out->host = of->role == FILES ? "pypi.org" : NULL;
	out->role = of->role == FILES ? INDEX : of->role;
	buf_printf(&out->path, "/simple/%s/", of->name);
	return of->name[0];
}

static const struct registry_host hosts[] = {
	{ "pypi.org", INDEX },
	{ "files.pythonhosted.org", FILES },
	{ "upload.pypi.org", UPLOAD },
	{ 0 },
};

const struct ecosystem eco_pypi = {
	.name = "pypi",
	.title = "PyPI",
	.hosts = hosts,
	.accept = "application/vnd.pypi.simple.v1+json, text/html;q=0.1",
	.type = "application/vnd.pypi.simple.v1+json",
	.classify = classify,
	.locate = locate,
	.sift = pypi_sift,
};
