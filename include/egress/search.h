/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "os/loop.h"

struct egress;
struct flow;
struct gate;

/*
 * Only the supervisor can find the process that has made a connection, and only as long as it is
 * there: before a request to a registry is judged, it has had time to look.
 */
struct search {
	uint64_t n_begun, n_over; /* in this order */
	struct gate *waiting;
	struct timers patience;
	struct deadline late;
};

void search_init(struct search *search, struct loop *loop);

/* Has the client of a flow searched for, if it was not. */
void search_begin(struct flow *f);

/* Whether it still is. Then, unless @first, the gate waits, and is resumed when it is over. */
bool search_await(struct gate *gate, bool first);

/* The supervisor has ended the first @n of them. */
void search_over(struct search *search, uint64_t n);
