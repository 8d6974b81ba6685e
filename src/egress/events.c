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

static int send_message(const struct events *events, const void *message, size_t n)
{
	struct pollfd room = { .fd = events->fd, .events = POLLOUT };

	while (send(events->fd, message, n, MSG_NOSIGNAL) < 0) {
		if (errno != EINTR && errno != EAGAIN)
			return -errno;
		poll(&room, 1, -1);
	}
	return 0;
}

void events_send(struct events *events, const struct event *ev)
{
	int r;

	if (events->broken)
		return;
	r = events->json ? send_line(events, ev) : send_message(events, ev, event_size(ev));
	if (r < 0)
		events->broken = events->loop->stop = true;
}

void events_note(struct events *events, const struct client_note *note)
{
	if (!events->broken && !events->json && send_message(events, note, sizeof(*note)) < 0)
		events->broken = events->loop->stop = true;
}

static void add_addr(struct event *ev, const struct addr *addr)
{
	char text[ADDR_TEXT_MAX];

	addr_text(addr, text);
	event_text(ev, FIELD_ADDRESS, str_of(text));
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
	if (request->host)
		event_text(&ev, FIELD_HOST, str_of(request->host));
	if (!request->host || request->resolved)
		add_addr(&ev, &request->addr);
	if (request->port)
		event_num(&ev, FIELD_PORT, request->port);
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
