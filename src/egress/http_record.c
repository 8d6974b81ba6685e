/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "egress/egress.h"

/*
 * A request that is refused is told to the log at once. One that passes is told when it is over,
 * because only then its status and size are known; whatever becomes of it, it is told, at the
 * latest when its connection ends, and that it might come was told with the connection. Between the
 * two the event is kept, without the room that it could need: most are a tenth of its size.
 */

static struct event judged(const struct flow *f, const struct decision *decision)
{
	const struct http_request *req = &f->egress->request;
	const struct request to = http_request(f);
	struct event ev = events_judged(EVENT_HTTP_REQUEST, &to, decision);

	event_num(&ev, FIELD_FLOW, f->number);
	event_text(&ev, FIELD_PROTOCOL, to.scheme == SCHEME_HTTPS ? STR("https") : STR("http"));
	if (req->method.n)
		event_text(&ev, FIELD_METHOD, req->method);
	if (req->path.n)
		event_text(&ev, FIELD_PATH, req->path);
	if (f->http.gate)
		event_text(&ev, FIELD_ACTION, gate_action(f->http.gate));
	return ev;
}

void http_record_refused(struct flow *f, const struct decision *decision)
{
	struct event ev = judged(f, decision);

	event_num(&ev, FIELD_STATUS, f->http.status);
	search_begin(f);
	events_send(&f->egress->events, &ev);
}

/* Without memory it is told at once, without what is not known yet. */
void http_record_begin(struct flow *f, const struct decision *decision)
{
	struct http_flow *http = &f->http;
	const struct event ev = judged(f, decision);

	http->record = malloc(event_size(&ev));
	if (!http->record) {
		events_send(&f->egress->events, &ev);
		return;
	}
	memcpy(http->record, &ev, event_size(&ev));
	http->since = f->egress->loop.now;
	http->up_before = f->relay.up.bytes;
	http->down_before = f->relay.down.bytes;
}

/* The same event, as a denial that is not the gate's, and so has no action of its. */
static struct event denied(const struct event *ev, const char *reason)
{
	struct event out = event_new((enum event_kind)ev->kind);
	uint64_t number;
	struct str text;

	event_num(&out, FIELD_VERDICT, VERDICT_DENY);
	event_text(&out, FIELD_REASON, str_of(reason));
	for (enum field field = FIELD_NONE + 1; field < N_FIELDS; field++) {
		if (field == FIELD_VERDICT || field == FIELD_REASON || field == FIELD_ACTION)
			continue;
		if (event_get_num(ev, field, &number) == 0)
			event_num(&out, field, number);
		else if (event_get_text(ev, field, &text) == 0)
			event_text(&out, field, text);
	}
	return out;
}

/* The cap that the request exceeded. */
static const char *over(const struct flow *f)
{
	const struct meter *meter = f->relay.meter;

	if (!f->http.over && meter && meter->bytes > meter->max)
		return caps_no_bytes;
	return f->http.over;
}

void http_record_end(struct flow *f, unsigned status)
{
	struct http_flow *http = &f->http;
	struct event ev = { 0 };

	if (!http->record)
		return;
	memcpy(&ev, http->record, event_size(http->record));
	free(http->record);
	http->record = NULL;
	if (over(f))
		ev = denied(&ev, over(f));
	if (status)
		event_num(&ev, FIELD_STATUS, status);
	event_num(&ev, FIELD_BYTES_UP, f->relay.up.bytes - http->up_before);
	event_num(&ev, FIELD_BYTES_DOWN, f->relay.down.bytes - http->down_before);
	event_num(&ev, FIELD_MS, (uint64_t)(f->egress->loop.now - http->since));
	events_send_soon(&f->egress->events, &ev);
}
