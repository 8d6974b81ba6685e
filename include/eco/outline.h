/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "eco/eco.h"
#include "wire/json.h"

/*
 * A document that is one JSON object, of which some members are lists to be judged element by
 * element: it is surveyed from end to end, a slice at each call, and put together from spans of it.
 * A member that matters and comes twice is refused, since readers take the one or the other.
 */

/* Where an element is: from its comma, from its key, to its end. */
struct span {
	size_t comma, start, end;
};

/* A member that matters. */
struct outline_row {
	const char *key;
	enum json_type
		type; /* JSON_OBJECT, JSON_ARRAY: its elements are read; else it is, at once */
	const char *missing; /* what is wrong without it; NULL: nothing */
	/* What json_next() has just returned. NULL, or what is wrong. */
	const char *(*read)(struct sieve *s, struct json *j, const struct json_value *v);
	void (*write)(struct sieve *s); /* keeps elements */
};

struct outline {
	const struct outline_row *row;
	size_t n_rows;
	const char *other; /* what is wrong where a member is of another type */
	struct json json;
	struct outline_member *member; /* the last one is the one that is being read */
	size_t n_members;
	bool inside; /* of it, as it has elements */
	unsigned seen;
};

/* SIEVE_MORE: call it again; 0: all of it was read; or SIEVE_BAD. */
int outline_read(struct sieve *s, struct outline *o);
void outline_write(struct sieve *s, const struct outline *o);

/* All of the value that json_next() has returned, whatever of it was read. */
struct span outline_span(struct json *j, const struct json_value *v);

/* Adds an element: the first that is kept stands without a comma. */
void outline_keep(struct sieve *s, const struct span *span, bool *any);
