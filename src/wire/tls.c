/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/tls.h"

#include <string.h>

#include "wire/read.h"

/*
 * Theory of operation
 *
 * A ClientHello is one handshake message, in one record or many, in one TCP segment or many (RFC
 * 8446, 4 and 5.1). First the fragments are put together, which gives a final answer as soon as a
 * record header or the message header is wrong; the message itself is read only when it is whole.
 * So a prefix of the bytes yields TLS_E_MORE or what all of them yield, never something else.
 *
 * The origin will read the same bytes with a parser of its own. Whatever two parsers could read
 * differently (an extension twice, two names, a name with a NUL, lengths that do not add up) is
 * refused. What we do not know is skipped, as RFC 8701 (GREASE) demands of servers.
 */

enum {
	RECORD_HEADER = 5,
	RECORD_MAX = 16384, /* RFC 8446, 5.1 */
	TYPE_HANDSHAKE = 22,
	TYPE_ALERT = 21,
	MESSAGE_HEADER = 4,
	MESSAGE_CLIENT_HELLO = 1,

	VERSION_SSL3 = 0x0300,
	VERSION_TLS12 = 0x0303,
	VERSION_TLS13 = 0x0304,

	EXTENSIONS_MAX = 128, /* browsers send 20 */
};

static int bad(struct tls_hello *hello, enum tls_alert alert, const char *reason)
{
	hello->alert = alert;
	hello->reason = reason;
	return TLS_E_BAD;
}

/* The fragments of a message, joined. */
struct message {
	char bytes[TLS_HELLO_MAX];
	size_t n;
};

/* What it says its size is; 0: that is not there yet. */
static size_t message_size(const struct message *m)
{
	struct reader r = { .rest = { m->bytes, m->n } };
	size_t n;

	read_u8(&r);
	n = read_number(&r, 3);
	return r.bad ? 0 : MESSAGE_HEADER + n;
}

/* The first bytes tell TLS from other protocols; they may come one by one. */
static bool is_tls(struct str in)
{
	static const struct {
		uint8_t min, max;
	} start[] = {
		{ TYPE_HANDSHAKE, TYPE_HANDSHAKE },
		{ 3, 3 },
		{ 0, 4 }, /* RFC 8446, 5.1: to be ignored, but nothing else was ever sent */
	};

	for (size_t i = 0; i < LEN(start) && i < in.n; i++) {
		if ((uint8_t)in.p[i] < start[i].min || (uint8_t)in.p[i] > start[i].max)
			return false;
	}
	return true;
}

/* Judges the message by its header, @expected bytes of it being announced by records. */
static int check_message(struct tls_hello *hello, const struct message *m, size_t expected)
{
	size_t size = message_size(m);

	if (m->n && m->bytes[0] != MESSAGE_CLIENT_HELLO)
		return bad(hello, TLS_ALERT_UNEXPECTED_MESSAGE, "TLS, but no ClientHello");
	if (size > sizeof(m->bytes))
		return bad(hello, TLS_ALERT_ILLEGAL_PARAMETER, "ClientHello too long");
	if (size && expected > size)
		return bad(hello, TLS_ALERT_UNEXPECTED_MESSAGE, "more after the ClientHello");
	return 0;
}

/* Takes one record off @r, or as much of it as there is: then TLS_E_MORE. */
static int read_record(struct tls_hello *hello, struct reader *r, struct message *m)
{
	struct str fragment;
	size_t n;
	int ret;

	if (!is_tls(r->rest))
		return bad(hello, TLS_ALERT_UNEXPECTED_MESSAGE, "ClientHello broken off");
	if (r->rest.n < RECORD_HEADER)
		return TLS_E_MORE;
	read_bytes(r, 3);
	n = read_u16(r);
	if (n == 0)
		return bad(hello, TLS_ALERT_UNEXPECTED_MESSAGE, "empty TLS record");
	if (n > RECORD_MAX)
		return bad(hello, TLS_ALERT_RECORD_OVERFLOW, "TLS record too long");
	fragment = read_bytes(r, n < r->rest.n ? n : r->rest.n);
	if (fragment.n > sizeof(m->bytes) - m->n)
		return bad(hello, TLS_ALERT_ILLEGAL_PARAMETER, "ClientHello too long");
	memcpy(m->bytes + m->n, fragment.p, fragment.n);
	m->n += fragment.n;
	ret = check_message(hello, m, m->n - fragment.n + n);
	return ret == 0 && fragment.n < n ? TLS_E_MORE : ret;
}

/* Puts the message together. Returns 0 if it is whole, or a TLS_E_*. */
static int join(struct tls_hello *hello, struct str in, struct message *m)
{
	bool capped = in.n >= TLS_HELLO_MAX;
	struct reader r = { .rest = { in.p, capped ? TLS_HELLO_MAX : in.n } };
	int ret;

	if (!is_tls(in))
		return TLS_E_ALIEN;
	do {
		ret = read_record(hello, &r, m);
	} while (ret == 0 && (message_size(m) == 0 || m->n < message_size(m)));
	hello->size = (size_t)(r.rest.p - in.p);
	if (ret == TLS_E_MORE && capped)
		return bad(hello, TLS_ALERT_ILLEGAL_PARAMETER, "ClientHello too long");
	return ret;
}

/* One name, of type host_name: RFC 6066, 3. An address is not a name, and a dot at the end is not
 * sent. */
static int read_sni(struct tls_hello *hello, struct reader *ext)
{
	struct reader list = read_vector(ext, 2), name;
	uint8_t type = read_u8(&list);

	name = read_vector(&list, 2);
	if (ext->bad || list.bad || type != 0 || list.rest.n)
		return bad(hello, TLS_ALERT_DECODE_ERROR, "SNI that is not one host name");
	if (str_ends(name.rest, ".") || host_canon(name.rest, hello->sni) < 0)
		return bad(hello, TLS_ALERT_UNRECOGNIZED_NAME, "SNI that is no valid host name");
	return 0;
}

/* RFC 7301, 3.1 */
static int read_alpn(struct tls_hello *hello, struct reader *ext)
{
	struct reader list = read_vector(ext, 2), name;

	do {
		name = read_vector(&list, 1);
		hello->h2 |= str_is(name.rest, "h2");
		hello->http11 |= str_is(name.rest, "http/1.1");
		if (ext->bad || list.bad || name.rest.n == 0)
			return bad(hello, TLS_ALERT_DECODE_ERROR, "malformed ALPN");
	} while (list.rest.n);
	hello->alpn = true;
	return 0;
}

/* RFC 8446, 4.2.1: the list counts, not the version of the message. */
static int read_versions(struct tls_hello *hello, struct reader *ext)
{
	struct reader list = read_vector(ext, 1);
	uint16_t version;

	hello->version = 0;
	do {
		version = read_u16(&list);
		if (ext->bad || list.bad)
			return bad(hello, TLS_ALERT_DECODE_ERROR, "malformed list of versions");
		if (version >= VERSION_SSL3 && version <= VERSION_TLS13 && version > hello->version)
			hello->version = version;
	} while (list.rest.n);
	return 0;
}

/* RFC 9849 and drafts before it. Some clients send noise here so that the real thing looks no
 * different. */
static int read_ech(struct tls_hello *hello, struct reader *ext)
{
	ext->rest.n = 0;
	hello->ech = true;
	return 0;
}

static const struct {
	uint16_t first, last;
	int (*read)(struct tls_hello *hello, struct reader *ext);
} extensions[] = {
	{ 0, 0, read_sni },	      { 16, 16, read_alpn },	    { 43, 43, read_versions },
	{ 0xfe08, 0xfe0d, read_ech }, { 0xffce, 0xffce, read_ech }, /* draft-ietf-tls-esni-02:
								       encrypted_server_name */
};

static int read_extension(struct tls_hello *hello, uint16_t type, struct reader *ext)
{
	for (size_t i = 0; i < LEN(extensions); i++) {
		int ret;

		if (type < extensions[i].first || type > extensions[i].last)
			continue;
		ret = extensions[i].read(hello, ext);
		if (ret == 0 && ext->rest.n)
			ret = bad(hello, TLS_ALERT_DECODE_ERROR, "malformed TLS extension");
		return ret;
	}
	return 0;
}

/* RFC 8446, 4.2: at most one of each type. */
static int read_extensions(struct tls_hello *hello, struct reader *list)
{
	uint16_t seen[EXTENSIONS_MAX];
	size_t n = 0;
	int ret;

	while (list->rest.n) {
		uint16_t type = read_u16(list);
		struct reader ext = read_vector(list, 2);

		if (list->bad)
			return bad(hello, TLS_ALERT_DECODE_ERROR, "malformed TLS extension");
		for (size_t i = 0; i < n; i++) {
			if (seen[i] == type)
				return bad(hello, TLS_ALERT_ILLEGAL_PARAMETER,
					   "TLS extension twice");
		}
		if (n == LEN(seen))
			return bad(hello, TLS_ALERT_ILLEGAL_PARAMETER, "too many TLS extensions");
		seen[n++] = type;
		ret = read_extension(hello, type, &ext);
		if (ret != 0)
			return ret;
	}
	return 0;
}

/* RFC 8446, 4.1.2, and RFC 5246, 7.4.1.2, where the extensions may be missing. */
static int read_message(struct tls_hello *hello, struct str message)
{
	struct reader r = { .rest = message }, session, ciphers, compressions, list = { 0 };

	read_bytes(&r, MESSAGE_HEADER);
	hello->version = read_u16(&r);
	read_bytes(&r, 32);
	session = read_vector(&r, 1);
	ciphers = read_vector(&r, 2);
	compressions = read_vector(&r, 1);
	if (r.rest.n)
		list = read_vector(&r, 2);
	if (r.bad || r.rest.n || session.rest.n > 32 || ciphers.rest.n < 2 || ciphers.rest.n % 2 ||
	    compressions.rest.n < 1)
		return bad(hello, TLS_ALERT_DECODE_ERROR, "malformed ClientHello");
	if (hello->version < VERSION_SSL3)
		return bad(hello, TLS_ALERT_PROTOCOL_VERSION, "TLS version that does not exist");
	if (hello->version > VERSION_TLS12)
		hello->version = VERSION_TLS12; /* more is said in supported_versions */
	return read_extensions(hello, &list);
}

int tls_read_hello(struct tls_hello *hello, struct str in)
{
	struct message m;
	int ret;

	*hello = (struct tls_hello){ 0 };
	m.n = 0;
	ret = join(hello, in, &m);
	return ret == 0 ? read_message(hello, (struct str){ m.bytes, m.n }) : ret;
}

/* The version that all clients take in a record before anything is agreed on: RFC 8446, 5.1. */
void tls_write_alert(enum tls_alert alert, struct buf *out)
{
	const uint8_t record[] = { TYPE_ALERT, 3, 3, 0, 2, 2, (uint8_t)alert };

	buf_add(out, record, sizeof(record));
}
