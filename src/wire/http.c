/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/http.h"

#include <string.h>

/*
 * Theory of operation
 *
 * A head is read in three steps, each of which may refuse it. The start of the first line tells
 * other protocols at once, while the rest may still be on its way. Then http_fields.c looks for
 * the empty line, until which the answer is HTTP_E_MORE, and reads the fields. Last comes what
 * first line and fields mean together. Each step looks at bytes in their order, so that a prefix
 * yields HTTP_E_MORE or what the whole yields.
 *
 * Nothing is repaired. RFC 9112 lets a recipient accept a bare LF, a folded line, an empty line
 * before the request, Content-Length beside Transfer-Encoding; each of these has let one request
 * pass as two somewhere.
 */

/* IANA's registry. What a method means to the framing is known for these alone. */
static const char *const methods[] = {
	"GET",	  "POST",    "HEAD",	 "PUT",	      "DELETE",	    "OPTIONS",
	"PATCH",  "CONNECT", "TRACE",	 "ACL",	      "BIND",	    "CHECKOUT",
	"COPY",	  "LINK",    "LOCK",	 "MERGE",     "MKACTIVITY", "MKCALENDAR",
	"MKCOL",  "MOVE",    "PROPFIND", "PROPPATCH", "REBIND",	    "REPORT",
	"SEARCH", "UNBIND",  "UNLINK",	 "UNLOCK",    "PRI", /* of HTTP/2's preface, for a better
								answer */
};

/* Is @s, of which more may come if not @whole, one of the methods? */
static bool is_method(struct str s, bool whole)
{
	for (size_t i = 0; i < LEN(methods); i++) {
		struct str method = str_of(methods[i]);

		if (s.n < method.n && !whole)
			method.n = s.n;
		if (str_eq(s, method))
			return true;
	}
	return false;
}

static int read_method(struct http_request *req, struct str in)
{
	struct str rest;
	bool whole = str_cut(in, ' ', &req->method, &rest);

	if (!is_method(req->method, whole))
		return http_bad(&req->head, 501, "no method of HTTP");
	if (whole && str_is(req->method, "PRI"))
		return http_bad(&req->head, 505, "HTTP/2 without negotiation");
	return 0;
}

static int read_version(struct http_head *head, struct str version)
{
	if (str_is(version, "HTTP/1.1") || str_is(version, "HTTP/1.0")) {
		head->minor = version.p[7] == '1';
		return 0;
	}
	if (version.n == 8 && str_starts(version, "HTTP/"))
		return http_bad(head, 505, "version of HTTP other than 1.1 and 1.0");
	return http_bad(head, 400, "no request line of HTTP/1");
}

/* The canonical path and query, into req->target. */
static int read_path(struct http_request *req, struct str target)
{
	struct buf out = BUF(req->target);
	struct str path, query;
	const char *wrong;
	bool has_query = str_cut(target, '?', &path, &query);

	wrong = url_path(path.n ? path : STR("/"), &out);
	req->path = (struct str){ out.p, out.n };
	if (!wrong && has_query) {
		buf_puts(&out, "?");
		wrong = url_query(query, &out);
		req->query = (struct str){ out.p + req->path.n, out.n - req->path.n };
	}
	return wrong ? http_bad(&req->head, 400, wrong) : 0;
}

/* RFC 9112, 3.2.2. Without a path it means "/", or "*" for OPTIONS: 3.2.4. */
static int read_absolute(struct http_request *req, struct str target, struct authority *named)
{
	static const char *const schemes[] = { "http://", "https://" };
	struct str rest, authority;
	size_t n;

	for (size_t i = 0; i < LEN(schemes); i++) {
		n = strlen(schemes[i]);
		if (target.n < n || !str_eq_nocase((struct str){ target.p, n }, str_of(schemes[i])))
			continue;
		rest = (struct str){ target.p + n, target.n - n };
		for (n = 0; n < rest.n && rest.p[n] != '/' && rest.p[n] != '?'; n++)
			;
		authority = (struct str){ rest.p, n };
		rest = (struct str){ rest.p + n, rest.n - n };
		req->form = HTTP_ABSOLUTE;
		req->https = i == 1;
		if (url_authority(authority, named) < 0)
			return http_bad(&req->head, 400, "target whose host is no host");
		if (rest.n == 0 && str_is(req->method, "OPTIONS"))
			return http_bad(&req->head, 400, "OPTIONS without a path");
		return read_path(req, rest);
	}
	return http_bad(&req->head, 400, "target that is no path and no URL");
}

/* @named becomes the host in it, if there is one. */
static int read_target(struct http_request *req, struct str target, struct authority *named)
{
	if (target.n > HTTP_TARGET_MAX)
		return http_bad(&req->head, 414, "target too long");
	if (str_is(req->method, "CONNECT")) {
		req->form = HTTP_AUTHORITY;
		if (url_authority(target, named) < 0 || named->port == 0)
			return http_bad(&req->head, 400, "CONNECT to what is no host and port");
		return 0;
	}
	if (str_is(target, "*")) {
		req->form = HTTP_ASTERISK;
		req->path = target;
		return str_is(req->method, "OPTIONS")
			       ? 0
			       : http_bad(&req->head, 400,
					  "asterisk for another method than OPTIONS");
	}
	if (str_starts(target, "/"))
		return read_path(req, target);
	return read_absolute(req, target, named);
}

static unsigned port_of(const struct authority *a, unsigned otherwise)
{
	return a->port ? a->port : otherwise;
}

/* RFC 9112, 3.2: one Host, which says what the target says. Old clients CONNECT without it. */
static int read_host(struct http_request *req, const struct authority *named)
{
	struct str host = http_field(&req->head, "Host");
	unsigned port = req->form == HTTP_AUTHORITY ? named->port : req->https ? 443 : 80;

	if (!host.p && req->form == HTTP_AUTHORITY && req->head.minor == 0) {
		req->authority = *named;
		return 0;
	}
	if (!host.p)
		return http_bad(&req->head, 400, "no Host");
	if (url_authority(host, &req->authority) < 0)
		return http_bad(&req->head, 400, "Host that is no host");
	if (req->form != HTTP_ABSOLUTE && req->form != HTTP_AUTHORITY)
		return 0;
	if (!url_same_host(&req->authority, named) ||
	    port_of(&req->authority, port) != port_of(named, port))
		return http_bad(&req->head, 400, "Host other than that of the target");
	req->authority.port = named->port;
	return 0;
}

static int read_expect(struct http_request *req)
{
	struct str value = http_field(&req->head, "Expect");

	if (value.p && !str_eq_nocase(value, STR("100-continue")))
		return http_bad(&req->head, 417, "Expect other than 100-continue");
	req->expects_continue = value.p && req->head.minor;
	return 0;
}

/* Frameworks look at these before they look at the request line. */
static bool has_override(const struct http_head *head)
{
	static const char *const fields[] = {
		"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override",
		"X-Original-URL",	  "X-Rewrite-URL", "X-Forwarded-Host",
		"X-Forwarded-Prefix",	  "X-Host",	   "Forwarded",
	};

	for (size_t i = 0; i < LEN(fields); i++) {
		if (http_field(head, fields[i]).p)
			return true;
	}
	return false;
}

static int settle_request(struct http_request *req)
{
	int ret = http_settle(&req->head, HTTP_EMPTY);
	bool bodyless = str_is(req->method, "CONNECT") || str_is(req->method, "TRACE");

	if (ret == 0 && bodyless && req->head.framing != HTTP_EMPTY)
		ret = http_bad(&req->head, 400, "body of a request that has none");
	/* Some servers change the protocol after the body, some do not: nothing may follow it. */
	if (req->head.framing != HTTP_EMPTY && req->head.upgrade.n) {
		req->head.upgrade = (struct str){ 0 };
		req->head.keep_alive = false;
	}
	req->overrides = has_override(&req->head);
	return ret == 0 ? read_expect(req) : ret;
}

int http_read_request(struct http_request *req, struct str in)
{
	struct authority named = { 0 };
	struct str line, target, version;
	int ret;

	memset(req, 0, offsetof(struct http_request, target));
	ret = read_method(req, in);
	if (ret == 0)
		ret = http_read_fields(&req->head, in, &line);
	if (ret != 0)
		return ret;
	line = (struct str){ line.p + req->method.n + 1, line.n - req->method.n - 1 };
	str_cut(line, ' ', &target, &version);
	ret = read_version(&req->head, version);
	if (ret == 0)
		ret = read_target(req, target, &named);
	if (ret == 0)
		ret = read_host(req, &named);
	return ret == 0 ? settle_request(req) : ret;
}

/* RFC 9112, 4. Servers leave out the space before an empty phrase. */
static int read_status(struct http_response *res, struct str line)
{
	struct str version, rest, status;
	unsigned long code;

	str_cut(line, ' ', &version, &rest);
	if (read_version(&res->head, version) != 0)
		return HTTP_E_BAD;
	str_cut(rest, ' ', &status, &res->phrase);
	if (status.n != 3 || str_to_ulong(status, 599, &code) < 0 || code < 100 ||
	    !http_value_valid(res->phrase))
		return http_bad(&res->head, 502, "no status line of HTTP/1");
	res->status = (unsigned)code;
	return 0;
}

/* RFC 9112, 6.3: answers without a body. A length that promises one would be read as the next head.
 */
static int settle_response(struct http_response *res, struct str method)
{
	struct http_head *head = &res->head;
	bool tunnel = str_is(method, "CONNECT") && res->status / 100 == 2;
	bool never = res->status / 100 == 1 || res->status == 204;
	int ret = http_settle(head, HTTP_UNTIL_CLOSE);

	if (ret == 0 && never && (head->chunked || head->length))
		return http_bad(head, 502, "body of an answer that has none");
	if (ret == 0 && (tunnel || never || res->status == 304 || str_is(method, "HEAD"))) {
		head->framing = HTTP_EMPTY;
		head->keep_alive = !head->wants_close && (head->minor || head->wants_keep_alive);
	}
	return ret;
}

int http_read_response(struct http_response *res, struct str in, struct str method)
{
	static const char start[] = "HTTP/1.";
	size_t n = in.n < strlen(start) ? in.n : strlen(start);
	struct str line;
	int ret;

	*res = (struct http_response){ 0 };
	if (n && memcmp(in.p, start, n) != 0)
		return http_bad(&res->head, 502, "no answer of HTTP/1");
	ret = http_read_fields(&res->head, in, &line);
	if (ret == 0)
		ret = read_status(res, line);
	return ret == 0 ? settle_response(res, method) : ret;
}
