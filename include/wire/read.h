/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/mem.h"

/*
 * Big-endian numbers and bytes off the front of a message. Taking what is not there yields zeros
 * and sets @bad, which stays: a parser looks at it when it is done, and before it believes a count.
 */
struct reader {
	struct str rest;
	bool bad;
};

static inline struct str read_bytes(struct reader *r, size_t n)
{
	struct str bytes = { r->rest.p, n };

	if (n > r->rest.n) {
		r->bad = true;
		r->rest.n = bytes.n = 0;
		return bytes;
	}
	r->rest.p += n;
	r->rest.n -= n;
	return bytes;
}

static inline uint32_t read_number(struct reader *r, size_t n)
{
	struct str bytes = read_bytes(r, n);
	uint32_t value = 0;

	for (size_t i = 0; i < bytes.n; i++)
		value = value << 8 | (uint8_t)bytes.p[i];
	return value;
}

static inline uint8_t read_u8(struct reader *r)
{
	return (uint8_t)read_number(r, 1);
}

static inline uint16_t read_u16(struct reader *r)
{
	return (uint16_t)read_number(r, 2);
}

/* A vector: its length in @n bytes, then the bytes themselves, as a reader of their own. */
static inline struct reader read_vector(struct reader *r, size_t n)
{
	struct str bytes = read_bytes(r, read_number(r, n));

	return (struct reader){ .rest = bytes, .bad = r->bad };
}
