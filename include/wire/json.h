/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

/*
 * A strict reader of JSON (RFC 8259) over bytes that stay where they are: nothing is copied, and
 * its state is a few words, so that a filter can stop anywhere and go on later.
 *
 *	json_init(&j, text);
 *	json_next(&j, &v);
 *	if (json_enter(&j, JSON_OBJECT))
 *		while (json_next(&j, &v))
 *			if (json_is(v.key, "name"))
 *				...
 *	wrong = json_done(&j);
 *
 * Every byte is checked, also of what is skipped. The first thing that is wrong ends all loops and
 * is kept: only what json_done() says decides whether anything that was read may be believed.
 *
 * A filter makes its output from spans of the input: see json_whole(). What is copied so has passed
 * the grammar, which leaves other readers one thing to disagree about: keys that come twice. They
 * are not refused here, since that takes memory; see struct json_keys.
 */
enum {
	JSON_DEPTH = 128,
};

enum json_type {
	JSON_NONE,
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

struct json {
	struct str text;
	size_t at;
	unsigned depth;			   /* containers that are open */
	uint64_t objects[JSON_DEPTH / 64]; /* which of them are objects */
	bool first;			   /* nothing was read yet in the innermost */
	bool fresh;			   /* the innermost was just returned, and not entered */
	const char *wrong;
};

struct json_value {
	enum json_type type;
	struct str key;	 /* of a member of an object; inside of its quotes, with its escapes */
	struct str text; /* of a string, the same; of a number, all of it */
	size_t comma;	 /* where it begins: with what separates it from what is before it, */
	size_t start;	 /* with its key, if it has one, */
	size_t value;	 /* and without */
};

void json_init(struct json *j, struct str text);

/*
 * The next element of the innermost container that was entered, or at first the value that the text
 * is. False: there is none, the container is left, and its parent goes on.
 */
bool json_next(struct json *j, struct json_value *v);

/*
 * Enters what json_next() just returned, if it is of @type, JSON_ARRAY or JSON_OBJECT: the next
 * elements are its own. What is not entered is skipped.
 */
bool json_enter(struct json *j, enum json_type type);

/* Skips what is left of the innermost container that was entered. */
void json_leave(struct json *j);

/* NULL, or what is wrong: static text. Anything that was not read yet is checked first. */
const char *json_done(struct json *j);

/*
 * Spans of the text for a filter. Of the element that json_next() just returned: all of it, skipped
 * if it is a container, or what stands before the elements of a container; both with what separates
 * them from what is before them (space, a comma), or without, as the first one that is kept has to
 * be. Of a container that has just ended: its bracket.
 */
struct str json_whole(struct json *j, const struct json_value *v, bool comma);
struct str json_opening(const struct json *j, const struct json_value *v, bool comma);
struct str json_closing(const struct json *j);

/* Does a key or string, with its escapes, mean @want? */
bool json_is(struct str raw, const char *want);

/*
 * Adds what a key or string means, in UTF-8. Returns 0, or -1 if it means no text: half of a
 * surrogate pair, which is no error of the grammar.
 */
int json_decode(struct str raw, struct buf *out);

/* A number without sign, fraction or exponent. Returns 0 or -1. */
int json_uint(const struct json_value *v, uint64_t max, uint64_t *out);

/*
 * The keys that one object has shown. All-zero but for @slot, zeroed memory for @cap of them, a
 * power of two, which should be twice what is expected.
 */
struct json_keys {
	uint64_t *slot;
	size_t cap, n;
};

/*
 * Notes a key. False: it was there, or it cannot be told: it means no text, there is no room, or it
 * was made to collide with others. All of these are reasons to refuse a document.
 */
bool json_keys_add(struct json_keys *keys, struct str raw);
