/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/dns.h"

#include <arpa/nameser.h>
#include <resolv.h>
#include <stdlib.h>
#include <strings.h>

#include "fuzz.h"

/* What we read is what libresolv reads. */
static void check_query(const struct dns_query *q, const uint8_t *data, size_t size)
{
	ns_msg msg;
	ns_rr rr;

	assert(ns_initparse(data, (int)size, &msg) == 0);
	assert(ns_msg_count(msg, ns_s_qd) == 1 && ns_parserr(&msg, ns_s_qd, 0, &rr) == 0);
	assert(ns_msg_id(msg) == q->id && ns_rr_type(rr) == q->type && ns_rr_class(rr) == q->class);
	assert(!q->name[0] || strcasecmp(ns_rr_name(rr), q->name) == 0);
	assert(q->question.p == (const char *)data + 12 && q->question.n <= size - 12);
}

/* The answer is well formed to libresolv, and says what it should. */
static void check_answer(const struct dns_query *q, int rcode, const struct buf *out)
{
	static const ns_sect sections[] = { ns_s_qd, ns_s_an, ns_s_ns, ns_s_ar };
	bool found = rcode == 0 && (q->type == DNS_A || q->type == DNS_AAAA);
	bool negative = !found && (rcode == DNS_NOERROR || rcode == DNS_NXDOMAIN);
	ns_msg msg;
	ns_rr rr;

	assert(!out->full && out->n < DNS_ANSWER_MAX);
	assert(ns_initparse((const u_char *)out->p, (int)out->n, &msg) == 0);
	assert(ns_msg_id(msg) == q->id && (int)ns_msg_getflag(msg, ns_f_rcode) == (rcode & 15));
	assert(ns_msg_getflag(msg, ns_f_qr) && !ns_msg_getflag(msg, ns_f_tc));
	assert(ns_msg_count(msg, ns_s_an) == (found ? 1 : 0));
	assert(ns_msg_count(msg, ns_s_ns) == (negative ? 1 : 0));
	assert(ns_msg_count(msg, ns_s_ar) == (q->edns ? 1 : 0));
	for (size_t i = 0; i < LEN(sections); i++) {
		for (int j = 0; j < ns_msg_count(msg, sections[i]); j++)
			assert(ns_parserr(&msg, sections[i], j, &rr) == 0);
	}
	if (!found)
		return;
	assert(ns_parserr(&msg, ns_s_an, 0, &rr) == 0);
	assert(ns_rr_type(rr) == q->type && ns_rr_rdlen(rr) == (q->type == DNS_A ? 4 : 16));
	assert(!q->name[0] || strcasecmp(ns_rr_name(rr), q->name) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct addr addrs[] = { { { [10] = 0xff, 0xff, 198, 18, 0, 9 } },
					     { { 0xfd, [15] = 9 } } };
	static const int codes[] = { DNS_NOERROR, DNS_NXDOMAIN, DNS_REFUSED };
	struct dns_query q;
	int ret = dns_parse(&q, (struct str){ (const char *)data, size });

	if (ret < 0)
		return 0;
	if (ret == 0 && size <= NS_MAXMSG)
		check_query(&q, data, size);
	for (size_t i = 0; i < (ret ? 1 : LEN(codes)); i++) {
		char space[DNS_ANSWER_MAX];
		struct buf out = BUF(space);
		int rcode = ret ? ret : codes[i];

		dns_answer(&q, (enum dns_rcode)rcode, addrs, LEN(addrs), 60, &out);
		check_answer(&q, rcode, &out);
	}
	return 0;
}
