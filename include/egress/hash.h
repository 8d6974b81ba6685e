/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "eco/eco.h"

/*
 * Digests of what passes, as those see them who only use them: agentbox-egress-tls has OpenSSL's,
 * and all that reads packages is there.
 */
struct hash {
	const struct hash_ops *ops;
};

struct hash_ops {
	/* NULL: no memory, or no such digest. */
	struct hash *(*begin)(enum digest_kind kind);
	/* These return false if they fail. */
	bool (*add)(struct hash *hash, struct str bytes);
	bool (*finish)(struct hash *hash, struct digest *out);
	void (*free)(struct hash *hash);
};
