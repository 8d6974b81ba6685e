/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

#define _cleanup_(function) __attribute__((cleanup(function)))

static inline void free_indirect(void *at)
{
	free(*(void **)at);
}
#define _cleanup_free_ _cleanup_(free_indirect)

/* Bytes that belong to somebody else; not terminated. */
struct str {
	const char *p;
	size_t n;
};

#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })

struct str str_of(const char *s);
bool str_eq(struct str a, struct str b);
bool str_eq_nocase(struct str a, struct str b);
int str_compare(struct str a, struct str b); /* by bytes, as strcmp(3) */
bool str_is(struct str a, const char *s);
bool str_starts(struct str s, const char *prefix);
bool str_ends(struct str s, const char *suffix);
bool str_cut(struct str s, char at, struct str *left, struct str *right);
struct str str_skip(struct str s, size_t n); /* without its first @n bytes */
struct str str_trim(struct str s);
int str_to_ulong(struct str s, unsigned long max, unsigned long *out);

/*
 * Text that grows inside memory the caller owns. What does not fit is left out whole and @full is
 * set: check it once, at the end. The bytes in use are always followed by a NUL.
 */
struct buf {
	char *p;
	size_t n, cap;
	bool full;
};

static inline struct buf buf_over(char *p, size_t cap)
{
	if (p && cap)
		*p = '\0';
	return (struct buf){ .p = p, .cap = cap };
}
#define BUF(array) buf_over((array), sizeof(array))

void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_str(struct buf *b, struct str s);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What ends the noun after a count. */
static inline const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/*
 * Memory that is freed all at once. All-zero is an empty arena. Allocation does not fail: without
 * memory the process ends, which is safe before the start, and only then are arenas used.
 */
struct arena {
	struct arena_block *blocks;
};

void *arena_alloc(struct arena *a, size_t n);
void *arena_grow(struct arena *a, void *old, size_t n_old, size_t n_new);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void arena_fini(struct arena *a);

/* All of them, each with a line end after it. */
struct str str_lines(const struct str *part, size_t n, struct arena *a);

/* Appends one zeroed element to an array of @n elements in the arena, and yields its address. */
#define arena_push(a, array, n)                                                                    \
	(((n) & ((n)-1)) == 0                                                                      \
		 ? (void)((array) = arena_grow((a), (array), (n) * sizeof(*(array)),               \
					       ((n) ? 2 * (n) : 1) * sizeof(*(array))))            \
		 : (void)0,                                                                        \
	 &(array)[(n)++])
