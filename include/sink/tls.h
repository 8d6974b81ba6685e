/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <openssl/ssl.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/mem.h"
#include "wire/url.h"

/*
 * A client that trusts the authorities of this machine, or of SSL_CERT_FILE and SSL_CERT_DIR. NULL:
 * see @e.
 */
SSL_CTX *sink_tls_context(struct err *e);

/* The handshake on @fd, with a receiver that proves to be @at. NULL: see @e. */
SSL *sink_tls_connect(SSL_CTX *context, int fd, const struct authority *at, struct err *e);

/* As read(2) and write(2) on a socket with a timeout, but that they return -errno. */
ssize_t sink_tls_write(SSL *ssl, struct str bytes);
ssize_t sink_tls_read(SSL *ssl, void *into, size_t cap);
