/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells http-differential.js how wire/http reads messages, with `requests` or `responses` as its
 * argument. A message comes on stdin after its length in 4 bytes and is answered with a line of
 * JSON: all requests on the connection, up to the first that ends it, or the answer to a GET; each
 * with what would be sent on for it. Bytes are in hexadecimal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/http.h"
#include "wire/http_body.h"

enum { MESSAGE_MAX = 1 << 20 };

static void put_hex(const char *key, struct str bytes)
{
	printf(",\"%s\":\"", key);
	for (size_t i = 0; i < bytes.n; i++)
		printf("%02x", (unsigned char)bytes.p[i]);
	putchar('"');
}

/* Returns 0 if all of the body is there, else what http_body_read() said last. */
static int read_body(const struct http_head *head, struct str *in, struct buf *content)
{
	struct http_body body;
	struct str run;
	int ret;

	http_body_init(&body, head);
	do {
		ret = http_body_read(&body, in, &run);
		buf_str(content, run);
	} while (ret == 0 && in->n);
	return ret == HTTP_BODY_DONE ? 0 : ret == HTTP_BODY_BAD ? HTTP_E_BAD : HTTP_E_MORE;
}

/* Content in one chunk. */
static void put_sent_on(struct buf *out, const struct http_head *head, struct str content)
{
	if (head->framing == HTTP_CHUNKED && content.n) {
		buf_printf(out, "%zx\r\n", content.n);
		buf_str(out, content);
		buf_puts(out, "\r\n");
	}
	if (head->framing == HTTP_CHUNKED)
		buf_puts(out, "0\r\n\r\n");
	else
		buf_str(out, content);
	put_hex("sent", (struct str){ out->p, out->n });
}

static char content_space[MESSAGE_MAX], sent_space[2 * MESSAGE_MAX];
static const struct http_edit as_is;

/* One request off the front of @in. Returns 0 if another may follow, or an HTTP_E_*. */
static int put_request(struct http_request *req, struct str *in, bool first)
{
	static char host[300];
	struct buf content = BUF(content_space), sent = BUF(sent_space), authority = BUF(host);
	int ret = http_read_request(req, *in);

	if (ret != 0)
		return ret;
	in->p += req->head.size;
	in->n -= req->head.size;
	ret = read_body(&req->head, in, &content);
	url_write_authority(&req->authority, &authority);
	printf("%s{\"complete\":%s", first ? "" : ",", ret == 0 ? "true" : "false");
	put_hex("method", req->method);
	put_hex("path", req->path);
	put_hex("query", req->query);
	put_hex("host", (struct str){ authority.p, authority.n });
	put_hex("body", (struct str){ content.p, content.n });
	if (ret == 0 && req->form != HTTP_AUTHORITY) {
		http_write_request(req, &as_is, &sent);
		put_sent_on(&sent, &req->head, (struct str){ content.p, content.n });
	}
	putchar('}');
	return ret;
}

static const char *end_name(int ret, bool last)
{
	return ret == HTTP_E_BAD ? "bad" : ret ? "more" : last ? "last" : "all";
}

static void put_end(int ret, bool last, const char *reason)
{
	printf("],\"end\":\"%s\"", end_name(ret, last));
	if (ret == HTTP_E_BAD)
		printf(",\"reason\":\"%s\"", reason ? reason : "body");
	puts("}");
}

static void answer_requests(struct str in)
{
	static struct http_request req;
	bool first = true, last = false;
	int ret = 0;

	printf("{\"messages\":[");
	while (ret == 0 && in.n && !last) {
		ret = put_request(&req, &in, first);
		first = false;
		last = !req.head.keep_alive || req.head.upgrade.n || req.form == HTTP_AUTHORITY;
	}
	put_end(ret, last, req.head.reason);
}

/* Those before the last one announce it: 100 to 199, but 101. */
static void answer_response(struct str in)
{
	static struct http_response res;
	struct buf content = BUF(content_space), sent = BUF(sent_space);
	int ret;

	printf("{\"messages\":[");
	do {
		ret = http_read_response(&res, in, STR("GET"));
		in.p += res.head.size;
		in.n -= res.head.size;
	} while (ret == 0 && res.status / 100 == 1 && res.status != 101);
	if (ret == 0) {
		ret = read_body(&res.head, &in, &content);
		if (res.head.framing == HTTP_UNTIL_CLOSE)
			ret = 0;
		printf("{\"complete\":%s,\"status\":%u", ret == 0 ? "true" : "false", res.status);
		put_hex("body", (struct str){ content.p, content.n });
		if (ret == 0) {
			http_write_response(&res, &as_is, &sent);
			put_sent_on(&sent, &res.head, (struct str){ content.p, content.n });
		}
		putchar('}');
	}
	put_end(ret, true, res.head.reason);
}

int main(int argc, char **argv)
{
	static char bytes[MESSAGE_MAX];
	unsigned char length[4];
	bool responses = argc == 2 && strcmp(argv[1], "responses") == 0;

	while (fread(length, 1, 4, stdin) == 4) {
		size_t n = (size_t)length[0] << 24 | (size_t)length[1] << 16 |
			   (size_t)length[2] << 8 | length[3];
		char *copy;

		if (n > sizeof(bytes) || fread(bytes, 1, n, stdin) != n)
			return 1;
		copy = malloc(n ? n : 1);
		if (!copy)
			return 1;
		memcpy(copy, bytes, n);
		(responses ? answer_response : answer_requests)((struct str){ copy, n });
		free(copy);
	}
	return 0;
}
