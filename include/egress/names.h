/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * The names that the box has asked for, each under the index that is its address in the pool of
 * wire/pool.h. A name is never forgotten and an index never used again, so that an address which a
 * program kept cannot come to mean another host. What there is room for is therefore bounded, and
 * names that no rule allows get only half of it: asking for many cannot take the rest's place.
 */
struct names {
	uint32_t n;
	size_t used; /* bytes of text */
	uint64_t seed;
	uint32_t *offset; /* of each name's text, by index */
	uint32_t *slot;	  /* hash table: index + 1, 0 is empty */
	char *text;
};

enum { NAMES_TEXT = 8 << 20 }; /* bytes: 128 a name, of 255 at most */

/* Reserves the memory, which costs nothing until it is used. Never freed. Returns 0 or -errno. */
int names_init(struct names *names, struct err *e);

/* The index of @host (canonical), or -1. */
int32_t names_find(const struct names *names, const char *host);

/* Gives a name that is not there yet its index. Returns -1 if there is no room. */
int32_t names_add(struct names *names, const char *host, bool allowed);

/* NULL: no name has that index. */
const char *names_text(const struct names *names, int32_t index);
