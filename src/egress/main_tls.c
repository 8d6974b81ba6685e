/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "egress/start.h"
#include "egress/terminator.h"
#include "os/outside.h"
#include "os/sys.h"
#include "os/trust.h"

enum { ROOTS_MAX = 8 << 20 };

static bool is_among(const struct rule *rule, const struct rule *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (rule->host && list[i]->host && !strcmp(rule->host, list[i]->host))
			return true;
	}
	return false;
}

static void permit(struct mint_terms *terms, const struct rule *rule, struct arena *arena)
{
	if (!is_among(rule, terms->permitted, terms->n_permitted))
		/* NOLINTNEXTLINE(bugprone-sizeof-expression): the elements are pointers */
		*arena_push(arena, terms->permitted, terms->n_permitted) = rule;
}

/* What every rule names by which TLS is opened: see mint.h. */
static void permitted_of(const struct rules *rules, struct arena *arena, struct mint_terms *terms)
{
	for (size_t i = 0; i < rules->n; i++)
		if (rule_opens_tls(&rules->rule[i]))
			permit(terms, &rules->rule[i], arena);
	for (size_t i = 0; i < rules->n_tls; i++)
		if (rules->tls[i].inspect)
			permit(terms, &rules->tls[i].at, arena);
}

/* Those of the machine and those of the profile, which a supervisor has read for us. */
static int read_roots(int fd, const struct policy *policy, struct arena *arena, struct str *pem,
		      struct err *e)
{
	int r = fd < 0 ? trust_read_machine(arena, pem, e) : read_whole(fd, ROOTS_MAX, arena, pem);

	if (r < 0)
		return err_wrap(e, "certificate authorities");
	if (fd >= 0)
		return 0;
	r = outside_read_ca(policy, arena, pem, e);
	return r < 0 ? r : outside_read_registry_ca(policy, arena, pem, e);
}

/* Takes what is before the next registry off @rest. */
static struct str cut_part(struct str *rest)
{
	static const char mark[] = "\n" OUTSIDE_REGISTRY;
	const struct str all = *rest;
	const char *at = all.n ? memmem(all.p, all.n, mark, strlen(mark)) : NULL;
	const size_t n = at ? (size_t)(at - all.p) : all.n, past = at ? n + strlen(mark) : n;

	*rest = (struct str){ all.p + past, all.n - past };
	return (struct str){ all.p, n };
}

static const struct registry *registry_named(const struct policy *policy, struct str name)
{
	for (size_t i = 0; i < policy->packages.n_registries; i++) {
		const struct registry *r = &policy->packages.registry[i];

		if (r->name && str_is(name, r->name))
			return r;
	}
	return NULL;
}

/* What it is given lasts as long as the process: the policy may be replaced. */
static int vouch_for(struct terminator_openssl *t, const struct registry *registry,
		     struct str machine, struct str own, struct arena *arena, struct err *e)
{
	struct roots *roots = calloc(1, sizeof(*roots));
	struct rule at = registry->at;
	int r = -ENOMEM;

	at.host = at.host ? strdup(at.host) : NULL;
	if (roots && (at.host || !registry->at.host))
		r = roots_init(roots,
			       str_of(arena_printf(arena, "%.*s\n%.*s\n", (int)machine.n, machine.p,
						   (int)own.n, own.p)),
			       e);
	return r < 0 ? r : terminator_vouch(t, &at, roots, e);
}

static int vouch(struct terminator_openssl *t, const struct policy *policy, struct str machine,
		 struct str rest, struct arena *arena, struct err *e)
{
	int r = 0;

	while (rest.n && r == 0) {
		struct str own = cut_part(&rest), name;
		const struct registry *registry;

		str_cut(own, '\n', &name, &own);
		registry = registry_named(policy, name);
		if (registry && own.n)
			r = vouch_for(t, registry, machine, own, arena, e);
	}
	return r;
}

/* Tells whoever builds the box, and makes room for that the pages that are not needed again. */
static int tell(int fd, const struct mint *mint, const struct roots *roots, struct arena *arena,
		struct err *e)
{
	const size_t cap = roots_jks_size(roots);
	char space[4096];
	struct buf pem = BUF(space), jks = buf_over(arena_alloc(arena, cap), cap);
	struct trust trust = { 0 };
	int r;

	mint_write_ca(mint, &pem);
	roots_write_jks(roots, mint->ca, time(NULL), &jks);
	if (pem.full || jks.full)
		return err_say(e, -E2BIG, "the certificates of this machine are too many for Java");
	memcpy(trust.hash, mint->hash, sizeof(trust.hash));
	trust.ca = (struct str){ pem.p, pem.n };
	trust.jks = (struct str){ jks.p, jks.n };
	r = trust_send(fd, &trust);
	return r < 0 ? err_set(e, r, "tell of the task's certificate authority") : 0;
}

static int make(const struct policy *policy, int roots_fd, int trust_fd, struct terminator **out,
		struct err *e)
{
	static struct mint mint;
	static struct roots roots;
	static struct terminator_openssl terminator;
	struct mint_terms terms = { .now = time(NULL), .seconds = policy->deadline };
	struct arena arena = { 0 };
	struct str pem = { 0 }, machine;
	int r;

	permitted_of(&policy->rules, &arena, &terms);
	OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL);
	r = mint_init(&mint, &terms, e);
	if (r == 0)
		r = read_roots(roots_fd, policy, &arena, &pem, e);
	machine = cut_part(&pem);
	if (r == 0)
		r = roots_init(&roots, machine, e);
	if (r == 0 && trust_fd >= 0)
		r = tell(trust_fd, &mint, &roots, &arena, e);
	if (r == 0)
		r = terminator_init(&terminator, &mint, &roots, e);
	if (r == 0)
		r = vouch(&terminator, policy, machine, pem, &arena, e);
	arena_fini(&arena);
	*out = &terminator.face;
	return r;
}

int main(int argc, char **argv)
{
	return egress_main(argc, argv, make);
}
