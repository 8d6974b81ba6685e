/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "egress/terminator.h"

/* A connection whose TLS ends here. */
struct connection {
	struct tls tls;
	struct terminator_openssl *terminator;
	SSL *ssl;
	bool host;  /* the peer is the host, not the box */
	bool dry;   /* see connection.c */
	bool ended; /* there is nothing to come */
	char *seen; /* what was looked at and not taken: @n bytes from @off on */
	size_t off, n, cap;
	size_t shown;	     /* of those, as many were handed out */
	char key[KNOWN_KEY]; /* of the host it is about */
};

/* Not connected yet, in either role; its tls.ops->free ends it. NULL: no memory. */
struct connection *connection_new(SSL_CTX *ctx, int fd, const char *key);
