/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "egress/io_pool.h"
#include "egress/stream.h"
#include "os/loop.h"

/* Moves bytes between two streams, in both directions, until both have ended. */

/* Counts what all relays that share it move. */
struct meter {
	uint64_t bytes, max;
	bool soft; /* more than @max may pass all the same */
};

static inline uint64_t meter_left(const struct meter *m)
{
	return m->bytes < m->max ? m->max - m->bytes : 0;
}

/* One direction. */
struct half {
	struct relay *relay;
	struct stream *from, *to;
	uint64_t left;	/* bytes that may be moved; UINT64_MAX: all that come */
	bool asks;	/* with none left, relay->ask is called when there is something to read */
	uint64_t bytes; /* moved so far */
	char *buffer;	/* bytes that were read and could not be written yet; or NULL */
	uint32_t off, len;
	int pipe[2]; /* the same, when splicing; { 0, 0 }: none */
	uint32_t piped;
	uint8_t full;  /* how many reads in a row filled the buffer */
	uint8_t small; /* how many splices in a row moved little */
	bool done;     /* its owner said so */
	bool eof;      /* the source has ended */
	bool shut;     /* and its destination was told */
	bool starved;  /* waits for a buffer */
	struct half *next, *prev;
};

enum { RELAY_WAIT, RELAY_ON, RELAY_DONE };

struct relay {
	struct relays *relays;
	struct stream client, server; /* their callbacks are the relay's from relay_start() on */
	struct half up, down;
	struct meter *meter;   /* or NULL; its owner may change it at any time */
	struct deadline again; /* set: goes on as soon as others have had their turn */
	void (*over)(struct relay *r, int error);
	/*
	 * For who reads what passes: looks at the source of @h, and may give leave to move some of
	 * it (h->left), write something else (relay_buffer()), or change which direction asks.
	 * Returns RELAY_WAIT: there is too little to read yet; RELAY_ON; RELAY_DONE: that was all,
	 * the relay is over once what is pending has been written; or -errno.
	 */
	int (*ask)(struct relay *r, struct half *h);
};

/* What all relays share. */
struct relays {
	struct loop *loop;
	struct io_pool pool;
	struct half starved; /* head of a list, first come first */
	struct timers again;
};

int relays_init(struct relays *relays, struct loop *loop, struct err *e);

/*
 * Starts to move @left bytes in each direction: UINT64_MAX, or 0 and then r->ask is asked. The
 * watches have their (non-blocking) descriptors. When both directions have ended, or with the
 * negative errno of what failed (-EDQUOT: by its meter, there is more than may pass), r->over is
 * called, once, maybe before this returns. It is for the caller to do something about the watches,
 * and to close the descriptors.
 */
void relay_start(struct relay *r, uint64_t left);

/*
 * What r->ask writes into instead of moving bytes, with room for IO_BUFFER of them; relay_write()
 * then has the first @n of them written, and returns 0, or -EDQUOT if the meter has less left.
 * NULL: there is none now, and r->ask, which has to return RELAY_WAIT, is called again when there
 * is.
 */
char *relay_buffer(struct half *h);
int relay_write(struct half *h, size_t n);

/* Ends it: r->over is called with @error. */
void relay_end(struct relay *r, int error);

/* Gives back what it holds; the watches are left as they are. May be called at any time. */
void relay_stop(struct relay *r);
