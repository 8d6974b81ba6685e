/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "policy/policy.h"
#include "supervise/chain.h"
#include "wire/event.h"

/*
 * The policies that a task has had, by their digests: an event says which of them has judged, and
 * its rule is shown as a line of that one. All-zero: none.
 */
enum { KNOWN_MAX = 64 };

struct known {
	size_t n, shown; /* shown: whose rules are named, index */
	struct {
		const struct policy *policy;
		char digest[CHAIN_HEX];
	} at[KNOWN_MAX];
};

/* Adds one, for which there is room; it outlives @known. It is the one that is shown. */
void known_add(struct known *known, const struct policy *policy, const char *digest);

/* The digest of the latest, or NULL. */
const char *known_latest(const struct known *known);

/* Whose rules @ev names is shown from now on. */
void known_select(struct known *known, const struct event *ev);

/* The member of struct event_rules, for @of a struct known. */
void known_where(const void *of, uint64_t index, struct buf *out);
