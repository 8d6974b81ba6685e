/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/tree.h"

#include <yaml.h>

/*
 * libyaml tells what it reads as a stream of events. A plain scalar becomes a word only where every
 * reader sees none but a truth value or nothing in it; all else is text, also what looks like a
 * number: versions do.
 */

struct open {
	struct node *node;
	struct str key;
	bool has_key;
};

struct building {
	struct arena *arena;
	struct node *root;
	struct open open[TREE_DEPTH];
	size_t depth, n_nodes;
};

static struct str keep(struct arena *arena, const void *p, size_t n)
{
	return (struct str){ arena_strndup(arena, p, n), n };
}

static bool is_word(const yaml_event_t *event, struct str text)
{
	return event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       (str_is(text, "true") || str_is(text, "false") || str_is(text, "null"));
}

/* Puts a node into the innermost map or list, or at the root. */
static const char *put(struct building *b, enum node_kind kind, struct node **out)
{
	struct open *in = b->depth ? &b->open[b->depth - 1] : NULL;

	if (!in && b->root)
		return "there is more than one document";
	if (b->n_nodes++ == TREE_NODES)
		return "it is too large";
	if (in && in->node->kind == NODE_MAP && !in->has_key)
		return "a name is not text";
	*out = tree_add(b->arena, in ? in->node : NULL, kind, in ? in->key : (struct str){ "", 0 });
	if (in)
		*in = (struct open){ .node = in->node };
	else
		b->root = *out;
	return NULL;
}

static const char *begin(struct building *b, enum node_kind kind, const void *anchor)
{
	struct node *node;
	const char *wrong;

	if (anchor)
		return "it has anchors";
	if (b->depth == TREE_DEPTH)
		return "it is nested too deep";
	wrong = put(b, kind, &node);
	if (!wrong)
		b->open[b->depth++] = (struct open){ .node = node };
	return wrong;
}

static const char *scalar(struct building *b, const yaml_event_t *event)
{
	struct open *in = b->depth ? &b->open[b->depth - 1] : NULL;
	struct str text;
	struct node *node;
	const char *wrong;

	if (event->data.scalar.anchor)
		return "it has anchors";
	if (event->data.scalar.tag)
		return "it has tags";
	text = keep(b->arena, event->data.scalar.value, event->data.scalar.length);
	if (in && in->node->kind == NODE_MAP && !in->has_key) {
		in->key = text;
		in->has_key = true;
		return NULL;
	}
	wrong = put(b, is_word(event, text) ? NODE_WORD : NODE_TEXT, &node);
	if (!wrong)
		node->text = text;
	return wrong;
}

static const char *take(struct building *b, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return scalar(b, event);
	case YAML_MAPPING_START_EVENT:
		return begin(b, NODE_MAP, event->data.mapping_start.anchor);
	case YAML_SEQUENCE_START_EVENT:
		return begin(b, NODE_LIST, event->data.sequence_start.anchor);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		b->depth--;
		return NULL;
	case YAML_ALIAS_EVENT:
		return "it has anchors";
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	}
	return NULL;
}

static const char *read_events(yaml_parser_t *parser, struct building *b)
{
	const char *wrong = NULL;
	bool over = false;

	while (!over && !wrong) {
		yaml_event_t event;

		if (!yaml_parser_parse(parser, &event))
			return "it is not YAML";
		wrong = take(b, &event);
		over = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	return wrong;
}

const char *tree_yaml(struct str text, struct arena *arena, struct node **root)
{
	struct building b = { .arena = arena };
	yaml_parser_t parser;
	const char *wrong;

	if (!yaml_parser_initialize(&parser))
		return "there is no memory for it";
	yaml_parser_set_input_string(&parser, (const unsigned char *)text.p, text.n);
	wrong = read_events(&parser, &b);
	yaml_parser_delete(&parser);
	if (!wrong && !b.root)
		wrong = "it is empty";
	if (!wrong && tree_repeats(b.root))
		wrong = "a name stands twice";
	*root = b.root;
	return wrong;
}
