/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "os/handover.h"
#include "supervise/audit.h"
#include "supervise/clients.h"
#include "supervise/egress_child.h"
#include "supervise/inventory_child.h"
#include "supervise/known.h"
#include "supervise/summary.h"
#include "supervise/supervisor.h"
#include "supervise/teller.h"

/*
 * The processes beside the box that report events: what they say goes to the log and, if it is a
 * denial, to whoever started the task; and that one of them ended is noticed.
 */
struct children {
	struct audit *audit;
	struct teller *teller;
	const struct event_rules *rules;
	struct known *known;
	void (*heard)(struct children *c, const struct event *ev); /* of each that was recorded */
	struct egress_child egress, publisher;
	struct str machine; /* authorities, PEM, that the box trusts beside its own; if it does */
	struct str roots;   /* those that the egress process does: with those for registries */
	struct inventory_child lister;		    /* see inventory_tell() */
	struct listener published[2 * PUBLISH_MAX]; /* of the host, until the publisher has them */
	size_t n_published;
	struct clients clients;
	struct summary summary;
	bool gate; /* the egress process was lost: EXIT_GATE, unless the command failed by itself */
};

/*
 * Opens what has to be there before the box: the ports of the host that are published, and what the
 * box needs of its egress process, if it gets one. Returns 0 or -errno.
 */
int children_connect(struct children *c, const struct task *task, struct err *e);

/*
 * Makes ready what that process is given, out of reach of the box: it has @policy, called @digest
 * in events. Returns 0 or -errno.
 */
int children_prepare(struct children *c, const struct task *task, struct str policy,
		     const char *digest, struct err *e);

/* The box is built: c->egress.wanted tells when that process is wanted. */
void children_listen(struct children *c);

/* Starts it, if there is one to start. Returns 0 or -errno. */
int children_start(struct children *c, struct err *e);

/* The ports of a box that stands are served: @net is its network namespace. Returns 0 or -errno. */
int children_publish(struct children *c, int net, struct err *e);

/* Takes what there is to hear from one of them. Returns 0 or -errno: the task has to end. */
int children_take(struct children *c, struct egress_child *child, struct err *e);

/* Counts an event and, if it is a denial, tells whoever started the task. */
void children_tell(struct children *c, const struct event *ev);

/* The box is gone: each that was used reports what it still has, and ends. Returns 0 or -errno. */
int children_stop(struct children *c, struct err *e);

/* Hears them to their end. Returns 0 or -errno. */
int children_finish(struct children *c, struct err *e);

/* Kills those that are left. */
void children_end(struct children *c);
