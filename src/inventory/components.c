/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory/components.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "eco/purl.h"
#include "eco/tree.h"
#include "inventory/compare.h"
#include "os/sys.h"
#include "wire/quote.h"
#include "wire/rfc3339.h"

enum { PURL_SPACE = 4096, RECORD_MAX = 64 * 1024, TEXT_ONE = 1024 };

void components_push(struct components *all, const struct component *c)
{
	char space[PURL_SPACE];
	struct buf purl = BUF(space);
	struct component *new;

	compare_purl(c->entry, &purl);
	if (purl.n == 0)
		return;
	new = arena_push(all->arena, all->component, all->n);
	*new = *c;
	new->purl = arena_strndup(all->arena, purl.p, purl.n);
	new->entry = arena_alloc(all->arena, sizeof(*new->entry));
	*new->entry = *c->entry; /* it will learn from others */
}

void components_add(struct components *all, struct snapshot *s, unsigned named, unsigned installed)
{
	for (size_t i = 0; i < s->n; i++) {
		struct file *file = &s->file[i];
		struct component c = { .file = file->path };

		c.states = lock_is_installed(file->row->format) ? installed : named;
		if (!c.states || !snapshot_lock(s, file))
			continue;
		for (size_t j = 0; j < file->lock.n; j++) {
			c.entry = &file->lock.entry[j];
			components_push(all, &c);
		}
	}
}

/* Who is believed first: the lock file as it is now, and last what has no state. */
static int rank(const struct component *c)
{
	static const unsigned order[] = { COMPONENT_NAMED, COMPONENT_BEFORE, COMPONENT_INSTALLED,
					  COMPONENT_FETCHED };
	int rank = 0;

	while (rank < (int)LEN(order) && !(c->states & order[rank]))
		rank++;
	return rank;
}

static int by_name(const struct component *x, const struct component *y)
{
	const int order = strcmp(x->purl, y->purl);

	return order ? order : str_compare(x->entry->as, y->entry->as);
}

static int by_purl(const void *a, const void *b)
{
	const struct component *x = a, *y = b;
	int order = by_name(x, y);

	if (order == 0)
		order = rank(x) - rank(y);
	return order ? order : strcmp(x->file, y->file);
}

/* @c is followed by @more about the same. */
static void merge(struct component *c, const struct component *more)
{
	c->states |= more->states;
	c->entry->flags |= more->entry->flags & LOCK_SCRIPT;
	if (c->entry->integrity.n == 0)
		c->entry->integrity = more->entry->integrity;
	if (c->entry->url.n == 0 && more->entry->url.n) {
		c->entry->url = more->entry->url;
		c->entry->source = more->entry->source;
	}
	if (c->entry->source == SOURCE_UNKNOWN)
		c->entry->source = more->entry->source;
	if (!c->seen || (more->seen && more->seen < c->seen))
		c->seen = more->seen;
	if (!*c->file)
		c->file = more->file;
}

void components_sort(struct components *all)
{
	size_t n = 0, kept = 0;

	if (all->n)
		qsort(all->component, all->n, sizeof(*all->component), by_purl);
	for (size_t i = 0; i < all->n; i++) {
		if (n && by_name(&all->component[n - 1], &all->component[i]) == 0)
			merge(&all->component[n - 1], &all->component[i]);
		else
			all->component[n++] = all->component[i];
	}
	for (size_t i = 0; i < n; i++)
		if (all->component[i].states)
			all->component[kept++] = all->component[i];
	all->n = kept;
}

static void add_text(const char *name, struct str text, struct buf *out)
{
	if (text.n == 0)
		return;
	if (text.n > TEXT_ONE)
		text.n = TEXT_ONE;
	buf_printf(out, ",\"%s\":", name);
	quote_json(out, text);
}

/* Without what may be secret in it: user information and query. */
static struct str plain_url(struct str url, struct arena *arena)
{
	struct str rest, query, path;
	const char *scheme, *at;

	str_cut(url, '?', &rest, &query);
	scheme = rest.n ? memmem(rest.p, rest.n, "://", 3) : NULL;
	if (!scheme)
		return rest;
	path = (struct str){ scheme + 3, rest.n - (size_t)(scheme + 3 - url.p) };
	at = memchr(path.p, '/', path.n);
	at = memrchr(path.p, '@', at ? (size_t)(at - path.p) : path.n);
	if (!at)
		return rest;
	return str_of(arena_printf(arena, "%.*s%.*s", (int)(scheme + 3 - url.p), url.p,
				   (int)(path.n - (size_t)(at + 1 - path.p)), at + 1));
}

static const char *const flags[] = { "script", "alias", "unpinned", "bundled" };
static const char *const states[] = { "before", "named", "installed", "fetched", "untracked" };

static void add_bits(unsigned bits, const char *const *names, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++)
		if (bits >> i & 1)
			buf_printf(out, ",\"%s\":true", names[i]);
}

static unsigned read_bits(const struct node *node, const char *const *names, size_t n)
{
	unsigned bits = 0;

	for (size_t i = 0; i < n; i++)
		bits |= tree_true(node, names[i]) ? 1U << i : 0;
	return bits;
}

static void add_seen(int64_t seen, struct buf *out)
{
	char space[32];
	struct buf time = BUF(space);

	if (seen && rfc3339_print(seen, &time) == 0)
		add_text("seen", (struct str){ time.p, time.n }, out);
}

static void add_component(const struct component *c, struct arena *arena, struct buf *out)
{
	buf_puts(out, "{\"purl\":");
	quote_json(out, str_of(c->purl));
	add_bits(c->states, states, LEN(states), out);
	add_text("type", str_of(c->entry->type), out);
	add_text("name", c->entry->name, out);
	add_text("version", c->entry->version, out);
	add_text("file", str_of(c->file), out);
	add_text("source", str_of(lock_source_name(c->entry->source)), out);
	add_text("url", plain_url(c->entry->url, arena), out);
	add_text("integrity", c->entry->integrity, out);
	add_text("as", c->entry->as, out);
	add_seen(c->states & COMPONENT_BEFORE ? 0 : c->seen, out);
	add_bits(c->entry->flags, flags, LEN(flags), out);
	buf_puts(out, "}");
}

/* One a line, so that a person can look at it as well. */
int components_write(const struct components *all, int fd)
{
	char *space = arena_alloc(all->arena, 2 * RECORD_MAX);
	struct buf out = buf_over(space, 2 * RECORD_MAX);
	int r = 0;

	buf_puts(&out, "{\"version\":1,\"packages\":[\n");
	for (size_t i = 0; i < all->n && r == 0; i++) {
		add_component(&all->component[i], all->arena, &out);
		buf_puts(&out, i + 1 < all->n ? ",\n" : "\n");
		if (out.n < RECORD_MAX)
			continue;
		r = write_all(fd, out.p, out.n);
		out.n = 0;
	}
	buf_puts(&out, "]}\n");
	return r < 0 ? r : write_all(fd, out.p, out.n);
}

static enum lock_source source_of(struct str name)
{
	for (enum lock_source source = 0; source < N_LOCK_SOURCES; source++)
		if (str_is(name, lock_source_name(source)))
			return source;
	return SOURCE_UNKNOWN;
}

static char *terminated(struct arena *arena, struct str text)
{
	return arena_strndup(arena, text.p, text.n);
}

static int read_component(struct components *all, const struct node *node)
{
	struct lock_entry *entry = arena_alloc(all->arena, sizeof(*entry));
	struct component c = { .entry = entry };
	char space[PURL_MAX], canonical[3 * PURL_MAX];
	struct buf parts = BUF(space), text = BUF(canonical);
	struct purl purl;

	if (purl_parse(tree_text(node, "purl"), &parts, &purl))
		return -EPROTO;
	purl_print(&purl, &text);
	*entry = (struct lock_entry){
		.type = terminated(all->arena, purl.type),
		.name = tree_text(node, "name"),
		.version = tree_text(node, "version"),
		.as = tree_text(node, "as"),
		.url = tree_text(node, "url"),
		.integrity = tree_text(node, "integrity"),
		.source = source_of(tree_text(node, "source")),
		.flags = read_bits(node, flags, LEN(flags)),
	};
	c.purl = terminated(all->arena, (struct str){ text.p, text.n });
	c.file = terminated(all->arena, tree_text(node, "file"));
	c.states = read_bits(node, states, LEN(states));
	rfc3339_parse(tree_text(node, "seen"), &c.seen);
	*arena_push(all->arena, all->component, all->n) = c;
	return 0;
}

int components_read(struct components *all, struct str text, struct err *e)
{
	struct node *root;
	const char *wrong = tree_json(text, all->arena, &root);

	if (wrong)
		return err_say(e, -EPROTO, "the inventory is damaged: %s", wrong);
	tree_each (node, tree_get(root, "packages"))
		if (read_component(all, node) < 0)
			return err_say(e, -EPROTO, "the inventory is damaged: no package URL");
	components_sort(all);
	return 0;
}
