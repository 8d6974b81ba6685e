/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/hash.h"

#include <stdlib.h>

#include <openssl/evp.h>

#include "egress/hash_openssl.h"

/* What an algorithm needs is loaded before the process is confined, and never freed. */
static EVP_MD *algorithms[N_DIGEST_KINDS];

struct hash_openssl {
	struct hash face;
	enum digest_kind kind;
	EVP_MD_CTX *ctx;
};

static struct hash_openssl *of(struct hash *hash)
{
	return (struct hash_openssl *)(void *)hash;
}

static void end(struct hash *hash)
{
	EVP_MD_CTX_free(of(hash)->ctx);
	free(hash);
}

static struct hash *begin(enum digest_kind kind)
{
	struct hash_openssl *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	*h = (struct hash_openssl){ { &hash_openssl }, kind, EVP_MD_CTX_new() };
	if (h->ctx && algorithms[kind] && EVP_DigestInit_ex2(h->ctx, algorithms[kind], NULL))
		return &h->face;
	end(&h->face);
	return NULL;
}

static bool add(struct hash *hash, struct str bytes)
{
	return EVP_DigestUpdate(of(hash)->ctx, bytes.p, bytes.n);
}

static bool finish(struct hash *hash, struct digest *out)
{
	*out = (struct digest){ .kind = of(hash)->kind };
	return EVP_DigestFinal_ex(of(hash)->ctx, out->b, NULL);
}

const struct hash_ops hash_openssl = { begin, add, finish, end };

bool hash_openssl_init(void)
{
	for (enum digest_kind kind = DIGEST_SHA1; kind < N_DIGEST_KINDS; kind++)
		algorithms[kind] = EVP_MD_fetch(NULL, digest_rows[kind].name, NULL);
	return algorithms[DIGEST_SHA256] && algorithms[DIGEST_SHA512];
}
