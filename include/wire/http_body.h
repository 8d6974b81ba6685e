/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "wire/http_fields.h"

/*
 * Where the body of a message ends, and what in it is content. Chunks have no extensions here;
 * trailers are checked and left out: what is sent on is content alone, in new chunks.
 */
struct http_body {
	enum http_framing framing;
	uint64_t left; /* content still to come, of the body or of the chunk */
	unsigned state, n_line;
	char name[20]; /* of a trailer, as far as it matters */
	size_t n_name;
};

enum {
	HTTP_BODY_DONE = 1, /* what is left of the input belongs to the next message */
	HTTP_BODY_BAD,
};

void http_body_init(struct http_body *body, const struct http_head *head);

/*
 * Takes bytes off the front of @in, up to the end of one run of content, which becomes @content.
 * Returns 0: call it again with what is left, or with more; @content may be empty only if all of
 * @in was taken. HTTP_BODY_DONE: likewise with a last run of content. HTTP_BODY_BAD, for good.
 */
int http_body_read(struct http_body *body, struct str *in, struct str *content);

/* May the connection end here? If not, the body was cut off. */
bool http_body_complete(const struct http_body *body);
