/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/mem.h"
#include "supervise/chain.h"

/* The signature that closes the chain of a task: see seal.c. */

enum {
	SEAL_SECRET = 64,
	SEAL_PUBLIC_HEX = 2 * 32 + 1,
	SEAL_SIGNATURE_HEX = 2 * 64 + 1,
};

/* The key of this user. Forget it with seal_key_forget(). */
struct seal_key {
	unsigned char secret[SEAL_SECRET]; /* as libsodium has it: the seed, then the public key */
};

/*
 * Reads the key in @state_dir, and makes it if there is none; of several that make it at once, all
 * get the same. A key that somebody else owns or may read is refused. Returns 0 or a negative
 * errno.
 */
int seal_key_open(struct seal_key *key, const char *state_dir, struct err *e);

/* The same without making one: -ENOENT. */
int seal_key_read(struct seal_key *key, const char *state_dir, struct err *e);

void seal_key_public(const struct seal_key *key, char hex[SEAL_PUBLIC_HEX]);
void seal_key_forget(struct seal_key *key);

/* Signs a chain as far as it goes. */
void seal_sign(const struct seal_key *key, const struct chain *chain, char hex[SEAL_SIGNATURE_HEX]);

/* Whether @signature is that of the key @public over @chain; both are lower-case hexadecimal. */
bool seal_fits(const struct chain *chain, struct str public, struct str signature);
