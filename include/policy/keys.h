/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "policy/policy.h"
#include "policy/value.h"

/*
 * A row of the table of keys: what a profile may say. @at is the member of struct policy that
 * takes the value: struct items if it may be given many times, else a uint64_t, an enum or a
 * string, as its type says.
 */
struct key {
	const char *section, *name;
	const char *preset; /* what holds without a line, or NULL: nothing */
	const struct value_type *type;
	size_t at;
	bool many;
	bool named;	  /* its section has a name, and it a value for each, or many */
	const char *text; /* what it does */
};

/* Whether the member is a struct items. */
static inline bool key_is_list(const struct key *key)
{
	return key->many || key->named;
}

/* All rows, in the order of canonical text. */
extern const struct key keys[];
size_t keys_count(void);

/* The row, or NULL. */
const struct key *key_find(const char *section, const char *name);

/* Whether there is such a section, with a name of its own (@of) or without (NULL). */
bool section_known(const char *section, const char *of);

/* Adds what is wrong with a name that the table does not have, and what was probably meant. */
void section_explain(const char *section, struct buf *out);
void key_explain(const char *section, const char *name, struct buf *out);
