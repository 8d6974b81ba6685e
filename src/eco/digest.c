/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/digest.h"

#include <string.h>

#include "wire/ascii.h"

bool digest_read_hex(enum digest_kind kind, struct str in, struct digest *out)
{
	struct digest digest = { .kind = kind };

	if (in.n != 2 * digest_rows[kind].n || in.n == 0)
		return false;
	for (size_t i = 0; i < in.n; i++) {
		const int value = ascii_hex(in.p[i]);

		if (value < 0)
			return false;
		digest.b[i / 2] = (uint8_t)(digest.b[i / 2] << 4 | value);
	}
	*out = digest;
	return true;
}

/* RFC 4648, 4: the value of a letter, or -1. */
static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (ascii_digit(c))
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* @n bytes, exactly, with padding. */
static bool read_base64(struct str in, uint8_t *out, size_t n)
{
	uint32_t word = 0;
	unsigned bits = 0;
	size_t made = 0;

	if (in.n != (n + 2) / 3 * 4)
		return false;
	for (size_t i = 0; i < in.n; i++) {
		const bool padding = i >= in.n - (3 - n % 3) % 3;
		const int value = base64_value(in.p[i]);

		if (padding ? in.p[i] != '=' : value < 0)
			return false;
		if (padding)
			continue;
		word = word << 6 | (uint32_t)value;
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		out[made++] = (uint8_t)(word >> bits);
	}
	return made == n;
}

static bool read_one(struct str in, struct digest *out)
{
	struct str algorithm, text, options;

	if (!str_cut(in, '-', &algorithm, &text))
		return false;
	str_cut(text, '?', &text, &options);
	for (enum digest_kind kind = DIGEST_SHA1; kind < N_DIGEST_KINDS; kind++) {
		if (!str_is(algorithm, digest_rows[kind].name))
			continue;
		*out = (struct digest){ .kind = kind };
		return read_base64(text, out->b, digest_rows[kind].n);
	}
	return false;
}

bool digest_read_sri(struct str in, struct digest *out)
{
	struct digest best = { 0 }, digest;
	struct str one;
	bool more = true;

	while (more) {
		more = str_cut(in, ' ', &one, &in);
		if (read_one(one, &digest) && digest.kind > best.kind)
			best = digest;
	}
	if (best.kind)
		*out = best;
	return best.kind;
}

void digest_print(const struct digest *digest, struct buf *out)
{
	if (!digest->kind)
		return;
	buf_printf(out, "%s:", digest_rows[digest->kind].name);
	for (size_t i = 0; i < digest_rows[digest->kind].n; i++)
		buf_printf(out, "%02x", digest->b[i]);
}
