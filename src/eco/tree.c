/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/tree.h"

#include <stdlib.h>
#include <string.h>

const struct node *tree_get(const struct node *map, const char *key)
{
	if (!map || map->kind != NODE_MAP)
		return NULL;
	tree_each (member, map) {
		if (str_is(member->key, key))
			return member;
	}
	return NULL;
}

struct str tree_text(const struct node *map, const char *key)
{
	const struct node *member = tree_get(map, key);

	return member && member->kind == NODE_TEXT ? member->text : (struct str){ "", 0 };
}

bool tree_true(const struct node *map, const char *key)
{
	const struct node *member = tree_get(map, key);

	return member && member->kind == NODE_WORD && str_is(member->text, "true");
}

struct node *tree_add(struct arena *arena, struct node *parent, enum node_kind kind, struct str key)
{
	struct node *node = arena_alloc(arena, sizeof(*node));

	node->kind = kind;
	node->key = key;
	node->text = (struct str){ "", 0 };
	if (!parent)
		return node;
	if (parent->last)
		parent->last->next = node;
	else
		parent->first = node;
	parent->last = node;
	parent->n++;
	return node;
}

static int by_text(const void *a, const void *b)
{
	const struct str *x = a, *y = b;
	const size_t n = x->n < y->n ? x->n : y->n;
	const int order = n ? memcmp(x->p, y->p, n) : 0;

	return order ? order : (x->n > y->n) - (x->n < y->n);
}

static bool map_repeats(const struct node *map)
{
	_cleanup_free_ struct str *keys = calloc(map->n + 1, sizeof(*keys));
	size_t n = 0;

	if (!keys)
		return true;
	tree_each (member, map)
		keys[n++] = member->key;
	qsort(keys, n, sizeof(*keys), by_text);
	for (size_t i = 1; i < n; i++)
		if (str_eq(keys[i - 1], keys[i]))
			return true;
	return false;
}

/* Deep as the tree is: TREE_DEPTH. */
bool tree_repeats(const struct node *node) /* NOLINT(misc-no-recursion) */
{
	if (node->kind == NODE_MAP && map_repeats(node))
		return true;
	tree_each (member, node) {
		if (member->first && tree_repeats(member))
			return true;
	}
	return false;
}
