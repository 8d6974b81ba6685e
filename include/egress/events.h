/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "os/loop.h"
#include "policy/policy.h"
#include "wire/client.h"
#include "wire/event.h"

enum {
	EVENTS_HELD = 16,
	EVENTS_SOON_MS = 5,
};

/* Where events go: messages to the supervisor, or JSON lines to standard output. */
struct events {
	int fd;
	bool json;
	bool broken; /* nobody reads them any more */
	struct loop *loop;
	const struct policy *policy;
	/* sent with the next one, or when they have waited long enough */
	struct event held[EVENTS_HELD];
	unsigned n_held;
	struct timers soon;
	struct deadline flush;
};

/* Before the first events_send_soon(); @loop and where they go are set. */
void events_init(struct events *events);

/*
 * Sends one, and waits while there is no room: what cannot be recorded does not happen. When nobody
 * reads any more, the loop is told to stop.
 */
void events_send(struct events *events, const struct event *ev);

/*
 * The same, but it may go with the next one: about what is over, or what happens only after an
 * events_flush(). To wake the supervisor costs more than to write to it.
 */
void events_send_soon(struct events *events, const struct event *ev);
void events_flush(struct events *events);

/* As events_send(), to the supervisor alone. */
void events_note(struct events *events, const struct client_note *note);

/* Adds what @request is for: host or address, or both once it is known where the host is; port. */
void events_target(struct event *ev, const struct request *request);

/* An event about @request as it was decided: verdict, rule, target, reason, and what would allow
 * it. */
struct event events_judged(enum event_kind kind, const struct request *request,
			   const struct decision *decision);

/* The same about what is refused whatever @rules say. */
struct event events_refused(enum event_kind kind, const struct rules *rules,
			    const struct request *request, const char *reason);
