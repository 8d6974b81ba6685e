/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/document.h"
#include "egress/egress.h"
#include "egress/parcel.h"
#include "eco/digest.h"
#include "wire/rfc3339.h"

/* What the log is told of a request to a registry. */

static bool is_publishing(const struct gate *gate)
{
	return gate->request.kind == PACKAGE_PUBLISH || gate->request.kind == PACKAGE_AUTH;
}

struct str gate_action(const struct gate *gate)
{
	return str_of(is_publishing(gate) ? gate->request.what
					  : package_kind_name(gate->request.kind));
}

static void add_line(struct event *ev, const struct gate *gate, int line)
{
	const struct rules *rules = &gate->flow->edition->policy.rules;

	event_num(ev, FIELD_RULE,
		  line == PACKAGE_LINE_NONE ? EVENT_NO_RULE : rules->n + (uint64_t)line);
}

static struct event about(enum event_kind kind, const struct gate *gate, enum verdict verdict)
{
	const struct package_question question = { .registry = gate->registry,
						   .request = &gate->request };
	const struct request to = flow_request(gate->flow);
	const char *digest = gate->flow->edition->policy.rules.digest;
	struct event ev = event_new(kind);
	char space[PURL_MAX];
	struct buf purl = BUF(space);

	if (digest) /* first: it has to be whole */
		event_text(&ev, FIELD_POLICY, str_of(digest));
	event_num(&ev, FIELD_VERDICT, verdict);
	event_num(&ev, FIELD_FLOW, gate->flow->number);
	package_purl(&question, &purl);
	if (purl.n)
		event_text(&ev, FIELD_PACKAGE, (struct str){ purl.p, purl.n });
	if (to.host)
		event_text(&ev, FIELD_HOST, str_of(to.host));
	event_num(&ev, FIELD_PORT, to.port);
	event_text(&ev, FIELD_ACTION, gate_action(gate));
	return ev;
}

static void add_time(struct event *ev, const struct package_facts *facts)
{
	char space[64];
	struct buf text = BUF(space);

	if ((facts->time != TIME_SERVER && facts->time != TIME_AUTHOR) ||
	    rfc3339_print(facts->published, &text) < 0)
		return;
	event_text(ev, FIELD_PUBLISHED, (struct str){ text.p, text.n });
	event_text(ev, FIELD_TIME_SOURCE,
		   facts->time == TIME_SERVER ? STR("server") : STR("author"));
}

void gate_record_denied(const struct gate *gate, const struct package_decision *decision)
{
	struct event ev = about(is_publishing(gate) ? EVENT_PUBLISH_DENY : EVENT_PACKAGE_DENY, gate,
				decision->verdict);

	add_line(&ev, gate, decision->line);
	event_text(&ev, FIELD_REASON, str_of(decision->reason));
	if (decision->change)
		event_text(&ev, FIELD_CHANGE, str_of(decision->change));
	gate->flow->egress->used.denied++;
	if (gate->known && !is_publishing(gate))
		add_time(&ev, &gate->facts);
	events_send(&gate->flow->egress->events, &ev);
}

void gate_record_published(const struct gate *gate)
{
	struct event ev;

	if (!is_publishing(gate))
		return;
	ev = about(EVENT_PUBLISH_ALLOW, gate, VERDICT_ALLOW);
	add_line(&ev, gate, packages_line(&gate->flow->edition->policy.packages, "publish"));
	events_send(&gate->flow->egress->events, &ev);
}

void gate_record_resolved(const struct gate *gate)
{
	const struct document *d = gate->document;
	struct event ev = about(EVENT_PACKAGE_RESOLVE, gate, VERDICT_ALLOW);

	if (d->n_hidden) {
		event_num(&ev, FIELD_COUNT, d->n_hidden);
		add_line(&ev, gate, d->line);
		event_text(&ev, FIELD_REASON, str_of(d->notice));
	}
	events_send(&gate->flow->egress->events, &ev);
}

void gate_record_fetched(const struct gate *gate, const struct digest *digest, uint64_t bytes)
{
	struct event ev = about(EVENT_PACKAGE_FETCH, gate, VERDICT_ALLOW);
	char space[2 * DIGEST_MAX + 16];
	struct buf text = BUF(space);

	digest_print(digest, &text);
	event_text(&ev, FIELD_DIGEST, (struct str){ text.p, text.n });
	event_num(&ev, FIELD_BYTES_DOWN, bytes);
	if (gate->change)
		event_text(&ev, FIELD_CHANGE, str_of(gate->change));
	gate->flow->egress->used.bytes += bytes;
	add_time(&ev, &gate->facts);
	events_send(&gate->flow->egress->events, &ev);
}
