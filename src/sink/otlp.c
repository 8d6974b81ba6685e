/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OTLP/HTTP with JSON (https://opentelemetry.io/docs/specs/otlp): a POST for each batch, which the
 * answer confirms. What an answer forbids to repeat counts as refused.
 */
#include "sink/form.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>

#include "os/outside.h"
#include "os/sys.h"
#include "wire/http.h"
#include "wire/http_body.h"

enum { ANSWER_MS = 10000, ANSWER_MAX = 64 * 1024 };

/* "key":...,"value":{...}, of one member: int64 is a string in the JSON of protocol buffers. */
static void add_attribute(const char *prefix, const char *name, const char *type, struct str value,
			  struct buf *out)
{
	buf_printf(out,
		   "%s{\"key\":\"%s%s\",\"value\":{\"%s\":", out->p[out->n - 1] == '[' ? "" : ",",
		   prefix, name, type);
	quote_json(out, value);
	buf_puts(out, "}}");
}

static void add_text(const char *name, struct str value, struct buf *out)
{
	add_attribute("", name, "stringValue", value, out);
}

static void add_fields(const struct message *m, struct buf *out)
{
	char space[EVENT_TEXT];

	for (enum field field = FIELD_NONE + 1; field < N_FIELDS; field++) {
		const struct field_row *row = event_field(field);
		struct buf text = BUF(space);

		if (form_field(m, field, &text))
			add_attribute("agentbox.", row->name,
				      row->type == TYPE_NUMBER ? "intValue" : "stringValue",
				      (struct str){ text.p, text.n }, out);
	}
}

/* The numbers of severities are the first of their ranges, but for low: INFO3. */
void otlp_write(const struct message *m, struct buf *out)
{
	static const unsigned severities[] = { 9, 9, 11, 13, 17, 21 };
	const struct entry *entry = m->event.entry;
	const enum severity severity = event_severity(&entry->ev);
	const int64_t ms = projected_ms(&m->event);
	char number[24], space[EVENT_LINE];
	struct buf seq = BUF(number), text = BUF(space);

	static_assert(LEN(severities) == N_SEVERITIES, "every severity has a number");
	entry_line(entry, &text);
	buf_printf(&seq, "%" PRIu64, entry->head.seq);
	buf_printf(out,
		   "{\"timeUnixNano\":\"%" PRIi64 "000000\",\"observedTimeUnixNano\":\"%" PRIi64
		   "000000\",\"severityNumber\":%u,\"severityText\":\"%s\",\"eventName\":\"%s\","
		   "\"body\":{\"stringValue\":",
		   ms, ms, severities[severity], event_severity_name(severity),
		   event_kind_name((enum event_kind)entry->ev.kind));
	quote_json(out, (struct str){ text.p, text.n });
	buf_puts(out, "},\"attributes\":[");
	add_text("agentbox.task", entry->head.task, out);
	add_attribute("agentbox.", "seq", "intValue", (struct str){ seq.p, seq.n }, out);
	add_fields(m, out);
	add_text("log.record.original", m->line, out);
	buf_puts(out, "]}");
}

static void begin(const struct message *m, struct buf *out)
{
	const struct str version = str_of(m->event.origin->version);

	buf_puts(out, "{\"resourceLogs\":[{\"resource\":{\"attributes\":[");
	add_text("service.name", STR("agentbox"), out);
	add_text("service.version", version, out);
	add_text("service.instance.id", m->event.entry->head.task, out);
	add_text("host.name", str_of(m->host), out);
	buf_puts(out, "]},\"scopeLogs\":[{\"scope\":{\"name\":\"agentbox\",\"version\":");
	quote_json(out, version);
	buf_puts(out, "},\"logRecords\":[");
}

static int add(const struct message *m, struct batch *b, struct channel *c, struct err *e)
{
	int r = b->out.cap - b->out.n < FORM_ROOM ? form_otlp.confirm(b, c, e) : 0;

	if (r < 0)
		return r;
	if (b->n++ == 0) {
		b->out.n = 0;
		begin(m, &b->out);
	} else {
		buf_puts(&b->out, ",");
	}
	otlp_write(m, &b->out);
	return 0;
}

static int post(const struct batch *b, struct channel *c, struct err *e)
{
	char space[SINK_PATH_MAX + HOST_MAX + 256 + 2 * OUTSIDE_HEADERS_MAX];
	struct buf head = BUF(space);
	int r = channel_open(c, e);

	buf_printf(&head, "POST %s HTTP/1.1\r\nHost: ", c->to->path);
	url_write_authority(&c->to->at, &head);
	buf_printf(&head,
		   "\r\nUser-Agent: agentbox/" VERSION "\r\nContent-Type: application/json\r\n"
		   "Content-Length: %zu\r\n",
		   b->out.n);
	buf_str(&head, c->headers);
	buf_puts(&head, "\r\n");
	if (r == 0)
		r = channel_send(c, (struct str){ head.p, head.n }, e);
	return r < 0 ? r : channel_send(c, (struct str){ b->out.p, b->out.n }, e);
}

/* The answer, as far as it has come. */
struct answer {
	char bytes[ANSWER_MAX];
	size_t n;
	struct http_response head;
	char space[ANSWER_MAX];
	struct buf body;
};

/* Returns 0: it is whole; 1: there has to be more; -1: it is none. */
static int read_answer(struct answer *a)
{
	struct str in = { a->bytes, a->n }, content;
	struct http_body body;
	int r = http_read_response(&a->head, in, STR("POST"));

	if (r != 0)
		return r == HTTP_E_MORE ? 1 : -1;
	in = (struct str){ in.p + a->head.head.size, in.n - a->head.head.size };
	a->body = BUF(a->space);
	http_body_init(&body, &a->head.head);
	do {
		r = http_body_read(&body, &in, &content);
		buf_str(&a->body, content);
	} while (r == 0 && in.n);
	return r == HTTP_BODY_BAD ? -1 : r == HTTP_BODY_DONE ? 0 : 1;
}

static int await_answer(struct answer *a, struct channel *c, struct err *e)
{
	const int64_t deadline = now_ms() + ANSWER_MS;
	int r;

	a->n = 0;
	while ((r = read_answer(a)) > 0) {
		ssize_t n =
			channel_receive(c, a->bytes + a->n, sizeof(a->bytes) - a->n, deadline, e);

		if (n == 0 || a->n == sizeof(a->bytes))
			break;
		if (n < 0)
			return (int)n;
		a->n += (size_t)n;
	}
	/* A body that ends with the connection, or is longer than anything it could say. */
	if (r > 0 && http_read_response(&a->head, (struct str){ a->bytes, a->n }, STR("POST")) == 0)
		r = 0;
	return r == 0 ? 0 : err_say(e, -EPROTO, "its answer is not HTTP");
}

/* partialSuccess: of a batch that was taken, what was not. */
static uint64_t rejected(const struct answer *a, char *why, size_t cap)
{
	json_t *json = json_loadb(a->body.p, a->body.n, JSON_REJECT_DUPLICATES, NULL);
	const json_t *partial = json_object_get(json, "partialSuccess");
	const json_t *n = json_object_get(partial, "rejectedLogRecords");
	const char *digits = json_string_value(n);
	const char *message = json_string_value(json_object_get(partial, "errorMessage"));
	struct buf out = buf_over(why, cap);
	unsigned long count = 0;

	if (json_is_integer(n) && json_integer_value(n) > 0)
		count = (unsigned long)json_integer_value(n);
	else if (!digits || str_to_ulong(str_of(digits), UINT32_MAX, &count) < 0)
		count = 0;
	buf_puts(&out, message && strlen(message) < cap ? message : "");
	json_decref(json);
	return count;
}

static bool may_repeat(unsigned status)
{
	return status == 429 || status == 502 || status == 503 || status == 504;
}

static int judge(const struct answer *a, struct batch *b, struct err *e)
{
	const unsigned status = a->head.status;
	char why[100] = "";

	if (may_repeat(status))
		return err_say(e, -EAGAIN, "it answered %u", status);
	if (status / 100 == 2) {
		const uint64_t n = a->body.n ? rejected(a, why, sizeof(why)) : 0;

		b->refused += n < b->n ? n : b->n;
		if (n)
			err_say(e, 0, "it refused some: %s", why);
	} else {
		b->refused += b->n;
		err_say(e, 0, "it answered %u", status);
	}
	b->n = 0;
	return 0;
}

static int confirm(struct batch *b, struct channel *c, struct err *e)
{
	static struct answer answer;
	int r;

	if (b->n == 0)
		return 0;
	buf_puts(&b->out, "]}]}]}");
	r = post(b, c, e);
	if (r == 0)
		r = await_answer(&answer, c, e);
	if (r == 0)
		r = judge(&answer, b, e);
	if (r == 0)
		c->proven = true;
	if (r == 0 && !answer.head.head.keep_alive)
		channel_close(c);
	return r;
}

const struct form form_otlp = { add, confirm };
