/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "eco/eco.h"
#include "eco/purl.h"
#include "policy/rules.h"
#include "policy/value.h"

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

/* "npm https://npm.example.com/base": a scheme, a host, maybe a port and a path. */
static const char *read_registry(struct str in, struct arena *arena, struct value *out)
{
	static const char form[] =
		"a registry is an ecosystem and a URL: npm https://npm.example.com/";
	struct str ecosystem, url;
	const char *wrong;
	struct rule rule;

	if (!str_cut(in, ' ', &ecosystem, &url))
		return form;
	wrong = read_ecosystem(ecosystem, arena, out);
	url = str_trim(url);
	while (str_ends(url, "/"))
		url.n--;
	if (!wrong)
		wrong = rule_parse(str_of(arena_printf(arena, "%.*s/**", (int)url.n, url.p)), arena,
				   &rule);
	if (wrong)
		return wrong;
	if (rule.methods || !rule.scheme || (url.n && memchr(url.p, '*', url.n)))
		return form;
	out->text = arena_printf(arena, "%s %.*s", out->text,
				 (int)(strlen(rule.text) - strlen("**")), rule.text);
	return NULL;
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
const struct value_type value_purl = { "package", read_purl };
const struct value_type value_exempt = { "package or locked", read_exempt };
