/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdio.h>

#include "base/err.h"
#include "supervise/record.h"

/* What is told of a task, from its log alone: see cli/report_collect.c. */
struct report_line {
	const char *time; /* RFC 3339, UTC */
	enum event_kind kind;
	enum severity severity;
	bool denied;
	bool refusal;		     /* and no other line says so */
	const char *text;	     /* for people: without what a terminal would obey */
	const char *value[N_FIELDS]; /* NULL: it has none */
};

struct report_host {
	const char *name;
	uint64_t connections, denied, up, down; /* up: bytes from the box */
};

struct report {
	struct arena arena;
	char task[TASK_ID_MAX];
	struct report_line *line;
	size_t n, dropped;		 /* beyond REPORT_LINES */
	const struct report_line *start; /* or NULL */
	const struct report_line *end;	 /* or NULL: it runs, or was killed */
	struct report_host *host;	 /* by name */
	size_t n_hosts;
	size_t counts[N_EVENT_KINDS], denied;
	struct verification verified; /* its what: also that the end is missing */
};

enum { REPORT_LINES = 50 * 1000 };

/* Reads the log of @task. Returns 0 or a negative errno; report_fini() it in either case. */
int report_collect(struct report *report, const char *state_dir, const char *task, struct err *e);
void report_fini(struct report *report);

/* A part of a report: lines of some kinds, and what of them is shown. */
enum { SECTION_COLUMNS = 6 };

struct section {
	const char *id, *title, *text;
	uint64_t kinds; /* 1 << enum event_kind */
	bool denied;	/* those that were refused, of any kind */
	bool alarm;	/* none of it is good */
	struct column {
		enum field field;
		const char *title;
	} column[SECTION_COLUMNS]; /* the rest is zero */
};

extern const struct section report_sections[];
size_t report_n_sections(void);
bool section_has(const struct section *section, const struct report_line *line);
size_t section_count(const struct section *section, const struct report *report);

/* "3 packages fetched", ...: the first lines of every format; "" after the last. */
const char *report_headline(const struct report *report, size_t i, struct buf *out);

/*
 * Adds what a column shows for @field, for a person: how old a package was when it came, a digest
 * cut short, what became of a package. Nothing if the line does not have it.
 */
void report_cell(const struct report_line *line, enum field field, struct buf *out);

/* "1.2 MB" */
void report_bytes(uint64_t bytes, struct buf *out);

/* What was not as it should be, for formats that only tell that. */
bool report_is_problem(const struct report_line *line);

extern const char report_style[]; /* of the page */

void report_text(const struct report *report, FILE *out);
void report_json(const struct report *report, FILE *out);
void report_markdown(const struct report *report, FILE *out);
void report_html(const struct report *report, FILE *out);
void report_sarif(const struct report *report, FILE *out);
void report_junit(const struct report *report, FILE *out);
