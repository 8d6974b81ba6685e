/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "wire/http_fields.h"
#include "wire/url.h"

/*
 * HTTP/1.1 (RFC 9112), so strict that no two readers can see different messages in the same bytes.
 * Heads are read whole, judged, and written anew: the bytes that came are never sent on.
 */

enum { HTTP_TARGET_MAX = 8192 };

enum http_form {
	HTTP_ORIGIN,	/* /path?query */
	HTTP_ABSOLUTE,	/* http://host/path?query: to a proxy */
	HTTP_AUTHORITY, /* host:port: CONNECT */
	HTTP_ASTERISK,	/* *: OPTIONS */
};

/* Points into itself: not to be copied. */
struct http_request {
	struct http_head head;
	struct str method;
	enum http_form form;
	bool https;		    /* an absolute target said so */
	struct authority authority; /* what Host says, and the target, if it names one, as well */
	struct str path, query;	    /* canonical; the query with its "?", or empty */
	bool expects_continue;
	bool overrides; /* has a field by which some origins take another method, path or host */
	char target[HTTP_TARGET_MAX + 1];
};

struct http_response {
	struct http_head head;
	unsigned status;
	struct str phrase;
};

/*
 * Reads a request at the start of @in, all that has come so far: call it again with more after
 * HTTP_E_MORE. Another answer is final, and comes as early as it can. Returns 0 or an HTTP_E_*.
 */
int http_read_request(struct http_request *req, struct str in);

/* The same for the answer to a request of @method, which decides whether there is a body. */
int http_read_response(struct http_response *res, struct str in, struct str method);

/* How a head is to be sent on. All-zero: as it is. */
struct http_edit {
	const struct http_field *set; /* instead of those that came; no p of a value: left out */
	size_t n_set;
	struct str path; /* of a request, without a query; no p: both as they came */
	bool close;	 /* the connection will be closed after this message */
	bool upgrade;	 /* send Upgrade on, which is otherwise left out */
};

/*
 * Adds a head that means what was read, for the next connection: target in origin or asterisk form
 * (CONNECT is not sent on), Host first, without the fields that concern one connection only, with
 * the framing that head.framing and head.length tell. If a field of @edit is no valid field, @out
 * is made full, as if there was no room.
 */
void http_write_request(const struct http_request *req, const struct http_edit *edit,
			struct buf *out);
void http_write_response(const struct http_response *res, const struct http_edit *edit,
			 struct buf *out);
