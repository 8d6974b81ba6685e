/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/eco.h"

#include <assert.h>

#define ECOSYSTEM(name) extern const struct ecosystem eco_##name;
#include "ecosystems.h"
#undef ECOSYSTEM

const struct ecosystem *const ecosystems[] = {
#define ECOSYSTEM(name) &eco_##name,
#include "ecosystems.h"
#undef ECOSYSTEM
};
const size_t n_ecosystems = LEN(ecosystems);

const struct digest_row digest_rows[N_DIGEST_KINDS] = {
	[DIGEST_NONE] = { "none", 0 },	    [DIGEST_MD5] = { "md5", 16 },
	[DIGEST_SHA1] = { "sha1", 20 },	    [DIGEST_SHA256] = { "sha256", 32 },
	[DIGEST_SHA384] = { "sha384", 48 }, [DIGEST_SHA512] = { "sha512", 64 },
};

const char *package_kind_name(enum package_kind kind)
{
	static const char *const names[] = {
		[PACKAGE_UNKNOWN] = "unknown", [PACKAGE_METADATA] = "metadata",
		[PACKAGE_VERSION] = "version", [PACKAGE_ARTIFACT] = "artifact",
		[PACKAGE_INDEX] = "index",     [PACKAGE_SEARCH] = "search",
		[PACKAGE_AUDIT] = "audit",     [PACKAGE_AUTH] = "auth",
		[PACKAGE_PUBLISH] = "publish",
	};

	static_assert(LEN(names) == N_PACKAGE_KINDS, "every kind has a name");
	return names[kind];
}

const struct ecosystem *ecosystem_find(struct str name)
{
	for (size_t i = 0; i < n_ecosystems; i++)
		if (str_is(name, ecosystems[i]->name))
			return ecosystems[i];
	return NULL;
}

int sieve_run(struct sieve *s)
{
	return s->ecosystem->sift(s);
}

void sieve_fini(struct sieve *s)
{
	arena_fini(&s->arena);
	*s = (struct sieve){ 0 };
}

void sieve_keep(struct sieve *s, struct str piece)
{
	struct str *last = s->n_pieces ? &s->piece[s->n_pieces - 1] : NULL;

	s->size += piece.n;
	if (last && last->p + last->n == piece.p)
		last->n += piece.n;
	else if (piece.n)
		*arena_push(&s->arena, s->piece, s->n_pieces) = piece;
}

int sieve_bad(struct sieve *s, const char *reason)
{
	s->reason = reason;
	return SIEVE_BAD;
}

int sieve_phase(struct sieve *s, int (*const *phases)(struct sieve *), size_t n)
{
	const int r = phases[s->phase](s);

	if (r)
		return r;
	return ++s->phase < n ? SIEVE_MORE : 0;
}
