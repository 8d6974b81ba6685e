/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory/sbom.h"

#include <sodium.h>
#include <string.h>

#include "eco/purl.h"
#include "wire/ascii.h"
#include "wire/quote.h"
#include "wire/rfc3339.h"

enum { TEXT_MAX = 64 * 1024, HASH_MAX = 64 };

/* A hash of a package's archive. */
struct archive_hash {
	const char *cyclonedx, *spdx;
	char hex[2 * HASH_MAX + 1];
};

static const struct {
	const char *prefix, *cyclonedx, *spdx;
	size_t size;
} algorithms[] = {
	{ "md5", "MD5", "MD5", 16 },	       { "sha1", "SHA-1", "SHA1", 20 },
	{ "sha256", "SHA-256", "SHA256", 32 }, { "sha384", "SHA-384", "SHA384", 48 },
	{ "sha512", "SHA-512", "SHA512", 64 },
};

static bool is_hex(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (ascii_hex(s.p[i]) < 0)
			return false;
	return true;
}

/* "sha512-BASE64" (W3C Subresource Integrity), "sha256:HEX", or digits alone. */
static bool read_digest(struct str text, size_t algorithm, struct archive_hash *out)
{
	const size_t size = algorithms[algorithm].size, n = strlen(algorithms[algorithm].prefix);
	unsigned char bytes[HASH_MAX];
	size_t got;

	if (str_starts(text, algorithms[algorithm].prefix) && text.n > n && text.p[n] == '-' &&
	    sodium_base642bin(bytes, sizeof(bytes), text.p + n + 1, text.n - n - 1, NULL, &got,
			      NULL, sodium_base64_VARIANT_ORIGINAL) == 0 &&
	    got == size) {
		sodium_bin2hex(out->hex, sizeof(out->hex), bytes, size);
		return true;
	}
	if (str_starts(text, algorithms[algorithm].prefix) && text.n > n &&
	    (text.p[n] == ':' || text.p[n] == '='))
		text = (struct str){ text.p + n + 1, text.n - n - 1 };
	if (text.n != 2 * size || !is_hex(text))
		return false;
	for (size_t i = 0; i < text.n; i++)
		out->hex[i] = ascii_lower(text.p[i]);
	out->hex[text.n] = '\0';
	return true;
}

/* Of one archive: a release with several files has no hash of its own, and neither has a commit. */
static bool digest_of(const struct lock_entry *entry, struct archive_hash *out)
{
	if (entry->source == SOURCE_GIT || !entry->integrity.n ||
	    memchr(entry->integrity.p, ' ', entry->integrity.n))
		return false;
	for (size_t i = 0; i < LEN(algorithms); i++)
		if (read_digest(entry->integrity, i, out)) {
			out->cyclonedx = algorithms[i].cyclonedx;
			out->spdx = algorithms[i].spdx;
			return true;
		}
	return false;
}

static void put_text(struct str text, FILE *out)
{
	char space[TEXT_MAX];
	struct buf quoted = BUF(space);

	if (text.n > TEXT_MAX / 8 - 8)
		text.n = TEXT_MAX / 8 - 8;
	quote_json(&quoted, text);
	fwrite(quoted.p, 1, quoted.n, out);
}

static void put_member(const char *before, struct str text, FILE *out)
{
	fputs(before, out);
	put_text(text, out);
}

static void put_property(const char *comma, const char *name, struct str value, FILE *out)
{
	fprintf(out, "%s{\"name\": \"agentbox:%s\"", comma, name);
	put_member(", \"value\": ", value, out);
	fputs("}", out);
}

static const char *const flags[] = { "install-script", "alias", "unpinned", "bundled" };

static const char *state_of(const struct component *c)
{
	return !(c->states & COMPONENT_ADDED) ? "removed"
	       : c->states & COMPONENT_BEFORE ? "kept"
					      : "added";
}

/* How it came into the workspace, as far as agentbox knows. */
static const char *way_of(const struct component *c)
{
	return c->states & COMPONENT_BEFORE	 ? "baseline"
	       : c->states & COMPONENT_FETCHED	 ? "fetched"
	       : c->states & COMPONENT_UNTRACKED ? "untracked"
	       : c->states & COMPONENT_INSTALLED ? "with another package"
						 : "named by a lock file";
}

static struct str seen_of(const struct component *c, struct buf *out)
{
	if (c->states & COMPONENT_BEFORE)
		return STR("before the task");
	if (!c->seen || rfc3339_print(c->seen, out) < 0)
		return STR("in the task");
	return (struct str){ out->p, out->n };
}

static void put_properties(const struct component *c, FILE *out)
{
	const struct lock_entry *entry = c->entry;
	struct archive_hash digest;
	char space[32];
	struct buf seen = BUF(space);

	fputs(",\n      \"properties\": [", out);
	put_property("", "found-in", *c->file ? str_of(c->file) : STR("log"), out);
	put_property(", ", "source", str_of(lock_source_name(entry->source)), out);
	put_property(", ", "state", str_of(state_of(c)), out);
	put_property(", ", "came", str_of(way_of(c)), out);
	put_property(", ", "first-seen", seen_of(c, &seen), out);
	if (c->states & COMPONENT_INSTALLED)
		put_property(", ", "installed", STR("true"), out);
	for (size_t i = 0; i < LEN(flags); i++)
		if (entry->flags >> i & 1)
			put_property(", ", flags[i], STR("true"), out);
	if (entry->as.n)
		put_property(", ", "installed-as", entry->as, out);
	if (entry->integrity.n && !digest_of(entry, &digest))
		put_property(", ", "integrity", entry->integrity, out);
	fputs("]", out);
}

/* RFC 3986 as far as its characters go: what a lock file calls a URL may be anything. */
static bool is_uri(struct str url)
{
	const struct str scheme = lock_scheme(url);

	if (scheme.n == 0)
		return false;
	for (size_t i = 0; i < url.n; i++)
		if (!ascii_alnum(url.p[i]) &&
		    (!url.p[i] ||
		     !strchr(i < scheme.n ? "+-." : "-._~:/?#[]@!$&\'()*+,;=%", url.p[i])))
			return false;
	return true;
}

static bool has_url(const struct component *c)
{
	return c->entry->source != SOURCE_PATH && is_uri(c->entry->url);
}

/* A package is listed once for each name it is installed under. */
static void put_ref(const struct component *c, FILE *out)
{
	char space[TEXT_MAX];
	struct buf ref = BUF(space);

	buf_puts(&ref, c->purl);
	if (c->entry->as.n) {
		buf_puts(&ref, " as ");
		buf_str(&ref, c->entry->as);
	}
	put_member("    {\"type\": \"library\", \"bom-ref\": ", (struct str){ ref.p, ref.n }, out);
}

static void put_library(const struct component *c, FILE *out)
{
	char space[PURL_MAX];
	struct buf parts = BUF(space);
	struct archive_hash digest;
	struct purl purl = { 0 };

	(void)purl_parse(str_of(c->purl), &parts, &purl);
	put_ref(c, out);
	if (purl.namespace.n)
		put_member(",\n      \"group\": ", purl.namespace, out);
	put_member(",\n      \"name\": ", purl.name, out);
	if (purl.version.n)
		put_member(", \"version\": ", purl.version, out);
	put_member(",\n      \"purl\": ", str_of(c->purl), out);
	if (digest_of(c->entry, &digest))
		fprintf(out, ",\n      \"hashes\": [{\"alg\": \"%s\", \"content\": \"%s\"}]",
			digest.cyclonedx, digest.hex);
	if (has_url(c)) {
		put_member(",\n      \"externalReferences\": [{\"url\": ", c->entry->url, out);
		fprintf(out, ", \"type\": \"%s\"}]",
			c->entry->source == SOURCE_GIT ? "vcs" : "distribution");
	}
	put_properties(c, out);
	fputs("}", out);
}

static struct str name_of(const struct sbom *sbom)
{
	const char *slash = strrchr(sbom->workspace, '/');

	return str_of(slash && slash[1] ? slash + 1 : "workspace");
}

void sbom_cyclonedx(const struct sbom *sbom, FILE *out)
{
	fprintf(out,
		"{\n  \"bomFormat\": \"CycloneDX\",\n  \"specVersion\": \"1.6\",\n"
		"  \"serialNumber\": \"urn:uuid:%s\",\n  \"version\": 1,\n"
		"  \"metadata\": {\n    \"timestamp\": \"%s\",\n"
		"    \"tools\": {\"components\": [{\"type\": \"application\", \"name\": "
		"\"agentbox\", "
		"\"version\": \"%s\"}]},\n",
		sbom->uuid, sbom->time, VERSION);
	put_member("    \"component\": {\"type\": \"application\", \"bom-ref\": \"workspace\", "
		   "\"name\": ",
		   name_of(sbom), out);
	fputs("},\n    \"properties\": [", out);
	put_property("", "task", str_of(sbom->task), out);
	fputs("]\n  },\n  \"components\": [", out);
	for (size_t i = 0; i < sbom->n; i++) {
		fputs(i ? ",\n" : "\n", out);
		put_library(sbom->component[i], out);
	}
	fputs("\n  ]\n}\n", out);
}

static void put_package(const struct component *c, size_t number, FILE *out)
{
	const struct lock_entry *entry = c->entry;
	struct archive_hash digest;

	fprintf(out, "    {\"SPDXID\": \"SPDXRef-Package-%zu\"", number);
	put_member(",\n      \"name\": ", entry->name, out);
	if (entry->version.n)
		put_member(", \"versionInfo\": ", entry->version, out);
	put_member(",\n      \"downloadLocation\": ", has_url(c) ? entry->url : STR("NOASSERTION"),
		   out);
	fputs(", \"filesAnalyzed\": false", out);
	if (digest_of(entry, &digest))
		fprintf(out,
			",\n      \"checksums\": [{\"algorithm\": \"%s\", \"checksumValue\": "
			"\"%s\"}]",
			digest.spdx, digest.hex);
	put_member(",\n      \"externalRefs\": [{\"referenceCategory\": \"PACKAGE-MANAGER\", "
		   "\"referenceType\": \"purl\", \"referenceLocator\": ",
		   str_of(c->purl), out);
	put_member("}],\n      \"comment\": ", *c->file ? str_of(c->file) : STR("log"), out);
	fputs("}", out);
}

void sbom_spdx(const struct sbom *sbom, FILE *out)
{
	fputs("{\n  \"spdxVersion\": \"SPDX-2.3\",\n  \"dataLicense\": \"CC0-1.0\",\n"
	      "  \"SPDXID\": \"SPDXRef-DOCUMENT\"",
	      out);
	put_member(",\n  \"name\": ", name_of(sbom), out);
	fprintf(out,
		",\n  \"documentNamespace\": \"urn:uuid:%s\",\n"
		"  \"creationInfo\": {\"created\": \"%s\", \"creators\": [\"Tool: "
		"agentbox-%s\"]},\n"
		"  \"packages\": [",
		sbom->uuid, sbom->time, VERSION);
	for (size_t i = 0; i < sbom->n; i++) {
		fputs(i ? ",\n" : "\n", out);
		put_package(sbom->component[i], i + 1, out);
	}
	fputs("\n  ],\n  \"relationships\": [", out);
	for (size_t i = 0; i < sbom->n; i++)
		fprintf(out,
			"%s    {\"spdxElementId\": \"SPDXRef-DOCUMENT\", \"relationshipType\": "
			"\"DESCRIBES\", \"relatedSpdxElement\": \"SPDXRef-Package-%zu\"}",
			i ? ",\n" : "\n", i + 1);
	fputs("\n  ]\n}\n", out);
}

void sbom_text(const struct sbom *sbom, FILE *out)
{
	for (size_t i = 0; i < sbom->n; i++) {
		const struct component *c = sbom->component[i];
		char space[TEXT_MAX];
		struct buf line = BUF(space);

		buf_puts(&line, c->purl);
		buf_printf(&line, "  %s  ", lock_source_name(c->entry->source));
		quote_term(&line, *c->file ? str_of(c->file) : STR("(fetched)"));
		if (c->states & COMPONENT_UNTRACKED)
			buf_puts(&line, "  untracked");
		if (c->entry->flags & LOCK_SCRIPT)
			buf_puts(&line, "  runs a script");
		fprintf(out, "%s\n", line.p);
	}
}
