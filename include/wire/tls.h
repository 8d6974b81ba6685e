/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "wire/host.h"

/* What a TLS client says in its first message, read without taking part in the handshake. */

enum {
	TLS_HELLO_MAX = 16384, /* bytes with record headers; post-quantum key shares make 1.8 KB */
	TLS_ALERT_MAX = 8,     /* an alert record, and the NUL of struct buf */
};

enum tls_alert { /* RFC 8446, 6 */
		 TLS_ALERT_NONE = 0,
		 TLS_ALERT_UNEXPECTED_MESSAGE = 10,
		 TLS_ALERT_RECORD_OVERFLOW = 22,
		 TLS_ALERT_HANDSHAKE_FAILURE = 40,
		 TLS_ALERT_ILLEGAL_PARAMETER = 47,
		 TLS_ALERT_ACCESS_DENIED = 49,
		 TLS_ALERT_DECODE_ERROR = 50,
		 TLS_ALERT_PROTOCOL_VERSION = 70,
		 TLS_ALERT_INTERNAL_ERROR = 80,
		 TLS_ALERT_UNRECOGNIZED_NAME = 112,
		 TLS_ALERT_NO_APPLICATION_PROTOCOL = 120,
};

enum {
	TLS_E_MORE = 1, /* so far it is a ClientHello, but not all of it */
	TLS_E_BAD,	/* no ClientHello that we take: @alert and @reason say why */
	TLS_E_ALIEN,	/* another protocol: an alert would mean nothing to it */
};

struct tls_hello {
	char sni[HOST_MAX + 1]; /* canonical; "" if the client names no host */
	uint16_t version;	/* highest offered: 0x0300 to 0x0304; 0: only unknown ones */
	bool alpn, h2, http11;	/* offers protocols; "h2" and "http/1.1" among them */
	bool ech;		/* may name another host under encryption, or pretend to */
	size_t size;		/* bytes up to the end of its last record */
	enum tls_alert alert;	/* if bad */
	const char *reason;	/* if bad: static text for a person */
};

/*
 * Reads the ClientHello at the start of @in, all that the client has sent so far: call it again
 * with more after TLS_E_MORE. Any other answer is final: more bytes do not change it. At most
 * TLS_HELLO_MAX bytes are looked at. Returns 0 or a TLS_E_*.
 */
int tls_read_hello(struct tls_hello *hello, struct str in);

/* Adds the record of a fatal alert: clients show its name, as "access denied". */
void tls_write_alert(enum tls_alert alert, struct buf *out);
