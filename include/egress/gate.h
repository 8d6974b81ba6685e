/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "policy/packages.h"
#include "wire/http.h"

struct document;
struct flow;
struct half;
struct parcel;
struct shelved;

/*
 * Requests of registries, judged: between the rules, which have allowed the request, and HTTP,
 * which moves it. See gate.c.
 */

enum { GATE_TEXT_MAX = 768, GATE_PATH_MAX = 3 * PACKAGE_NAME_MAX + 256 };

/* The request of a registry that is under way on a flow. */
struct gate {
	struct flow *flow;
	const struct registry *registry;
	struct package_request request;
	struct package_facts facts; /* of its version, if they are known; without texts */
	bool known, sought, failed; /* they were looked for, and could not be had, */
	bool missing;		    /* because there are none */
	const char *change;	    /* to what lock files name: see struct package_decision */
	struct gate *next, **prev;  /* among those who wait for the same, */
	struct half *half;	    /* of the flow: it asks again then */
	struct shelved *shelved;    /* what the document is put into */
	struct document *document;  /* the answer, while it is read and sent */
	struct parcel *parcel;	    /* the same of an artifact */
	struct http_field set[6];   /* in the head that is sent on, */
	char path[GATE_PATH_MAX];   /* which asks for this, if for something else */
	char text[GATE_TEXT_MAX];   /* of the decision */
};

enum { GATE_WAIT = 1, GATE_MISSING };

/*
 * Judges the request that was read last, which @decision lets pass. Returns 0, with @decision a
 * denial if it is one; or GATE_WAIT: facts have to be had first, and the flow is resumed when they
 * are, with @first it passes for now instead; or GATE_MISSING: it is denied because the registry
 * has nothing of the kind, which clients look for elsewhere then.
 */
int gate_judge(struct flow *f, const struct http_request *req, bool first,
	       struct decision *decision);

/* Changes how the head of the request is sent on. */
void gate_edit(const struct flow *f, struct http_edit *edit);

/*
 * The head of an answer was read: whether its body is for the gate to move. If so, the head was not
 * written yet.
 */
bool gate_takes(const struct flow *f, const struct http_response *res);

/*
 * Moves it, @res being its head on the first call, else NULL. Returns what relay->ask does;
 * RELAY_DONE stands for the end of the answer.
 */
int gate_move(struct flow *f, struct half *h, const struct http_response *res);

/* Whether it is being moved. */
bool gate_moves(const struct flow *f);

/* The flow is not relayed any more, so there is nothing to resume. */
void gate_leave(struct flow *f);

/* Forgets the request: it is over, or the flow is. */
void gate_end(struct flow *f);

/* For its parts. What a decision about its package, or one of its versions, means for the flow. */
struct package_decision gate_decide(const struct gate *gate, const struct package_facts *facts);
void gate_put(struct gate *gate, const struct package_decision *from, struct decision *to);

/* Waits in @list until it is resumed, and @half asks again. */
void gate_wait(struct gate *gate, struct half *half, struct gate **list);
void gate_resume(struct gate *gate);

/* gate_record.c: what the log is told of it. */
struct str gate_action(const struct gate *gate);
void gate_record_denied(const struct gate *gate, const struct package_decision *decision);
void gate_record_published(const struct gate *gate); /* if it publishes: it is let through */
void gate_record_resolved(const struct gate *gate);
void gate_record_fetched(const struct gate *gate, const struct digest *digest, uint64_t bytes);
