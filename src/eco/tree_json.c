/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/tree.h"

#include <string.h>

#include "wire/json.h"

static struct str decode(struct arena *arena, struct str raw, bool *bad)
{
	struct buf out;

	if (raw.n == 0 || !memchr(raw.p, '\\', raw.n))
		return raw;
	out = buf_over(arena_alloc(arena, raw.n + 1), raw.n + 1);
	*bad |= json_decode(raw, &out) < 0;
	return (struct str){ out.p, out.n };
}

static const enum node_kind kinds[] = {
	[JSON_NONE] = NODE_NONE,  [JSON_NULL] = NODE_WORD,   [JSON_FALSE] = NODE_WORD,
	[JSON_TRUE] = NODE_WORD,  [JSON_NUMBER] = NODE_WORD, [JSON_STRING] = NODE_TEXT,
	[JSON_ARRAY] = NODE_LIST, [JSON_OBJECT] = NODE_MAP,
};

static struct str text_of(struct arena *arena, const struct json_value *v, bool *bad)
{
	switch (v->type) {
	case JSON_STRING:
		return decode(arena, v->text, bad);
	case JSON_NUMBER:
		return v->text;
	case JSON_NULL:
		return STR("null");
	case JSON_FALSE:
		return STR("false");
	case JSON_TRUE:
		return STR("true");
	case JSON_NONE:
	case JSON_ARRAY:
	case JSON_OBJECT:
		break;
	}
	return (struct str){ "", 0 };
}

/* Reads the values of one document, in their order, with the path to the present one. */
const char *tree_json(struct str text, struct arena *arena, struct node **root)
{
	struct node *path[TREE_DEPTH + 1] = { NULL };
	size_t depth = 0, n = 0;
	struct json_value v;
	bool bad = false;
	struct json j;

	*root = NULL;
	json_init(&j, text);
	for (;;) {
		struct node *node;

		if (!json_next(&j, &v)) {
			if (depth == 0)
				break;
			depth--;
			continue;
		}
		if (n++ == TREE_NODES)
			return "it is too large";
		node = tree_add(arena, depth ? path[depth - 1] : NULL, kinds[v.type],
				decode(arena, v.key, &bad));
		node->text = text_of(arena, &v, &bad);
		if (!*root)
			*root = node;
		if (v.type != JSON_ARRAY && v.type != JSON_OBJECT)
			continue;
		if (depth == TREE_DEPTH)
			return "it is nested too deep";
		json_enter(&j, v.type);
		path[depth++] = node;
	}
	if (json_done(&j))
		return json_done(&j);
	if (bad)
		return "a string is no text";
	return tree_repeats(*root) ? "a name stands twice" : NULL;
}
