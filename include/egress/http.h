/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "policy/rules.h"
#include "wire/http_body.h"

struct deadline;
struct event;
struct flow;
struct gate;
struct half;
struct relay;

/* The state of HTTP on one connection. All-zero: the next thing is a request. */
struct http_flow {
	bool busy;	 /* a request is under way, until all of its answer has passed */
	bool answering;	 /* some of the answer under way has passed */
	bool answered;	 /* this connection has had an answer */
	bool last;	 /* nothing follows the answer under way */
	bool head;	 /* the request is HEAD: its answer has no body */
	bool json;	 /* it asks for JSON */
	bool upgrade;	 /* it may change the connection to WebSocket, if the host agrees */
	bool up_moves;	 /* a body is being moved, from the box */
	bool down_moves; /* to the box */
	struct http_body up, down;
	uint8_t n_interim;	/* answers before the answer (1xx) */
	uint16_t answer_status; /* of the answer that passed last */

	struct event *record; /* of the request under way, to be told when it is over */
	int64_t since;
	uint64_t up_before, down_before; /* bytes that the connection had moved */
	uint64_t moved;			 /* bytes, when the clock was set */

	struct gate *gate; /* what the request asks of a registry; or NULL */

	int rule;	      /* of [egress] that allows it */
	uint64_t upload_left; /* bytes of its body that it allows */
	const char *over;     /* set: a cap of it that the request exceeds */
	unsigned wait;	      /* seconds, for an answer of 429 */

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

/*
 * More than the meter of f->relay has left was to be moved. Returns -EPROTO: the client is to be
 * told, as above; or -EDQUOT, because it has got some of its answer already.
 */
int http_cut(struct flow *f);

/*
 * The host's answer is none, or is not waited for. If the box has not got any of it, it is told so.
 * Returns -EPROTO.
 */
int http_bad_answer(struct flow *f, unsigned status, const char *reason);

/* It takes too long: set with flows.request or flows.stall, while the flow is relayed. */
void http_late(struct deadline *d);

/* http_record.c: of the request that was read last, and of the one under way. */
void http_record_refused(struct flow *f, const struct decision *decision);
void http_record_begin(struct flow *f, const struct decision *decision);
void http_record_end(struct flow *f, unsigned status); /* 0: there was no answer */

/* What was asked for with the request that was read last, on any flow: valid until the next one. */
struct request http_request(const struct flow *f);
