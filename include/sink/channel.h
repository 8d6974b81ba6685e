/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <openssl/ssl.h>

#include "base/err.h"
#include "base/mem.h"
#include "policy/sink.h"

/* The connection to a receiver. All calls wait. */
struct channel {
	const struct sink *to;
	struct str headers; /* that a request has besides, with their line ends; for form_otlp */
	int resolver;	    /* see resolver_process.h; -1: there is no name to resolve */
	SSL_CTX *tls;	    /* or NULL */
	/* Called now and then while the receiver takes nothing: see channel_send(). */
	void (*stuck)(struct channel *c);

	int fd; /* -1: not connected */
	SSL *ssl;
	bool datagrams; /* each send is a message */
	bool proven;	/* the receiver has taken something */
};

/* Before the process is confined: whom TLS trusts, who resolves names. Returns 0 or -errno. */
int channel_init(struct channel *c, const struct sink *to, struct err *e);

/* Connects, unless it is. Returns 0 or -errno. */
int channel_open(struct channel *c, struct err *e);

/* What was sent and not taken may or may not arrive. */
void channel_close(struct channel *c);

/*
 * Sends all of it, however long the receiver takes. Returns 0 or -errno: -EMSGSIZE if it is too
 * long for a datagram.
 */
int channel_send(struct channel *c, struct str bytes, struct err *e);

/*
 * Waits until the receiver has taken all that was sent: of a socket of this machine, read it; by
 * TCP, acknowledged it. Returns 0 or -errno.
 */
int channel_drain(struct channel *c, struct err *e);

/* Reads until @deadline (now_ms()). Returns the number of bytes, 0 at the end, or -errno. */
ssize_t channel_receive(struct channel *c, void *into, size_t cap, int64_t deadline, struct err *e);
