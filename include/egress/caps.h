/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "egress/relay.h"
#include "policy/rules.h"

struct http_request;

/* What was used up of the caps of one rule. All-zero: nothing. */
struct cap_use {
	struct meter meter; /* of bytes= */
	/*
	 * of requests=: for each that may pass, when (ms) the next one may; a ring, the first is at
	 * @next
	 */
	int64_t *again;
	uint32_t max, next;
	int64_t span; /* ms, in which no more than @max may */
};

/* What was used up of all caps. */
struct caps_used {
	const struct rules *rules;
	struct cap_use **of; /* by rule; NULL: it has no caps. They are never freed */
};

/*
 * Counts for @rules, which stay as they are. What was used up of a rule of those @before, if not
 * NULL, remains used up of the same rule of these, whatever its caps are. Returns 0 or -errno.
 */
int caps_load(struct caps_used *used, const struct caps_used *before, const struct rules *rules,
	      struct err *e);
void caps_fini(struct caps_used *used);

/* Bytes that pass because of this rule are counted there; NULL: they are not. */
struct meter *caps_meter(struct caps_used *used, int rule);

/* Makes @d, by which a connection passes, a denial if nothing may be moved over it any more. */
void caps_judge(const struct caps_used *used, struct decision *d);

/*
 * The same for a request of which the head is known, at @now ms. Returns the status of the answer
 * if it is a denial, else 0; for 429, *@wait is how many seconds later it may be tried again.
 */
unsigned caps_judge_request(const struct caps_used *used, const struct http_request *req,
			    int64_t now, struct decision *d, unsigned *wait);

/* A request passes because of this rule: counts it. */
void caps_count(struct caps_used *used, int rule, int64_t now);

/* Bytes of a body that may pass because of this rule; UINT64_MAX: all. */
uint64_t caps_upload(const struct caps_used *used, int rule);

/* Why what was going on is cut. */
extern const char caps_no_upload[], caps_no_bytes[];
