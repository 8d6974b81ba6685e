/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "suite.h"

/*
 * Compares each version of a list with each: it is in order, and a "=" stands before one that is
 * equal to the row before it. @compare says whether both are versions.
 */
static inline void check_order(const char *const *sorted, size_t n,
			       bool (*compare)(struct str a, struct str b, int *order))
{
	int rank_a = 0, rank_b, order;

	for (size_t i = 0; i < n; i++) {
		rank_a += sorted[i][0] != '=';
		rank_b = 0;
		for (size_t k = 0; k < n; k++) {
			rank_b += sorted[k][0] != '=';
			ck_assert_msg(compare(guarded(sorted[i] + (sorted[i][0] == '=')),
					      guarded(sorted[k] + (sorted[k][0] == '=')), &order) &&
					      (order > 0) - (order < 0) ==
						      (rank_a > rank_b) - (rank_a < rank_b),
				      "%s %s", sorted[i], sorted[k]);
		}
	}
}
