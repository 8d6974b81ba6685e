/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct arena_block {
	struct arena_block *next;
	size_t used, cap;
	_Alignas(16) char bytes[];
};

/*
 * A policy and its plan fit in one block: a launch allocates twice. Only what is handed out is
 * cleared, so that the kernel provides no page that nobody uses.
 */
enum { BLOCK = 64 * 1024 };

struct str str_of(const char *s)
{
	return (struct str){ s, strlen(s) };
}

bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

int str_compare(struct str a, struct str b)
{
	const size_t n = a.n < b.n ? a.n : b.n;
	const int order = n ? memcmp(a.p, b.p, n) : 0;

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

/* ASCII only: the locale must not decide what two host names have in common. */
bool str_eq_nocase(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		unsigned char x = (unsigned char)a.p[i], y = (unsigned char)b.p[i];

		x |= (x >= 'A' && x <= 'Z') ? 0x20 : 0;
		y |= (y >= 'A' && y <= 'Z') ? 0x20 : 0;
		if (x != y)
			return false;
	}
	return true;
}

bool str_is(struct str a, const char *s)
{
	return str_eq(a, str_of(s));
}

bool str_starts(struct str s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.n >= n && memcmp(s.p, prefix, n) == 0;
}

bool str_ends(struct str s, const char *suffix)
{
	size_t n = strlen(suffix);

	return s.n >= n && memcmp(s.p + s.n - n, suffix, n) == 0;
}

/* Splits @s at the first @at. Without one, returns false with all of @s in @left. */
bool str_cut(struct str s, char at, struct str *left, struct str *right)
{
	const char *found = s.n ? memchr(s.p, at, s.n) : NULL;

	*left = s;
	*right = (struct str){ s.n ? s.p + s.n : s.p, 0 }; /* of nothing, @s.p may be NULL */
	if (!found)
		return false;
	left->n = (size_t)(found - s.p);
	*right = (struct str){ found + 1, s.n - left->n - 1 };
	return true;
}

struct str str_skip(struct str s, size_t n)
{
	return (struct str){ s.p + n, s.n - n };
}

struct str str_trim(struct str s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t')) {
		s.p++;
		s.n--;
	}
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

/* Decimal digits and nothing else. Returns 0, or -1 if @s is no such number or above @max. */
int str_to_ulong(struct str s, unsigned long max, unsigned long *out)
{
	unsigned long value = 0;

	if (s.n == 0)
		return -1;
	for (size_t i = 0; i < s.n; i++) {
		unsigned long digit = (unsigned long)(unsigned char)s.p[i] - '0';

		if (digit > 9 || digit > max || value > (max - digit) / 10)
			return -1;
		value = value * 10 + digit;
	}
	*out = value;
	return 0;
}

void buf_add(struct buf *b, const void *bytes, size_t n)
{
	if (b->full || n >= b->cap - b->n) {
		b->full = true;
		return;
	}
	if (n)
		memcpy(b->p + b->n, bytes, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void buf_puts(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_str(struct buf *b, struct str s)
{
	buf_add(b, s.p, s.n);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	size_t room = b->cap - b->n;
	va_list ap;
	int n;

	if (b->full)
		return;
	va_start(ap, fmt);
	n = vsnprintf(b->p + b->n, room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= room) {
		b->full = true;
		b->p[b->n] = '\0';
		return;
	}
	b->n += (size_t)n;
}

/* Zeroed, aligned to 16 bytes. */
void *arena_alloc(struct arena *a, size_t n)
{
	struct arena_block *block = a->blocks;
	size_t cap;
	void *p;

	n = (n + 15) & ~(size_t)15;
	if (!block || block->cap - block->used < n) {
		cap = n > BLOCK ? n : BLOCK;
		block = malloc(sizeof(*block) + cap);
		if (!block)
			abort();
		*block = (struct arena_block){ .next = a->blocks, .cap = cap };
		a->blocks = block;
	}
	p = memset(block->bytes + block->used, 0, n);
	block->used += n;
	return p;
}

/* The old bytes stay where they are until the arena ends: pointers into them remain valid. */
void *arena_grow(struct arena *a, void *old, size_t n_old, size_t n_new)
{
	void *p = arena_alloc(a, n_new);

	assert(n_old <= n_new);
	if (n_old)
		memcpy(p, old, n_old);
	return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	if (n)
		memcpy(p, s, n);
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	char *p;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	assert(n >= 0);
	p = arena_alloc(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return p;
}

struct str str_lines(const struct str *part, size_t n, struct arena *a)
{
	size_t size = 0;
	char *all, *at;

	for (size_t i = 0; i < n; i++)
		size += part[i].n + 1;
	all = at = arena_alloc(a, size);
	for (size_t i = 0; i < n; i++) {
		if (part[i].n)
			memcpy(at, part[i].p, part[i].n);
		at += part[i].n;
		*at++ = '\n';
	}
	return (struct str){ all, size };
}

void arena_fini(struct arena *a)
{
	struct arena_block *next;

	for (struct arena_block *block = a->blocks; block; block = next) {
		next = block->next;
		free(block);
	}
	a->blocks = NULL;
}
