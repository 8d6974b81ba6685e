/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "wire/host.h"

/* Questions to the box's resolver, and the answers that it makes up: nothing is ever forwarded. */

enum dns_rcode { /* RFC 1035, 4.1.1; RFC 6891, 9 */
		 DNS_NOERROR = 0,
		 DNS_FORMERR = 1,
		 DNS_NXDOMAIN = 3,
		 DNS_NOTIMP = 4,
		 DNS_REFUSED = 5,
		 DNS_BADVERS = 16,
};

enum dns_type {
	DNS_A = 1,
	DNS_SOA = 6,
	DNS_AAAA = 28,
	DNS_OPT = 41,
	DNS_HTTPS = 65,
};

/* No answer is longer, so none is ever truncated; the NUL of struct buf included. */
enum { DNS_ANSWER_MAX = 512 };

struct dns_query {
	uint16_t id, flags;
	char name[HOST_MAX + 1]; /* canonical; "" if what was asked for cannot be a host's name */
	uint16_t type, class;
	bool edns;
	uint16_t udp_size; /* as offered by EDNS */
	bool dnssec_ok;
	struct str question; /* borrowed from the message: answered as it was spelt */
};

/*
 * Reads one message, without the length that TCP puts before it. Returns 0; the enum dns_rcode that
 * the answer must carry, @q being filled in as far as dns_answer() needs; or -EBADMSG for what must
 * not be answered: no header, or itself an answer.
 */
int dns_parse(struct dns_query *q, struct str message);

/*
 * Adds the answer to @out (of DNS_ANSWER_MAX): with DNS_NOERROR those of @addrs that the question
 * asked for, by A or AAAA. None of them is NODATA; that and DNS_NXDOMAIN may be cached for @ttl
 * seconds (RFC 2308).
 */
void dns_answer(const struct dns_query *q, enum dns_rcode rcode, const struct addr *addrs,
		size_t n_addrs, uint32_t ttl, struct buf *out);
