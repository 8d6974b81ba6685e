/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * How a task that runs is told something from outside: see control.c. Who connects says one word
 * and gets one answer.
 */

enum control_word { CONTROL_NOTHING, CONTROL_RELOAD, N_CONTROL_WORDS };

/* The task's end. */
struct control {
	int listener, client; /* -1: none */
	int spare; /* what there is to take a connection with when there is nothing else */
};

#define CONTROL_NONE ((struct control){ -1, -1, -1 })

/* Listens for @task. If that cannot be, the task goes on without: nothing can be told to it. */
void control_open(struct control *c, const char *task);

/*
 * The listener is ready: somebody, if he may, becomes the client; one at a time. He is sent away
 * where there is no descriptor for him.
 */
void control_accept(struct control *c);

/* The client is ready. CONTROL_NOTHING: there is none any more. */
enum control_word control_take(struct control *c);

/*
 * Answers the client, if there is one, and lets go of it: @e has a code, 0 or negative, and text.
 */
void control_answer(struct control *c, const struct err *e);
void control_close(struct control *c);

/*
 * The other end: says @word to the task and waits for the answer, which is in @e. Returns its code,
 * or -ECONNREFUSED if nobody listens.
 */
int control_say(const char *task, enum control_word word, struct err *e);
