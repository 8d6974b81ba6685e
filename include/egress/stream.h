/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/mem.h"
#include "egress/tls.h"
#include "os/loop.h"

/*
 * One end of a flow: a socket, or TLS on one. All return -errno if they fail, -EAGAIN if nothing
 * can be done now.
 */
struct stream {
	struct watch watch;
	struct tls *tls; /* NULL: what the socket has is what is meant */
	size_t wake_at;	 /* SO_RCVLOWAT, where it is not 1 */
	bool reset;	 /* by the peer: closing it needs no more */
};

/*
 * Looks at what is there, at most @max bytes, without taking it: @in is in @space, or elsewhere
 * until the stream is used again. Returns how much, or 0 at the end.
 */
ssize_t stream_peek(struct stream *s, char *space, size_t max, struct str *in);

/*
 * All of the @n bytes that were looked at are too few. Returns 0: stream_peek() has more when the
 * watch is ready; 1: it has more now; or -ECONNABORTED: there will not be more.
 */
int stream_wait(struct stream *s, size_t n);

/* Takes the first @n of the bytes that were looked at. */
void stream_take(struct stream *s, size_t n);

/*
 * Throws away at most @max of the socket's bytes, whatever they mean. Returns how many, which may
 * be less, or 0 at the end.
 */
ssize_t stream_drop(struct stream *s, size_t max);

/* Any byte makes the watch ready again. */
void stream_wake(struct stream *s);

/* Returns how much was read, or 0 at the end: of TLS, only where the peer said so. */
ssize_t stream_read(struct stream *s, void *into, size_t max);
ssize_t stream_write(struct stream *s, struct str bytes);

/* Nothing more will be written. */
int stream_end(struct stream *s);

/* Has something to read that the kernel does not know of: the watch is not made ready by it. */
bool stream_holds(const struct stream *s);

/* The watch has to wait for room to write, so that reading can go on. */
bool stream_wants_room(const struct stream *s);

/* @abort: by a reset, so that the peer does not take what it got for complete. */
void stream_close(struct stream *s, bool abort);
