/* SPDX-License-Identifier: Apache-2.0 */
#include "os/loop.h"

#include <fcntl.h>
#include <time.h>

#include "suite.h"

static struct loop loop;

struct end {
	struct watch watch;
	struct end *other;
	unsigned called;
};

static void pair(struct end ends[2], void (*ready)(struct watch *, uint32_t))
{
	for (int i = 0; i < 2; i++) {
		int pipefd[2];

		assert(pipe2(pipefd, O_CLOEXEC) == 0);
		assert(write(pipefd[1], "x", 1) == 1);
		ends[i] = (struct end){ .watch = { .fd = pipefd[0], .ready = ready },
					.other = &ends[1 - i] };
		ck_assert_int_eq(loop_set(&loop, &ends[i].watch, EPOLLIN), 0);
	}
}

/* Whoever comes first ends the other: its entry in the same batch must not be served. */
static void end_other(struct watch *w, uint32_t events)
{
	struct end *end = container_of(w, struct end, watch);

	ck_assert(events & EPOLLIN);
	end->called++;
	ck_assert_int_eq(loop_set(&loop, &end->other->watch, 0), 0);
	end->other->watch.ready = NULL;
	loop.stop = true;
}

START_TEST(test_freed_in_the_same_batch)
{
	struct end ends[2];

	ck_assert_int_eq(loop_init(&loop), 0);
	pair(ends, end_other);
	ck_assert_int_eq(loop_run(&loop), 0);
	ck_assert_uint_eq(ends[0].called + ends[1].called, 1);
	loop_fini(&loop);
}
END_TEST

static unsigned n_replaced;

static void replaced(struct watch *w, uint32_t events)
{
	ck_assert(events & EPOLLIN);
	n_replaced++;
	loop_set(&loop, w, 0);
	loop.stop = true;
}

static void replace(struct watch *w, uint32_t events)
{
	static struct watch other;

	(void)events;
	other = (struct watch){ .fd = w->fd, .ready = replaced };
	ck_assert_int_eq(loop_replace(&loop, w, &other, EPOLLIN), 0);
	ck_assert_uint_eq(w->events, 0);
	w->ready = NULL;
}

START_TEST(test_replaced)
{
	struct end ends[2];

	ck_assert_int_eq(loop_init(&loop), 0);
	pair(ends, replace);
	loop_forget(&loop, &ends[1].watch);
	close(ends[1].watch.fd);
	ck_assert_int_eq(loop_run(&loop), 0);
	ck_assert_uint_eq(n_replaced, 1);
	loop_fini(&loop);
}
END_TEST

static void count(struct watch *w, uint32_t events)
{
	struct end *end = container_of(w, struct end, watch);

	(void)events;
	if (++end->called == 3)
		loop_set(&loop, w, 0);
	if (end->called + end->other->called == 6)
		loop.stop = true;
	ck_assert_uint_le(end->called, 3);
}

/* Level-triggered: what is not read comes again, until nobody waits for it. */
START_TEST(test_level)
{
	struct end ends[2];

	ck_assert_int_eq(loop_init(&loop), 0);
	pair(ends, count);
	ck_assert_int_eq(loop_run(&loop), 0);
	loop_fini(&loop);
}
END_TEST

static char order[8];

static void note_short(struct deadline *d)
{
	(void)d;
	strcat(order, "s");
}

static void note_long(struct deadline *d)
{
	(void)d;
	strcat(order, "l");
	if (strlen(order) == 4)
		loop.stop = true;
}

START_TEST(test_deadlines)
{
	struct timers s = { .ms = 10, .expired = note_short },
		      l = { .ms = 40, .expired = note_long };
	struct deadline d[5] = { 0 };

	ck_assert_int_eq(loop_init(&loop), 0);
	loop_add_timers(&loop, &s);
	loop_add_timers(&loop, &l);
	deadline_set(&loop, &l, &d[0]);
	deadline_set(&loop, &l, &d[1]);
	deadline_set(&loop, &s, &d[2]);
	deadline_set(&loop, &s, &d[3]);
	deadline_set(&loop, &s, &d[4]);
	deadline_set(&loop, &s, &d[2]); /* again */
	deadline_clear(&d[4]);
	deadline_clear(&d[4]);
	ck_assert_int_eq(loop_run(&loop), 0);
	ck_assert_str_eq(order, "ssll");
	for (size_t i = 0; i < LEN(d); i++)
		ck_assert_ptr_null(d[i].next);
	loop_fini(&loop);
}
END_TEST

START_TEST(test_errors)
{
	struct watch w = { .fd = -1 };

	ck_assert_int_eq(loop_init(&loop), 0);
	ck_assert_int_lt(loop_set(&loop, &w, EPOLLIN), 0);
	ck_assert_uint_eq(w.events, 0);
	ck_assert_int_eq(loop_set(&loop, &w, 0), 0);
	loop_fini(&loop);
}
END_TEST

static struct timers at_once;
static unsigned rounds;

/* Set again from within, for no time at all: what else there is to do gets its turn. */
static void once_more(struct deadline *d)
{
	rounds++;
	deadline_set(&loop, &at_once, d);
}

START_TEST(test_no_time_left)
{
	struct end ends[2];
	struct deadline d = { 0 };

	ck_assert_int_eq(loop_init(&loop), 0);
	at_once = (struct timers){ .expired = once_more };
	loop_add_timers(&loop, &at_once);
	deadline_set(&loop, &at_once, &d);
	pair(ends, count);
	ck_assert_int_eq(loop_run(&loop), 0);
	ck_assert_uint_gt(rounds, 0);
	ck_assert_uint_lt(rounds, 5);
	loop_fini(&loop);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_no_time_left);
	tcase_add_test(tc, test_freed_in_the_same_batch);
	tcase_add_test(tc, test_level);
	tcase_add_test(tc, test_replaced);
	tcase_add_test(tc, test_deadlines);
	tcase_add_test(tc, test_errors);
}

int main(void)
{
	return suite_run("loop", add);
}
