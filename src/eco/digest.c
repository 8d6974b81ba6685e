/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/digest.h"

#include <string.h>

#include "wire/ascii.h"
#include "wire/base64.h"

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

/* @n bytes, exactly, with padding and without anything between the letters. */
static bool read_base64(struct str in, uint8_t *out, size_t n)
{
	char space[DIGEST_MAX + 1];
	struct buf bytes = BUF(space);

	if (in.n != (n + 2) / 3 * 4 || base64_read(in, &bytes) < 0 || bytes.n != n)
		return false;
	memcpy(out, space, n);
	return true;
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
