/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/quote.h"

#include <stdint.h>
#include <string.h>

enum { REPLACEMENT = 0xfffd };

/*
 * Unicode 15.0, general categories Cc, Cf, Zl and Zp, above ASCII; and two that are no characters,
 * which XML cannot have.
 */
static const struct {
	uint32_t first, last;
} unseen[] = {
	{ 0x80, 0x9f },	      { 0xad, 0xad },	    { 0x600, 0x605 },	  { 0x61c, 0x61c },
	{ 0x6dd, 0x6dd },     { 0x70f, 0x70f },	    { 0x890, 0x891 },	  { 0x8e2, 0x8e2 },
	{ 0x180e, 0x180e },   { 0x200b, 0x200f },   { 0x2028, 0x202e },	  { 0x2060, 0x206f },
	{ 0xfeff, 0xfeff },   { 0xfff9, 0xfffb },   { 0xfffe, 0xffff },	  { 0x110bd, 0x110bd },
	{ 0x110cd, 0x110cd }, { 0x13430, 0x1343f }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a },
	{ 0xe0000, 0xe007f },
};

static bool is_unseen(uint32_t c)
{
	for (size_t i = 0; i < LEN(unseen) && c >= unseen[i].first; i++)
		if (c <= unseen[i].last)
			return true;
	return false;
}

/* Length of the character that starts @s (RFC 3629: shortest form, no surrogates), 0: none does. */
static size_t utf8(struct str s, uint32_t *out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char lead = (unsigned char)s.p[0];
	size_t n = lead < 0x80 ? 1 : lead < 0xc0 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	uint32_t c = n == 1 ? lead : lead & (0x7fU >> n);

	if (n == 0 || n > s.n || lead > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s.p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s.p[i] & 0x3f);
	}
	if (c < least[n] || (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff)
		return 0;
	*out = c;
	return n;
}

/* How many of the first bytes stand for themselves, in JSON as on a terminal. */
static size_t plain(struct str s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] >= ' ' && s.p[n] < 0x7f && s.p[n] != '"' && s.p[n] != '\\')
		n++;
	return n;
}

static void json_char(struct buf *out, uint32_t c, struct str bytes)
{
	if (c == '"' || c == '\\')
		buf_printf(out, "\\%c", (char)c);
	else if (c < ' ' || c == 0x7f || (c <= 0xffff && is_unseen(c)))
		buf_printf(out, "\\u%04x", c);
	else if (is_unseen(c))
		buf_printf(out, "\\u%04x\\u%04x", 0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff));
	else
		buf_str(out, bytes);
}

void quote_json(struct buf *out, struct str s)
{
	buf_puts(out, "\"");
	while (s.n) {
		size_t n = plain(s);
		uint32_t c = 0;

		if (n) {
			buf_add(out, s.p, n);
		} else if ((n = utf8(s, &c)) && c != 0 && c != REPLACEMENT) {
			json_char(out, c, (struct str){ s.p, n });
		} else {
			n = 1;
			buf_printf(out, "\\ufffd%02x", (unsigned char)s.p[0]);
		}
		s = str_skip(s, n);
	}
	buf_puts(out, "\"");
}

/* The byte that U+FFFD and two digits at the start of @s stand for, or -1. */
static int announced(struct str s)
{
	static const char digits[16] = "0123456789abcdef";
	const char *high, *low;

	if (s.n < 5 || !str_starts(s, "\xef\xbf\xbd"))
		return -1;
	high = memchr(digits, s.p[3], sizeof(digits));
	low = memchr(digits, s.p[4], sizeof(digits));
	return high && low ? (int)((high - digits) * 16 + (low - digits)) : -1;
}

void quote_member(struct buf *out, const char *name, const char *value)
{
	if (out->n && out->p[out->n - 1] != '{')
		buf_puts(out, ",");
	buf_printf(out, "\"%s\":", name);
	if (value)
		quote_json(out, str_of(value));
	else
		buf_puts(out, "null");
}

void quote_restore(struct buf *out, struct str s)
{
	while (s.n) {
		int byte = announced(s);
		char restored = (char)byte;

		buf_add(out, byte < 0 ? s.p : &restored, 1);
		s = str_skip(s, byte < 0 ? 1 : 5);
	}
}

void quote_term(struct buf *out, struct str s)
{
	while (s.n) {
		size_t n = plain(s);
		uint32_t c = 0;

		if (n == 0)
			n = utf8(s, &c);
		if (n == 0 || (n == 1 && (s.p[0] < ' ' || s.p[0] == 0x7f))) {
			n = 1;
			buf_printf(out, "\\x%02x", (unsigned char)s.p[0]);
		} else if (c == '\\') {
			buf_puts(out, "\\\\");
		} else if (is_unseen(c)) {
			buf_printf(out, "\\u{%04x}", c);
		} else {
			buf_add(out, s.p, n);
		}
		s = str_skip(s, n);
	}
}

const char *quote_unseen(struct str s)
{
	for (size_t at = 0, n = 1; at < s.n; at += n, n = 1) {
		uint32_t c = (unsigned char)s.p[at];

		if (c >= ' ' && c < 0x7f)
			continue; /* the next one; most are like this */
		n = utf8(str_skip(s, at), &c);
		if (n == 0 || c < ' ' || c == 0x7f || is_unseen(c))
			return s.p + at;
	}
	return NULL;
}
