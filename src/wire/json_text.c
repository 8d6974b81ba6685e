/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/json.h"

#include <string.h>

#include "wire/ascii.h"

/* What keys and strings mean. They have passed the reader: every escape is whole. */

enum { SURROGATES = 0xd800, LOW_SURROGATES = 0xdc00, AFTER_SURROGATES = 0xe000 };

static uint32_t unit(const char *digits)
{
	uint32_t value = 0;

	for (size_t i = 0; i < 4; i++)
		value = value << 4 | (uint32_t)ascii_hex(digits[i]);
	return value;
}

/* Takes one character, which @out is. Returns false for half of a surrogate pair. */
static bool take(struct str *s, uint32_t *out)
{
	static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	size_t n = 2;

	if (s->p[1] != 'u') {
		*out = (unsigned char)meanings[strchr(escapes, s->p[1]) - escapes];
	} else {
		n = 6;
		*out = unit(s->p + 2);
	}
	if (*out >= SURROGATES && *out < AFTER_SURROGATES) {
		uint32_t low;

		if (*out >= LOW_SURROGATES || s->n < 12 || s->p[6] != '\\' || s->p[7] != 'u')
			return false;
		low = unit(s->p + 8);
		if (low < LOW_SURROGATES || low >= AFTER_SURROGATES)
			return false;
		n = 12;
		*out = 0x10000 + ((*out - SURROGATES) << 10) + (low - LOW_SURROGATES);
	}
	*s = (struct str){ s->p + n, s->n - n };
	return true;
}

static size_t encode(uint32_t c, char out[4])
{
	const size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = n - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (c & 0x3f));
		c >>= 6;
	}
	out[0] = (char)(lead[n] | c);
	return n;
}

/* Takes the next part of what @raw means: a run of plain bytes, or one character. */
static bool part(struct str *raw, char space[4], struct str *out)
{
	const char *escape = memchr(raw->p, '\\', raw->n);
	uint32_t c;

	*out = (struct str){ raw->p, escape ? (size_t)(escape - raw->p) : raw->n };
	if (out->n) {
		*raw = (struct str){ raw->p + out->n, raw->n - out->n };
		return true;
	}
	if (!take(raw, &c))
		return false;
	*out = (struct str){ space, encode(c, space) };
	return true;
}

bool json_is(struct str raw, const char *want)
{
	struct str rest = str_of(want), one;
	char space[4];

	while (raw.n) {
		if (!part(&raw, space, &one) || one.n > rest.n || memcmp(one.p, rest.p, one.n) != 0)
			return false;
		rest = (struct str){ rest.p + one.n, rest.n - one.n };
	}
	return rest.n == 0;
}

int json_decode(struct str raw, struct buf *out)
{
	struct str one;
	char space[4];

	while (raw.n) {
		if (!part(&raw, space, &one))
			return -1;
		buf_str(out, one);
	}
	return 0;
}
