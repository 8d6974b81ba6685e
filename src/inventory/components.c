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

enum { PURL_SPACE = 4096, RECORD_MAX = 64 * 1024, TEXT_ONE = 4096 };

void components_add(struct components *all, struct snapshot *s, unsigned states)
{
	for (size_t i = 0; i < s->n; i++) {
		struct file *file = &s->file[i];

		if (!snapshot_lock(s, file))
			continue;
		for (size_t j = 0; j < file->lock.n; j++) {
			char space[PURL_SPACE];
			struct buf purl = BUF(space);

			compare_purl(&file->lock.entry[j], &purl);
			if (purl.n == 0)
				continue;
			*arena_push(all->arena, all->component, all->n) = (struct component){
				.purl = arena_strndup(all->arena, purl.p, purl.n),
				.entry = &file->lock.entry[j],
				.file = file->path,
				.states = states,
			};
		}
	}
}

static int by_purl(const void *a, const void *b)
{
	const struct component *x = a, *y = b;
	int order = strcmp(x->purl, y->purl);

	if (order == 0)
		order = (int)y->states - (int)x->states; /* the later state first */
	return order ? order : strcmp(x->file, y->file);
}

void components_sort(struct components *all)
{
	size_t n = 0;

	if (all->n)
		qsort(all->component, all->n, sizeof(*all->component), by_purl);
	for (size_t i = 0; i < all->n; i++) {
		if (n && !strcmp(all->component[n - 1].purl, all->component[i].purl))
			all->component[n - 1].states |= all->component[i].states;
		else
			all->component[n++] = all->component[i];
	}
	all->n = n;
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
	const char *scheme = url.n ? memmem(url.p, url.n, "://", 3) : NULL;
	struct str rest = { url.p, url.n }, path;
	const char *at;

	for (size_t i = 0; i < rest.n; i++)
		if (rest.p[i] == '?')
			rest.n = i;
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

static void add_component(const struct component *c, struct arena *arena, struct buf *out)
{
	buf_puts(out, "{\"purl\":");
	quote_json(out, str_of(c->purl));
	buf_printf(out, ",\"before\":%s,\"after\":%s",
		   c->states & COMPONENT_BEFORE ? "true" : "false",
		   c->states & COMPONENT_AFTER ? "true" : "false");
	add_text("type", str_of(c->entry->type), out);
	add_text("name", c->entry->name, out);
	add_text("version", c->entry->version, out);
	add_text("file", str_of(c->file), out);
	add_text("source", str_of(lock_source_name(c->entry->source)), out);
	add_text("url", plain_url(c->entry->url, arena), out);
	add_text("integrity", c->entry->integrity, out);
	add_text("as", c->entry->as, out);
	for (size_t i = 0; i < LEN(flags); i++)
		if (c->entry->flags >> i & 1)
			buf_printf(out, ",\"%s\":true", flags[i]);
	buf_puts(out, "}");
}

/* One a line, so that a person can look at it as well. */
int components_write(const struct components *all, int fd)
{
	static const char start[] = "{\"version\":1,\"packages\":[\n", end[] = "]}\n";
	int r = write_all(fd, start, strlen(start));

	for (size_t i = 0; i < all->n && r == 0; i++) {
		char space[RECORD_MAX];
		struct buf out = BUF(space);

		add_component(&all->component[i], all->arena, &out);
		buf_puts(&out, i + 1 < all->n ? ",\n" : "\n");
		r = write_all(fd, out.p, out.n);
	}
	return r < 0 ? r : write_all(fd, end, strlen(end));
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
	char space[PURL_MAX];
	struct buf parts = BUF(space);
	struct purl purl;

	if (purl_parse(tree_text(node, "purl"), &parts, &purl))
		return -EPROTO;
	*entry = (struct lock_entry){
		.type = terminated(all->arena, purl.type),
		.name = tree_text(node, "name"),
		.version = tree_text(node, "version"),
		.as = tree_text(node, "as"),
		.url = tree_text(node, "url"),
		.integrity = tree_text(node, "integrity"),
		.source = source_of(tree_text(node, "source")),
	};
	for (unsigned i = 0; i < LEN(flags); i++)
		entry->flags |= tree_true(node, flags[i]) ? 1U << i : 0;
	c.purl = terminated(all->arena, tree_text(node, "purl"));
	c.file = terminated(all->arena, tree_text(node, "file"));
	c.states = (tree_true(node, "before") ? COMPONENT_BEFORE : 0U) |
		   (tree_true(node, "after") ? COMPONENT_AFTER : 0U);
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
