/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "eco/digest.h"
#include "eco/npm.h"

/*
 * What a manifest says of one version. Of two members with one name readers take the one or the
 * other: where that matters, the manifest is not believed.
 */

struct reading {
	struct json *json;
	const char *name;
	struct package_facts *facts;
};

struct row {
	const char *key;
	/* @v is the value of the member. Returns whether it is as it has to be. */
	bool (*read)(const struct reading *r, const struct json_value *v);
};

static bool read_members(const struct reading *r, const struct row *rows, size_t n)
{
	struct json_value v;
	unsigned seen = 0;
	bool good = true;

	if (!json_enter(r->json, JSON_OBJECT))
		return false;
	while (json_next(r->json, &v))
		for (size_t i = 0; i < n; i++) {
			if (!json_is(v.key, rows[i].key))
				continue;
			good &= !(seen >> i & 1);
			good &= rows[i].read(r, &v);
			seen |= 1U << i;
			break;
		}
	return good;
}

/* A text without escapes: of what is read here none needs one. */
static struct str plain(const struct json_value *v)
{
	if (v->type != JSON_STRING || !v->text.n || memchr(v->text.p, '\\', v->text.n))
		return (struct str){ 0 };
	return v->text;
}

static bool read_name(const struct reading *r, const struct json_value *v)
{
	return v->type == JSON_STRING && json_is(v->text, r->name);
}

static bool read_version(const struct reading *r, const struct json_value *v)
{
	return str_eq(plain(v), r->facts->version);
}

static bool read_tarball(const struct reading *r, const struct json_value *v)
{
	r->facts->url = plain(v);
	return r->facts->url.n;
}

static bool read_integrity(const struct reading *r, const struct json_value *v)
{
	digest_read_sri(plain(v), &r->facts->digest);
	return true;
}

/* Of old versions there is no other; of new ones it is the weaker one. */
static bool read_shasum(const struct reading *r, const struct json_value *v)
{
	if (!r->facts->digest.kind)
		digest_read_hex(DIGEST_SHA1, plain(v), &r->facts->digest);
	return true;
}

static bool read_dist(const struct reading *r, const struct json_value *v)
{
	static const struct row rows[] = {
		{ "tarball", read_tarball },
		{ "integrity", read_integrity },
		{ "shasum", read_shasum },
	};

	(void)v;
	return read_members(r, rows, LEN(rows));
}

static bool read_script(const struct reading *r, const struct json_value *v)
{
	(void)v;
	r->facts->scripts = true;
	return true;
}

static bool read_scripts(const struct reading *r, const struct json_value *v)
{
	static const struct row rows[] = {
		{ "preinstall", read_script },
		{ "install", read_script },
		{ "postinstall", read_script },
	};

	if (v->type == JSON_OBJECT)
		read_members(r, rows, LEN(rows));
	return true;
}

static bool read_has_script(const struct reading *r, const struct json_value *v)
{
	r->facts->scripts |= v->type != JSON_FALSE && v->type != JSON_NULL;
	return true;
}

static bool read_deprecated(const struct reading *r, const struct json_value *v)
{
	r->facts->deprecated = v->type == JSON_TRUE || (v->type == JSON_STRING && v->text.n);
	return true;
}

bool npm_read_manifest(struct json *j, const char *name, struct package_facts *facts)
{
	static const struct row rows[] = {
		{ "name", read_name },
		{ "version", read_version },
		{ "dist", read_dist },
		{ "scripts", read_scripts },
		{ "hasInstallScript", read_has_script },
		{ "gypfile", read_has_script },
		{ "deprecated", read_deprecated },
	};
	const struct reading r = { j, name, facts };

	return read_members(&r, rows, LEN(rows));
}
