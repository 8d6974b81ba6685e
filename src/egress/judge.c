/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/judge.h"

#include <string.h>

enum { PORT_HTTP = 80, PORT_HTTPS = 443, METHOD_MAX = 16, TLS_HANDSHAKE = 0x16 };

/*
 * "GET /", "OPTIONS *", "GET http://", "CONNECT host:1": a word of capitals, a space, and what a
 * target starts with. Returns 1: it is; 0: it is not; -1: it may become.
 */
static int is_http(struct str in)
{
	static const char connect[] = "CONNECT";
	size_t n = 0;

	while (n < in.n && in.p[n] >= 'A' && in.p[n] <= 'Z')
		n++;
	if (n > METHOD_MAX || (n == 0 && in.n))
		return 0;
	if (n == in.n)
		return -1;
	if (in.p[n] != ' ')
		return 0;
	if (str_is((struct str){ in.p, n }, connect))
		return 1;
	if (n + 1 == in.n)
		return -1;
	return strchr("/*h", in.p[n + 1]) && in.p[n + 1] != '\0';
}

bool judge_protocol(struct str in, uint16_t port, enum flow_protocol *protocol)
{
	int http;

	if (in.n == 0)
		return false;
	*protocol = PROTOCOL_TLS;
	if (in.p[0] == TLS_HANDSHAKE)
		return true;
	http = is_http(in);
	if (http < 0 && port != PORT_HTTP)
		return false;
	*protocol = http || port == PORT_HTTP ? PROTOCOL_HTTP : PROTOCOL_TCP;
	return true;
}

/* What a client calls the host's own loopback, which was opened to it by address. */
static bool is_localhost(const char *name, const struct addr *addr)
{
	const char *special = addr_special(addr);

	return strcmp(name, "localhost") == 0 && special && strcmp(special, "loopback") == 0;
}

/*
 * A client that names no host could be given any by the server. To a literal address it names none,
 * because it may not (RFC 6066, 3); if it does all the same, the server may be the front of
 * another.
 *
 * With ECH the host that the client really means is encrypted, for a front that many share, and the
 * name we see is only one of its customers. Browsers send noise that looks the same (GREASE), and
 * that nobody can tell from the real thing is its purpose: so all of it is refused. Where TLS ends
 * here there is no front, and what is encrypted for one is not looked at.
 */
const char *judge_hello(const struct tls_hello *hello, const struct request *to, bool open)
{
	if (hello->ech && !open)
		return "the TLS client may name another host under encryption (ECH)";
	if (!to->host)
		return hello->sni[0] && !is_localhost(hello->sni, &to->addr)
			       ? "the TLS client names a host, but connected to an address"
			       : NULL;
	if (!hello->sni[0])
		return "the TLS client names no host (SNI)";
	return strcmp(hello->sni, to->host) == 0 ? NULL : "the TLS client names another host (SNI)";
}

/*
 * The request goes where the connection went, so it must not be meant for somebody else. A proxy is
 * not what the client is talking to.
 */
const char *judge_request(const struct http_request *req, const struct request *to)
{
	struct authority meant = { 0 };

	if (req->form == HTTP_AUTHORITY)
		return "CONNECT is for proxies, and there is none: connect to the host itself";
	if (req->form == HTTP_ABSOLUTE && req->https != (to->scheme == SCHEME_HTTPS))
		return "the request is for the other of http and https than the connection";
	if (to->host)
		memcpy(meant.host, to->host, strlen(to->host) + 1);
	else
		meant.addr = to->addr;
	if (!(url_same_host(&req->authority, &meant) ||
	      (!to->host && is_localhost(req->authority.host, &to->addr))) ||
	    (req->authority.port && req->authority.port != to->port))
		return "the request names another host (Host)";
	return NULL;
}
