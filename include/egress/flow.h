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
#include "wire/tls.h"

struct egress;

/* See the essay in flow.c. */
enum flow_state {
	FLOW_FREE,
	FLOW_HEAD,  /* the client has not said yet what it wants, or not all of it */
	FLOW_OPEN,  /* TLS ends here: the handshake with the client is under way */
	FLOW_DIAL,  /* it has, and may; the host is being looked up and connected to */
	FLOW_RELAY, /* bytes pass */
	FLOW_LINGER /* the client has all that it gets; what it still sends is thrown away */
};

enum flow_protocol {
	PROTOCOL_TCP,
	PROTOCOL_TLS, /* as it is */
	PROTOCOL_HTTP,
	PROTOCOL_HTTPS, /* TLS that ends here */
	N_PROTOCOLS
};

/* Who it is from. */
enum inward {
	INWARD_NONE,
	INWARD_HTTP,  /* this process itself, with requests in plain (fetch.c), for HTTP */
	INWARD_HTTPS, /* and for HTTP over TLS */
};

/* Where a connection of the box goes. */
struct destination {
	struct addr addr;
	int32_t name; /* what that address stands for: index into the names; or -1: itself */
	uint16_t port;
	enum inward inward;
};

/* A connection of the box: all of its life. All-zero: there is none. */
struct flow {
	struct egress *egress;
	struct edition *edition; /* by which it is judged, all of its life */
	enum flow_state state;
	enum flow_protocol protocol; /* what the port stands for, until it was @heard */
	bool heard;		     /* the client has said enough to know the protocol */
	bool other_port; /* neither 80 nor 443: a rule names it, and any protocol may be spoken */
	bool by_request; /* the host is not allowed as a whole: each request is judged */
	enum inward inward;
	bool told;    /* the log has it */
	bool dialled; /* relay.server is connected */
	bool through; /* a proxy outside, which resolves the name */
	uint16_t port;
	int32_t name;		 /* index into the names, or -1: it went to a literal address */
	struct addr addr;	 /* that address, or the one connected to */
	uint64_t number, search; /* search: for its client, see search.h; 0: none */
	int64_t since;		 /* ms */

	struct decision decision; /* pass: the client may go on, as far as it is known */
	enum tls_alert alert;	  /* if not: what it is answered in TLS, */
	unsigned status;	  /* and in HTTP */

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
	bool crowded; /* somebody was told so, and since then half of the room was not free */
	struct timers head, grace, handshake, request, stall, linger, passed;
};

/* Reserves memory for @max of them; never freed. Returns 0 or -errno. */
int flows_init(struct flows *flows, struct loop *loop, uint32_t max, struct err *e);

/* The destination of who connects to @addr. */
struct destination flow_destination(const struct egress *eg, const struct addr *addr,
				    uint16_t port);

/* Whether a connection to there is refused only for what is said on it. */
bool flow_may_begin(const struct egress *eg, const struct destination *to);

/* Begins one, for which there is room: @fd, non-blocking, is its own from now on. */
void flow_begin(struct egress *eg, int fd, const struct destination *to);

/* Ends all of them. */
void flows_end(struct egress *eg);

/*
 * The parts of a flow's life. Where nothing else is said, the flow may have ended when they return.
 */

/* flow.c */
struct request flow_request(const struct flow *f);
void flow_tell(struct flow *f); /* the log, unless it has been told; the flow goes on */
void flow_tell_about(struct flow *f, const struct request *request); /* the same, in other words */
void flow_tell_failed(struct flow *f); /* that it cannot be made, as the decision's reason says */
void flow_go_on(struct flow *f);       /* the client's words were judged: it may */
void flow_end(struct flow *f, int error);

/* Whether its requests are HTTP over TLS. */
static inline bool flow_is_https(const struct flow *f)
{
	return f->relay.client.tls || f->inward == INWARD_HTTPS;
}

/* flow_head.c */
void flow_head_ready(struct flow *f, uint32_t events);
void flow_head_late(struct deadline *d);
void flow_stop_peeking(struct flow *f); /* it does not end */

/* flow_open.c */
void flow_open(struct flow *f);
void flow_open_ready(struct flow *f);
void flow_open_server(struct flow *f); /* it was connected to */
void flow_open_late(struct deadline *d);

/* flow_dial.c */
void flow_unreachable(struct flow *f, const char *reason); /* it may, but it cannot be served */
void flow_dial(struct flow *f);
void flow_dial_done(struct upstream *u, int error);
void flow_dial_answered(struct waiter *w, const struct resolved *resolved);

/*
 * flow_refuse.c: the client is answered as f->decision says, with @alert if it speaks TLS and
 * @status if HTTP, as soon as it is known which.
 */
void flow_refuse(struct flow *f, enum tls_alert alert, unsigned status);
void flow_crowded(struct flow *f);
void flow_refuse_words(struct flow *f, const char *reason, enum tls_alert alert);
void flow_refuse_request(struct flow *f);
void flow_answer(struct flow *f);
void flow_drop_server(struct flow *f); /* it does not end */
void flow_linger(struct flow *f);
void flow_linger_ready(struct flow *f);
void flow_linger_over(struct deadline *d);
