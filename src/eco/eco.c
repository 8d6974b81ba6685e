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

int filter_run(struct filter *f)
{
	return f->ecosystem->filter(f);
}

void filter_fini(struct filter *f)
{
	arena_fini(&f->arena);
	*f = (struct filter){ 0 };
}

void filter_keep(struct filter *f, struct str piece)
{
	struct str *last = f->n_pieces ? &f->piece[f->n_pieces - 1] : NULL;

	f->size += piece.n;
	if (last && last->p + last->n == piece.p)
		last->n += piece.n;
	else if (piece.n)
		*arena_push(&f->arena, f->piece, f->n_pieces) = piece;
}

int filter_bad(struct filter *f, const char *reason)
{
	f->reason = reason;
	return FILTER_BAD;
}
