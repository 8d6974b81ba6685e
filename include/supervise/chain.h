/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/mem.h"

/*
 * The form of a line of the log and the hash chain through the lines of a task: see chain.c.
 * Hashing lives here alone.
 */

enum {
	CHAIN_HASH = 32,
	CHAIN_HEX = 2 * CHAIN_HASH + 1,
};

struct chain {
	unsigned char head[CHAIN_HASH];
};

/* SHA-256 of @bytes, hexadecimal and terminated. */
void chain_digest(struct str bytes, char hex[CHAIN_HEX]);

/* The chain of @task before its first line. */
void chain_start(struct chain *chain, struct str task);
void chain_head(const struct chain *chain, char hex[CHAIN_HEX]);

/* What every line begins with. @time is RFC 3339, UTC, with milliseconds. */
struct line_head {
	uint64_t seq, mono_ns;
	struct str task, time;
};

/* Opens a line: the caller adds the members of the event, then calls line_seal(). */
void line_begin(const struct line_head *head, struct buf *line);

/* Ends the line with its hashes and a newline, and moves @chain past it. */
void line_seal(struct chain *chain, struct buf *line);

/* Reads the head of a whole line (without its newline); @event is the name of its kind. 0 or -1. */
int line_parse(struct str line, struct line_head *head, struct str *event);

enum line_fault {
	LINE_GOOD,
	LINE_E_FORM, /* no line of ours */
	LINE_E_HASH, /* its bytes are not what was hashed */
	LINE_E_PREV, /* whole in itself, but it does not continue the line before */
};

/* Compares a line (without its newline) with @chain, which moves past a good line only. */
enum line_fault line_check(struct chain *chain, struct str line);
