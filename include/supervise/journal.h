/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "policy/placeholder.h"

/* A placeholder, as a journal has it. */
struct held {
	const char *path; /* canonical */
	size_t top;	  /* length of the part that leads to the tree in which it lies */
	enum placeholder kind;
	uint64_t dev, ino; /* 0: not known to be there, or not ours */
};

/*
 * What a task has made in somebody's directory, written down in a file of the state directory that
 * is locked while somebody is there to undo it: see journal.c.
 */
struct journal {
	int dir; /* of all journals; while it is locked nobody else makes or removes anything */
	int file;
	char name[64];
	struct arena arena;
	struct held *others; /* of tasks that still run */
	size_t n_others;
};

#define JOURNAL_NONE ((struct journal){ .dir = -1, .file = -1 })

/*
 * Opens the journal of @task, with all of them locked, and undoes what is left of tasks that were
 * killed. Returns 0 or a negative errno; journal_close() it in either case.
 */
int journal_open(struct journal *j, const char *state_dir, const char *task, struct err *e);

/* Writes down what is going to be made or, with its inodes, what has been made. 0 or -errno. */
int journal_write(struct journal *j, const struct held *held, size_t n, struct err *e);

/* Lets others work again; and waits for one's turn, as journal_open() does. */
void journal_unlock(struct journal *j);
int journal_lock(struct journal *j, struct err *e);

/* The directory of a placeholder and the top of its tree, open; most often the next one's, too. */
struct held_dir {
	int top, fd; /* one, if they are the same */
	const char *path;
	size_t n_top, n;
};

#define HELD_DIR_NONE ((struct held_dir){ .top = -1, .fd = -1 })

/*
 * Opens the directory of @held, reached from the top of its tree without following a link. *@name
 * is the rest. Returns its descriptor, which stays @at's, or a negative errno.
 */
int held_open_dir(struct held_dir *at, const struct held *held, const char **name);
void held_close_dir(struct held_dir *at);

/* Whether a task that still runs counts on @held, which is known to be there. */
bool journal_shares(const struct journal *j, const struct held *held);

/*
 * Removes those of @held that are still what was made, that are empty, and that no other task
 * counts on; then empties the journal.
 */
void journal_undo(struct journal *j, const struct held *held, size_t n);

void journal_close(struct journal *j);
