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
 * are not refused here: whoever reads a document knows which of them matter.
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

/* NULL, or what is wrong: static text. Anything that was not read yet is checked first. */
const char *json_done(struct json *j);

/*
 * A span of the text for a filter: all of the element that json_next() just returned, skipped if it
 * is a container; with what separates it from what is before it (space, a comma), or without, as
 * the first one that is kept has to be.
 */
struct str json_whole(struct json *j, const struct json_value *v, bool comma);

/* Does a key or string, with its escapes, mean @want? */
bool json_is(struct str raw, const char *want);

/*
 * Adds what a key or string means, in UTF-8. Returns 0, or -1 if it means no text: half of a
 * surrogate pair, which is no error of the grammar.
 */
int json_decode(struct str raw, struct buf *out);
