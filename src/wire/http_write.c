/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/http.h"

#include <assert.h>

/*
 * RFC 9110, 7.6.1: what concerns one connection ends with it; framing and Host are written anew.
 * Trailer goes because trailers do (http_body.h).
 */
static const char *const not_sent_on[] = {
	"Connection",
	"Content-Length",
	"Host",
	"HTTP2-Settings",
	"Keep-Alive",
	"Proxy-Authenticate",
	"Proxy-Authorization",
	"Proxy-Connection",
	"TE",
	"Trailer",
	"Transfer-Encoding",
	"Upgrade",
};

/* The sender may name more fields that end here. */
static bool named_by_connection(const struct http_head *head, struct str name)
{
	for (size_t i = 0; i < head->n_fields; i++) {
		if (str_eq_nocase(head->field[i].name, STR("Connection")) &&
		    http_list_has(head->field[i].value, name))
			return true;
	}
	return false;
}

static bool is_sent_on(const struct http_head *head, const struct http_edit *edit, struct str name)
{
	for (size_t i = 0; i < LEN(not_sent_on); i++) {
		if (str_eq_nocase(name, str_of(not_sent_on[i])))
			return false;
	}
	for (size_t i = 0; i < edit->n_set; i++) {
		if (str_eq_nocase(name, edit->set[i].name))
			return false;
	}
	return !named_by_connection(head, name);
}

static void put_field(struct buf *out, struct str name, struct str value)
{
	buf_str(out, name);
	buf_puts(out, ": ");
	buf_str(out, value);
	buf_puts(out, "\r\n");
}

static void put_framing(const struct http_head *head, struct buf *out)
{
	if (head->framing == HTTP_CHUNKED)
		put_field(out, STR("Transfer-Encoding"), STR("chunked"));
	else if (head->framing == HTTP_LENGTH || (head->framing == HTTP_EMPTY && head->has_length))
		buf_printf(out, "Content-Length: %llu\r\n", (unsigned long long)head->length);
}

static void put_connection(const struct http_head *head, const struct http_edit *edit,
			   struct buf *out)
{
	if (edit->upgrade && head->upgrade.n) {
		put_field(out, STR("Connection"), STR("upgrade"));
		put_field(out, STR("Upgrade"), head->upgrade);
	} else if (edit->close || !head->keep_alive) {
		put_field(out, STR("Connection"), STR("close"));
	} else if (head->minor == 0) {
		put_field(out, STR("Connection"), STR("keep-alive"));
	}
}

static void put_fields(const struct http_head *head, const struct http_edit *edit, struct buf *out)
{
	for (size_t i = 0; i < head->n_fields; i++) {
		if (is_sent_on(head, edit, head->field[i].name))
			put_field(out, head->field[i].name, head->field[i].value);
	}
	for (size_t i = 0; i < edit->n_set; i++) {
		const struct http_field *set = &edit->set[i];

		if (!http_name_valid(set->name) || !http_value_valid(set->value))
			out->full = true;
		if (set->value.p)
			put_field(out, set->name, set->value);
	}
	put_framing(head, out);
	put_connection(head, edit, out);
	buf_puts(out, "\r\n");
}

void http_write_request(const struct http_request *req, const struct http_edit *edit,
			struct buf *out)
{
	assert(req->form != HTTP_AUTHORITY);
	buf_str(out, req->method);
	buf_puts(out, " ");
	buf_str(out, edit->path.p ? edit->path : req->path);
	if (!edit->path.p)
		buf_str(out, req->query);
	buf_printf(out, " HTTP/1.%u\r\nHost: ", req->head.minor);
	url_write_authority(&req->authority, out);
	buf_puts(out, "\r\n");
	put_fields(&req->head, edit, out);
}

void http_write_response(const struct http_response *res, const struct http_edit *edit,
			 struct buf *out)
{
	buf_printf(out, "HTTP/1.%u %u ", res->head.minor, res->status);
	buf_str(out, res->phrase);
	buf_puts(out, "\r\n");
	put_fields(&res->head, edit, out);
}
