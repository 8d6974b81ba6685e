/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/parcel.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "egress/egress.h"

enum { PARCEL_PEEK = 32 * 1024, FRAME = 64 };

static_assert(PARCEL_HELD + PARCEL_PEEK + FRAME < IO_BUFFER, "all that is there can be written");

int parcel_begin(struct gate *gate, struct half *h, const struct http_response *res)
{
	const struct terminator *t = gate->flow->egress->terminator;
	const enum digest_kind kind = gate->facts.digest.kind;
	struct http_flow *http = &gate->flow->http;
	struct buf out = buf_over(relay_buffer(h), IO_BUFFER);
	int r;

	if (!out.p)
		return RELAY_WAIT;
	gate->parcel = calloc(1, sizeof(*gate->parcel));
	if (!gate->parcel)
		abort();
	gate->parcel->hash = t->hash->begin(kind ? kind : DIGEST_SHA256);
	if (!gate->parcel->hash)
		return http_bad_answer(gate->flow, 502, "its digest cannot be computed here");
	if (!res->head.keep_alive || res->head.framing == HTTP_UNTIL_CLOSE)
		http->last = true;
	http_write_response(res, &(struct http_edit){ .close = http->last }, &out);
	stream_wake(h->from);
	stream_take(h->from, res->head.size);
	http->answer_status = 200;
	r = relay_write(h, out.n);
	http->answering = true;
	return r < 0 ? r : RELAY_ON;
}

/* Adds content in the framing that its head has told. */
static void write_content(const struct http_body *body, struct str content, struct buf *out)
{
	if (content.n == 0)
		return;
	if (body->framing == HTTP_CHUNKED)
		buf_printf(out, "%zx\r\n", content.n);
	buf_str(out, content);
	if (body->framing == HTTP_CHUNKED)
		buf_puts(out, "\r\n");
}

/* Takes the place of what was held, of which as much is let go as @content takes room. */
static void hold(struct parcel *p, struct str content, struct buf *out)
{
	size_t go = 0;

	if (p->n_held + content.n > PARCEL_HELD)
		go = p->n_held + content.n - PARCEL_HELD;
	if (go >= p->n_held) {
		buf_add(out, p->held, p->n_held);
		buf_add(out, content.p, go - p->n_held);
		p->n_held = PARCEL_HELD < content.n ? PARCEL_HELD : content.n;
		memcpy(p->held, content.p + content.n - p->n_held, p->n_held);
		return;
	}
	buf_add(out, p->held, go);
	memmove(p->held, p->held + go, p->n_held - go);
	memcpy(p->held + p->n_held - go, content.p, content.n);
	p->n_held += content.n - go;
}

/* The whole of it has come: is it what was promised? */
static int finish(struct gate *gate, struct half *h)
{
	const struct http_body *body = &gate->flow->http.down;
	const struct digest *promised = &gate->facts.digest;
	struct parcel *p = gate->parcel;
	struct buf out = buf_over(relay_buffer(h), IO_BUFFER);
	struct digest digest;
	int r;

	if (!out.p)
		return RELAY_WAIT;
	if (!p->hash->ops->finish(p->hash, &digest))
		return -EIO;
	if (promised->kind && memcmp(promised->b, digest.b, digest_rows[digest.kind].n) != 0) {
		const struct package_decision wrong = {
			.line = PACKAGE_LINE_NONE,
			.reason = "its bytes are not those that the registry promised",
		};

		gate_record_denied(gate, &wrong);
		return -EBADMSG;
	}
	gate_record_fetched(gate, &digest, p->bytes);
	write_content(body, (struct str){ p->held, p->n_held }, &out);
	if (body->framing == HTTP_CHUNKED)
		buf_puts(&out, "0\r\n\r\n");
	r = relay_write(h, out.n);
	return r < 0 ? r : RELAY_DONE;
}

/* What comes is gathered behind the room for the frame of one chunk. */
static int pass_on(struct gate *gate, struct half *h, struct str *rest)
{
	struct http_body *body = &gate->flow->http.down;
	struct parcel *p = gate->parcel;
	char space[PARCEL_HELD + PARCEL_PEEK + 1];
	struct buf go = BUF(space), out = buf_over(relay_buffer(h), IO_BUFFER);
	struct str content;
	int r = 0;

	if (!out.p)
		return RELAY_WAIT;
	while (r == 0 && rest->n) {
		r = http_body_read(body, rest, &content);
		if (!p->hash->ops->add(p->hash, content))
			return -EIO;
		p->bytes += content.n;
		hold(p, content, &go);
	}
	if (r == HTTP_BODY_BAD)
		return -EBADMSG;
	write_content(body, (struct str){ go.p, go.n }, &out);
	p->complete = r == HTTP_BODY_DONE;
	r = relay_write(h, out.n);
	return r < 0 ? r : RELAY_ON;
}

int parcel_move(struct gate *gate, struct half *h)
{
	const struct http_body *body = &gate->flow->http.down;
	struct parcel *p = gate->parcel;
	struct str in, rest;
	ssize_t n;
	int r;

	if (p->complete || body->framing == HTTP_EMPTY)
		return finish(gate, h);
	n = stream_peek(h->from, gate->flow->egress->peek, PARCEL_PEEK, &in);
	if (n == 0 && http_body_complete(body))
		return finish(gate, h);
	if (n <= 0)
		return n == -EAGAIN ? RELAY_WAIT : n < 0 ? (int)n : -ECONNABORTED;
	rest = in;
	r = pass_on(gate, h, &rest);
	stream_take(h->from, in.n - rest.n);
	return r;
}

void parcel_free(struct gate *gate)
{
	struct parcel *p = gate->parcel;

	if (!p)
		return;
	if (p->hash)
		p->hash->ops->free(p->hash);
	free(p);
	gate->parcel = NULL;
}
