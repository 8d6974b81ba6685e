/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

/* What the heads of HTTP/1 requests and responses have in common (RFC 9112, 2 and 5). */

enum {
	HTTP_HEAD_MAX = 32768,
	HTTP_FIELDS_MAX = 128,
};

enum {
	HTTP_E_MORE = 1, /* so far so good, but not all of the head */
	HTTP_E_BAD,	 /* head.status and head.reason say why */
};

struct http_field {
	struct str name, value;
};

enum http_framing {
	HTTP_EMPTY,
	HTTP_LENGTH,
	HTTP_CHUNKED,
	HTTP_UNTIL_CLOSE, /* responses only: the body ends with the connection */
};

/* Borrows from the bytes that were read. */
struct http_head {
	size_t size;	/* up to the end of its empty line */
	unsigned minor; /* of HTTP/1.x: 0 or 1 */
	struct http_field field[HTTP_FIELDS_MAX];
	size_t n_fields;

	enum http_framing framing;
	uint64_t length; /* of the body; or, of an empty one, what Content-Length says: HEAD, 304 */
	bool keep_alive; /* the connection serves another request after this one */
	struct str upgrade; /* protocols, if the connection is to change to one of them */

	/* as the fields say it; what is above follows from all of them */
	bool has_length, chunked, wants_close, wants_keep_alive, wants_upgrade;

	unsigned status;    /* if bad: what to answer to a request; a bad response is 502 */
	const char *reason; /* if bad: static text for a person */
};

/* Always returns HTTP_E_BAD. */
int http_bad(struct http_head *head, unsigned status, const char *reason);

/*
 * Reads the head at the start of @in into @head and its first line, without the CRLF. Returns 0, or
 * an HTTP_E_* that is the same for all longer inputs unless it is HTTP_E_MORE.
 */
int http_read_fields(struct http_head *head, struct str in, struct str *first_line);

/*
 * Settles framing, keep_alive and upgrade from the fields and head.minor, for a message that may
 * have a body; without a length, its body is @otherwise. Returns 0 or HTTP_E_BAD.
 */
int http_settle(struct http_head *head, enum http_framing otherwise);

/* The value of a field, the first one if there are several; without p if there is none. */
struct str http_field(const struct http_head *head, const char *name);

/* Is @word an element of a list of words with commas? In any case of letters. */
bool http_list_has(struct str list, struct str word);

bool http_name_valid(struct str name);
bool http_value_valid(struct str value);
