/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/events.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "egress/denial.h"
#include "os/sys.h"

static void where(const void *of, uint64_t index, struct buf *out)
{
	const struct where at = policy_rule_where(of, index);

	if (at.file)
		buf_printf(out, "%s:%u", at.file, at.line);
}

static int send_line(const struct events *events, const struct event *ev)
{
	const struct event_rules rules = { where, events->policy };
	char space[EVENT_JSON + 4];
	struct buf line = BUF(space);

	buf_puts(&line, "{");
	event_json(ev, &rules, &line);
	buf_puts(&line, "}\n");
	return write_all(events->fd, line.p, line.n);
}

/* Each of them is a message. */
static int send_messages(const struct events *events, struct iovec *iov, unsigned n)
{
	struct pollfd room = { .fd = events->fd, .events = POLLOUT };
	struct mmsghdr message[EVENTS_HELD] = { 0 };
	int sent;

	for (unsigned i = 0; i < n; i++)
		message[i].msg_hdr = (struct msghdr){ .msg_iov = &iov[i], .msg_iovlen = 1 };
	for (unsigned at = 0; at < n;) {
		sent = sendmmsg(events->fd, message + at, n - at, MSG_NOSIGNAL);
		if (sent < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		if (sent < 0)
			poll(&room, 1, -1);
		else
			at += (unsigned)sent;
	}
	return 0;
}

static int send_held(struct events *events)
{
	struct iovec iov[EVENTS_HELD];
	int r = 0;

	for (unsigned i = 0; i < events->n_held && r == 0; i++) {
		iov[i] = (struct iovec){ &events->held[i], event_size(&events->held[i]) };
		if (events->json)
			r = send_line(events, &events->held[i]);
	}
	return events->json ? r : send_messages(events, iov, events->n_held);
}

static void broken(struct events *events)
{
	events->broken = events->loop->stop = true;
}

void events_flush(struct events *events)
{
	deadline_clear(&events->flush);
	if (!events->broken && send_held(events) < 0)
		broken(events);
	events->n_held = 0;
}

void events_send(struct events *events, const struct event *ev)
{
	events->held[events->n_held++] = *ev;
	events_flush(events);
}

void events_send_soon(struct events *events, const struct event *ev)
{
	if (events->n_held == EVENTS_HELD - 1) {
		events_send(events, ev);
		return;
	}
	if (!events->flush.next)
		deadline_set(events->loop, &events->soon, &events->flush);
	events->held[events->n_held++] = *ev;
}

void events_note(struct events *events, const struct client_note *note)
{
	struct client_note copy = *note;
	struct iovec iov = { &copy, sizeof(copy) };

	events_flush(events);
	if (!events->broken && !events->json && send_messages(events, &iov, 1) < 0)
		broken(events);
}

static void flush(struct deadline *d)
{
	events_flush(container_of(d, struct events, flush));
}

void events_init(struct events *events)
{
	events->soon = (struct timers){ .ms = EVENTS_SOON_MS, .expired = flush };
	loop_add_timers(events->loop, &events->soon);
}

void events_target(struct event *ev, const struct request *request)
{
	char text[ADDR_TEXT_MAX];

	if (request->host)
		event_text(ev, FIELD_HOST, str_of(request->host));
	if (!request->host || request->resolved) {
		addr_text(&request->addr, text);
		event_text(ev, FIELD_ADDRESS, str_of(text));
	}
	if (request->port)
		event_num(ev, FIELD_PORT, request->port);
}

static struct event about(enum event_kind kind, const struct request *request,
			  const struct decision *decision)
{
	struct event ev = event_new(kind);

	if (decision->rules && decision->rules->digest) /* first: it has to be whole */
		event_text(&ev, FIELD_POLICY, str_of(decision->rules->digest));
	event_num(&ev, FIELD_VERDICT, decision->verdict);
	event_num(&ev, FIELD_RULE,
		  decision->rule == RULE_NONE ? EVENT_NO_RULE : (uint64_t)decision->rule);
	events_target(&ev, request);
	if (decision->reason)
		event_text(&ev, FIELD_REASON, str_of(decision->reason));
	return ev;
}

struct event events_judged(enum event_kind kind, const struct request *request,
			   const struct decision *decision)
{
	struct event ev = about(kind, request, decision);
	char space[RULES_HINT_MAX];
	struct buf hint = BUF(space);

	if (denial_hint(request, decision, &hint))
		event_text(&ev, FIELD_HINT, (struct str){ hint.p, hint.n });
	return ev;
}

struct event events_refused(enum event_kind kind, const struct rules *rules,
			    const struct request *request, const char *reason)
{
	const struct decision decision = { .rule = RULE_NONE, .rules = rules, .reason = reason };

	return about(kind, request, &decision);
}
