/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/digest.h"
#include "eco/members.h"
#include "eco/npm.h"

/*
 * What a manifest says of one version. Of two members with one name readers take the one or the
 * other: where that matters, the manifest is not believed.
 */

struct reading {
	const char *name;
	struct package_facts *facts;
};

static bool read_name(void *of, struct json *j, const struct json_value *v)
{
	const struct reading *r = of;

	(void)j;
	return v->type == JSON_STRING && json_is(v->text, r->name);
}

static bool read_version(void *of, struct json *j, const struct json_value *v)
{
	const struct reading *r = of;

	(void)j;
	return str_eq(member_text(v), r->facts->version);
}

static bool read_tarball(void *of, struct json *j, const struct json_value *v)
{
	const struct reading *r = of;

	(void)j;
	r->facts->url = member_text(v);
	return r->facts->url.n;
}

static bool read_integrity(void *of, struct json *j, const struct json_value *v)
{
	const struct reading *r = of;

	(void)j;
	digest_read_sri(member_text(v), &r->facts->digest);
	return true;
}

/* Of old versions there is no other; of new ones it is the weaker one. */
static bool read_shasum(void *of, struct json *j, const struct json_value *v)
{
	const struct reading *r = of;

	(void)j;
	if (!r->facts->digest.kind)
		digest_read_hex(DIGEST_SHA1, member_text(v), &r->facts->digest);
	return true;
}

static bool read_dist(void *of, struct json *j, const struct json_value *v)
{
	static const struct member_row rows[] = {
		{ "tarball", read_tarball },
		{ "integrity", read_integrity },
		{ "shasum", read_shasum },
	};

	(void)v;
	return members_read(j, rows, LEN(rows), of);
}

static bool read_script(void *of, struct json *j, const struct json_value *v)
{
	const struct reading *r = of;

	(void)j;
	(void)v;
	r->facts->scripts = true;
	return true;
}

static bool read_scripts(void *of, struct json *j, const struct json_value *v)
{
	static const struct member_row rows[] = {
		{ "preinstall", read_script },
		{ "install", read_script },
		{ "postinstall", read_script },
	};

	if (v->type == JSON_OBJECT)
		members_read(j, rows, LEN(rows), of);
	return true;
}

static bool read_has_script(void *of, struct json *j, const struct json_value *v)
{
	const struct reading *r = of;

	(void)j;
	r->facts->scripts |= v->type != JSON_FALSE && v->type != JSON_NULL;
	return true;
}

static bool read_deprecated(void *of, struct json *j, const struct json_value *v)
{
	const struct reading *r = of;

	(void)j;
	r->facts->deprecated = v->type == JSON_TRUE || (v->type == JSON_STRING && v->text.n);
	return true;
}

bool npm_read_manifest(struct json *j, const char *name, struct package_facts *facts)
{
	static const struct member_row rows[] = {
		{ "name", read_name },
		{ "version", read_version },
		{ "dist", read_dist },
		{ "scripts", read_scripts },
		{ "hasInstallScript", read_has_script },
		{ "gypfile", read_has_script },
		{ "deprecated", read_deprecated },
	};
	struct reading r = { name, facts };

	return members_read(j, rows, LEN(rows), &r);
}
