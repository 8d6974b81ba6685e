/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "wire/client.h"

/* Which processes of the box have asked for what is in the log: see clients.c. */
struct clients {
	int search; /* see ends.h, in the network of the box; or -1 */
	pid_t top;  /* init of the box */
	pid_t last; /* that was found */
	uint64_t n_learned;
	int64_t credit, since; /* ns that may be spent, and when that was counted */
	struct client *client; /* CLIENTS of them, by their flow; or NULL */
};

#define CLIENTS_NONE ((struct clients){ .search = -1 })

/*
 * Processes of the box below @top are searched for, by a socket of its network, which is borrowed.
 */
void clients_start(struct clients *clients, int search, pid_t top);

/* Finds who has made the connection, if that can be found, and there is time for it. */
void clients_learn(struct clients *clients, const struct client_note *note);

/* Adds that to an event about it: of packages, or of what was denied. */
void clients_add(const struct clients *clients, struct event *ev);

void clients_end(struct clients *clients);
