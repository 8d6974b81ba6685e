/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <openssl/ssl.h>

#include "base/err.h"
#include "base/mem.h"
#include "egress/mint.h"
#include "egress/roots.h"
#include "egress/tls.h"

enum { KNOWN_MAX = 256, KNOWN_KEY = HOST_MAX + 8 };

/* A host that was spoken to: making its certificate, and shaking hands anew, is what costs. */
struct known {
	char key[KNOWN_KEY]; /* "example.com:443" */
	X509 *leaf;
	SSL_SESSION *session; /* to be resumed; or NULL */
	uint64_t used;	      /* which use of any was the last one of this; 0: free */
};

enum { VOUCHED_MAX = 64 };

/* A registry with authorities of its own. */
struct vouched {
	struct rule at;
	X509_STORE *store;
};

/* The terminator of agentbox-egress-tls, with OpenSSL. */
struct terminator_openssl {
	struct terminator face;
	struct mint *mint;
	SSL_CTX *server, *client;
	struct known known[KNOWN_MAX];
	uint64_t n_uses;
	struct vouched vouched[VOUCHED_MAX];
	size_t n_vouched;
};

/*
 * Opens TLS with certificates of @mint, and to hosts that @roots vouch for; both have to outlive
 * it. All that OpenSSL needs of the system is loaded by then. Returns 0 or -errno.
 */
int terminator_init(struct terminator_openssl *t, struct mint *mint, struct roots *roots,
		    struct err *e);

/* Hosts that @at covers are verified against @roots instead; both have to outlive it. */
int terminator_vouch(struct terminator_openssl *t, const struct rule *at, struct roots *roots,
		     struct err *e);
