/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/mem.h"

/*
 * Foreign bytes, written so that they cannot end the string they stand in, start a line, move a
 * cursor, change the direction of text, or pass for each other.
 */

/*
 * Adds @s as a JSON string, at most 8 bytes for each of @s and the quotes. What people cannot see
 * (Unicode's Cc, Cf, Zl, Zp) is escaped as \uXXXX. A byte that is not UTF-8, and NUL, becomes
 * \ufffd and its two hex digits; so do the bytes of a genuine U+FFFD: in a string written here
 * U+FFFD always announces a byte, and quote_restore() gives back exactly what was there.
 */
void quote_json(struct buf *out, struct str s);

/* Adds a member of a JSON object, behind a comma if it is not the first; NULL is null. */
void quote_member(struct buf *out, const char *name, const char *value);

/* Adds @s, the value of a string that quote_json() wrote, with its bytes restored. */
void quote_restore(struct buf *out, struct str s);

/*
 * Adds @s for a terminal, without quotes: \xNN for controls and bytes that are not UTF-8, \u{NNNN}
 * for what people cannot see, \\ for a backslash. At most 4 bytes for each of @s.
 */
void quote_term(struct buf *out, struct str s);

/* The first byte of @s that quote_term() would not show as it is for being unseen, or NULL. */
const char *quote_unseen(struct str s);
