/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/http.h"

#include <errno.h>

#include "egress/egress.h"
#include "egress/judge.h"
#include "egress/redirect.h"
#include "wire/http.h"

/*
 * Theory of operation
 *
 * On a connection that speaks HTTP every request is judged, and one is under way at a time: the
 * next one stays in the kernel until the answer to the one before has passed. So an answer of ours
 * always has its turn, and it is known what each answer of the host is the answer to.
 *
 * A head is looked at where it lies (MSG_PEEK) until it is complete, and taken then. What is sent
 * on is not these bytes but a head written anew, which means what was judged. Of the body, the
 * relay is given leave for as many bytes as it has; chunks are read and written anew here.
 *
 * The direction whose turn it is asks: the box for a request, the host for its answer. While
 * neither is under way both ask, so that a connection that the host closes is closed to the box as
 * well.
 */

enum {
	CHUNKS_PEEK = 32 * 1024, /* what is written anew of it fits into a buffer */
	CHUNK_FRAME = 32,	 /* bytes around one chunk, at most */
	INTERIM_MAX = 16,	 /* answers before one answer: hosts send one or two */
	HTTP_WAITS = HTTP_E_BAD + 1,
};

static struct flow *flow_of(struct relay *r)
{
	return container_of(r, struct flow, relay);
}

static ssize_t peek(struct flow *f, struct half *h, size_t max, struct str *in)
{
	return stream_peek(h->from, f->egress->peek, max, in);
}

/* An incomplete head of @n bytes. */
static int wait_for_more(struct half *h, size_t n)
{
	int r = stream_wait(h->from, n);

	return r > 0 ? RELAY_ON : r < 0 ? r : RELAY_WAIT;
}

/* Of the protocols that a connection may change to, WebSocket is the one that rules can name. */
static bool is_websocket(const struct http_head *head)
{
	return str_eq_nocase(head->upgrade, STR("websocket"));
}

/* The host's addresses were judged when it was connected to. */
struct request http_request(const struct flow *f)
{
	const struct http_request *req = &f->egress->request;

	return (struct request){
		.host = names_text(&f->egress->names, f->name),
		.addr = f->addr,
		.port = f->port,
		.path = req->path,
		.method = req->method,
		.scheme = flow_is_https(f) ? SCHEME_HTTPS : SCHEME_HTTP,
		.upgrade = is_websocket(&req->head),
	};
}

/* What is wrong with a request, whatever the rules say of its path. */
static const char *why_not(const struct flow *f, const struct http_request *req)
{
	const struct request to = http_request(f);
	const char *reason = judge_request(req, &to);

	if (!reason && f->by_request && req->overrides)
		return "a field of the request may make another one of it "
		       "(X-HTTP-Method-Override and the like)";
	return reason;
}

/* @status: of the answer, if it is refused. */
static struct decision decide(struct flow *f, const struct http_request *req, unsigned *status)
{
	const struct rules *rules = &f->edition->policy.rules;
	const struct request to = http_request(f);
	struct decision decision = rules_decide(rules, &to);
	const char *reason = decision.pass ? why_not(f, req) : NULL;

	if (reason) {
		decision.verdict = VERDICT_DENY;
		decision.reason = reason;
		decision.pass = rules->audit && req->form != HTTP_AUTHORITY;
	}
	*status = caps_judge_request(&f->edition->caps, req, f->egress->loop.now, &decision,
				     &f->http.wait);
	if (*status == 0)
		*status = 403;
	return decision;
}

/* How an answer of ours would have to look. */
static void read_wishes(struct flow *f, const struct http_request *req)
{
	const struct str accepted = http_field(&req->head, "Accept");

	f->http.head = str_is(req->method, "HEAD");
	f->http.json = accepted.n && memmem(accepted.p, accepted.n, "json", strlen("json"));
}

/*
 * Reads a request and judges it. Returns 0, HTTP_E_MORE, or HTTP_E_BAD: it is refused; or
 * HTTP_WAITS: unless it is the first, it has to be judged again when the flow is resumed.
 */
static int judge(struct flow *f, struct str in, bool first, struct decision *decision)
{
	struct http_request *req = &f->egress->request;
	unsigned status = 0;
	int r = http_read_request(req, in), judged;

	if (r == HTTP_E_MORE)
		return r;
	if (r == 0) {
		read_wishes(f, req);
		*decision = decide(f, req, &status);
		f->http.rule = decision->rule;
		judged = decision->pass ? gate_judge(f, req, first, decision) : 0;
		if (judged == GATE_WAIT)
			return HTTP_WAITS;
		if (judged == GATE_MISSING)
			status = 404;
		if (decision->pass)
			return 0;
	} else {
		*decision = f->decision;
		decision->verdict = VERDICT_DENY;
		decision->reason = req->head.reason;
	}
	flow_tell(f);
	f->decision = *decision;
	f->http.status = r == 0 ? status : req->head.status;
	f->http.refused = r == 0;
	return HTTP_E_BAD;
}

int http_judge_first(struct flow *f, struct str in)
{
	struct decision decision;
	int r = judge(f, in, true, &decision);

	if (r == HTTP_E_BAD)
		http_record_refused(f, &decision);
	else if (r == 0 && f->by_request)
		f->decision = decision;
	return r;
}

/*
 * The head is in @out; its body follows in @in. As much of it as is there already goes with it, the
 * rest is left to the relay, or asked for again. Returns 0 or -errno.
 */
static int send_on(struct half *h, const struct http_head *head, struct http_body *body,
		   bool *moves, struct str in, struct buf *out)
{
	size_t now = 0;

	http_body_init(body, head);
	*moves = head->framing != HTTP_EMPTY && (head->framing != HTTP_LENGTH || head->length);
	if (head->framing == HTTP_LENGTH) {
		now = in.n - head->size;
		if (now > head->length)
			now = (size_t)head->length;
		if (now >= out->cap - out->n)
			now = out->cap - out->n - 1;
		buf_add(out, in.p + head->size, now);
		h->left = head->length - now;
		*moves = h->left > 0;
	} else if (head->framing == HTTP_UNTIL_CLOSE) {
		h->left = UINT64_MAX;
	}
	stream_take(h->from, head->size + now);
	return relay_write(h, out->n);
}

int http_bad_answer(struct flow *f, unsigned status, const char *reason)
{
	f->decision.verdict = VERDICT_DENY;
	f->decision.reason = reason;
	f->http.status = status;
	http_record_end(f, status);
	return -EPROTO;
}

static int cut(struct flow *f, unsigned status, const char *reason)
{
	if (!f->http.over)
		f->http.over = reason;
	f->decision.rule = f->http.rule;
	if (!f->http.answering)
		return http_bad_answer(f, status, f->http.over);
	http_record_end(f, f->http.answer_status);
	return -EDQUOT;
}

int http_cut(struct flow *f)
{
	return cut(f, 403, caps_no_bytes);
}

/* Whether @n more bytes of its body may pass. */
static bool may_upload(struct flow *f, size_t n)
{
	struct http_flow *http = &f->http;

	if (n > http->upload_left) {
		http->over = caps_no_upload;
		http->upload_left = f->edition->policy.rules.audit ? UINT64_MAX : 0;
	}
	if (n > http->upload_left)
		return false;
	if (http->upload_left != UINT64_MAX)
		http->upload_left -= n;
	return true;
}

/* One piece of a body in chunks. */
static int move_chunks(struct flow *f, struct half *h, struct http_body *body, bool *moves)
{
	struct str in, rest, content;
	struct buf out = buf_over(relay_buffer(h), IO_BUFFER);
	ssize_t n;
	int r = 0;

	if (!out.p)
		return RELAY_WAIT;
	n = peek(f, h, CHUNKS_PEEK, &in);
	if (n <= 0)
		return n == -EAGAIN ? RELAY_WAIT : n < 0 ? (int)n : -ECONNABORTED;
	for (rest = in; r == 0 && rest.n && out.cap - out.n > rest.n + CHUNK_FRAME;) {
		r = http_body_read(body, &rest, &content);
		if (content.n == 0)
			continue;
		if (h == &f->relay.up && !may_upload(f, content.n))
			return cut(f, 413, caps_no_upload);
		buf_printf(&out, "%zx\r\n", content.n);
		buf_str(&out, content);
		buf_puts(&out, "\r\n");
	}
	if (r == HTTP_BODY_BAD)
		return -EBADMSG;
	if (r == HTTP_BODY_DONE)
		buf_puts(&out, "0\r\n\r\n");
	*moves = r != HTTP_BODY_DONE;
	stream_take(h->from, in.n - rest.n);
	r = relay_write(h, out.n);
	return r < 0 ? r : RELAY_ON;
}

/* The answer has passed. If the request has not, the host did not care for all of it. */
static int answer_done(struct flow *f)
{
	struct http_flow *http = &f->http;

	gate_end(f);
	http->busy = false;
	http->answered = true;
	http->answering = false;
	deadline_clear(&f->deadline);
	if (http->last || http->up_moves)
		return RELAY_DONE;
	f->relay.down.asks = true;
	return RELAY_ON;
}

/* Moves what is left of a body. Returns what http_ask() does. */
static int move_body(struct flow *f, struct half *h, struct http_body *body, bool *moves)
{
	if (body->framing != HTTP_CHUNKED) {
		*moves = false; /* the relay has moved it */
		return RELAY_ON;
	}
	return move_chunks(f, h, body, moves);
}

/* The clock runs from its first byte on, not from each. */
static int wait_for_request(struct flow *f, struct half *h, size_t n)
{
	if (!f->deadline.next)
		deadline_set(&f->egress->loop, &f->egress->flows.request, &f->deadline);
	return wait_for_more(h, n);
}

static void set_clock(struct flow *f)
{
	f->http.moved = f->relay.up.bytes + f->relay.down.bytes;
	deadline_set(&f->egress->loop, &f->egress->flows.stall, &f->deadline);
}

/* What is moved from here on is for the request that was judged last. */
static void use_caps(struct flow *f)
{
	struct caps_used *caps = &f->edition->caps;
	const int rule = f->http.rule;

	caps_count(caps, rule, f->egress->loop.now);
	f->relay.meter = caps_meter(caps, rule);
	f->http.upload_left = caps_upload(caps, rule);
	f->http.over = NULL;
}

static int request(struct flow *f, struct half *h)
{
	struct http_request *req = &f->egress->request;
	struct http_flow *http = &f->http;
	struct http_edit edit = { 0 };
	struct decision decision;
	struct buf out;
	struct str in;
	ssize_t n = peek(f, h, EGRESS_PEEK, &in);
	int r;

	if (n <= 0)
		return n == -EAGAIN ? RELAY_WAIT : n < 0 ? (int)n : RELAY_DONE;
	r = judge(f, in, false, &decision);
	if (r == HTTP_E_MORE)
		return wait_for_request(f, h, in.n);
	if (r == HTTP_WAITS)
		return RELAY_WAIT;
	out = buf_over(relay_buffer(h), IO_BUFFER);
	if (!out.p)
		return RELAY_WAIT;
	stream_wake(h->from);
	if (r == HTTP_E_BAD) {
		http_record_refused(f, &decision);
		return -EPROTO;
	}
	http_record_begin(f, &decision);
	use_caps(f);
	set_clock(f);
	edit.upgrade = http->upgrade = is_websocket(&req->head);
	gate_edit(f, &edit);
	http_write_request(req, &edit, &out);
	http->busy = true;
	/* Who names the host in each request means a proxy, and may ask it for another one next. */
	http->last = !req->head.keep_alive || req->form == HTTP_ABSOLUTE;
	http->n_interim = 0;
	f->relay.down.asks = true;
	r = send_on(h, &req->head, &http->up, &http->up_moves, in, &out);
	return r < 0 ? r : RELAY_ON;
}

/*
 * The answer before has been written, so the next request may be read. Nothing was asked for yet:
 * the host ends the connection, or it says something that has no place here.
 */
static int unasked(struct flow *f, struct half *h)
{
	struct str in;

	http_record_end(f, f->http.answer_status);
	f->relay.up.asks = true;
	return peek(f, h, 1, &in) == -EAGAIN ? RELAY_WAIT : RELAY_DONE;
}

void http_late(struct deadline *d)
{
	struct flow *f = container_of(d, struct flow, deadline);
	struct http_flow *http = &f->http;

	if (http->busy && http->moved != f->relay.up.bytes + f->relay.down.bytes)
		set_clock(f);
	else if (!http->busy)
		relay_end(&f->relay, http_bad_answer(f, 408, "the request did not arrive in time"));
	else if (!http->answering)
		relay_end(&f->relay, http_bad_answer(f, 504, "the host did not answer in time"));
	else
		relay_end(&f->relay, -ETIMEDOUT);
}

/* From here on it is no longer HTTP. */
static int change_protocol(struct flow *f, struct half *h, struct str in, struct buf *out)
{
	struct http_response *res = &f->egress->response;
	int r;

	if (!f->http.upgrade || !is_websocket(&res->head))
		return http_bad_answer(f, 502,
				       "the host changed to a protocol that it was not asked for");
	http_write_response(res, &(struct http_edit){ .upgrade = true }, out);
	r = send_on(h, &res->head, &f->http.down, &f->http.down_moves, in, out);
	if (r < 0)
		return r;
	http_record_end(f, 101);
	deadline_clear(&f->deadline);
	f->relay.ask = NULL;
	f->relay.up.asks = f->relay.down.asks = false;
	f->relay.up.left = f->relay.down.left = UINT64_MAX;
	return RELAY_ON;
}

/* It says itself that it is longer than what its rule has left. */
static bool is_too_long(const struct flow *f, const struct http_head *head)
{
	const struct meter *meter = f->relay.meter;

	return meter && !meter->soft && head->framing == HTTP_LENGTH &&
	       head->length > meter_left(meter);
}

/* An answer before the answer (1xx) is passed on. */
static int send_answer(struct flow *f, struct half *h, struct str in)
{
	struct http_response *res = &f->egress->response;
	struct http_flow *http = &f->http;
	struct buf out = buf_over(relay_buffer(h), IO_BUFFER);
	const bool interim = res->status < 200;
	int r;

	if (!out.p)
		return RELAY_WAIT;
	stream_wake(h->from);
	if (res->status == 101)
		return change_protocol(f, h, in, &out);
	if (is_too_long(f, &res->head))
		return cut(f, 403, caps_no_bytes);
	if (interim && ++http->n_interim > INTERIM_MAX)
		return http_bad_answer(f, 502, "the host does not get to its answer (1xx)");
	http->answer_status = res->status;
	if (!interim && (!res->head.keep_alive || res->head.framing == HTTP_UNTIL_CLOSE))
		http->last = true;
	http_write_response(res, &(struct http_edit){ .close = http->last && !interim }, &out);
	r = send_on(h, &res->head, &http->down, &http->down_moves, in, &out);
	if (r < 0)
		return r;
	http->answering = !interim;
	return interim || http->down_moves ? RELAY_ON : answer_done(f);
}

static int answer(struct flow *f, struct half *h)
{
	struct http_response *res = &f->egress->response;
	struct str in;
	ssize_t n = peek(f, h, EGRESS_PEEK, &in);
	int r;

	if (n == 0 && f->http.answered)
		return RELAY_DONE; /* a connection that was kept: the client tries again */
	if (n == 0)
		return http_bad_answer(f, 502, "the host closed the connection without an answer");
	if (n < 0)
		return n == -EAGAIN ? RELAY_WAIT : (int)n;
	r = http_read_response(res, in, f->http.head ? STR("HEAD") : STR("GET"));
	if (r == HTTP_E_MORE)
		return wait_for_more(h, in.n);
	if (r == HTTP_E_BAD)
		return http_bad_answer(f, 502, res->head.reason);
	r = redirect_judge(f, res);
	if (r < 0)
		return r;
	return gate_takes(f, res) ? gate_move(f, h, res) : send_answer(f, h, in);
}

static int ask_box(struct flow *f, struct half *h)
{
	if (f->http.up_moves)
		return move_body(f, h, &f->http.up, &f->http.up_moves);
	h->asks = !f->http.busy;
	return f->http.busy ? RELAY_WAIT : request(f, h);
}

static int ask_host(struct flow *f, struct half *h)
{
	int r;

	if (!f->http.busy)
		return unasked(f, h);
	if (gate_moves(f)) {
		r = gate_move(f, h, NULL);
		return r == RELAY_DONE ? answer_done(f) : r;
	}
	if (!f->http.down_moves)
		return answer(f, h);
	r = move_body(f, h, &f->http.down, &f->http.down_moves);
	return r == RELAY_ON && !f->http.down_moves ? answer_done(f) : r;
}

int http_ask(struct relay *r, struct half *h)
{
	return h == &r->up ? ask_box(flow_of(r), h) : ask_host(flow_of(r), h);
}
