/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/dns.h"

#include <errno.h>

#include "wire/read.h"

/*
 * A resolver library asks one plain question: one name, without compression, and at most an OPT
 * record after it. Everything else is refused before it is understood, so that nothing has to be
 * followed, and the work is bounded by the length of the message.
 */

enum {
	HEADER = 12,
	NAME_WIRE_MAX = 255, /* RFC 1035, 2.3.4 */
	CLASS_IN = 1,

	FLAG_QR = 0x8000,
	FLAG_OPCODE = 0x7800,
	FLAG_AA = 0x0400,
	FLAG_TC = 0x0200,
	FLAG_RD = 0x0100,
	FLAG_RA = 0x0080,
	FLAG_CD = 0x0010,
	OPT_DO = 0x8000,

	OUR_UDP_SIZE = 1232, /* the size that the DNS flag day of 2020 agreed on */
};

/*
 * Labels into @name, joined by dots. A label with a dot in it would become two; the byte that
 * stands for it here is one that no name has. Compression (RFC 1035, 4.1.4) has nothing to point
 * to in a question.
 */
static int read_name(struct reader *r, struct buf *name)
{
	struct str label;
	size_t wire = 1;
	uint8_t n;

	while ((n = read_u8(r)) > 0) {
		if (n > 63)
			return -1;
		label = read_bytes(r, n);
		wire += n + 1u;
		if (r->bad || wire > NAME_WIRE_MAX)
			return -1;
		if (name->n)
			buf_add(name, ".", 1);
		for (size_t i = 0; i < label.n; i++)
			buf_add(name, label.p[i] == '.' ? "/" : &label.p[i], 1);
	}
	return r->bad ? -1 : 0;
}

static int read_question(struct reader *r, struct dns_query *q)
{
	struct str start = r->rest;
	char space[NAME_WIRE_MAX + 1];
	struct buf name = BUF(space);

	if (read_name(r, &name) < 0)
		return DNS_FORMERR;
	q->type = read_u16(r);
	q->class = read_u16(r);
	if (r->bad)
		return DNS_FORMERR;
	q->question = (struct str){ start.p, start.n - r->rest.n };
	if (name.full || host_canon((struct str){ space, name.n }, q->name) < 0)
		q->name[0] = '\0';
	return 0;
}

/* RFC 6891, 6.1.2. Its options ask for nothing that we give. */
static int read_opt(struct reader *r, struct dns_query *q)
{
	uint8_t name = read_u8(r), version;
	uint16_t type = read_u16(r), flags;

	if (name != 0 || type != DNS_OPT)
		return DNS_FORMERR;
	q->udp_size = read_u16(r);
	read_u8(r);
	version = read_u8(r);
	flags = read_u16(r);
	read_vector(r, 2);
	if (r->bad || r->rest.n)
		return DNS_FORMERR;
	q->edns = true;
	q->dnssec_ok = flags & OPT_DO;
	return version == 0 ? 0 : DNS_BADVERS;
}

int dns_parse(struct dns_query *q, struct str message)
{
	struct reader r = { .rest = message };
	uint16_t questions, answers, additional;
	int ret;

	*q = (struct dns_query){ 0 };
	if (message.n < HEADER)
		return -EBADMSG;
	q->id = read_u16(&r);
	q->flags = read_u16(&r);
	questions = read_u16(&r);
	answers = read_u16(&r);
	answers |= read_u16(&r);
	additional = read_u16(&r);
	if (q->flags & FLAG_QR)
		return -EBADMSG;
	if (q->flags & FLAG_OPCODE)
		return DNS_NOTIMP;
	if (questions != 1 || answers || additional > 1 || q->flags & FLAG_TC)
		return DNS_FORMERR;
	ret = read_question(&r, q);
	if (ret == 0 && additional)
		ret = read_opt(&r, q);
	if (ret == 0 && r.rest.n)
		ret = DNS_FORMERR;
	if (ret == 0 && q->class != CLASS_IN)
		ret = DNS_REFUSED;
	return ret;
}

static void put_number(struct buf *out, uint32_t value, size_t n)
{
	uint8_t bytes[4];

	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(value >> (8 * (n - 1 - i)));
	buf_add(out, bytes, n);
}

static void put_header(const struct dns_query *q, enum dns_rcode rcode, unsigned answers,
		       struct buf *out)
{
	bool negative = !answers && (rcode == DNS_NOERROR || rcode == DNS_NXDOMAIN);
	unsigned flags =
		FLAG_QR | FLAG_AA | FLAG_RA | (q->flags & (FLAG_OPCODE | FLAG_RD | FLAG_CD));

	put_number(out, q->id, 2);
	put_number(out, flags | (rcode & 0xf), 2);
	put_number(out, q->question.n ? 1 : 0, 2);
	put_number(out, answers, 2);
	put_number(out, negative, 2);
	put_number(out, q->edns, 2);
	buf_str(out, q->question);
}

static void put_addr(const struct addr *a, uint32_t ttl, struct buf *out)
{
	bool v4 = addr_is_v4(a);

	put_number(out, 0xc000 | HEADER, 2); /* the name: where the question has it */
	put_number(out, v4 ? DNS_A : DNS_AAAA, 2);
	put_number(out, CLASS_IN, 2);
	put_number(out, ttl, 4);
	put_number(out, v4 ? 4 : 16, 2);
	buf_add(out, v4 ? a->b + 12 : a->b, v4 ? 4 : 16);
}

/*
 * RFC 2308, 5: a negative answer is cached for the lesser of the TTL and MINIMUM of its SOA. The
 * zone is the root: it is above every name, and says nothing about which zones there are.
 */
static void put_soa(uint32_t ttl, struct buf *out)
{
	put_number(out, 0, 1);
	put_number(out, DNS_SOA, 2);
	put_number(out, CLASS_IN, 2);
	put_number(out, ttl, 4);
	put_number(out, 2 + 5 * 4, 2);
	put_number(out, 0, 2); /* MNAME and RNAME: the root */
	put_number(out, 1, 4); /* SERIAL */
	for (int i = 0; i < 4; i++)
		put_number(out, ttl, 4); /* REFRESH, RETRY, EXPIRE, MINIMUM */
}

static void put_opt(const struct dns_query *q, enum dns_rcode rcode, struct buf *out)
{
	put_number(out, 0, 1);
	put_number(out, DNS_OPT, 2);
	put_number(out, OUR_UDP_SIZE, 2);
	put_number(out, (unsigned)rcode >> 4, 1);
	put_number(out, 0, 1);
	put_number(out, q->dnssec_ok ? OPT_DO : 0, 2); /* RFC 3225, 3: copied */
	put_number(out, 0, 2);
}

static bool answers(const struct addr *a, const struct dns_query *q)
{
	return q->type == (addr_is_v4(a) ? DNS_A : DNS_AAAA);
}

void dns_answer(const struct dns_query *q, enum dns_rcode rcode, const struct addr *addrs,
		size_t n_addrs, uint32_t ttl, struct buf *out)
{
	unsigned n = 0;

	if (rcode != DNS_NOERROR)
		n_addrs = 0;
	for (size_t i = 0; i < n_addrs; i++)
		n += answers(&addrs[i], q);
	put_header(q, rcode, n, out);
	for (size_t i = 0; i < n_addrs; i++) {
		if (answers(&addrs[i], q))
			put_addr(&addrs[i], ttl, out);
	}
	if (n == 0 && (rcode == DNS_NOERROR || rcode == DNS_NXDOMAIN))
		put_soa(ttl, out);
	if (q->edns)
		put_opt(q, rcode, out);
}
