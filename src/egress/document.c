/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/document.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "egress/egress.h"
#include "egress/redirect.h"
#include "egress/shelf.h"
#include "wire/quote.h"

static struct documents *all(const struct gate *gate)
{
	return &gate->flow->egress->documents;
}

/* What of its memory is shared with the others. */
static size_t share_of(const struct gate *gate)
{
	const struct document *d = gate->document;

	return d->cap > DOCUMENT_SMALL && all(gate)->large != d ? d->cap : 0;
}

static void resume_all(struct documents *documents)
{
	while (documents->waiting)
		gate_resume(documents->waiting);
}

static bool may_have(struct gate *gate, size_t cap)
{
	struct documents *documents = all(gate);
	struct document *d = gate->document;

	if (cap <= DOCUMENT_SMALL || documents->large == d ||
	    documents->shared - share_of(gate) + cap <= DOCUMENTS_SHARED)
		return true;
	if (documents->large)
		return false;
	documents->shared -= share_of(gate);
	documents->large = d;
	return true;
}

/* Returns false if it has to wait for others. */
static bool make_room(struct gate *gate, struct half *h, size_t n)
{
	struct documents *documents = all(gate);
	struct document *d = gate->document;
	const size_t doubled = d->cap ? 2 * d->cap : DOCUMENT_SMALL / 16;
	const size_t cap = d->n + n < doubled ? doubled : d->n + n;
	char *grown;

	if (d->cap - d->n >= n)
		return true;
	if (!may_have(gate, cap)) {
		gate_wait(gate, h, &documents->waiting);
		return false;
	}
	grown = realloc(d->text, cap);
	if (!grown)
		abort();
	documents->shared -= share_of(gate);
	d->text = grown;
	d->cap = cap;
	documents->shared += share_of(gate);
	return true;
}

static const char too_large[] = "the metadata of the registry is larger than 64 MiB";

/* For the user, on whose screen npm puts it. */
static void note_hidden(struct document *d, const struct package_facts *facts,
			const struct package_decision *decision)
{
	struct buf notice = { .p = d->notice, .n = strlen(d->notice), .cap = sizeof(d->notice) };

	if (d->n_hidden++ == 0)
		d->line = decision->line;
	if (d->n_hidden > 3)
		return;
	buf_puts(&notice, d->n_hidden > 1 ? ", " : "");
	quote_term(&notice, facts->file.n ? facts->file : facts->version);
	buf_printf(&notice, " (%s)", decision->reason);
}

/* Judges a version, and keeps what is known of it. */
static bool offer(void *of, const struct package_facts *from)
{
	struct gate *gate = of;
	struct egress *eg = gate->flow->egress;
	struct package_facts facts = *from;
	struct package_decision d;

	facts.foreign |= facts.url.n && !redirect_link_is_own(gate, facts.url, facts.version);
	shelf_add(&eg->shelf, gate->shelved, &facts);
	d = gate_decide(gate, &facts);
	if (d.verdict == VERDICT_ALLOW)
		return true;
	note_hidden(gate->document, &facts, &d);
	return gate->flow->edition->policy.rules.audit;
}

static int start_sifting(struct gate *gate, struct str text)
{
	struct document *d = gate->document;

	gate->shelved = shelf_begin(gate);
	d->sieve = (struct sieve){
		.ecosystem = gate->registry->ecosystem,
		.about = &gate->request,
		.in = text,
		.judge = offer,
		.of = gate,
	};
	d->state = DOCUMENT_SIFT;
	return RELAY_ON;
}

/* How large it says to be. */
static size_t plain_size(struct str packed)
{
	const unsigned char *at = (const unsigned char *)packed.p + packed.n;

	if (packed.n < UNPACK_TRAILER)
		return 0;
	return at[-4] | (size_t)at[-3] << 8 | (size_t)at[-2] << 16 | (size_t)at[-1] << 24;
}

/* Some of it, so that others have their turn. There is room for as much as it says, and no more. */
static int unpack(struct gate *gate, struct half *h)
{
	enum { SLICE = 256 * 1024 };
	struct document *d = gate->document;
	const size_t size = plain_size((struct str){ d->text, d->n });
	size_t room = size + 1 - d->n_plain;
	bool end = false;
	ssize_t n;

	if (size > DOCUMENT_MAX - d->n)
		return http_bad_answer(gate->flow, 502, too_large);
	if (!make_room(gate, h, size + 1))
		return RELAY_WAIT;
	room = room < SLICE ? room : SLICE;
	d->packed.p = d->text + d->n - d->packed.n;
	n = d->unpack->ops->go_on(d->unpack, &d->packed, d->text + d->n + d->n_plain, room, &end);
	d->n_plain += n > 0 ? (size_t)n : 0;
	if (n >= 0 && !end && d->n_plain <= size)
		return RELAY_ON;
	if (!end || d->packed.n || d->n_plain != size)
		return http_bad_answer(gate->flow, 502,
				       "the metadata of the registry is not packed as it says");
	return start_sifting(gate, (struct str){ d->text + d->n, size });
}

static int whole(struct gate *gate)
{
	struct document *d = gate->document;

	if (!d->unpack)
		return start_sifting(gate, (struct str){ d->text, d->n });
	d->packed.n = d->n;
	d->state = DOCUMENT_UNPACK;
	return RELAY_ON;
}

/* Adds what is there of the body. */
static int read_more(struct gate *gate, struct half *h)
{
	struct flow *f = gate->flow;
	struct document *d = gate->document;
	struct http_body *body = &f->http.down;
	struct str in, rest, content;
	ssize_t n;
	int r = 0;

	if (body->framing == HTTP_EMPTY)
		return whole(gate);
	if (d->n > DOCUMENT_MAX - EGRESS_PEEK)
		return http_bad_answer(f, 502, too_large);
	if (!make_room(gate, h, EGRESS_PEEK))
		return RELAY_WAIT;
	n = stream_peek(h->from, f->egress->peek, EGRESS_PEEK, &in);
	if (n == 0 && http_body_complete(body))
		return whole(gate);
	if (n <= 0)
		return n == -EAGAIN ? RELAY_WAIT : n < 0 ? (int)n : -ECONNABORTED;
	for (rest = in; r == 0 && rest.n;) {
		r = http_body_read(body, &rest, &content);
		memcpy(d->text + d->n, content.p, content.n);
		d->n += content.n;
	}
	stream_take(h->from, in.n - rest.n);
	if (r == HTTP_BODY_BAD)
		return http_bad_answer(f, 502, "the answer of the registry is no HTTP");
	return r == HTTP_BODY_DONE ? whole(gate) : RELAY_ON;
}

/* Nothing that is left: the reason of the first that was hidden stands for all. */
static int deny_all(struct gate *gate)
{
	struct document *d = gate->document;
	struct flow *f = gate->flow;
	struct package_decision decision = { .line = d->line };
	struct buf reason = BUF(decision.reason);

	if (gate->request.tag[0])
		buf_printf(&reason, "no version that may be used is called %s", gate->request.tag);
	else
		buf_printf(&reason, "none of its %zu versions may be used", d->sieve.n_all);
	gate_put(gate, &decision, &f->decision);
	gate_record_denied(gate, &decision);
	return http_bad_answer(f, 403, gate->text);
}

static void put_on_shelf(struct gate *gate, bool good)
{
	if (gate->shelved)
		shelf_end(&gate->flow->egress->shelf, gate->shelved, good);
	gate->shelved = NULL;
}

static int sift(struct gate *gate)
{
	struct document *d = gate->document;
	struct flow *f = gate->flow;
	const int r = sieve_run(&d->sieve);

	if (r == SIEVE_MORE)
		return RELAY_ON;
	put_on_shelf(gate, r == 0);
	if (r == SIEVE_BAD)
		return http_bad_answer(f, 502, d->sieve.reason);
	gate_record_resolved(gate);
	if (f->inward)
		return RELAY_DONE;
	if (d->sieve.n_all && !d->sieve.n_kept && gate->registry->ecosystem->empty_is_denied)
		return deny_all(gate);
	d->state = DOCUMENT_SEND;
	return RELAY_ON;
}

/* A head of our own: what that of the registry says of its body is not true of what is left. */
static void write_head(const struct gate *gate, struct buf *out)
{
	const struct document *d = gate->document;

	buf_printf(out,
		   "HTTP/1.1 200 OK\r\n"
		   "Content-Type: %s\r\n"
		   "Content-Length: %zu\r\n"
		   "Cache-Control: no-store\r\n"
		   "%s",
		   d->sieve.type ? d->sieve.type : gate->registry->ecosystem->type, d->sieve.size,
		   gate->flow->http.last ? "Connection: close\r\n" : "");
	if (d->n_hidden)
		buf_printf(out, "npm-notice: agentbox hid %zu version%s of %s: %s%s\r\n",
			   d->n_hidden, plural(d->n_hidden), gate->request.name, d->notice,
			   d->n_hidden > 3 ? ", ..." : "");
	buf_puts(out, "\r\n");
}

static int send(struct gate *gate, struct half *h)
{
	struct document *d = gate->document;
	struct buf out = buf_over(relay_buffer(h), IO_BUFFER);
	int r;

	if (!out.p)
		return RELAY_WAIT;
	if (!gate->flow->http.answering)
		write_head(gate, &out);
	gate->flow->http.answering = true;
	while (d->piece < d->sieve.n_pieces && out.cap - out.n > 1) {
		const struct str piece = d->sieve.piece[d->piece];
		const size_t left = piece.n - d->off, room = out.cap - out.n - 1;
		const size_t now = left < room ? left : room;

		buf_add(&out, piece.p + d->off, now);
		d->off += now;
		if (d->off < piece.n)
			break;
		d->piece++;
		d->off = 0;
	}
	r = relay_write(h, out.n);
	if (r < 0)
		return r;
	return d->piece < d->sieve.n_pieces ? RELAY_ON : RELAY_DONE;
}

int document_move(struct gate *gate, struct half *h)
{
	switch (gate->document->state) {
	case DOCUMENT_READ:
		return read_more(gate, h);
	case DOCUMENT_UNPACK:
		return unpack(gate, h);
	case DOCUMENT_SIFT:
		return sift(gate);
	case DOCUMENT_SEND:
		break;
	}
	return send(gate, h);
}

/* One more than there is room for waits with its head unread. */
int document_begin(struct gate *gate, struct half *h, const struct http_head *head, bool packed)
{
	const struct unpack_ops *unpack = gate->flow->egress->terminator->unpack;
	struct documents *documents = all(gate);

	if (documents->n == DOCUMENTS) {
		gate_wait(gate, h, &documents->waiting);
		return RELAY_WAIT;
	}
	stream_wake(h->from);
	stream_take(h->from, head->size);
	gate->document = calloc(1, sizeof(*gate->document));
	if (!gate->document)
		abort();
	documents->n++;
	if (packed && !(gate->document->unpack = unpack->begin()))
		abort();
	gate->flow->http.answer_status = 200;
	if (head->framing == HTTP_LENGTH && head->length > DOCUMENT_MAX)
		return http_bad_answer(gate->flow, 502, too_large);
	if (!head->keep_alive || head->framing == HTTP_UNTIL_CLOSE)
		gate->flow->http.last = true;
	return RELAY_ON;
}

void document_free(struct gate *gate)
{
	struct documents *documents = all(gate);
	struct document *d = gate->document;

	if (!d)
		return;
	put_on_shelf(gate, false);
	documents->n--;
	documents->shared -= share_of(gate);
	if (documents->large == d)
		documents->large = NULL;
	sieve_fini(&d->sieve);
	if (d->unpack)
		d->unpack->ops->free(d->unpack);
	free(d->text);
	free(d);
	gate->document = NULL;
	resume_all(documents);
}
