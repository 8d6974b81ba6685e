/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "eco/eco.h"
#include "eco/purl.h"
#include "policy/rules.h"
#include "policy/value.h"
#include "wire/ascii.h"

/* The values of [packages]. */

static const char *read_ecosystem(struct str in, struct arena *arena, struct value *out)
{
	char space[200];
	struct buf names = BUF(space);

	out->text = arena_strndup(arena, in.p, in.n);
	if (ecosystem_find(in))
		return NULL;
	for (size_t i = 0; i < n_ecosystems; i++)
		buf_printf(&names, "%s%s", i ? ", " : "", ecosystems[i]->name);
	return arena_printf(arena, "no ecosystem that agentbox knows: %s", space);
}

/*
 * "https://npm.example.com/base": a scheme, a host, maybe a port and a path. Canonical it ends in
 * "/".
 */
static const char *read_url(struct str in, struct arena *arena, struct value *out)
{
	struct str url = str_trim(in);
	const char *wrong;
	struct rule rule;

	while (str_ends(url, "/"))
		url.n--;
	wrong = rule_parse(str_of(arena_printf(arena, "%.*s/**", (int)url.n, url.p)), arena, &rule);
	if (wrong)
		return wrong;
	if (rule.methods || !rule.scheme || (url.n && memchr(url.p, '*', url.n)))
		return "a registry is a URL: https://npm.example.com/";
	out->text = arena_strndup(arena, rule.text, strlen(rule.text) - strlen("**"));
	return NULL;
}

static const char *read_registry(struct str in, struct arena *arena, struct value *out)
{
	struct str ecosystem, url;
	const char *wrong, *name;

	if (!str_cut(in, ' ', &ecosystem, &url))
		return "a registry is an ecosystem and a URL: npm https://npm.example.com/";
	wrong = read_ecosystem(ecosystem, arena, out);
	name = out->text;
	if (!wrong)
		wrong = read_url(url, arena, out);
	if (!wrong)
		out->text = arena_printf(arena, "%s %s", name, out->text);
	return wrong;
}

/* "@corp": all that a package URL can begin with. */
static const char *read_scope(struct str in, struct arena *arena, struct value *out)
{
	out->text = arena_strndup(arena, in.p, in.n);
	for (size_t i = 1; i < in.n; i++)
		if (!ascii_alnum(in.p[i]) && !strchr("-._~", in.p[i]))
			in.n = 0;
	return in.n > 1 && in.p[0] == '@' ? NULL : "a scope is an @ and a name: @corp";
}

static const char *read_purl(struct str in, struct arena *arena, struct value *out)
{
	char space[PURL_MAX];
	struct buf parts = BUF(space);
	struct purl glob;

	out->text = arena_strndup(arena, in.p, in.n);
	return purl_glob(in, &parts, &glob);
}

static const char *read_exempt(struct str in, struct arena *arena, struct value *out)
{
	if (!str_is(in, "locked"))
		return read_purl(in, arena, out);
	out->text = "locked";
	return NULL;
}

const struct value_type value_ecosystem = { "ecosystem", read_ecosystem };
const struct value_type value_registry = { "ecosystem and URL", read_registry };
const struct value_type value_url = { "URL", read_url };
const struct value_type value_scope = { "@SCOPE", read_scope };
const struct value_type value_purl = { "package", read_purl };
const struct value_type value_exempt = { "package or locked", read_exempt };
