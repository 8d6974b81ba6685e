/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "wire/url.h"

/* SOCKS 5 (RFC 1928) as a client speaks it: without authentication, to connect and nothing else. */

enum {
	SOCKS_E_MORE = 1, /* so far so good, but not all of it */
	SOCKS_E_BAD,	  /* reason and reply say why */
};

/* What is answered: RFC 1928, 6; and 3, for a greeting. */
enum socks_reply {
	SOCKS_DONE = 0,
	SOCKS_FAILED = 1,
	SOCKS_DENIED = 2,
	SOCKS_NO_COMMAND = 7,
	SOCKS_NO_ADDRESS = 8,
	SOCKS_NO_METHOD = 0xff,
};

enum {
	SOCKS_VERSION = 5,
	SOCKS_GREETING_MAX = 2 + 255,
	SOCKS_REQUEST_MAX = 4 + 1 + 255 + 2,
};

/* A message that was read. */
struct socks {
	size_t size;		    /* of the message */
	struct authority authority; /* of a request: where to, with its port */
	enum socks_reply reply;	    /* if bad: what to answer */
	const char *reason;	    /* if bad: static text for a person */
};

/*
 * Reads the greeting, or the request after it, at the start of @in: all that has come so far, to be
 * called again with more after SOCKS_E_MORE. Another answer is final. Returns 0 or a SOCKS_E_*.
 */
int socks_read_greeting(struct socks *s, struct str in);
int socks_read_request(struct socks *s, struct str in);

/* Adds the answer to a greeting: SOCKS_DONE or SOCKS_NO_METHOD. */
void socks_write_method(enum socks_reply reply, struct buf *out);

/* Adds the answer to a request. It names no address: what is behind it is none of the client's. */
void socks_write_reply(enum socks_reply reply, struct buf *out);
