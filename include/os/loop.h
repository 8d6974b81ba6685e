/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

/*
 * One thread that waits for descriptors and for time. A watch and a deadline are members of what
 * they belong to, and container_of() leads back to it: the loop allocates nothing.
 */

#define container_of(member_at, type, member)                                                      \
	((type *)(void *)((char *)(member_at)-offsetof(type, member)))

/* Level-triggered, unless with EPOLLET. All-zero but @fd and @ready: not waited for. */
struct watch {
	int fd;
	uint32_t events; /* EPOLLIN, EPOLLOUT, EPOLLRDHUP; 0: the kernel does not know of it */
	void (*ready)(struct watch *w, uint32_t events);
};

/* All-zero: not set. */
struct deadline {
	struct deadline *next, *prev;
	int64_t at; /* ms of CLOCK_MONOTONIC */
};

/*
 * Deadlines that lie equally far ahead when they are set: a list in the order of their time, in
 * which setting and clearing are one step. A program has one of these for each of its few
 * durations.
 */
struct timers {
	int64_t ms;
	void (*expired)(struct deadline *d);
	struct deadline head;
	struct timers *next;
};

enum { LOOP_BATCH = 64 };

struct loop {
	int epoll;
	bool stop;   /* loop_run() returns after the present batch */
	int64_t now; /* ms of CLOCK_MONOTONIC, when the present batch began */
	struct timers *timers;
	int n, at; /* of the batch: entries, and the one being served */
	struct epoll_event batch[LOOP_BATCH];
};

/* Returns 0 or -errno. */
int loop_init(struct loop *l);
void loop_fini(struct loop *l);

/*
 * Waits for @events on w->fd from now on; 0: for nothing, not even an error, so that @w and its
 * descriptor may be freed. Returns 0 or -errno (ENOMEM, ENOSPC), which it never does for 0.
 */
int loop_set(struct loop *l, struct watch *w, uint32_t events);

/*
 * The same as loop_set(0), for a descriptor that is closed next and was never duplicated: the
 * kernel forgets it by itself.
 */
void loop_forget(struct loop *l, struct watch *w);

/*
 * @to waits for @events in the place of @from, which has the same descriptor. Returns 0 or -errno.
 */
int loop_replace(struct loop *l, struct watch *from, struct watch *to, uint32_t events);

/* @t lasts as long as the loop; its duration and function are set. */
void loop_add_timers(struct loop *l, struct timers *t);

/* Sets, or sets anew. */
void deadline_set(struct loop *l, struct timers *t, struct deadline *d);
void deadline_clear(struct deadline *d);

/* Serves until @stop. Returns 0 or -errno. */
int loop_run(struct loop *l);
