/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "supervise/audit.h"
#include "supervise/chain.h"
#include "supervise/entry.h"

/*
 * Lines of the log in the words of others: projections, made when they are asked for. The log
 * itself is what is hashed.
 */

enum { FORMAT_MAX = 64 * 1024 /* no projection is longer */ };

/* What the first event of a task says, and every projected event repeats: each stands alone. */
struct origin {
	char policy[CHAIN_HEX], profile[128], parent[TASK_ID_MAX], version[32];
};

/* Takes it over if @entry is a task.start. All-zero: nothing is known. */
void origin_learn(struct origin *origin, const struct entry *entry);

/* An event about to be projected. */
struct projected {
	const struct entry *entry;
	const struct origin *origin;
};

struct format {
	const char *name;
	/* Adds one line, without its end. */
	void (*add)(const struct projected *p, struct buf *out);
};

extern const struct format format_ocsf, format_ecs, format_cef;

/* Milliseconds since 1970, or 0. */
int64_t projected_ms(const struct projected *p);

/*
 * A JSON object is a table of paths and where their values come from. Rows whose paths begin alike
 * stand next to each other.
 */
struct format_row {
	const char *path; /* "dst_endpoint.port" */
	enum field field; /* that it takes, or FIELD_NONE */
	/* Adds a JSON value, or returns false: there is none. NULL: the value of the field. */
	bool (*get)(const struct projected *p, struct buf *out);
	/* NULL: always. Otherwise the row is not there, and its field is one of the rest. */
	bool (*when)(const struct projected *p);
};

/* Adds the object. Fields that no row has taken come last, as members of @rest. */
void format_json(const struct projected *p, const struct format_row *rows, size_t n,
		 const char *rest, struct buf *out);

/* What kinds have in common whose names begin alike: the first row whose prefix fits. */
#define FORMAT_KIND(rows, p) format_kind((rows), sizeof((rows)[0]), (p))
const void *format_kind(const void *rows, size_t size, const struct projected *p);

/* Adds a JSON value; an empty text is none, and false. */
bool format_number(struct buf *out, uint64_t n);
bool format_text(struct buf *out, const char *s);

/* Values that formats share, for format_row.get. */
bool projected_severity(const struct projected *p, struct buf *out);
bool projected_message(const struct projected *p, struct buf *out);
bool projected_version(const struct projected *p, struct buf *out);
bool projected_uid(const struct projected *p, struct buf *out);
bool projected_seq(const struct projected *p, struct buf *out);
bool projected_task(const struct projected *p, struct buf *out);
bool projected_labels(const struct projected *p, struct buf *out);
bool projected_kind(const struct projected *p, struct buf *out);
bool projected_policy(const struct projected *p, struct buf *out);
bool projected_profile(const struct projected *p, struct buf *out);
bool projected_parent(const struct projected *p, struct buf *out);
bool projected_stage(const struct projected *p, struct buf *out);
bool projected_product(const struct projected *p, struct buf *out);
