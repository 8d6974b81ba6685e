/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/http_fields.h"

#include <string.h>

#include "wire/ascii.h"

int http_bad(struct http_head *head, unsigned status, const char *reason)
{
	head->status = status;
	head->reason = reason;
	return HTTP_E_BAD;
}

/* RFC 9110, 5.6.2: a token */
bool http_name_valid(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		if (!ascii_alnum(name.p[i]) && !(name.p[i] && strchr("!#$%&'*+-.^_`|~", name.p[i])))
			return false;
	}
	return name.n > 0;
}

/* RFC 9110, 5.5, with the bytes above ASCII that it calls obsolete: real servers send UTF-8. */
bool http_value_valid(struct str value)
{
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

struct str http_field(const struct http_head *head, const char *name)
{
	for (size_t i = 0; i < head->n_fields; i++) {
		if (str_eq_nocase(head->field[i].name, str_of(name)))
			return head->field[i].value;
	}
	return (struct str){ 0 };
}

bool http_list_has(struct str list, struct str word)
{
	struct str element;
	bool more = true;

	while (more) {
		more = str_cut(list, ',', &element, &list);
		if (str_eq_nocase(str_trim(element), word))
			return true;
	}
	return false;
}

/* Finds the empty line. Every line ends with CRLF: RFC 9112, 2.2. */
static int find_end(struct http_head *head, struct str in)
{
	size_t n = in.n < HTTP_HEAD_MAX ? in.n : HTTP_HEAD_MAX, at = 0, length;
	const char *lf;

	while ((lf = n > at ? memchr(in.p + at, '\n', n - at) : NULL)) {
		length = (size_t)(lf - in.p) - at;
		if (length == 0 || lf[-1] != '\r')
			return http_bad(head, 400, "line that ends with a bare LF");
		if (length == 1 && at == 0)
			return http_bad(head, 400, "empty line before the head");
		at += length + 1;
		if (length == 1) {
			head->size = at;
			return 0;
		}
	}
	return n == HTTP_HEAD_MAX ? http_bad(head, 431, "head too long") : HTTP_E_MORE;
}

/* One number: RFC 9112, 6.3, lets recipients take "5, 5" for 5. */
static int read_length(struct http_head *head, struct str value)
{
	unsigned long length;

	if (str_to_ulong(value, INT64_MAX, &length) < 0)
		return http_bad(head, 400, "Content-Length that is no number");
	head->length = length;
	head->has_length = true;
	return 0;
}

/* Another coding would hide from us what the body is: it has to be refused (RFC 9112, 6.1). */
static int read_coding(struct http_head *head, struct str value)
{
	if (!str_eq_nocase(value, STR("chunked")))
		return http_bad(head, 501, "Transfer-Encoding other than chunked");
	head->chunked = true;
	return 0;
}

static int read_connection(struct http_head *head, struct str value)
{
	head->wants_close |= http_list_has(value, STR("close"));
	head->wants_keep_alive |= http_list_has(value, STR("keep-alive"));
	head->wants_upgrade |= http_list_has(value, STR("upgrade"));
	return 0;
}

static int read_upgrade(struct http_head *head, struct str value)
{
	head->upgrade = value;
	return 0;
}

/* Fields by which messages are told apart and sent to their place; @read is NULL if not here. */
static const struct {
	const char *name;
	bool once;
	int (*read)(struct http_head *head, struct str value);
} known[] = {
	{ "Connection", false, read_connection },
	{ "Content-Length", true, read_length },
	{ "Expect", true, NULL },
	{ "Host", true, NULL },
	{ "Proxy-Connection", false, read_connection }, /* of old clients, to proxies */
	{ "Transfer-Encoding", true, read_coding },
	{ "Upgrade", true, read_upgrade },
};

/*
 * Behind servers that hand fields on as CGI does (RFC 3875, 4.1.18), '-' and '_' are the same: a
 * Transfer_Encoding that is no framing here may be one there.
 */
static bool resembles(struct str name, struct str known_name)
{
	size_t i = 0;

	while (i < name.n && i < known_name.n &&
	       ascii_lower(name.p[i] == '_' ? '-' : name.p[i]) == ascii_lower(known_name.p[i]))
		i++;
	return i == name.n && i == known_name.n;
}

static int read_known(struct http_head *head, struct http_field field)
{
	for (size_t i = 0; i < LEN(known); i++) {
		if (!resembles(field.name, str_of(known[i].name)))
			continue;
		if (memchr(field.name.p, '_', field.name.n))
			return http_bad(head, 400, "field that some take for another one");
		if (known[i].once && http_field(head, known[i].name).p)
			return http_bad(head, 400, "field twice that may be there once");
		return known[i].read ? known[i].read(head, field.value) : 0;
	}
	return 0;
}

/* Tabs may stand around a value, but not all readers of those that frame a message think so. */
static struct str trim_spaces(struct str s)
{
	while (s.n && s.p[0] == ' ') {
		s.p++;
		s.n--;
	}
	while (s.n && s.p[s.n - 1] == ' ')
		s.n--;
	return s;
}

static int read_line(struct http_head *head, struct str line)
{
	struct http_field field;
	int ret;

	if (line.p[0] == ' ' || line.p[0] == '\t')
		return http_bad(head, 400, "folded line");
	if (!str_cut(line, ':', &field.name, &field.value) || !http_name_valid(field.name))
		return http_bad(head, 400, "line that is no field");
	if (!http_value_valid(field.value))
		return http_bad(head, 400, "control character in a field");
	if (head->n_fields == HTTP_FIELDS_MAX)
		return http_bad(head, 431, "too many fields");
	field.value = trim_spaces(field.value);
	ret = read_known(head, field);
	field.value = str_trim(field.value);
	head->field[head->n_fields++] = field;
	return ret;
}

/* Cuts the next line off @rest, which is known to end with CRLF. */
static struct str next_line(struct str *rest)
{
	struct str line;

	str_cut(*rest, '\n', &line, rest);
	line.n--;
	return line;
}

int http_read_fields(struct http_head *head, struct str in, struct str *first_line)
{
	int ret = find_end(head, in);
	struct str rest = { in.p, head->size - 2 };

	if (ret != 0)
		return ret;
	*first_line = next_line(&rest);
	while (ret == 0 && rest.n)
		ret = read_line(head, next_line(&rest));
	return ret;
}

/*
 * RFC 9112, 6.3. Both ways of framing at once is how one request passes as two; an HTTP/1.0
 * recipient on the way knows no chunks.
 */
int http_settle(struct http_head *head, enum http_framing otherwise)
{
	if (head->chunked && head->has_length)
		return http_bad(head, 400, "Content-Length beside Transfer-Encoding");
	if (head->chunked && head->minor == 0)
		return http_bad(head, 400, "Transfer-Encoding in HTTP/1.0");
	head->framing = head->chunked ? HTTP_CHUNKED : head->has_length ? HTTP_LENGTH : otherwise;
	head->keep_alive = !head->wants_close && (head->minor || head->wants_keep_alive) &&
			   head->framing != HTTP_UNTIL_CLOSE;
	if (!head->wants_upgrade || head->minor == 0)
		head->upgrade = (struct str){ 0 };
	return 0;
}
