/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

/*
 * Names and addresses as they come in profiles, DNS questions, SNI, Host and CONNECT: one grammar,
 * one canonical form, so that what was judged is what is meant.
 */

enum {
	HOST_MAX = 253,	    /* RFC 1035, 2.3.4: 255 octets on the wire */
	ADDR_TEXT_MAX = 48, /* INET6_ADDRSTRLEN and the NUL */
};

/* An IPv6 address, or an IPv4 one in its mapped form ::ffff:a.b.c.d (RFC 4291, 2.5.5.2). */
struct addr {
	uint8_t b[16];
};

/*
 * Lower case, without a trailing dot (one is taken off); labels of letters, digits, '-' and '_'
 * (RFC 1123, 2.1; '_' is used in real names), the last one not a number. Returns 0 with @out
 * terminated, or -1 if @in is not such a name: an IP literal in any notation is not.
 */
int host_canon(struct str in, char out[HOST_MAX + 1]);

/*
 * A literal address: dotted quad, or IPv6 with or without brackets (RFC 4291, 2.2), without a zone.
 * Octal, hexadecimal, short and one-number forms of IPv4 are refused. Returns 0 or -1.
 */
int addr_parse(struct str in, struct addr *out);

/* Canonical text (RFC 5952); an IPv4 address as a dotted quad. */
void addr_text(const struct addr *a, char out[ADDR_TEXT_MAX]);
bool addr_is_v4(const struct addr *a);

/*
 * Why nobody in the box may reach this address, whatever its name: "loopback", "private",
 * "link-local", "metadata service", ... (RFC 6890 and its registry), also inside 6to4, NAT64
 * and mapped forms. NULL for any other address, also for those of documentation (RFC 5737): they
 * are nobody's, and closed networks give them to what stands for a public service.
 */
const char *addr_special(const struct addr *a);
