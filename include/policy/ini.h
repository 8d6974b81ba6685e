/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/mem.h"
#include "policy/rules.h"

/* All complaints about a profile, one `file:line: error: ...` a line, as far as they fit. */
struct complaints {
	struct buf text;
	unsigned n;
};

/* Adds one complaint, "agentbox: ..." if it is about no file. A line of 0: about all of it. */
void complaint_add(struct complaints *c, struct where where, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A line of a profile. */
struct ini_line {
	struct where where;
	const char *section;
	const char *of;		 /* of "[section name]" the name, or NULL */
	const char *key, *value; /* NULL: the line that opens the section */
};

struct ini {
	struct ini_line *line;
	size_t n;
};

/* Limits of a line: inih cuts at 197, 49 and 49 bytes without a word. */
enum {
	INI_LINE_MAX = 190,
	INI_NAME_MAX = 48,
};

/*
 * Reads @text, which messages call @file, into @ini. Lines that cannot be taken become complaints;
 * the others are there all the same, so that all of a profile's faults are told at once. All
 * texts are copied into @arena.
 */
void ini_read(struct ini *ini, const char *file, struct str text, struct arena *arena,
	      struct complaints *c);
