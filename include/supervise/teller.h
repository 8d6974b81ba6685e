/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

enum { TELLER_SEEN = 64, TELLER_HELD = 8 * 1024 };

/*
 * Lines for the person who started the task, on stderr. Each is said once, however often a client
 * tries again; and while the command owns the terminal they are held back, to be said at its end.
 * All-zero is ready to use.
 */
struct teller {
	bool quiet; /* says nothing */
	bool hold;
	uint64_t seen[TELLER_SEEN]; /* hashes of the lines that were said, the latest ones */
	unsigned next, dropped;
	char held[TELLER_HELD];
	size_t n_held;
};

void teller_say(struct teller *t, struct str line);

/* Says what was held back. */
void teller_release(struct teller *t);
