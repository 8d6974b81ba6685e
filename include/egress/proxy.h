/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "egress/stream.h"
#include "os/loop.h"

struct egress;

enum {
	PROXY_CLIENTS =
		128,	  /* that have not said yet where to; one more, and the first is dropped */
	PROXY_MS = 30000, /* for what they have to say */
	PROXY_LINGER_MS = 2000,
};

struct proxy_client {
	struct proxy *proxy; /* NULL: free */
	struct stream stream;
	struct deadline deadline;
	bool greeted; /* SOCKS: the request is next */
	bool over;    /* it has its refusal */
};

/* For programs that insist on a proxy: see proxy.c. */
struct proxy {
	struct egress *egress;
	uint16_t port;
	struct timers patience, linger;
	struct proxy_client client[PROXY_CLIENTS];
};

/* Whose members above the clients are all there is to set: @port is that of the box's loopback. */
void proxy_init(struct proxy *p, struct egress *eg, uint16_t port);

/* A connection to it, @fd, is its own from now on. */
void proxy_accept(struct proxy *p, int fd);
