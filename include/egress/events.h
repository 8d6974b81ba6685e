/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "os/loop.h"
#include "policy/policy.h"
#include "wire/client.h"
#include "wire/event.h"

/* Where events go: messages to the supervisor, or JSON lines to standard output. */
struct events {
	int fd;
	bool json;
	bool broken; /* nobody reads them any more */
	struct loop *loop;
	const struct policy *policy;
};

/*
 * Sends one, and waits while there is no room: what cannot be recorded does not happen. When nobody
 * reads any more, the loop is told to stop.
 */
void events_send(struct events *events, const struct event *ev);

/* The same to the supervisor alone. */
void events_note(struct events *events, const struct client_note *note);

/* An event about @request as it was decided: verdict, rule, target, reason, and what would allow
 * it. */
struct event events_judged(enum event_kind kind, const struct request *request,
			   const struct decision *decision);

/* The same about what is refused whatever @rules say. */
struct event events_refused(enum event_kind kind, const struct rules *rules,
			    const struct request *request, const char *reason);
