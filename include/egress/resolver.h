/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "egress/names.h"
#include "egress/resolver_process.h"
#include "os/loop.h"
#include "wire/host.h"

/* Asks the process of resolver_process.h for addresses, and remembers its answers for a while. */

enum {
	RESOLVER_LOOKUPS = 128, /* names that are looked up or remembered at a time */
	RESOLVER_CACHE_MS = 30000,
	RESOLVER_TIMEOUT_MS = 20000, /* the process gives up earlier */
};

/* What became of a lookup. */
struct resolved {
	const char *failed; /* NULL, or why there is no address: static text for a person */
	size_t n;
	struct addr addr[RESOLVER_ADDRS];
};

/* Who waits for one; a member of what does. All-zero: does not wait. */
struct waiter {
	struct waiter *next, *prev;
	void (*answered)(struct waiter *w, const struct resolved *resolved);
};

struct lookup {
	enum { LOOKUP_FREE, LOOKUP_ASKED, LOOKUP_KNOWN } state;
	int32_t name;
	uint32_t id; /* of the question: an answer to an earlier one is not taken */
	struct deadline deadline;
	struct waiter waiters;
	struct resolved resolved;
};

struct resolver {
	struct loop *loop;
	const struct names *names;
	struct watch watch; /* the socket to the process */
	bool gone;	    /* it died: nothing can be resolved any more */
	uint32_t last_id;
	struct timers timeout, cache;
	struct lookup lookup[RESOLVER_LOOKUPS];
};

/* Starts @r, whose @loop and @names are set, on the socket to the process. Returns 0 or -errno. */
int resolver_start(struct resolver *r, int sock);

/*
 * Asks for @name. Returns what is known of it, to be used at once, or NULL: then @w waits, and
 * w->answered will be called.
 */
const struct resolved *resolver_ask(struct resolver *r, int32_t name, struct waiter *w);

/* @w does not wait any more. */
void resolver_leave(struct waiter *w);

/* None of its addresses could be connected to: the next one who asks is not given them again. */
void resolver_forget(struct resolver *r, int32_t name);
