/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/packages.h"

#include <assert.h>
#include <string.h>

#include "policy/keys.h"
#include "policy/policy.h"
#include "policy/rules_match.h"

/*
 * What [packages] and [registry NAME] mean. Its lines are numbered in the order of the canonical
 * text, as rules are, so that all processes call them alike.
 */

static void add_line(struct policy *p, const struct key *key, const struct item *item)
{
	struct packages *packages = &p->packages;

	*arena_push(&p->arena, packages->line, packages->n_lines) =
		(struct package_line){ item->where, key->name, item->text };
}

static void add_lines(struct policy *p)
{
	for (size_t i = 0; i < keys_count(); i++) {
		const struct key *key = &keys[i];
		const struct items *list;

		if (strcmp(key->section, "packages") != 0 && strcmp(key->section, "registry") != 0)
			continue;
		list = (const struct items *)(const void *)((const char *)p + key->at);
		for (size_t j = 0; key_is_list(key) && j < list->n; j++)
			add_line(p, key, &list->item[j]);
		if (!key_is_list(key) && p->single[i].text)
			add_line(p, key, &p->single[i]);
	}
}

static int line_of(const struct packages *packages, const char *key, const char *text)
{
	for (size_t i = 0; i < packages->n_lines; i++)
		if (!strcmp(packages->line[i].key, key) &&
		    (!text || !strcmp(packages->line[i].text, text)))
			return (int)i;
	return PACKAGE_LINE_NONE;
}

int packages_line(const struct packages *packages, const char *key)
{
	return line_of(packages, key, NULL);
}

static struct package_glob *add_glob(struct policy *p, const char *key, const char *text,
				     struct package_globs *out)
{
	struct buf space = buf_over(arena_alloc(&p->arena, PURL_MAX), PURL_MAX);
	struct package_glob *glob = arena_push(&p->arena, out->glob, out->n);
	const char *wrong = purl_glob(str_of(text), &space, &glob->glob);

	assert(!wrong);
	glob->line = line_of(&p->packages, key, text);
	return glob;
}

static void add_globs(struct policy *p, const char *key, const struct items *items,
		      struct package_globs *out)
{
	for (size_t i = 0; i < items->n; i++)
		add_glob(p, key, items->item[i].text, out);
}

static void add_exempt(struct policy *p)
{
	for (size_t i = 0; i < p->min_age_exempt.n; i++) {
		const char *text = p->min_age_exempt.item[i].text;

		if (!strcmp(text, "locked"))
			p->packages.exempt_locked = true;
		else
			add_glob(p, "min-age-exempt", text, &p->packages.exempt);
	}
}

static bool is_relative(const struct package_terms *terms)
{
	return terms->add != VERDICT_ALLOW || terms->upgrade != VERDICT_ALLOW ||
	       terms->downgrade != VERDICT_ALLOW || terms->locked != VERDICT_ALLOW ||
	       terms->typosquat != VERDICT_ALLOW || terms->max_add;
}

static struct registry *add_registry(struct policy *p, struct str ecosystem, const char *at,
				     int line)
{
	struct packages *packages = &p->packages;
	struct registry *r = arena_push(&p->arena, packages->registry, packages->n_registries);
	const char *wrong;

	r->ecosystem = ecosystem_find(ecosystem);
	wrong = rule_parse(str_of(at), &p->arena, &r->at);
	assert(r->ecosystem && !wrong);
	r->line = line;
	r->at.where = packages->line[line].where;
	return r;
}

static void add_public(struct policy *p, const char *name)
{
	const struct ecosystem *ecosystem = ecosystem_find(str_of(name));

	for (const struct registry_host *host = ecosystem->hosts; host->host; host++) {
		const char *base = strchr(host->host, '/');
		struct registry *r = add_registry(
			p, str_of(name), arena_printf(&p->arena, "https://%s/**", host->host),
			line_of(&p->packages, "ecosystem", name));

		r->base = base ? base : "";
		r->role = host->role;
		r->is_public = true;
	}
}

/* The URL is canonical: its last "/" begins the glob of the rule. */
static struct registry *add_private(struct policy *p, struct str ecosystem, struct str url,
				    int line)
{
	struct registry *r = add_registry(
		p, ecosystem, arena_printf(&p->arena, "%.*s**", (int)url.n, url.p), line);
	const struct str base = str_of(r->at.path);

	r->base = arena_strndup(&p->arena, base.p, base.n - strlen("/**"));
	return r;
}

/* "npm https://npm.example.com/base/" */
static void add_unnamed(struct policy *p, const char *text)
{
	struct str ecosystem, url;

	str_cut(str_of(text), ' ', &ecosystem, &url);
	add_private(p, ecosystem, url, line_of(&p->packages, "registry", text));
}

static const char *value_of(const struct items *items, const char *of)
{
	for (size_t i = 0; i < items->n; i++)
		if (!strcmp(items->item[i].of, of))
			return items->item[i].text;
	return NULL;
}

/* One without a URL is complained of elsewhere. */
static void add_named(struct policy *p, const struct item *ecosystem)
{
	const char *url = value_of(&p->registries.url, ecosystem->of);

	if (url)
		add_private(p, str_of(ecosystem->text), str_of(url),
			    line_of(&p->packages, "url", url))
			->name = ecosystem->of;
}

/* Of a glob that is made from another text, the line is that of the text. */
static void bind(struct policy *p, const char *key, const struct item *item, const char *text)
{
	struct package_glob *glob = add_glob(p, key, text, &p->packages.internal);

	glob->of = item->of;
	glob->line = line_of(&p->packages, key, item->text);
}

static void add_bound(struct policy *p)
{
	const struct items *scopes = &p->registries.scope, *internal = &p->registries.internal;

	for (size_t i = 0; i < scopes->n; i++)
		bind(p, "scope", &scopes->item[i],
		     arena_printf(&p->arena, "pkg:npm/%s/*", scopes->item[i].text));
	for (size_t i = 0; i < internal->n; i++)
		bind(p, "internal", &internal->item[i], internal->item[i].text);
}

void packages_make(struct policy *p)
{
	struct packages *packages = &p->packages;

	*packages = (struct packages){
		.terms = packages->terms,
		.relative = is_relative(&packages->terms),
	};
	add_lines(p);
	for (size_t i = 0; i < p->ecosystem.n; i++)
		add_public(p, p->ecosystem.item[i].text);
	for (size_t i = 0; i < p->registry.n; i++)
		add_unnamed(p, p->registry.item[i].text);
	for (size_t i = 0; i < p->registries.ecosystem.n; i++)
		add_named(p, &p->registries.ecosystem.item[i]);
	add_globs(p, "allow", &p->package_allow, &packages->allow);
	add_globs(p, "deny", &p->package_deny, &packages->deny);
	add_exempt(p);
	add_globs(p, "internal", &p->internal, &packages->internal);
	add_bound(p);
	add_globs(p, "typosquat-exempt", &p->typosquat_exempt, &packages->typosquat_exempt);
}

/* Whatever the port and scheme: a registry that also answers elsewhere is the same registry. */
static bool covers(const struct registry *r, const struct request *request)
{
	const size_t n = strlen(r->base);

	if (!rule_covers_target(&r->at, request))
		return false;
	return request->path.n > n && memcmp(request->path.p, r->base, n) == 0 &&
	       request->path.p[n] == '/';
}

bool packages_has_host(const struct packages *packages, const struct request *request)
{
	for (size_t i = 0; i < packages->n_registries; i++)
		if (rule_covers_target(&packages->registry[i].at, request))
			return true;
	return false;
}

const struct registry *packages_registry(const struct packages *packages,
					 const struct request *request)
{
	const struct registry *best = NULL;

	for (size_t i = 0; i < packages->n_registries; i++) {
		const struct registry *r = &packages->registry[i];

		if (covers(r, request) && (!best || strlen(r->base) > strlen(best->base)))
			best = r;
	}
	return best;
}
