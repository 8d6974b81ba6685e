/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/io_pool.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

int io_pool_init(struct io_pool *pool, struct err *e)
{
	void *memory = mmap(NULL, (size_t)IO_BUFFER * IO_BUFFERS, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	*pool = (struct io_pool){ .memory = memory };
	return memory == MAP_FAILED ? err_set(e, -errno, "reserve memory for buffers") : 0;
}

/* Last in, first out: what was used last is still in the processor's cache. */
char *io_pool_buffer(struct io_pool *pool)
{
	if (pool->n_free)
		return pool->memory + (size_t)pool->free[--pool->n_free] * IO_BUFFER;
	if (pool->n_used == IO_BUFFERS)
		return NULL;
	return pool->memory + (size_t)pool->n_used++ * IO_BUFFER;
}

void io_pool_put_buffer(struct io_pool *pool, char *buffer)
{
	assert(pool->n_free < pool->n_used);
	pool->free[pool->n_free++] = (uint32_t)((size_t)(buffer - pool->memory) / IO_BUFFER);
}

/*
 * A larger pipe takes more at once. The kernel refuses it to a user who has many (pipe(7)): then it
 * stays as it is.
 */
int io_pool_pipe(struct io_pool *pool, int pipe[2])
{
	if (pool->n_pipes) {
		pool->n_pipes--;
		pipe[0] = pool->pipe[pool->n_pipes][0];
		pipe[1] = pool->pipe[pool->n_pipes][1];
		return 0;
	}
	if (pipe2(pipe, O_NONBLOCK | O_CLOEXEC) < 0)
		return -errno;
	fcntl(pipe[1], F_SETPIPE_SZ, IO_PIPE_SIZE);
	return 0;
}

void io_pool_put_pipe(struct io_pool *pool, int pipe[2], bool empty)
{
	if (empty && pool->n_pipes < IO_PIPES) {
		pool->pipe[pool->n_pipes][0] = pipe[0];
		pool->pipe[pool->n_pipes++][1] = pipe[1];
		return;
	}
	close(pipe[0]);
	close(pipe[1]);
}
