/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/why.h"

#include <string.h>

/*
 * Of a package only its name is known here: what advisories, lock files and the metadata of its
 * registry say of a version is judged when a task asks for it. So the lines about those are left
 * out, and named.
 */

static void add_later(const struct packages *packages, struct buf *out)
{
	const struct package_terms *t = &packages->terms;
	const struct {
		const char *key;
		bool set;
	} later[] = {
		{ "advisories", t->advisories },
		{ "add", t->add != VERDICT_ALLOW },
		{ "upgrade", t->upgrade != VERDICT_ALLOW },
		{ "downgrade", t->downgrade != VERDICT_ALLOW },
		{ "locked", t->locked != VERDICT_ALLOW },
		{ "max-add", t->max_add },
		{ "min-age", t->min_age },
		{ "scripts", t->scripts != VERDICT_ALLOW },
		{ "yanked", t->yanked != VERDICT_ALLOW },
		{ "prerelease", t->prerelease != VERDICT_ALLOW },
	};
	const char *between = "; when it is asked for, also judged by ";

	for (size_t i = 0; i < LEN(later); i++) {
		if (!later[i].set)
			continue;
		buf_printf(out, "%s%s", between, later[i].key);
		between = ", ";
	}
}

static void answer_about(const struct policy *policy, const struct registry *registry,
			 const struct package_request *request, struct arena *a,
			 struct answer *answer)
{
	const struct package_question question = { .registry = registry, .request = request };
	struct packages packages = policy->packages;
	struct package_decision d;
	char space[PURL_MAX + PACKAGE_REASON_MAX + 256];
	struct buf reason = BUF(space);

	packages.terms.advisories = NULL;
	packages.relative = false;
	d = package_decide(&packages, &question);
	package_purl(&question, &reason);
	buf_puts(&reason, reason.n ? ": " : "");
	if (d.verdict != VERDICT_ALLOW)
		buf_puts(&reason, d.reason);
	else
		buf_printf(&reason, "the profile allows this (%s)",
			   package_kind_name(request->kind));
	if (d.verdict == VERDICT_ALLOW && request->name[0])
		add_later(&policy->packages, &reason);
	*answer = (struct answer){
		.open = d.verdict == VERDICT_ALLOW || policy->rules.audit,
		.verdict = d.verdict != VERDICT_ALLOW && policy->rules.audit
				   ? "deny, but audited only"
				   : verdict_name(d.verdict),
		.reason = arena_strndup(a, reason.p, reason.n),
		.where = d.line == PACKAGE_LINE_NONE ? (struct where){ 0 }
						     : packages.line[d.line].where,
	};
}

void why_registry(const struct policy *policy, const struct request *request, struct arena *arena,
		  struct answer *answer)
{
	const struct registry *registry = packages_registry(&policy->packages, request);
	struct package_request about = { 0 };
	struct registry_request in;
	size_t n;

	if (!registry)
		return;
	n = strlen(registry->base);
	in = (struct registry_request){
		.method = request->method,
		.role = registry->role,
		.path = { request->path.p + n, request->path.n - n },
	};
	registry->ecosystem->classify(&in, &about);
	answer_about(policy, registry, &about, arena, answer);
}

static const struct registry *registry_of(const struct packages *packages, struct str type)
{
	for (size_t i = 0; i < packages->n_registries; i++)
		if (str_is(type, packages->registry[i].ecosystem->name))
			return &packages->registry[i];
	return NULL;
}

/* As its ecosystem writes it: see purl_make(). */
static const char *name_of(const struct purl *purl, struct arena *a)
{
	if (str_is(purl->type, "maven"))
		return arena_printf(a, "%.*s:%.*s", (int)purl->namespace.n, purl->namespace.p,
				    (int)purl->name.n, purl->name.p);
	return arena_strndup(a, purl->path.p, purl->path.n);
}

const char *why_package(const struct policy *policy, struct str text, struct arena *arena,
			struct answer *answer)
{
	struct package_request request = { .kind = PACKAGE_METADATA };
	const struct registry *registry;
	char space[PURL_MAX];
	struct buf parts = BUF(space), name = BUF(request.name), version = BUF(request.version);
	struct purl purl;
	const char *wrong = purl_parse(text, &parts, &purl);

	if (wrong)
		return wrong;
	registry = registry_of(&policy->packages, purl.type);
	if (!registry) {
		*answer = (struct answer){
			.verdict = "deny",
			.reason = "the profile has no registry of such packages",
			.hint = ecosystem_find(purl.type)
					? arena_printf(arena, "[packages] ecosystem = %.*s",
						       (int)purl.type.n, purl.type.p)
					: NULL,
		};
		return NULL;
	}
	buf_puts(&name, name_of(&purl, arena));
	buf_str(&version, purl.version);
	if (name.full || version.full)
		return "its name or version is too long";
	if (purl.version.n)
		request.kind = PACKAGE_ARTIFACT;
	answer_about(policy, registry, &request, arena, answer);
	return NULL;
}
