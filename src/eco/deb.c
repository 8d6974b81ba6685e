/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "eco/route.h"
#include "wire/ascii.h"

/*
 * Archives of Debian and Ubuntu. Their indexes are signed, so that nothing can be left out of them:
 * what is downloaded is judged. apt itself checks its bytes against the signature.
 */

enum role { ANY, DEBIAN, UBUNTU };

/* What is after the version of a file of sources. */
static bool cut_sources(struct str *version)
{
	static const char *const parts[] = { ".dsc",   ".debian.tar.", ".orig.tar.",
					     ".orig-", ".tar.",	       ".diff.gz" };

	for (size_t i = 0; i < LEN(parts); i++) {
		const char *at = memmem(version->p, version->n, parts[i], strlen(parts[i]));

		if (!at)
			continue;
		version->n = (size_t)(at - version->p);
		return true;
	}
	return false;
}

/* "NAME_VERSION_ARCHITECTURE.deb", without the epoch of the version; "NAME_VERSION.dsc". */
static bool read_file(struct str file, unsigned role, struct package_request *out)
{
	static const char *const namespaces[] = {
		[ANY] = "", [DEBIAN] = "debian/", [UBUNTU] = "ubuntu/"
	};
	struct buf to_name = BUF(out->name), to_version = BUF(out->version),
		   to_file = BUF(out->file);
	struct str name, version, architecture;
	bool binary;

	str_cut(file, '_', &name, &version);
	binary = str_cut(version, '_', &version, &architecture);
	if (binary ? !str_ends(architecture, ".deb") && !str_ends(architecture, ".udeb")
		   : !cut_sources(&version))
		return false;
	if (!route_word(name, "+-.") || !route_word(version, "+-.~") ||
	    (binary && !route_word(architecture, "-.")))
		return false;
	buf_puts(&to_name, namespaces[role]);
	buf_str(&to_name, name);
	buf_str(&to_version, version);
	buf_str(&to_file, file);
	out->kind = PACKAGE_ARTIFACT;
	return !to_name.full && !to_version.full && !to_file.full;
}

/* Copies the last segment, decoded: "%2B" is "+", "%3A" a colon, as in an epoch. */
static bool read_segment(struct str path, char *space, size_t max, struct str *out)
{
	const char *slash = memrchr(path.p, '/', path.n);
	struct str last = { slash + 1, path.n - (size_t)(slash + 1 - path.p) };
	struct buf to = buf_over(space, max);

	while (last.n) {
		const bool escaped = last.n >= 3 && last.p[0] == '%';
		const char c = !escaped ? last.p[0]
					: (char)(ascii_hex(last.p[1]) << 4 | ascii_hex(last.p[2]));

		buf_add(&to, &c, 1);
		last = (struct str){ last.p + (escaped ? 3 : 1), last.n - (escaped ? 3 : 1) };
	}
	*out = (struct str){ to.p, to.n };
	return !to.full;
}

static void classify(const struct registry_request *in, struct package_request *out)
{
	char space[PACKAGE_FILE_MAX + 1];
	struct str file;

	if (!str_is(in->method, "GET") && !str_is(in->method, "HEAD"))
		return;
	if (memmem(in->path.p, in->path.n, "/dists/", strlen("/dists/")))
		out->kind = PACKAGE_INDEX;
	else if (!memmem(in->path.p, in->path.n, "/pool/", strlen("/pool/")) ||
		 !read_segment(in->path, space, sizeof(space), &file) ||
		 !read_file(file, in->role, out))
		*out = (struct package_request){ 0 };
}

static const struct registry_host hosts[] = {
	{ "*.debian.org", DEBIAN },
	{ "archive.ubuntu.com", UBUNTU },
	{ "security.ubuntu.com", UBUNTU },
	{ "ports.ubuntu.com", UBUNTU },
	{ 0 },
};

const struct ecosystem eco_deb = {
	.name = "deb",
	.title = "Debian",
	.hosts = hosts,
	.classify = classify,
};
