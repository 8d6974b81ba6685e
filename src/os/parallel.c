/* SPDX-License-Identifier: Apache-2.0 */
#include "os/parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

enum {
	ALONE_MAX = 2048, /* for fewer, making a thread takes longer than it saves */
	TAKEN = 64,	  /* at once: neighbours share a cache line */
};

struct job {
	void (*one)(void *of, size_t i);
	void *of;
	size_t n;
	atomic_size_t next;
};

/* Whoever is late, or has less of a processor, does less of it. */
static void *work(void *of)
{
	struct job *job = of;
	size_t i;

	while ((i = atomic_fetch_add(&job->next, TAKEN)) < job->n)
		for (const size_t end = i + TAKEN; i < end && i < job->n; i++)
			job->one(job->of, i);
	return NULL;
}

void parallel_each(size_t n, void (*one)(void *of, size_t i), void *of)
{
	struct job job = { one, of, n, 0 };
	pthread_t thread;
	const bool helped = n > ALONE_MAX && pthread_create(&thread, NULL, work, &job) == 0;

	work(&job);
	if (helped)
		pthread_join(thread, NULL);
}
