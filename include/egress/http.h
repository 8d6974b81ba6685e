/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "base/mem.h"
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
	bool up_moves;	 /* a body is being moved, from the box */
	bool down_moves; /* to the box */
	struct http_body up, down;

	unsigned status;    /* set: the request was refused, with this status */
	const char *reason; /* static text for a person */
};

/*
 * Judges the first request, of which @in is all that there is yet. Returns 0: it may go on;
 * HTTP_E_MORE; or HTTP_E_BAD: f->http says with what it was refused, and the log has it.
 */
int http_judge_first(struct flow *f, struct str in);

/* relay->ask of a flow that speaks HTTP. -EPROTO: a request was refused, and f->http says why. */
int http_ask(struct relay *r, struct half *h);
