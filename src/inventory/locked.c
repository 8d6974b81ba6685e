/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "eco/locked.h"
#include "inventory/components.h"
#include "inventory/serve.h"
#include "os/sys.h"

/* Where else than from a registry it comes: no registry is believed to have it. */
static bool is_of_registry(const struct lock_entry *entry)
{
	return entry->source == SOURCE_REGISTRY || entry->source == SOURCE_UNKNOWN;
}

static int by_text(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

/* The lines, each once and with its end. */
static struct str *make_lines(const struct components *all, size_t *n_lines, size_t *size)
{
	struct str *line = arena_alloc(all->arena, (all->n + 1) * sizeof(*line));
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < all->n; i++) {
		const struct component *c = &all->component[i];

		if (is_of_registry(c->entry))
			line[n++] = str_of(arena_printf(all->arena, "%s%s\n", c->purl,
							c->entry->version.n ? "" : "@"));
	}
	qsort(line, n, sizeof(*line), by_text);
	*size = 0;
	for (size_t i = 0; i < n; i++) {
		if (kept && str_eq(line[kept - 1], line[i]))
			continue;
		*size += line[i].n;
		line[kept++] = line[i];
	}
	*n_lines = kept;
	return line;
}

static size_t count_unread(struct snapshot *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->file[i].row->format != LOCK_NONE &&
		     !lock_is_installed(s->file[i].row->format) && !snapshot_lock(s, &s->file[i]);
	return n;
}

static int write_list(struct snapshot *s, int fd)
{
	struct components all = { .arena = s->arena };
	struct str *line;
	struct buf out;
	size_t n, size;

	components_add(&all, s, COMPONENT_BEFORE, 0);
	line = make_lines(&all, &n, &size);
	if (size > LOCKED_MAX - 64)
		return -E2BIG;
	out = buf_over(arena_alloc(s->arena, size + 64), size + 64);
	buf_puts(&out, "agentbox locked 1\n");
	for (size_t i = 0; i < n; i++)
		buf_str(&out, line[i]);
	buf_printf(&out, "end %zu\n", count_unread(s));
	return write_all(fd, out.p, out.n);
}

int inventory_list(const struct inventory_fds *fds, struct err *e)
{
	struct arena arena = { 0 }; /* until the process ends */
	struct snapshot before = { .arena = &arena };
	int r = inventory_confine(-1, e);

	if (r == 0)
		r = snapshot_read(&before, fds->baseline, e);
	if (r < 0)
		return r;
	r = write_list(&before, fds->locked);
	return r < 0 ? err_set(e, r, "say what lock files name") : 0;
}
