/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "eco/eco.h"
#include "wire/ascii.h"

/*
 * Repositories of Maven and Gradle: "/GROUP/AS/PATH/ARTIFACT/VERSION/ARTIFACT-VERSION...". Who says
 * when a version was published is the answer to the request for it alone (Last-Modified), so
 * here nobody does.
 */

enum role { ANY, CENTRAL, PLUGINS };

static bool is_segment(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) && !(s.p[i] && strchr("-_.+", s.p[i])))
			return false;
	return s.n > 0 && s.p[0] != '.';
}

/* Takes the last segment off. */
static struct str take_last(struct str *path)
{
	const char *slash = path->n ? memrchr(path->p, '/', path->n) : NULL;
	const size_t at = slash ? (size_t)(slash - path->p) : 0;
	const struct str last = { path->p + at + (slash != NULL), path->n - at - (slash != NULL) };

	path->n = at;
	return last;
}

/* "GROUP/AS/PATH" with "ARTIFACT" as "GROUP.AS.PATH:ARTIFACT". */
static bool read_name(struct str group, struct str artifact, struct package_request *out)
{
	struct buf name = BUF(out->name);
	struct str segment;
	bool more = true;

	while (more) {
		more = str_cut(group, '/', &segment, &group);
		if (!is_segment(segment))
			return false;
		buf_puts(&name, name.n ? "." : "");
		buf_str(&name, segment);
	}
	buf_puts(&name, ":");
	buf_str(&name, artifact);
	return !name.full;
}

/* Goes with an artifact: digests and signatures. */
static struct str without_suffix(struct str file)
{
	static const char *const suffixes[] = { ".sha1",   ".md5", ".sha256",
						".sha512", ".asc", ".sigstore.json" };

	for (size_t i = 0; i < LEN(suffixes); i++)
		if (str_ends(file, suffixes[i]))
			return (struct str){ file.p, file.n - strlen(suffixes[i]) };
	return file;
}

/* The file of a snapshot has a time instead of "SNAPSHOT": "a-1.0-20240101.120000-3.jar". */
static bool is_file_of(struct str file, struct str artifact, struct str version)
{
	const struct str stem = { version.p, str_ends(version, "-SNAPSHOT")
						     ? version.n - strlen("SNAPSHOT") - 1
						     : version.n };

	return file.n > artifact.n + 1 + stem.n && file.p[artifact.n] == '-' &&
	       memcmp(file.p, artifact.p, artifact.n) == 0 &&
	       memcmp(file.p + artifact.n + 1, stem.p, stem.n) == 0 &&
	       strchr("-.", file.p[artifact.n + 1 + stem.n]);
}

static bool read_path(struct str path, struct package_request *out)
{
	const struct str whole = take_last(&path), file = without_suffix(whole);
	const struct str version = take_last(&path), artifact = take_last(&path);
	struct buf to_version = BUF(out->version), to_file = BUF(out->file);

	if (!is_segment(whole) || !is_segment(version) || !is_segment(artifact) ||
	    !is_file_of(file, artifact, version) || !read_name(path, artifact, out))
		return false;
	buf_str(&to_version, version);
	buf_str(&to_file, file);
	out->kind = file.n != whole.n || str_ends(file, ".pom") || str_ends(file, ".module")
			    ? PACKAGE_VERSION
			    : PACKAGE_ARTIFACT;
	return !to_version.full && !to_file.full;
}

/* Where the repository is on a public host. */
static struct str below(struct str path, unsigned role)
{
	static const char *const bases[] = {
		[ANY] = "/", [CENTRAL] = "/maven2/", [PLUGINS] = "/m2/"
	};
	const size_t n = strlen(bases[role]);

	return str_starts(path, bases[role]) ? (struct str){ path.p + n, path.n - n }
					     : (struct str){ 0 };
}

static bool is_index(struct str file)
{
	return str_is(without_suffix(file), "maven-metadata.xml") ||
	       str_is(without_suffix(file), "archetype-catalog.xml");
}

static void classify(const struct registry_request *in, struct package_request *out)
{
	const struct str path = below(in->path, in->role);
	struct str rest = path;

	if (str_is(in->method, "PUT") || str_is(in->method, "POST") ||
	    str_is(in->method, "DELETE")) {
		out->kind = PACKAGE_PUBLISH;
		out->what = "deploy";
	} else if (!path.n || (!str_is(in->method, "GET") && !str_is(in->method, "HEAD"))) {
		return;
	} else if (is_index(take_last(&rest))) {
		out->kind = PACKAGE_INDEX;
	} else if (!read_path(path, out)) {
		*out = (struct package_request){ 0 };
	}
}

static const struct registry_host hosts[] = {
	{ "repo1.maven.org", CENTRAL },
	{ "repo.maven.apache.org", CENTRAL },
	{ "plugins.gradle.org", PLUGINS },
	{ 0 },
};

const struct ecosystem eco_maven = {
	.name = "maven",
	.title = "Maven",
	.hosts = hosts,
	.classify = classify,
};
