/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "os/loop.h"
#include "wire/host.h"

/* Connects to a host outside, trying its addresses one after the other. */

enum {
	UPSTREAM_ADDRS = 8,
	UPSTREAM_NEXT_MS = 2000,  /* for an address while there are others */
	UPSTREAM_LAST_MS = 20000, /* for the last one */
	TUNNEL_MS = 30000,	  /* for a proxy, which has to connect in its turn */
};

/* What all share. */
struct upstreams {
	struct loop *loop;
	struct timers next, last, answer;
};

struct upstream {
	struct upstreams *all;
	/*
	 * What is connected to is a proxy, of which is asked what this adds to @out, a CONNECT (see
	 * tunnel.c); @failed then says why it could not be had. NULL: it is the host itself.
	 */
	void (*ask)(struct upstream *u, struct buf *out);
	const char *failed; /* NULL, or static text for a person */
	struct watch watch; /* of the attempt under way */
	struct deadline deadline;
	uint16_t port;
	uint8_t n, at;
	struct addr addr[UPSTREAM_ADDRS];
	/*
	 * Called once, maybe before upstream_connect() returns, with 0 or -errno. If it is 0, the
	 * callee puts another watch in the place of @watch, with loop_replace(), and has its
	 * descriptor.
	 */
	void (*done)(struct upstream *u, int error);
};

void upstreams_init(struct upstreams *all, struct loop *loop);

/*
 * Connects to @port of one of the addresses, of which the first UPSTREAM_ADDRS are tried. @all and
 * @done are set.
 */
void upstream_connect(struct upstream *u, const struct addr *addr, size_t n, uint16_t port);

/* tunnel.c: a proxy has been connected to. */
void tunnel_start(struct upstream *u);
void tunnel_late(struct deadline *d);

/* Gives up. May be called at any time. */
void upstream_stop(struct upstream *u);
