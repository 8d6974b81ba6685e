/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/base64.h"

#include <stdint.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Three bytes or fewer, and as many '=' as are missing. */
static void write_group(const char *p, size_t n, struct buf *out)
{
	uint32_t bits = 0;
	char group[4];

	for (size_t i = 0; i < 3; i++)
		bits = bits << 8 | (i < n ? (uint8_t)p[i] : 0);
	for (size_t i = 0; i < 4; i++)
		group[i] = i <= n ? digits[bits >> (18 - 6 * i) & 63] : '=';
	buf_add(out, group, sizeof(group));
}

void base64_write(struct str bytes, struct buf *out)
{
	for (size_t at = 0; at < bytes.n; at += 3)
		write_group(bytes.p + at, bytes.n - at < 3 ? bytes.n - at : 3, out);
}

/* @n of its four digits are there. */
static int read_group(uint32_t bits, size_t n, struct buf *out)
{
	const char bytes[] = { (char)(bits >> 16), (char)(bits >> 8), (char)bits };

	if (n == 1 || (n < 4 && bits & (n == 2 ? 0xffff : 0xff)))
		return -1; /* no byte has so few digits, or none of them would read it back so */
	buf_add(out, bytes, n ? n - 1 : 0);
	return 0;
}

int base64_read(struct str text, struct buf *out)
{
	size_t n = 0, padding = 0;
	uint32_t bits = 0;

	for (size_t i = 0; i < text.n; i++) {
		const char c = text.p[i], *digit = c ? strchr(digits, c) : NULL;

		if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
			continue;
		padding += c == '=';
		if (c != '=' && (!digit || padding))
			return -1;
		if (c == '=')
			continue;
		bits |= (uint32_t)(digit - digits) << (18 - 6 * n);
		if (++n < 4)
			continue;
		read_group(bits, n, out);
		bits = 0;
		n = 0;
	}
	return (padding ? n == 0 || n + padding != 4 : n != 0) ? -1 : read_group(bits, n, out);
}
