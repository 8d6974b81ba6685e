/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "egress/dns_service.h"
#include "egress/edition.h"
#include "egress/document.h"
#include "egress/events.h"
#include "egress/flow.h"
#include "egress/lockfiles.h"
#include "egress/names.h"
#include "egress/proxy.h"
#include "egress/redirect.h"
#include "egress/relay.h"
#include "egress/resolver.h"
#include "egress/search.h"
#include "egress/shelf.h"
#include "egress/upstream.h"
#include "egress/watcher.h"
#include "os/handover.h"
#include "os/loop.h"
#include "policy/policy.h"
#include "wire/http.h"

/* A listener for connections to be judged. */
struct door {
	struct egress *egress;
	struct watch watch;
	uint16_t port;
	bool proxy; /* its clients have to say first where they want to go */
};

/* A proxy outside that all connections go through. All-zero: there is none. */
struct egress_proxy {
	bool used;
	struct destination at;
	struct str authorization; /* value of that field, or empty; set by the caller */
};

enum { EGRESS_PEEK = 64 * 1024 };

/* The whole process. */
struct egress {
	struct loop loop;
	char missing[64];	       /* of its walls, on this machine */
	struct edition *edition;       /* the latest */
	struct terminator *terminator; /* NULL: no TLS is opened */
	struct events events;
	struct names names;
	struct resolver resolver;
	struct upstreams upstreams;
	struct egress_proxy upstream_proxy;
	struct relays relays;
	struct flows flows;
	struct proxy proxy; /* all-zero: there is none */
	struct dns_service dns;
	struct watcher watcher;
	struct documents documents;
	struct search search;
	struct shelf shelf;
	struct leads leads;
	struct lockfiles lockfiles;
	struct package_use used;
	struct advisories advisories; /* what [packages] advisories= has mapped */

	struct door door[LISTENERS_MAX];
	size_t n_doors;
	bool closed; /* the doors are: there is no room, or no descriptor, for another flow */
	/* readable: the task or a search is over, or there is another policy; its descriptor is the
	 * caller's to set */
	struct watch task;
	struct timers retry; /* to open the doors when only descriptors were short */
	struct deadline reopen;

	/* what somebody says, for as long as it is being looked at */
	char peek[EGRESS_PEEK];
	struct http_request request;
	struct http_response response;
};

/*
 * Everything that has to exist before the listeners do, to be called after resolver_process_start()
 * and before confine_egress(); edition, events and task.fd are set. @resolver is its socket.
 */
int egress_init(struct egress *eg, int resolver, struct err *e);

/* Serves the listeners until the task ends, or nobody takes the events. Returns 0 or -errno. */
int egress_run(struct egress *eg, const struct listener *listeners, size_t n, struct err *e);

/* Says that it serves the box, and by which policy. */
void egress_say_ready(struct egress *eg);

/* Opens the doors again if they were closed: there is room. */
void egress_reopen(struct egress *eg);
