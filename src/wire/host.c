/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/host.h"

#include <string.h>

#include "wire/ascii.h"

/*
 * Libc is not asked: inet_aton() and getaddrinfo() read "0x7f.1", "017700000001" and "127.1" as
 * 127.0.0.1, and a browser's URL parser does the same for any name whose last label is a number
 * (WHATWG URL, 3.5, "ends in a number"). Such texts are neither names nor addresses here.
 */

enum { LABEL_MAX = 63 }; /* RFC 1035, 2.3.4 */

/* Decimal, or hexadecimal as in "0x7f" and "0x", which URL parsers take for zero. */
static bool is_number(struct str label)
{
	bool hex = label.n >= 2 && label.p[0] == '0' && ascii_lower(label.p[1]) == 'x';

	for (size_t i = hex ? 2 : 0; i < label.n; i++) {
		if (hex ? ascii_hex(label.p[i]) < 0 : !ascii_digit(label.p[i]))
			return false;
	}
	return true;
}

static bool label_valid(struct str label)
{
	if (label.n == 0 || label.n > LABEL_MAX || label.p[0] == '-' || label.p[label.n - 1] == '-')
		return false;
	for (size_t i = 0; i < label.n; i++) {
		char c = label.p[i];

		if (!ascii_alnum(c) && c != '-' && c != '_')
			return false;
	}
	return true;
}

int host_canon(struct str in, char out[HOST_MAX + 1])
{
	struct str label, rest;
	bool more;

	if (in.n && in.p[in.n - 1] == '.')
		in.n--;
	if (in.n > HOST_MAX)
		return -1;
	rest = in;
	do {
		more = str_cut(rest, '.', &label, &rest);
		if (!label_valid(label))
			return -1;
	} while (more);
	if (is_number(label))
		return -1;
	for (size_t i = 0; i < in.n; i++)
		out[i] = in.p[i] == '.' ? '.' : ascii_lower(in.p[i]);
	out[in.n] = '\0';
	return 0;
}

/* Four decimal numbers without leading zeros, which some readers take for octal. */
static int v4_parse(struct str in, uint8_t out[4])
{
	struct str part, rest = in;
	unsigned long value;

	for (int i = 0; i < 4; i++) {
		if (str_cut(rest, '.', &part, &rest) != (i < 3))
			return -1;
		if (str_to_ulong(part, 255, &value) < 0 || (part.n > 1 && part.p[0] == '0'))
			return -1;
		out[i] = (uint8_t)value;
	}
	return 0;
}

/* One to four hexadecimal digits. */
static int group_parse(struct str in, uint8_t out[2])
{
	unsigned value = 0;

	if (in.n == 0 || in.n > 4)
		return -1;
	for (size_t i = 0; i < in.n; i++) {
		if (ascii_hex(in.p[i]) < 0)
			return -1;
		value = value << 4 | (unsigned)ascii_hex(in.p[i]);
	}
	out[0] = (uint8_t)(value >> 8);
	out[1] = (uint8_t)value;
	return 0;
}

/* Groups without "::" into @out, of which @cap bytes are free. Returns bytes, or -1. */
static int groups_parse(struct str in, uint8_t *out, int cap, bool v4_at_end)
{
	struct str group, rest = in;
	int n = 0;
	bool more = in.n > 0;

	while (more) {
		more = str_cut(rest, ':', &group, &rest);
		if (!more && v4_at_end && n + 4 <= cap && v4_parse(group, out + n) == 0)
			return n + 4;
		if (n + 2 > cap || group_parse(group, out + n) < 0)
			return -1;
		n += 2;
	}
	return n;
}

static int v6_parse(struct str in, uint8_t out[16])
{
	const char *gap = in.n ? memmem(in.p, in.n, "::", 2) : NULL;
	struct str left = in, right = { 0 };
	uint8_t tail[16];
	int n_left, n_right;

	if (!gap)
		return groups_parse(in, out, 16, true) == 16 ? 0 : -1;
	left.n = (size_t)(gap - in.p);
	right = (struct str){ gap + 2, in.n - left.n - 2 };
	n_left = groups_parse(left, out, 14, false);
	if (n_left < 0)
		return -1;
	n_right = groups_parse(right, tail, 14 - n_left, true);
	if (n_right < 0)
		return -1;
	memset(out + n_left, 0, (size_t)(16 - n_left - n_right));
	memcpy(out + 16 - n_right, tail, (size_t)n_right);
	return 0;
}

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static struct addr addr_of_v4(const uint8_t v4[4])
{
	struct addr a;

	memcpy(a.b, mapped, sizeof(mapped));
	memcpy(a.b + 12, v4, 4);
	return a;
}

int addr_parse(struct str in, struct addr *out)
{
	uint8_t v4[4];

	if (v4_parse(in, v4) == 0) {
		*out = addr_of_v4(v4);
		return 0;
	}
	if (in.n >= 2 && in.p[0] == '[' && in.p[in.n - 1] == ']')
		in = (struct str){ in.p + 1, in.n - 2 };
	return v6_parse(in, out->b);
}

bool addr_is_v4(const struct addr *a)
{
	return memcmp(a->b, mapped, sizeof(mapped)) == 0;
}

/* The first of the longest runs of two or more zero groups: RFC 5952, 4.2. Returns its length. */
static int zero_run(const uint8_t b[16], int *start)
{
	int longest = 1, n = 0;

	*start = -1;
	for (int i = 0; i < 8; i++) {
		n = b[2 * i] || b[2 * i + 1] ? 0 : n + 1;
		if (n > longest) {
			longest = n;
			*start = i + 1 - n;
		}
	}
	return longest;
}

void addr_text(const struct addr *a, char out[ADDR_TEXT_MAX])
{
	struct buf text = buf_over(out, ADDR_TEXT_MAX);
	int start, run = zero_run(a->b, &start);

	if (addr_is_v4(a)) {
		buf_printf(&text, "%u.%u.%u.%u", a->b[12], a->b[13], a->b[14], a->b[15]);
		return;
	}
	for (int i = 0; i < 8; i++) {
		if (i == start) {
			buf_puts(&text, "::");
			i += run - 1;
			continue;
		}
		if (i && i != start + run)
			buf_puts(&text, ":");
		buf_printf(&text, "%x", (unsigned)(a->b[2 * i] << 8 | a->b[2 * i + 1]));
	}
}

/* An address range, and what is said of an address in it. */
struct range {
	uint8_t prefix[16];
	uint8_t bits;
	uint8_t inner; /* offset of an IPv4 address that stands for this one; 0: none */
	uint8_t mask;  /* that it was XORed with */
	const char *why;
};

#define V4(a, b, c, d, bits) { [10] = 0xff, 0xff, a, b, c, d }, 96 + (bits), 0, 0
#define W(word) (word) >> 8, (word)&0xff
#define V6(a, b, c, d, e, f, g, h, bits) { W(a), W(b), W(c), W(d), W(e), W(f), W(g), W(h) }, bits

/*
 * The first row that fits decides: clouds' own services before the ranges they lie in, exceptions
 * before the rule. IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890, as of
 * 2025), multicast and reserved space, and what clouds document as theirs. Ranges which the
 * registry calls globally reachable but which serve no client (anycast for PCP, TURN, 6to4) are
 * refused with the range around them.
 */
static const struct range ranges[] = {
	{ V4(169, 254, 169, 254, 32), "metadata service" },
	{ V4(169, 254, 170, 2, 32), "metadata service" },   /* Amazon ECS credentials */
	{ V4(169, 254, 170, 23, 32), "metadata service" },  /* Amazon EKS pod identity */
	{ V4(169, 254, 0, 23, 32), "metadata service" },    /* Tencent */
	{ V4(169, 254, 42, 42, 32), "metadata service" },   /* Scaleway */
	{ V4(100, 100, 100, 200, 32), "metadata service" }, /* Alibaba */
	{ V4(168, 63, 129, 16, 32), "metadata service" },   /* Azure; in no special range */
	{ V4(192, 0, 0, 192, 32), "metadata service" },	    /* Oracle */
	{ V4(0, 0, 0, 0, 8), "this network" },
	{ V4(10, 0, 0, 0, 8), "private" },
	{ V4(100, 64, 0, 0, 10), "shared (carrier-grade NAT)" },
	{ V4(127, 0, 0, 0, 8), "loopback" },
	{ V4(169, 254, 0, 0, 16), "link-local" },
	{ V4(172, 16, 0, 0, 12), "private" },
	{ V4(192, 0, 0, 0, 24), "protocol assignments" },
	{ V4(192, 88, 99, 0, 24), "6to4 relay" },
	{ V4(192, 168, 0, 0, 16), "private" },
	{ V4(198, 18, 0, 0, 15), "benchmarking" },
	{ V4(224, 0, 0, 0, 4), "multicast" },
	{ V4(255, 255, 255, 255, 32), "broadcast" },
	{ V4(240, 0, 0, 0, 4), "reserved" },
	{ V4(0, 0, 0, 0, 0), NULL },

	{ V6(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254, 128), 0, 0, "metadata service" }, /* Amazon */
	{ V6(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23, 128), 0, 0, "metadata service" },
	{ V6(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254, 128), 0, 0, "metadata service" }, /* Google */
	{ V6(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42, 128), 0, 0, "metadata service" },  /* Scaleway */
	{ V6(0, 0, 0, 0, 0, 0, 0, 0, 128), 0, 0, "unspecified" },
	{ V6(0, 0, 0, 0, 0, 0, 0, 1, 128), 0, 0, "loopback" },
	{ V6(0, 0, 0, 0, 0, 0, 0, 0, 96), 12, 0, "IPv4-compatible" },
	{ V6(0, 0, 0, 0, 0xffff, 0, 0, 0, 96), 12, 0, "IPv4-translated" }, /* RFC 2765 */
	{ V6(0x64, 0xff9b, 0, 0, 0, 0, 0, 0, 96), 12, 0, NULL },	   /* NAT64 */
	{ V6(0x64, 0xff9b, 1, 0, 0, 0, 0, 0, 48), 0, 0, "private (local NAT64)" },
	{ V6(0x100, 0, 0, 0, 0, 0, 0, 0, 64), 0, 0, "discard" },
	{ V6(0x2001, 0, 0, 0, 0, 0, 0, 0, 32), 12, 0xff, "Teredo" }, /* RFC 4380, 4 */
	{ V6(0x2001, 2, 0, 0, 0, 0, 0, 0, 48), 0, 0, "benchmarking" },
	{ V6(0x2001, 0, 0, 0, 0, 0, 0, 0, 23), 0, 0, "protocol assignments" },
	{ V6(0x2002, 0, 0, 0, 0, 0, 0, 0, 16), 2, 0, NULL }, /* 6to4 */
	{ V6(0x2000, 0, 0, 0, 0, 0, 0, 0, 3), 0, 0, NULL },
	{ V6(0x5f00, 0, 0, 0, 0, 0, 0, 0, 16), 0, 0, "segment routing" },
	{ V6(0xfc00, 0, 0, 0, 0, 0, 0, 0, 7), 0, 0, "private" },
	{ V6(0xfe80, 0, 0, 0, 0, 0, 0, 0, 10), 0, 0, "link-local" },
	{ V6(0xfec0, 0, 0, 0, 0, 0, 0, 0, 10), 0, 0, "private (site-local)" },
	{ V6(0xff00, 0, 0, 0, 0, 0, 0, 0, 8), 0, 0, "multicast" },
	{ V6(0, 0, 0, 0, 0, 0, 0, 0, 0), 0, 0, "reserved" },
};

static bool in_range(const struct range *r, const uint8_t b[16])
{
	unsigned whole = r->bits / 8, rest = r->bits % 8;

	return memcmp(b, r->prefix, whole) == 0 &&
	       (rest == 0 || (b[whole] ^ r->prefix[whole]) >> (8 - rest) == 0);
}

static const struct range *range_of(const struct addr *a)
{
	const struct range *r = ranges;

	while (!in_range(r, a->b))
		r++; /* the last row takes all */
	return r;
}

const char *addr_special(const struct addr *a)
{
	const struct range *r = range_of(a);
	const char *why = NULL;
	struct addr inner;
	uint8_t v4[4];

	if (r->inner) {
		for (int i = 0; i < 4; i++)
			v4[i] = a->b[r->inner + i] ^ r->mask;
		inner = addr_of_v4(v4);
		why = range_of(&inner)->why;
	}
	return why ? why : r->why;
}
