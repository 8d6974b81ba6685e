/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "base/mem.h"
#include "policy/rules.h"
#include "wire/http_body.h"

struct flow;
struct half;
struct relay;

/* The state of HTTP on one connection. All-zero: the next thing is a request. */
struct http_flow {
	bool busy;	 /* a request is under way, until all of its answer has passed */
	bool answered;	 /* this connection has had an answer */
	bool last;	 /* nothing follows the answer under way */
	bool head;	 /* the request is HEAD: its answer has no body */
	bool upgrade;	 /* it may change the connection to WebSocket, if the host agrees */
	bool up_moves;	 /* a body is being moved, from the box */
	bool down_moves; /* to the box */
	struct http_body up, down;

	unsigned status; /* set: it is answered by us, with this, and as the flow's decision says */
	bool refused;	 /* because a rule denies it, or none allows it */
};

/*
 * Judges the first request, of which @in is all that there is yet. Returns 0: it may go on;
 * HTTP_E_MORE; or HTTP_E_BAD: it was refused, as f->decision and f->http say, and the log has it.
 */
int http_judge_first(struct flow *f, struct str in);

/* relay->ask of a flow that speaks HTTP. -EPROTO: a request was refused, as above. */
int http_ask(struct relay *r, struct half *h);

/* What was asked for with the request that was read last, on any flow: valid until the next one. */
struct request http_request(const struct flow *f);
