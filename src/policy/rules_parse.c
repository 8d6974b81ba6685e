/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/rules.h"

#include <assert.h>
#include <string.h>

#include "policy/ini.h"
#include "policy/rules_caps.h"
#include "policy/rules_path.h"

/* How rules are written. */

enum {
	PORT_DNS = 53,
	GLOB_MAX = 1024, /* more than a line of a profile can hold, in canonical form */
	TEXT_MAX = 2048,
};

static const struct {
	const char *prefix;
	uint16_t port;
} schemes[] = {
	[SCHEME_NONE] = { "", 0 },
	[SCHEME_HTTP] = { "http://", 80 },
	[SCHEME_HTTPS] = { "https://", 443 },
};
static_assert(LEN(schemes) == N_SCHEMES, "every scheme has a prefix");

/* By bit: those that wire/http reads, of which CONNECT asks for no path, and UPGRADE. */
static const char *const methods[] = {
	"UPGRADE",   "GET",    "HEAD",	     "POST",	   "PUT",      "PATCH",	 "DELETE",
	"OPTIONS",   "TRACE",  "ACL",	     "BIND",	   "CHECKOUT", "COPY",	 "LINK",
	"LOCK",	     "MERGE",  "MKACTIVITY", "MKCALENDAR", "MKCOL",    "MOVE",	 "PROPFIND",
	"PROPPATCH", "REBIND", "REPORT",     "SEARCH",	   "UNBIND",   "UNLINK", "UNLOCK",
};
static_assert(LEN(methods) <= 32, "a set of methods is a word");

uint32_t rules_method(struct str method)
{
	for (size_t i = 0; i < LEN(methods); i++)
		if (str_eq_nocase(method, str_of(methods[i])))
			return 1U << i;
	return 0;
}

/* As it stands in a rule: IPv6 in brackets. */
static void write_host(const struct rule *rule, struct buf *out)
{
	char address[ADDR_TEXT_MAX];

	if (rule->host) {
		buf_printf(out, "%s%s", rule->subdomains ? "*." : "", rule->host);
		return;
	}
	addr_text(&rule->addr, address);
	buf_printf(out, addr_is_v4(&rule->addr) ? "%s" : "[%s]", address);
}

static void write_methods(uint32_t set, struct buf *out)
{
	const char *before = "";

	for (size_t i = 0; i < LEN(methods); i++) {
		if (!(set >> i & 1))
			continue;
		buf_printf(out, "%s%s", before, methods[i]);
		before = ",";
	}
	buf_puts(out, set ? " " : "");
}

static void write_rule(const struct rule *rule, struct buf *out)
{
	write_methods(rule->methods, out);
	buf_puts(out, schemes[rule->scheme].prefix);
	write_host(rule, out);
	if (rule->port && rule->port != schemes[rule->scheme].port)
		buf_printf(out, ":%u", rule->port);
	buf_puts(out, rule->path ? rule->path : "");
	caps_write(&rule->caps, out);
}

/* "HOST:PORT", "[v6]:PORT": what stands before the last ':' that is outside of brackets. */
static const char *cut_port(struct str *host, uint16_t *port)
{
	const char *colon = host->n ? memrchr(host->p, ':', host->n) : NULL;
	bool bracket = str_starts(*host, "[");
	unsigned long value;
	struct str digits;

	*port = 0;
	if (!colon || (bracket && str_ends(*host, "]")))
		return NULL;
	if (!bracket && memchr(host->p, ':', (size_t)(colon - host->p)))
		return "an IPv6 address stands in brackets: [2001:db8::1] or [2001:db8::1]:443";
	digits = (struct str){ colon + 1, (size_t)(host->p + host->n - colon) - 1 };
	if (str_to_ulong(digits, UINT16_MAX, &value) < 0 || value == 0)
		return "a port is a number from 1 to 65535";
	if (value == PORT_DNS)
		return "port 53 belongs to the box's own name server";
	host->n -= digits.n + 1;
	*port = (uint16_t)value;
	return NULL;
}

static const char *parse_name(struct str host, struct arena *arena, struct rule *rule)
{
	char canonical[HOST_MAX + 1];

	if (str_starts(host, "*.")) {
		host = (struct str){ host.p + 2, host.n - 2 };
		rule->subdomains = true;
	}
	if (str_is(host, "*"))
		return "every host at once cannot be named";
	if (host.n && memchr(host.p, '*', host.n))
		return "a '*' can only stand for what is below a domain: *.example.com";
	if (host_canon(host, canonical) < 0)
		return "not a host name (an international one is written in its xn-- form) or a "
		       "plain address";
	if (rule->subdomains && !strchr(canonical, '.'))
		return "everything below a top-level domain cannot be named";
	rule->host = arena_strdup(arena, canonical);
	return NULL;
}

static const char *parse_host(struct str host, struct arena *arena, struct rule *rule)
{
	const char *wrong = cut_port(&host, &rule->port);

	if (wrong || addr_parse(host, &rule->addr) == 0)
		return wrong;
	return parse_name(host, arena, rule);
}

static const char *parse_methods(struct str list, struct arena *arena, struct rule *rule)
{
	struct str word;
	bool more = true;
	uint32_t method;

	while (more) {
		more = str_cut(list, ',', &word, &list);
		method = rules_method(word);
		if (!method || !str_is(word, methods[__builtin_ctz(method)]))
			return arena_printf(arena,
					    "\"%.*s\" is no method: they are written like "
					    "GET,HEAD and stand before a URL",
					    (int)word.n, word.p);
		rule->methods |= method;
	}
	return NULL;
}

static const char *parse_path(struct str path, struct arena *arena, struct rule *rule)
{
	char space[GLOB_MAX];
	struct buf canonical = BUF(space);
	const char *wrong = glob_read(path, &canonical);

	rule->path = arena_strdup(arena, space);
	return wrong;
}

/* What follows the scheme. */
static const char *parse_url(struct str text, struct arena *arena, struct rule *rule)
{
	const char *slash = text.n ? memchr(text.p, '/', text.n) : NULL;
	struct str host = { text.p, slash ? (size_t)(slash - text.p) : 0 };
	const char *wrong;

	if (!slash)
		return "a URL has a path: \"/**\" at its end stands for all of them";
	wrong = parse_host(host, arena, rule);
	if (!wrong && !rule->port)
		rule->port = schemes[rule->scheme].port;
	if (!wrong && rule->scheme == SCHEME_HTTP && rule->port == schemes[SCHEME_HTTPS].port)
		wrong = "only TLS is spoken on port 443: https://";
	return wrong ? wrong : parse_path((struct str){ slash, text.n - host.n }, arena, rule);
}

static const char *parse(struct str text, struct arena *arena, struct rule *rule)
{
	struct str methods_of = { 0 }, rest;
	const char *wrong;

	if (str_cut(text, ' ', &methods_of, &rest)) {
		wrong = parse_methods(methods_of, arena, rule);
		if (wrong)
			return wrong;
		text = str_trim(rest);
	}
	for (enum scheme scheme = SCHEME_HTTP; scheme < N_SCHEMES; scheme++) {
		size_t n = strlen(schemes[scheme].prefix);

		if (!str_starts(text, schemes[scheme].prefix))
			continue;
		rule->scheme = scheme;
		return parse_url((struct str){ text.p + n, text.n - n }, arena, rule);
	}
	if (rule->methods || (text.n && memchr(text.p, '/', text.n)))
		return "requests are named by a URL, with http:// or https:// and a path; a "
		       "host alone has neither";
	return parse_host(text, arena, rule);
}

const char *rule_parse(struct str text, struct arena *arena, struct rule *rule)
{
	char space[TEXT_MAX];
	struct buf canonical = BUF(space);
	const char *wrong;

	*rule = (struct rule){ 0 };
	wrong = caps_read(&text, arena, &rule->caps);
	if (!wrong)
		wrong = parse(text, arena, rule);
	if (!wrong)
		wrong = caps_check(rule);
	if (wrong)
		return wrong;
	write_rule(rule, &canonical);
	assert(!canonical.full);
	rule->text = arena_strdup(arena, space);
	return NULL;
}

/* A glob for @path of at most @room bytes: it alone, or, if it is too long, what is beside it too.
 */
static void write_glob(struct str path, size_t room, struct buf *out)
{
	size_t used = 0, cut = 0;

	for (size_t i = 0; i < path.n && used <= room; i++) {
		if (path.p[i] == '/' && used + strlen("/**") <= room)
			cut = i;
		used += path.p[i] == '*' ? strlen("%2A") : 1;
	}
	if (used > room)
		path.n = cut;
	for (size_t i = 0; i < path.n; i++)
		buf_add(out, path.p[i] == '*' ? "%2A" : path.p + i, path.p[i] == '*' ? 3 : 1);
	if (used > room)
		buf_puts(out, "/**");
}

void rules_hint(const struct request *request, struct buf *out)
{
	const bool web = request->port == schemes[SCHEME_HTTP].port ||
			 request->port == schemes[SCHEME_HTTPS].port;
	const bool known = request->scheme && str_starts(request->path, "/");
	struct rule rule = {
		.host = request->host,
		.addr = request->addr,
		.port = web && !known ? 0 : request->port,
	};
	const size_t start = out->n;
	size_t n;

	if (known) {
		rule.scheme = request->scheme;
		rule.methods = request->upgrade ? METHOD_UPGRADE : rules_method(request->method);
	}
	buf_puts(out, "allow = ");
	write_rule(&rule, out);
	n = out->n - start;
	if (known)
		write_glob(request->path, n < INI_LINE_MAX ? INI_LINE_MAX - n : 0, out);
}
