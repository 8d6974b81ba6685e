/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "base/mem.h"

/*
 * A document of JSON, YAML or TOML as one kind of tree, so that a reader of a lock file does not
 * care in which of them it is written. Everything in it lives in the arena it was read into.
 */
enum node_kind {
	NODE_NONE,
	NODE_WORD, /* what is written without quotes: true, null, 17 */
	NODE_TEXT,
	NODE_MAP,
	NODE_LIST,
};

struct node {
	enum node_kind kind;
	enum { NODE_OPEN, NODE_HEADED, NODE_WHOLE } closed; /* for tree_toml.c */
	struct str key, text;				    /* key: of a member of a map */
	struct node *first, *last, *next;
	size_t n; /* members */
};

enum { TREE_DEPTH = 64, TREE_NODES = 4 << 20 };

/*
 * These read a whole document of at most TREE_NODES nodes, TREE_DEPTH deep. They return NULL, or
 * what is wrong: static text for a person. A name that a map has twice is wrong, because readers
 * differ in which of the two they take; so is what few writers of lock files use and readers take
 * differently: tags, anchors and several documents of YAML.
 */
const char *tree_json(struct str text, struct arena *arena, struct node **root);
const char *tree_yaml(struct str text, struct arena *arena, struct node **root);
const char *tree_toml(struct str text, struct arena *arena, struct node **root);

/* The member of a map, or NULL: there is none, or @map is no map or NULL. */
const struct node *tree_get(const struct node *map, const char *key);

/* The text of a member; empty: it has none. */
struct str tree_text(const struct node *map, const char *key);

/* Whether a member is the word true. */
bool tree_true(const struct node *map, const char *key);

/* The members of a map or list, for a loop; @node may be NULL. */
/* NOLINTBEGIN(bugprone-macro-parentheses): @member is a name */
#define tree_each(member, in)                                                                      \
	for (const struct node *member = (in) ? (in)->first : NULL; member; member = member->next)
/* NOLINTEND(bugprone-macro-parentheses) */

/* For readers of a syntax: adds an empty node to a map (with a @key) or a list, or makes a root. */
struct node *tree_add(struct arena *arena, struct node *parent, enum node_kind kind,
		      struct str key);

/* Whether some name stands twice in a map, or in one below it. */
bool tree_repeats(const struct node *node);
