/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/url.h"

#include <string.h>

#include "wire/ascii.h"

/* Digits without a leading zero, which some readers take for octal. */
static int read_port(struct str in, uint16_t *out)
{
	unsigned long port;

	if (str_to_ulong(in, UINT16_MAX, &port) < 0 || in.p[0] == '0')
		return -1;
	*out = (uint16_t)port;
	return 0;
}

/* Splits "host:port" and "[v6]:port"; without a port, @port is empty and @has_port false. */
static void split_port(struct str in, struct str *host, struct str *port, bool *has_port)
{
	const char *end = in.n && in.p[0] == '[' ? memchr(in.p, ']', in.n) : NULL;
	size_t skip = end ? (size_t)(end - in.p) : 0;

	*has_port = str_cut((struct str){ in.p + skip, in.n - skip }, ':', host, port);
	*host = (struct str){ in.p, host->n + skip };
}

int url_authority(struct str in, struct authority *out)
{
	struct str host, port;
	bool has_port;

	*out = (struct authority){ 0 };
	split_port(in, &host, &port, &has_port);
	if (has_port && read_port(port, &out->port) < 0)
		return -1;
	if (host_canon(host, out->host) == 0)
		return 0;
	out->host[0] = '\0';
	return addr_parse(host, &out->addr);
}

bool url_same_host(const struct authority *a, const struct authority *b)
{
	return strcmp(a->host, b->host) == 0 && memcmp(&a->addr, &b->addr, sizeof(a->addr)) == 0;
}

void url_write_authority(const struct authority *a, struct buf *out)
{
	char text[ADDR_TEXT_MAX];

	if (a->host[0]) {
		buf_puts(out, a->host);
	} else {
		addr_text(&a->addr, text);
		buf_printf(out, addr_is_v4(&a->addr) ? "%s" : "[%s]", text);
	}
	if (a->port)
		buf_printf(out, ":%u", a->port);
}

/* RFC 3986, 2.3 */
static bool is_unreserved(char c)
{
	return ascii_alnum(c) || (c && strchr("-._~", c));
}

/* RFC 3986, 3.3, and the slash; without the percent sign. */
static bool is_path(char c)
{
	return is_unreserved(c) || (c && strchr("/!$&'()*+,;=:@", c));
}

static bool is_control(char c)
{
	return (c >= 0 && c < 0x20) || c == 0x7f;
}

int url_escaped(struct str s)
{
	if (s.n < 3 || s.p[0] != '%' || ascii_hex(s.p[1]) < 0 || ascii_hex(s.p[2]) < 0)
		return -1;
	return ascii_hex(s.p[1]) << 4 | ascii_hex(s.p[2]);
}

/* Adds one character, or what an escape stands for. Returns NULL or what is wrong with it. */
static const char *put_character(struct str rest, char last, struct buf *out)
{
	int octet = url_escaped(rest);
	char c = octet >= 0 ? (char)octet : rest.p[0];

	if (octet >= 0 && is_control(c))
		return "control character in the path";
	if (octet < 0 && c == '/' && last == '/')
		return NULL;
	if (octet < 0 ? is_path(c) : is_unreserved(c)) {
		buf_add(out, &c, 1);
		return NULL;
	}
	if (octet < 0 && (!c || !strchr("[]^{|}", c)))
		return "character that no path has";
	buf_printf(out, "%%%02X", (unsigned char)c);
	return NULL;
}

/*
 * Some origins decode twice: what would then be a separator, a dot or plain text has another
 * meaning here than there. "%253A" for a colon is let through: Debian's file names have it.
 */
static bool is_encoded_twice(struct str rest)
{
	char again[3] = "%";
	int octet;

	if (url_escaped(rest) != '%' || rest.n < 5)
		return false;
	memcpy(again + 1, rest.p + 3, 2);
	octet = url_escaped((struct str){ again, 3 });
	return octet >= 0 &&
	       (is_unreserved((char)octet) || is_control((char)octet) || strchr("/\\%", octet));
}

/* A separator to some origin: how long is it? 0: it is none. */
static size_t separator(struct str rest)
{
	int octet = url_escaped(rest);

	if (rest.p[0] == '/')
		return 1;
	return octet == '/' || octet == '\\' ? 3 : 0;
}

/* "." and "..", also with parameters, which some origins take off first: ";x". */
static bool is_dot_segment(struct str segment)
{
	size_t dots = 0;

	while (dots < segment.n && segment.p[dots] == '.')
		dots++;
	if (dots != 1 && dots != 2)
		return false;
	segment = str_skip(segment, dots);
	return segment.n == 0 || segment.p[0] == ';' || url_escaped(segment) == ';' ||
	       separator(segment);
}

/* Looks at the canonical form, so that nothing hides behind an escape. */
static const char *check_path(struct str path)
{
	while (path.n) {
		size_t n = separator(path);

		if (n && is_dot_segment(str_skip(path, n)))
			return "dot segment in the path";
		if (is_encoded_twice(path))
			return "path encoded twice";
		path = str_skip(path, n ? n : 1);
	}
	return NULL;
}

const char *url_path(struct str path, struct buf *out)
{
	size_t start = out->n;
	const char *wrong = NULL;

	if (path.n == 0 || path.p[0] != '/')
		return "path that does not begin with a slash";
	while (path.n && !wrong) {
		wrong = put_character(path, out->n > start ? out->p[out->n - 1] : '\0', out);
		path = str_skip(path, url_escaped(path) >= 0 ? 3 : 1);
	}
	if (!wrong && out->full)
		wrong = "path too long";
	return wrong ? wrong : check_path((struct str){ out->p + start, out->n - start });
}

int url_join(struct str page, struct str reference, struct buf *out)
{
	struct str first, rest;

	if (!reference.n || str_starts(reference, "//"))
		return -1;
	while (page.n && page.p[page.n - 1] != '/')
		page.n--;
	if (reference.p[0] == '/')
		page.n = 0;
	for (; str_cut(reference, '/', &first, &rest); reference = rest) {
		if (memchr(first.p, ':', first.n))
			return -1; /* a scheme */
		if (!str_is(first, ".") && !str_is(first, ".."))
			break;
		if (str_is(first, "."))
			continue;
		if (page.n < 2)
			return -1;
		do
			page.n--;
		while (page.p[page.n - 1] != '/');
	}
	buf_str(out, page);
	buf_str(out, reference);
	return out->full ? -1 : 0;
}

const char *url_query(struct str query, struct buf *out)
{
	for (size_t i = 0; i < query.n; i++) {
		if (query.p[i] <= ' ' || query.p[i] > '~' || query.p[i] == '#')
			return "character that no query has";
	}
	buf_str(out, query);
	return out->full ? "query too long" : NULL;
}
