/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/socks.h"

#include <string.h>

#include "wire/read.h"

enum { NO_AUTHENTICATION = 0, CONNECT = 1, ADDRESS4 = 1, NAME = 3, ADDRESS6 = 4 };

static int bad(struct socks *s, enum socks_reply reply, const char *reason)
{
	s->reply = reply;
	s->reason = reason;
	return SOCKS_E_BAD;
}

static int check_version(struct socks *s, uint8_t version)
{
	return version == SOCKS_VERSION
		       ? 0
		       : bad(s, SOCKS_FAILED, "a version of SOCKS other than 5 (RFC 1928)");
}

int socks_read_greeting(struct socks *s, struct str in)
{
	struct reader r = { .rest = in };
	uint8_t version = read_u8(&r);
	struct reader methods = read_vector(&r, 1);

	*s = (struct socks){ 0 };
	if (in.n && check_version(s, version) != 0)
		return SOCKS_E_BAD;
	if (r.bad)
		return SOCKS_E_MORE;
	s->size = in.n - r.rest.n;
	if (!methods.rest.n || !memchr(methods.rest.p, NO_AUTHENTICATION, methods.rest.n))
		return bad(s, SOCKS_NO_METHOD, "a SOCKS client that insists on authentication");
	return 0;
}

/* An IPv4 address becomes its mapped form. */
static void read_address(struct reader *r, size_t n, struct authority *out)
{
	struct str bytes = read_bytes(r, n);

	out->addr = (struct addr){ { [10] = 0xff, 0xff } };
	memcpy(out->addr.b + sizeof(out->addr) - n, bytes.p, bytes.n);
}

/* A literal address in the place of a name is one all the same. A port has its own place. */
static int read_name(struct socks *s, struct str name)
{
	struct authority *out = &s->authority;

	if (host_canon(name, out->host) == 0)
		return 0;
	out->host[0] = '\0';
	return addr_parse(name, &out->addr) == 0
		       ? 0
		       : bad(s, SOCKS_FAILED, "a SOCKS request to what is no host");
}

/* The command is judged before its address has come: nothing that follows could make it another. */
int socks_read_request(struct socks *s, struct str in)
{
	struct reader r = { .rest = in };
	uint8_t version = read_u8(&r), command = read_u8(&r), reserved = read_u8(&r);
	uint8_t type = read_u8(&r);
	struct str name = { 0 };

	*s = (struct socks){ 0 };
	if (in.n && check_version(s, version) != 0)
		return SOCKS_E_BAD;
	if (in.n > 1 && command != CONNECT)
		return bad(s, SOCKS_NO_COMMAND, "a SOCKS command other than CONNECT");
	if (in.n > 2 && reserved != 0)
		return bad(s, SOCKS_FAILED, "a SOCKS request with a reserved byte that is not 0");
	if (r.bad)
		return SOCKS_E_MORE;
	if (type == NAME)
		name = read_vector(&r, 1).rest;
	else if (type == ADDRESS4 || type == ADDRESS6)
		read_address(&r, type == ADDRESS4 ? 4 : 16, &s->authority);
	else
		return bad(s, SOCKS_NO_ADDRESS, "a SOCKS request to an address of no known kind");
	s->authority.port = read_u16(&r);
	if (r.bad)
		return SOCKS_E_MORE;
	s->size = in.n - r.rest.n;
	if (s->authority.port == 0)
		return bad(s, SOCKS_FAILED, "a SOCKS request to port 0");
	return type == NAME ? read_name(s, name) : 0;
}

void socks_write_method(enum socks_reply reply, struct buf *out)
{
	const uint8_t answer[] = { SOCKS_VERSION, (uint8_t)reply };

	buf_add(out, answer, sizeof(answer));
}

void socks_write_reply(enum socks_reply reply, struct buf *out)
{
	const uint8_t answer[10] = { SOCKS_VERSION, (uint8_t)reply, 0, ADDRESS4 };

	buf_add(out, answer, sizeof(answer));
}
