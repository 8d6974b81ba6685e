/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "egress/io_pool.h"
#include "os/loop.h"

/* Moves bytes between two sockets, in both directions, until both have ended. */

/* One direction. */
struct half {
	struct relay *relay;
	struct watch *from, *to;
	uint64_t bytes; /* moved so far */
	char *buffer;	/* bytes that were read and could not be written yet; or NULL */
	uint32_t off, len;
	int pipe[2]; /* the same, when splicing; { 0, 0 }: none */
	uint32_t piped;
	uint8_t full;  /* how many reads in a row filled the buffer */
	uint8_t small; /* how many splices in a row moved little */
	bool eof;      /* the source has ended */
	bool shut;     /* and its destination was told */
	bool starved;  /* waits for a buffer */
	struct half *next, *prev;
};

struct relay {
	struct relays *relays;
	struct watch client, server; /* their callbacks are the relay's from relay_start() on */
	struct half up, down;
	void (*over)(struct relay *r, int error);
};

/* What all relays share. */
struct relays {
	struct loop *loop;
	struct io_pool pool;
	struct half starved; /* head of a list, first come first */
};

int relays_init(struct relays *relays, struct loop *loop, struct err *e);

/*
 * Starts to move bytes; the watches have their (non-blocking) descriptors. When both directions
 * have ended, or with the negative errno of what failed, r->over is called, once, maybe before this
 * returns. It is for the caller to close the descriptors, after relay_stop().
 */
void relay_start(struct relay *r);

/* Waits for nothing any more and gives back what it holds. May be called at any time. */
void relay_stop(struct relay *r);
