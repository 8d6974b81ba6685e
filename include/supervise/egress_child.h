/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "base/err.h"
#include "policy/policy.h"

enum { EGRESS_FDS = 8 };

/* The descriptors of the egress process, each for an option of its own; or -1. */
struct egress_fds {
	int fd[EGRESS_FDS];
};

#define EGRESS_FDS_NONE ((struct egress_fds){ { -1, -1, -1, -1, -1, -1, -1, -1 } })

/* The egress process as its supervisor holds it. */
struct egress_child {
	pid_t pid;     /* 0: none, or it does not run yet */
	int events;    /* SOCK_SEQPACKET: struct event comes up; shut down, it says that the task is
			  over */
	int listeners; /* the end that init hands its listeners over on, */
	int receiver;  /* and the other one, which the process has, too */
	int trust;     /* where init hears of the task's authority, if it opens TLS, */
	int teller;    /* and the other end */
	const char *program;	  /* until it runs: what to run, */
	struct egress_fds theirs; /* with what, */
	int wanted; /* and what can be read when somebody wants something of it; or -1 */
};

#define EGRESS_CHILD_NONE                                                                          \
	((struct egress_child){ .events = -1,                                                      \
				.listeners = -1,                                                   \
				.receiver = -1,                                                    \
				.trust = -1,                                                       \
				.teller = -1,                                                      \
				.wanted = -1,                                                      \
				.theirs = EGRESS_FDS_NONE })

/* What it is given. */
struct egress_start {
	const struct policy *policy; /* or NULL: nobody asks for lines of it */
	struct str text;	     /* its canonical text, */
	const char *digest;	     /* and what events call it; NULL: nothing */
	struct str roots;	     /* authorities for hosts, PEM, if it opens TLS */
	struct str credentials;	     /* for the proxy outside; empty: none */
	int advisories;		     /* the database of [packages]; 0 or less: none */
};

/* Makes what init needs of it, which opens TLS or not. Returns 0 or a negative errno. */
int egress_child_connect(struct egress_child *child, bool opens_tls, struct err *e);

/*
 * Makes ready what it is given, and looks whether it can be executed. What it is told from then on
 * it hears when it runs. Returns 0 or a negative errno.
 */
int egress_child_prepare(struct egress_child *child, const struct egress_start *start,
			 struct err *e);

/*
 * Starts agentbox-egress, or agentbox-egress-tls, with that and without anything else of ours: no
 * environment, no descriptor but its own. Returns 0 or a negative errno.
 */
int egress_child_start(struct egress_child *child, struct err *e);

/* The box has its listeners: from now on child->wanted tells. */
void egress_child_listen(struct egress_child *child);

/*
 * The box is gone: ends it, if it does not serve yet, has said nothing and nobody wanted anything
 * of it. Returns whether that is so.
 */
bool egress_child_dismiss(struct egress_child *child);

/*
 * Gives it another policy, to be confirmed by an EVENT_EGRESS_READY. Returns 0 or a negative errno.
 */
int egress_child_reload(const struct egress_child *child, const struct policy *policy,
			struct str text, const char *digest, struct err *e);

/*
 * Gives it the end of a pipe on which it is told what lock files name (eco/locked.h). Returns 0 or
 * a negative errno.
 */
int egress_child_tell_locked(const struct egress_child *child, int fd, struct err *e);

/*
 * Tells it that @n searches for clients are over; if it does not listen, it will not wait for long.
 */
void egress_child_searched(const struct egress_child *child, uint64_t n);

/*
 * It has said everything and is on its way out, which is nothing to wait for. Frees the
 * descriptors.
 */
void egress_child_leave(struct egress_child *child);

/*
 * Starts it to serve listeners of the host, which are sent on child->listeners, with servers of the
 * box whose network namespace @box is. Returns 0 or a negative errno.
 */
int egress_child_publish(struct egress_child *child, int box, struct err *e);

/* Kills it if it still runs, reaps it, and frees the descriptors. Returns its wait status. */
int egress_child_end(struct egress_child *child);
