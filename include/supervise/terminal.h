/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#include "base/err.h"

enum { TERMINAL_INPUT = 4096 };

/*
 * The caller's terminal, lent to the box's: what is typed goes to @master, what the box prints
 * comes from it. The box has a terminal of its own, in its own devpts, and never a descriptor of
 * the caller's, so it cannot push input into it or change it.
 */
struct terminal {
	int master; /* of the box's terminal, or -1: the box has none */
	struct termios saved;
	char input[TERMINAL_INPUT];
	size_t n_input; /* typed, and not taken by the box yet */
	bool input_ended;
};

#define TERMINAL_NONE ((struct terminal){ .master = -1 })

/* Takes the terminal over in raw mode. @master becomes its own. Returns 0 or a negative errno. */
int terminal_start(struct terminal *t, int master, struct err *e);

/* Gives the box's terminal the size of the caller's. */
void terminal_resize(const struct terminal *t);

/* The terminal as the caller knows it, while the command is stopped; and raw again. */
void terminal_suspend(const struct terminal *t);
void terminal_resume(const struct terminal *t);

/* What to poll(2) for on standard input and on the master. */
short terminal_wants_input(const struct terminal *t);
short terminal_wants_master(const struct terminal *t);

/* Moves what is there; call each when poll(2) says so. */
void terminal_take_input(struct terminal *t);
void terminal_take_master(struct terminal *t, short revents);

/* Prints what the box has left, restores the terminal and frees everything. */
void terminal_end(struct terminal *t);
