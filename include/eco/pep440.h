/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

/* Versions of Python packages (PEP 440). */

enum { PEP440_RELEASE_MAX = 16 };

enum pep440_pre { PEP440_FINAL, PEP440_ALPHA, PEP440_BETA, PEP440_RC, N_PEP440_PRES };

struct pep440 {
	uint64_t epoch;
	uint64_t release[PEP440_RELEASE_MAX];
	size_t n_release;
	enum pep440_pre pre;
	bool has_post, has_dev;
	uint64_t pre_number, post, dev;
	struct str local; /* borrowed, as it was written; empty: none */
};

/*
 * In any of the spellings that PEP 440 takes, without space around it; up to 16 numbers in the
 * release, each below 2^64. Returns 0 or -1.
 */
int pep440_parse(struct str in, struct pep440 *out);

/* < 0, 0 or > 0. 1.0 and 1.0.0 are equal. */
int pep440_compare(const struct pep440 *a, const struct pep440 *b);

/* Is it one that is only installed by who asks for it: alpha, beta, rc or dev? */
bool pep440_is_prerelease(const struct pep440 *v);
