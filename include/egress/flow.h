/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "egress/http.h"
#include "egress/relay.h"
#include "egress/resolver.h"
#include "egress/upstream.h"
#include "os/loop.h"
#include "policy/rules.h"

struct egress;

/* See the essay in flow.c. */
enum flow_state {
	FLOW_FREE,
	FLOW_HEAD,  /* the client has not said yet what it wants, or not all of it */
	FLOW_DIAL,  /* it has, and may; the host is being looked up and connected to */
	FLOW_RELAY, /* bytes pass */
	FLOW_LINGER /* it was answered by us, and what it still sends is thrown away */
};

enum flow_protocol { PROTOCOL_TCP, PROTOCOL_TLS, PROTOCOL_HTTP, N_PROTOCOLS };

/* A connection of the box: all of its life. All-zero: there is none. */
struct flow {
	struct egress *egress;
	enum flow_state state;
	enum flow_protocol protocol; /* as far as it is known */
	bool other_port; /* neither 80 nor 443: a rule names it, and any protocol may be spoken */
	bool told;	 /* the log has it */
	bool dialled;	 /* relay.server is connected */
	bool more;	 /* SO_RCVLOWAT is set: to be undone */
	uint16_t port;
	int32_t name;	  /* index into the names, or -1: it went to a literal address */
	struct addr addr; /* that address, or the one connected to */
	uint64_t number;
	int64_t since; /* ms */
	struct decision decision;

	struct deadline deadline;
	struct waiter waiter;
	struct upstream upstream;
	struct http_flow http;
	struct relay relay; /* also has the two watches, in every state */
	uint32_t next_free;
};

/* What all flows share. */
struct flows {
	struct flow *flow; /* an array whose unused part costs nothing */
	uint32_t max, n_used, n_live;
	uint32_t free; /* index + 1 of the first free one below n_used; 0: none */
	uint64_t n_ever;
	struct timers head, linger;
};

/* Reserves memory for @max of them; never freed. Returns 0 or -errno. */
int flows_init(struct flows *flows, struct loop *loop, uint32_t max, struct err *e);

/* Begins one: @fd, non-blocking, was accepted on @port, and is its own from now on. */
void flow_begin(struct egress *eg, int fd, uint16_t port);

/* Tells the log of the connection, unless it has been told. */
void flow_tell(struct flow *f);

/* Ends all of them. */
void flows_end(struct egress *eg);
