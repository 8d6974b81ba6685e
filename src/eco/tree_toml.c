/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/tree.h"

#include <stdint.h>
#include <string.h>

#include "wire/ascii.h"

/*
 * TOML 1.0 as far as programs write it into lock files: all of its structure and strings; numbers,
 * dates and times are words that nobody checks. Debian has parsers of TOML for C++ and others, none
 * for C.
 *
 * A table is closed once its header or an inline table has defined it: nothing is added to it by
 * another header, as toml.io has it. What stands twice is found at the end.
 */

enum { STRING_MAX = 16 * 1024 };

struct toml {
	struct str rest;
	struct arena *arena;
	size_t n_nodes, depth;
	const char *wrong; /* the first thing; nothing is read after it */
	char string[STRING_MAX];
};

static char peek(const struct toml *t)
{
	return t->rest.n && !t->wrong ? t->rest.p[0] : '\0';
}

static void skip(struct toml *t, size_t n)
{
	t->rest.p += n;
	t->rest.n -= n;
}

static void fail(struct toml *t, const char *wrong)
{
	if (!t->wrong)
		t->wrong = wrong;
}

static bool accept(struct toml *t, const char *text)
{
	if (t->wrong || !str_starts(t->rest, text))
		return false;
	skip(t, strlen(text));
	return true;
}

static void expect(struct toml *t, const char *text, const char *wrong)
{
	if (!accept(t, text))
		fail(t, wrong);
}

static void skip_blanks(struct toml *t)
{
	while (peek(t) == ' ' || peek(t) == '\t')
		skip(t, 1);
}

/* Blanks, comments and ends of lines. */
static void skip_lines(struct toml *t)
{
	for (;;) {
		skip_blanks(t);
		if (peek(t) == '#')
			while (t->rest.n && peek(t) != '\n')
				skip(t, 1);
		if (!accept(t, "\n") && !accept(t, "\r\n"))
			return;
	}
}

static void end_line(struct toml *t)
{
	const char *before;

	skip_blanks(t);
	before = t->rest.p;
	if (t->rest.n == 0 || t->wrong)
		return;
	if (peek(t) != '#' && peek(t) != '\n' && !str_starts(t->rest, "\r\n"))
		fail(t, "something follows a value in its line");
	else
		skip_lines(t);
	if (t->rest.p == before)
		fail(t, "a line does not end");
}

static struct node *add(struct toml *t, struct node *parent, enum node_kind kind, struct str key)
{
	if (t->n_nodes++ == TREE_NODES)
		fail(t, "it is too large");
	return tree_add(t->arena, parent, kind, key);
}

/* Adds U+@code in UTF-8. */
static void add_code(struct toml *t, uint32_t code, struct buf *out)
{
	char c[4];
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
		fail(t, "an escape stands for no character");
		return;
	}
	for (size_t i = n; i-- > 1; code >>= 6)
		c[i] = (char)(0x80 | (code & 0x3f));
	c[0] = (char)(lead[n] | code);
	buf_add(out, c, n);
}

static void add_hex(struct toml *t, size_t digits, struct buf *out)
{
	uint32_t code = 0;

	for (size_t i = 0; i < digits; i++) {
		const int digit = ascii_hex(peek(t));

		if (digit < 0) {
			fail(t, "an escape has too few digits");
			return;
		}
		code = code << 4 | (uint32_t)digit;
		skip(t, 1);
	}
	add_code(t, code, out);
}

/* What follows a backslash. */
static void add_escape(struct toml *t, bool multiline, struct buf *out)
{
	static const char names[] = "btnfr\"\\e", values[] = "\b\t\n\f\r\"\\\033";
	const char c = peek(t);
	const char *found = c ? strchr(names, c) : NULL;

	if (multiline && (c == '\n' || c == ' ' || c == '\t' || c == '\r')) {
		while ((peek(t) == ' ' || peek(t) == '\t' || peek(t) == '\r' || peek(t) == '\n') &&
		       t->rest.n)
			skip(t, 1);
		return;
	}
	if (c == 'u' || c == 'U') {
		skip(t, 1);
		add_hex(t, c == 'u' ? 4 : 8, out);
	} else if (found) {
		skip(t, 1);
		buf_add(out, values + (found - names), 1);
	} else {
		fail(t, "an escape is unknown");
	}
}

/* The text of a string whose @quote was taken. It is not longer than its source. */
static struct str read_string(struct toml *t, const char *quote)
{
	const bool literal = quote[0] == '\'', multiline = quote[1] != '\0';
	struct buf out = BUF(t->string);

	if (multiline)
		(void)(accept(t, "\n") || accept(t, "\r\n"));
	while (!t->wrong && !accept(t, quote)) {
		const char c = peek(t);

		if (t->rest.n == 0 || (!multiline && c == '\n')) {
			fail(t, "a string does not end");
		} else if (c == '\\' && !literal) {
			skip(t, 1);
			add_escape(t, multiline, &out);
		} else {
			buf_add(&out, &c, 1);
			skip(t, 1);
		}
		if (out.full)
			fail(t, "a string is too long");
	}
	return (struct str){ arena_strndup(t->arena, out.p, out.n), out.n };
}

static struct str read_any_string(struct toml *t)
{
	static const char *const quotes[] = { "\"\"\"", "'''", "\"", "'" };

	for (size_t i = 0; i < LEN(quotes); i++)
		if (accept(t, quotes[i]))
			return read_string(t, quotes[i]);
	fail(t, "a value or a name is missing");
	return (struct str){ "", 0 };
}

static struct str read_key(struct toml *t)
{
	struct str key = { t->rest.p, 0 };

	skip_blanks(t);
	key.p = t->rest.p;
	while (ascii_alnum(peek(t)) || peek(t) == '_' || peek(t) == '-') {
		skip(t, 1);
		key.n++;
	}
	if (key.n == 0)
		key = read_any_string(t);
	skip_blanks(t);
	return key;
}

static struct node *find(struct node *map, struct str key)
{
	for (struct node *member = map->first; member; member = member->next)
		if (str_eq(member->key, key))
			return member;
	return NULL;
}

/* The map below @map that the next part of a dotted name leads through. */
static struct node *descend(struct toml *t, struct node *map, struct str key)
{
	struct node *found = find(map, key);

	if (found && found->kind == NODE_LIST && found->closed == NODE_OPEN)
		found = found->last;
	if (!found)
		found = add(t, map, NODE_MAP, key);
	if (found->kind != NODE_MAP || found->closed == NODE_WHOLE)
		fail(t, "a name is that of a value already");
	return found;
}

/* "a.b.c": the last part, and in *@map the map that those before it lead to. */
static struct str read_path(struct toml *t, struct node **map)
{
	struct str key = read_key(t);
	size_t depth = 0;

	while (accept(t, ".") && !t->wrong) {
		*map = descend(t, *map, key);
		key = read_key(t);
		if (++depth > TREE_DEPTH)
			fail(t, "it is nested too deep");
	}
	return key;
}

static void read_value(struct toml *t, struct node *parent, struct str key);

static void read_pair(struct toml *t, struct node *map)
{
	const struct str key = read_path(t, &map);

	expect(t, "=", "a name has no value");
	skip_blanks(t);
	if (!t->wrong)
		read_value(t, map, key);
}

static void read_inline(struct toml *t, struct node *map)
{
	skip_blanks(t);
	if (accept(t, "}"))
		return;
	do
		read_pair(t, map);
	while (!t->wrong && (skip_blanks(t), accept(t, ",")));
	expect(t, "}", "an inline table does not end");
}

static void read_array(struct toml *t, struct node *list)
{
	do {
		skip_lines(t);
		if (peek(t) == ']')
			break;
		read_value(t, list, (struct str){ "", 0 });
		skip_lines(t);
	} while (!t->wrong && accept(t, ","));
	expect(t, "]", "an array does not end");
}

static void read_word(struct toml *t, struct node *parent, struct str key)
{
	struct str word = { t->rest.p, 0 };

	while (ascii_alnum(peek(t)) || (peek(t) && strchr("+-_.:", peek(t)))) {
		skip(t, 1);
		word.n++;
	}
	if (word.n == 0)
		fail(t, "a value is missing");
	else
		add(t, parent, NODE_WORD, key)->text = word;
}

/* NOLINTNEXTLINE(misc-no-recursion): TREE_DEPTH deep */
static void read_value(struct toml *t, struct node *parent, struct str key)
{
	struct node *node;

	if (++t->depth > TREE_DEPTH)
		fail(t, "it is nested too deep");
	if (accept(t, "[")) {
		node = add(t, parent, NODE_LIST, key);
		read_array(t, node);
		node->closed = NODE_WHOLE;
	} else if (accept(t, "{")) {
		node = add(t, parent, NODE_MAP, key);
		read_inline(t, node);
		node->closed = NODE_WHOLE;
	} else if (peek(t) == '"' || peek(t) == '\'') {
		node = add(t, parent, NODE_TEXT, key);
		node->text = read_any_string(t);
	} else {
		read_word(t, parent, key);
	}
	t->depth--;
}

/*
 * [a.b] and [[a.b]], whose first bracket was taken. Returns the table that the lines below it fill.
 */
static struct node *read_header(struct toml *t, struct node *root)
{
	const bool array = accept(t, "[");
	struct node *map = root, *found;
	const struct str key = read_path(t, &map);

	expect(t, array ? "]]" : "]", "a header does not end");
	end_line(t);
	if (t->wrong)
		return root;
	found = find(map, key);
	if (!array) {
		found = descend(t, map, key);
		if (found->closed != NODE_OPEN)
			fail(t, "a table stands twice");
		found->closed = NODE_HEADED;
		return found;
	}
	if (!found)
		found = add(t, map, NODE_LIST, key);
	if (found->kind != NODE_LIST || found->closed != NODE_OPEN)
		fail(t, "a name is that of a value already");
	found = add(t, found, NODE_MAP, (struct str){ "", 0 });
	found->closed = NODE_HEADED;
	return found;
}

const char *tree_toml(struct str text, struct arena *arena, struct node **root)
{
	struct toml t = { .rest = text, .arena = arena };
	struct node *table;

	*root = table = tree_add(arena, NULL, NODE_MAP, (struct str){ "", 0 });
	if (memchr(text.p, '\0', text.n))
		return "it has a NUL";
	for (skip_lines(&t); t.rest.n && !t.wrong; skip_lines(&t)) {
		if (accept(&t, "[")) {
			table = read_header(&t, *root);
			continue;
		}
		read_pair(&t, table);
		end_line(&t);
	}
	if (!t.wrong && tree_repeats(*root))
		t.wrong = "a name stands twice";
	return t.wrong;
}
