/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/mem.h"
#include "supervise/chain.h"
#include "wire/event.h"

/* A line of the log, read back. It borrows from the line. */
struct entry {
	struct line_head head;
	struct event ev;
	char rule[EVENT_TEXT_ONE + 1]; /* FIELD_RULE as it was shown, terminated */
};

enum {
	ENTRY_E_UNKNOWN = 1, /* a kind of event that this version does not know */
	ENTRY_E_BAD = 2,     /* no line of a log */
};

/*
 * Reads @line (without its newline): strict JSON without duplicate names. Members that this version
 * does not know are passed over. Returns 0 or a code above. Says nothing of the hashes.
 */
int entry_read(struct entry *entry, struct str line);

/* Shows its FIELD_RULE as it was shown; borrows. */
struct event_rules entry_rules(const struct entry *entry);

/* Adds event_line() of it. */
void entry_line(const struct entry *entry, struct buf *out);
