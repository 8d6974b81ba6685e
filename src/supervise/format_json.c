/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/format.h"

#include <stdio.h>
#include <string.h>

/* Objects that are open: the path that leads to the innermost, and whether it has a member. */
struct nest {
	struct buf *out;
	char path[64];
	bool some;
};

/* Length of what @a and @b share up to the last whole name. */
static size_t shared(const char *a, const char *b)
{
	size_t whole = 0;

	for (size_t i = 0;; i++) {
		bool end_a = !a[i] || a[i] == '.', end_b = !b[i] || b[i] == '.';

		if (end_a && end_b)
			whole = i;
		if (end_a != end_b || (!end_a && a[i] != b[i]) || !a[i] || !b[i])
			return whole;
	}
}

static void close_to(struct nest *nest, size_t n)
{
	while (strlen(nest->path) > n) {
		char *dot = strrchr(nest->path, '.');

		*(dot ? dot : nest->path) = '\0';
		buf_puts(nest->out, "}");
		nest->some = true;
	}
}

/* Opens and closes objects so that the last name of @path can be a member; adds that name. */
static void go_to(struct nest *nest, const char *path)
{
	const char *last = strrchr(path, '.'), *name;
	char parent[sizeof(nest->path)] = "";

	if (last)
		memcpy(parent, path, (size_t)(last - path));
	close_to(nest, shared(nest->path, parent));
	while (strlen(nest->path) < strlen(parent)) {
		size_t n = strlen(nest->path);

		name = parent + n + (n != 0);
		buf_printf(nest->out, "%s\"%.*s\":{", nest->some ? "," : "",
			   (int)strcspn(name, "."), name);
		n = (size_t)(name - parent) + strcspn(name, ".");
		memcpy(nest->path, parent, n);
		nest->path[n] = '\0';
		nest->some = false;
	}
	buf_printf(nest->out, "%s\"%s\":", nest->some ? "," : "", last ? last + 1 : path);
	nest->some = true;
}

static void add_row(struct nest *nest, const struct projected *p, const struct format_row *row)
{
	char space[EVENT_JSON];
	struct buf value = BUF(space);
	const struct event_rules rules = entry_rules(p->entry);
	bool there = row->get ? row->get(p, &value)
			      : event_value(&p->entry->ev, row->field, &rules, &value);

	if (!there)
		return;
	go_to(nest, row->path);
	buf_str(nest->out, (struct str){ value.p, value.n });
}

static void add_rest(struct nest *nest, const struct projected *p, uint64_t taken, const char *rest)
{
	for (enum field field = FIELD_NONE + 1; field < N_FIELDS; field++) {
		char path[sizeof(nest->path)];
		const struct format_row row = { path, field, NULL, NULL };

		if (taken >> field & 1)
			continue;
		snprintf(path, sizeof(path), "%s.%s", rest, event_field(field)->name);
		add_row(nest, p, &row);
	}
}

void format_json(const struct projected *p, const struct format_row *rows, size_t n,
		 const char *rest, struct buf *out)
{
	struct nest nest = { .out = out };
	uint64_t taken = 0;

	buf_puts(out, "{");
	for (size_t i = 0; i < n; i++) {
		if (rows[i].when && !rows[i].when(p))
			continue;
		add_row(&nest, p, &rows[i]);
		taken |= (uint64_t)1 << rows[i].field;
	}
	add_rest(&nest, p, taken, rest);
	close_to(&nest, 0);
	buf_puts(out, "}");
}
