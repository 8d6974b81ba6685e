/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * What moving bytes need now and then: buffers, and pipes for splice(2). A direction has one only
 * while bytes are in it, so that connections on which nothing happens cost neither.
 */
enum {
	IO_BUFFER = 64 * 1024,
	IO_BUFFERS = 512, /* 32 MiB: as many directions can be held up by their readers */
	IO_PIPES = 32,	  /* kept for the next; more of them are closed again */
	IO_PIPE_SIZE = 256 * 1024,
};

struct io_pool {
	char *memory;
	uint32_t n_used; /* of the buffers that ever were: what was never used costs nothing */
	uint32_t n_free;
	uint32_t free[IO_BUFFERS];
	size_t n_pipes;
	int pipe[IO_PIPES][2];
};

/* Reserves the memory; never freed. Returns 0 or -errno. */
int io_pool_init(struct io_pool *pool, struct err *e);

/* A buffer of IO_BUFFER bytes, or NULL: none is left. */
char *io_pool_buffer(struct io_pool *pool);
void io_pool_put_buffer(struct io_pool *pool, char *buffer);

/* An empty pipe that does not block. Returns 0 or -errno. */
int io_pool_pipe(struct io_pool *pool, int pipe[2]);

/* Takes it back if it is empty; else closes it. */
void io_pool_put_pipe(struct io_pool *pool, int pipe[2], bool empty);
