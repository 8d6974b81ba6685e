/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "egress/events.h"
#include "egress/names.h"
#include "os/loop.h"
#include "policy/rules.h"

enum {
	DNS_CONNS = 16,	     /* TCP connections at a time: one that needs more waits */
	DNS_QUERY_MAX = 512, /* longer than any question to us has a reason to be */
	DNS_TTL = 60,	     /* seconds; the answer never changes */
	DNS_IDLE_MS = 10000, /* RFC 7766, 6.2.3: a few seconds */
	DNS_RETRY_MS = 100,  /* when the listener was closed for want of a descriptor */
};

struct dns_conn {
	struct dns_service *service; /* NULL: free */
	struct watch watch;
	struct deadline deadline;
	size_t n;
	unsigned char in[2 + DNS_QUERY_MAX];
};

/* The box's name server: gives every name an address of the pool, and asks nobody. */
struct dns_service {
	struct loop *loop;
	const struct rules *rules;
	struct names *names;
	struct events *events;
	bool ipv6; /* the box has it */

	struct watch udp, tcp; /* listeners; fd -1: there is none */
	struct timers idle, retry;
	struct deadline reopen;
	struct dns_conn conn[DNS_CONNS];
};

/*
 * Starts serving the non-blocking listeners @udp and @tcp (either may be -1) until the loop ends.
 * The members above the listeners are filled in. Returns 0 or -errno.
 */
int dns_service_start(struct dns_service *service, int udp, int tcp);
