/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "egress/gate.h"
#include "egress/hash.h"

/*
 * An artifact on its way. Its end is held back until its digest is known to be the one that the
 * registry promised: a small one does not arrive at all if it is not, a larger one not whole.
 */
enum { PARCEL_HELD = 24 * 1024 };

struct parcel {
	struct hash *hash;
	uint64_t bytes;
	bool complete; /* all of it has come */
	size_t n_held;
	char held[PARCEL_HELD];
};

/* The functions of gate_move(). */
int parcel_begin(struct gate *gate, struct half *h, const struct http_response *res);
int parcel_move(struct gate *gate, struct half *h);
void parcel_free(struct gate *gate);
