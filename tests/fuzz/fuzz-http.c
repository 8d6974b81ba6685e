/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/http.h"

#include <stdlib.h>

#include "fuzz.h"
#include "wire/http_body.h"

static const struct http_edit as_is;

static bool same_head(const struct http_head *a, const struct http_head *b)
{
	return a->minor == b->minor && a->framing == b->framing && a->length == b->length &&
	       a->keep_alive == b->keep_alive;
}

/* One empty line, at the end; no other control characters than tabs and the ends of lines. */
static void check_written(const struct buf *out)
{
	assert(!out->full && out->n >= 4);
	for (size_t i = 0; i < out->n; i++) {
		unsigned char c = (unsigned char)out->p[i];

		assert((c >= ' ' && c != 0x7f) || c == '\t' || c == '\r' || c == '\n');
		assert((c == '\r') == (i + 1 < out->n && out->p[i + 1] == '\n'));
		assert((c == '\n') == (i > 0 && out->p[i - 1] == '\r'));
	}
	assert(memmem(out->p, out->n, "\r\n\r\n", 4) == out->p + out->n - 4);
}

/* What is sent on means what was read, and is sent on unchanged by the next one of us. */
static void check_request_written(const struct http_request *req)
{
	static struct http_request again;
	static char space[2 * HTTP_HEAD_MAX], twice[2 * HTTP_HEAD_MAX];
	struct buf out = BUF(space), second = BUF(twice);

	if (req->form == HTTP_AUTHORITY)
		return;
	http_write_request(req, &as_is, &out);
	check_written(&out);
	if (out.n > HTTP_HEAD_MAX)
		return;
	assert(http_read_request(&again, (struct str){ out.p, out.n }) == 0);
	assert(again.head.size == out.n && same_head(&again.head, &req->head));
	assert(str_eq(again.method, req->method) && str_eq(again.path, req->path));
	assert(str_eq(again.query, req->query) && again.form != HTTP_ABSOLUTE);
	assert(url_same_host(&again.authority, &req->authority));
	assert(again.authority.port == req->authority.port);
	http_write_request(&again, &as_is, &second);
	assert(second.n == out.n && memcmp(space, twice, out.n) == 0);
}

static void check_path(struct str path)
{
	static char space[HTTP_TARGET_MAX + 1], twice[HTTP_TARGET_MAX + 1];
	struct buf out = BUF(space), second = BUF(twice);

	if (url_path(path, &out))
		return;
	assert(out.n && out.p[0] == '/' && !memchr(out.p, '?', out.n) &&
	       !memchr(out.p, '\\', out.n));
	assert(!strstr(out.p, "//") && !strstr(out.p, "/../") && !strstr(out.p, "/./"));
	assert(!str_ends((struct str){ out.p, out.n }, "/.."));
	assert(!url_path((struct str){ out.p, out.n }, &second));
	assert(second.n == out.n && memcmp(space, twice, out.n) == 0);
}

/* The body ends at the same place with the same content, however its bytes come. */
static size_t read_body(const struct http_head *head, struct str in, size_t step, uint64_t *hash,
			int *ret)
{
	struct http_body body;
	struct str piece, content, all = in;

	*hash = 0;
	http_body_init(&body, head);
	do {
		piece = (struct str){ in.p, in.n < step ? in.n : step };
		*ret = http_body_read(&body, &piece, &content);
		assert(piece.p >= in.p && piece.p <= in.p + in.n &&
		       (*ret || content.n || !piece.n));
		assert(!content.n || (content.p >= in.p && content.p + content.n == piece.p));
		for (size_t i = 0; i < content.n; i++)
			*hash = *hash * 31 + (unsigned char)content.p[i] + 1;
		in.n -= (size_t)(piece.p - in.p);
		in.p = piece.p;
	} while (*ret == 0 && in.n);
	assert(http_body_complete(&body) ==
	       (*ret == HTTP_BODY_DONE || head->framing == HTTP_UNTIL_CLOSE));
	return all.n - in.n;
}

static void check_body(const struct http_head *head, struct str in)
{
	uint64_t hash, other_hash;
	int ret, other_ret;
	size_t end = read_body(head, in, in.n + 1, &hash, &ret);

	for (size_t step = 1; step < 8; step += 3) {
		size_t other = read_body(head, in, step, &other_hash, &other_ret);

		assert(other_ret == ret && other == end && other_hash == hash);
	}
	if (head->framing == HTTP_LENGTH)
		assert(ret != HTTP_BODY_BAD && end == (in.n < head->length ? in.n : head->length));
}

static void check_request(struct str in)
{
	static struct http_request req, prefix;
	int ret = http_read_request(&req, in), so_far;

	assert((ret == HTTP_E_BAD) == (req.head.reason != NULL));
	for (size_t n = 0; n < in.n; n += in.n / 60 + 1) {
		so_far = http_read_request(&prefix, (struct str){ in.p, n });
		if (so_far == HTTP_E_MORE)
			assert(ret != 0 || n < req.head.size);
		else
			assert(so_far == ret && prefix.head.reason == req.head.reason &&
			       prefix.head.size == req.head.size);
	}
	if (ret != 0)
		return;
	assert(req.head.size <= in.n && req.head.size <= HTTP_HEAD_MAX);
	assert(req.head.framing != HTTP_UNTIL_CLOSE);
	check_request_written(&req);
	check_body(&req.head, (struct str){ in.p + req.head.size, in.n - req.head.size });
}

static void check_response(struct str in, struct str method)
{
	static struct http_response res, again;
	static char space[2 * HTTP_HEAD_MAX];
	struct buf out = BUF(space);
	int ret = http_read_response(&res, in, method);

	assert((ret == HTTP_E_BAD) == (res.head.reason != NULL));
	if (ret != 0)
		return;
	assert(res.head.size <= in.n && res.status >= 100 && res.status <= 599);
	http_write_response(&res, &as_is, &out);
	check_written(&out);
	if (out.n <= HTTP_HEAD_MAX) {
		assert(http_read_response(&again, (struct str){ out.p, out.n }, method) == 0);
		assert(same_head(&again.head, &res.head) && again.status == res.status);
	}
	check_body(&res.head, (struct str){ in.p + res.head.size, in.n - res.head.size });
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = { (const char *)data, size };

	check_path(in);
	check_request(in);
	check_response(in, STR("GET"));
	check_response(in, STR("HEAD"));
	return 0;
}
