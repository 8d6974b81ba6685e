/* SPDX-License-Identifier: Apache-2.0 */
#include "os/parallel.h"

#include <pthread.h>
#include <sched.h>
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
	cpu_set_t processors; /* that all of it may run on */
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

/* From its beginning on it may go where there is room. */
static void *help(void *of)
{
	struct job *job = of;

	sched_setaffinity(0, sizeof(job->processors), &job->processors);
	return work(job);
}

/*
 * Begins on another processor than this one: here a new thread often waits until its maker is
 * preempted, though others are idle. If there is no other, that fails.
 */
static int begin(pthread_t *thread, struct job *job)
{
	pthread_attr_t attr;
	cpu_set_t others;
	int r;

	if (sched_getaffinity(0, sizeof(job->processors), &job->processors) < 0)
		return -1;
	others = job->processors;
	CPU_CLR((size_t)sched_getcpu(), &others);
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(others), &others);
	r = pthread_create(thread, &attr, help, job);
	pthread_attr_destroy(&attr);
	return r;
}

void parallel_each(size_t n, void (*one)(void *of, size_t i), void *of)
{
	struct job job = { .one = one, .of = of, .n = n };
	pthread_t thread;
	const bool helped = n > ALONE_MAX && begin(&thread, &job) == 0;

	work(&job);
	if (helped)
		pthread_join(thread, NULL);
}
