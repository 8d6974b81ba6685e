/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/mem.h"
#include "supervise/audit.h"
#include "supervise/seal.h"

/*
 * Completes @name, the beginning of a task's id, "latest" or NULL, to an id. Returns 0, or a
 * negative errno with a sentence: there is no task, none of that name, or more than one.
 */
int record_find(const char *state_dir, const char *name, char task[TASK_ID_MAX], struct err *e);

/* The lines of one task, read from its log. */
struct record {
	int fd;
	bool shared; /* other tasks' lines are in the file, too: [audit] file= */
	bool torn;   /* the line given last has no end */
	char task[TASK_ID_MAX];
	size_t start, n, number; /* number: of the line given last, within the file, from 1 */
	char bytes[2 * EVENT_JSON];
};

/* Opens the log of @task, a whole id. Returns 0 or a negative errno; record_close() it then. */
int record_open(struct record *r, const char *state_dir, const char *task, struct err *e);

/*
 * Gives the next line without its newline, valid until the next call. Returns 1; 0 at the present
 * end (call again to see what was added since); or a negative errno. With @tail, what has no
 * newline yet is given too, with @r->torn.
 */
int record_next(struct record *r, bool tail, struct str *line, struct err *e);

/* Where the next line begins; and to have it given again. */
off_t record_tell(const struct record *r);
void record_seek(struct record *r, off_t at);

/* Whether the task is still writing. */
bool record_running(const struct record *r);
void record_close(struct record *r);

/* What verification found. */
struct verification {
	size_t lines; /* good ones */
	bool ended;   /* the task's end is among them */
	bool sealed;  /* and the last is a seal, by the key @key */
	bool running;
	size_t bad;	      /* number of the first bad line in the file, 0: none */
	char what[160];	      /* what is wrong with it, for a person */
	char head[CHAIN_HEX]; /* hash of the last good line */
	char key[SEAL_PUBLIC_HEX];
};

/*
 * Recomputes the chain and checks its seal; whose key that is, is for the caller to judge. Returns
 * 0 when the log could be read, whatever was found, or a negative errno.
 */
int record_verify(struct record *r, struct verification *v, struct err *e);
