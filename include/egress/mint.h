/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <openssl/x509.h>

#include "base/err.h"
#include "base/mem.h"
#include "policy/rules.h"

/*
 * The authority of one task: it vouches for the hosts whose connections are opened, to the box and
 * to nobody else, until the task ends. Its key is made here and never leaves the process.
 */
struct mint {
	EVP_PKEY *ca_key,
		*leaf_key; /* one key for all leaves: making one costs more than signing */
	X509 *ca;
	char hash[9]; /* of the CA's name, as files in a hash directory are called (openssl-rehash)
		       */
};

/* @permitted: the hosts of these rules, and what is below them, are all it can vouch for. */
struct mint_terms {
	time_t now;
	uint64_t seconds; /* of life; 0: MINT_LIFE */
	const struct rule **permitted;
	size_t n_permitted;
};

enum {
	MINT_LIFE = 10 * 24 * 3600,
	MINT_SLACK = 3600, /* seconds at its end, for clocks and for what runs over */
	MINT_EARLY = 300,  /* and before its beginning */
};

/* Makes keys and CA. mint_fini() it in either case. Returns 0 or -errno. */
int mint_init(struct mint *m, const struct mint_terms *terms, struct err *e);
void mint_fini(struct mint *m);

/* A certificate for @host, or if NULL for @addr; the caller's. NULL: no memory. */
X509 *mint_leaf(const struct mint *m, const char *host, const struct addr *addr);

/* Adds the CA's certificate as PEM. */
void mint_write_ca(const struct mint *m, struct buf *out);
