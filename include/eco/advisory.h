/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "eco/purl.h"

/*
 * A database of advisories is text that is mapped, not read: a first line, and for each package
 * that an advisory is about a line, all of them sorted as bytes:
 *
 *	agentbox advisories 1 TIME
 *	pkg:npm/name TAB malware TAB MAL-2024-1 TAB RANGE...
 *
 * with spaces between the ranges: "*", all versions; "=VERSION"; "FROM,UNTIL", of which an empty
 * UNTIL is no end; "FROM,=LAST". "0" is before all versions. It is made from OSV by `agentbox
 * advisories build`; TIME is when.
 */
struct advisories {
	struct str lines;
	int64_t built; /* milliseconds since 1970 */
};

struct advisory {
	bool malware; /* else it has a vulnerability */
	struct str id;
};

/* NULL, or what is wrong: static text for a person. Borrows @text. */
const char *advisories_open(struct str text, struct advisories *out);

/*
 * Whether an advisory is about this version, malware first; about all versions, if it has none. A
 * version that cannot be compared is in every range.
 */
bool advisories_find(const struct advisories *db, const struct purl *p, struct advisory *out);

/* Takes one line of a database, which the parts of an advisory are in. */
typedef void advisory_line_fn(void *of, struct str line);

/*
 * Makes the lines of an advisory in the format of OSV (ossf.github.io/osv-schema, 1.6), without
 * line feeds: none of one that was withdrawn, or that is about ecosystems unknown here. @space
 * takes one of them at a time; one that would not fit is about all versions. Returns NULL, or what
 * is wrong.
 */
const char *osv_read(struct str json, struct buf space, advisory_line_fn *line, void *of);
