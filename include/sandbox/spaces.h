/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "base/err.h"
#include "policy/cause.h"

/*
 * The namespaces of a box that are made before its plan is known: user, in which the caller's ids
 * are mapped to themselves, mount, ipc and uts; and, later than these, network, whose loopback
 * interface is up. A process holds them until init has entered them.
 */
struct spaces {
	pid_t pid; /* of who holds them; 0: nobody */
	int pidfd;
	int socket;	  /* to that process, which ends with it */
	enum stage stage; /* that failed */
};

#define SPACES_NONE ((struct spaces){ .pidfd = -1, .socket = -1 })

/*
 * Has them made, beside whatever the caller does meanwhile. Nothing is said here of what fails:
 * spaces_enter() begins again.
 */
void spaces_begin(struct spaces *s);

/*
 * Enters all but the network, once they are made, and forks from there into a pid and a cgroup
 * namespace of its own, as box_fork() does: the child is the caller's. Returns as fork(2) does, or
 * a negative errno with a sentence.
 */
pid_t spaces_fork(struct spaces *s, int cgroup, struct err *e);

/* For that child alone: enters the network, once it is made. Returns 0 or a negative errno. */
int spaces_enter_network(struct spaces *s, struct err *e);

/* Ends who holds them. */
void spaces_end(struct spaces *s);
