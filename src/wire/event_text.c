/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/event.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

/*
 * What an event says to people: {field} is replaced by its value, {target} by host or address and
 * port; what stands in <> is left out when a field in it is missing.
 */
#define REASON "<: {reason}><; to allow: [egress] {hint}>< [{rule}]>"
#define WHY "< ({protocol})>" REASON
static const char *const lines[] = {
	[EVENT_TASK_START] = "started< {command}>< in {workspace}>< by task {parent}>< with "
			     "profile {profile}>, level {level}"
			     "< without {missing}><, memory {memory}>",
	[EVENT_TASK_END] =
		"ended with status {exit}< by signal {signal}>< after {ms} ms><: {reason}>",
	[EVENT_POLICY_RELOAD] = "the profile< {profile}> was read again: policy {policy}",
	[EVENT_LIMIT_EXCEEDED] = "killed for exceeding {limit}: {used} of {max}",
	[EVENT_DNS_QUERY] = "{verdict} {host}" REASON,
	[EVENT_NET_CONNECT] = "{verdict} {target}" WHY,
	[EVENT_NET_FAILED] = "{target} cannot be reached: {reason}",
	[EVENT_NET_CLOSE] = "closed< {target}><, {bytes_up} bytes up><, {bytes_down} bytes down>"
			    "<, {ms} ms><: {reason}>< [{rule}]>",
	[EVENT_NET_REFUSED] = "{verdict} {target}" WHY,
	[EVENT_NET_PUBLISH] =
		"published<: {reason}>< port {port}>< at port {host_port} of the host>",
	[EVENT_NET_VISIT] = "a visit of the host at port {port} ended<, {bytes_up} bytes up>"
			    "<, {bytes_down} bytes down><, {ms} ms><: {reason}>",
	[EVENT_NET_LOST] = "{count} more events were only counted<: {reason}>",
	[EVENT_HTTP_REQUEST] = "{verdict}< {method}> {target}<{path}>" WHY,
	[EVENT_PACKAGE_RESOLVE] =
		"resolved {package}<, {count} versions hidden><: {reason}>< [{rule}]>",
	[EVENT_PACKAGE_FETCH] = "fetched {package}< from {host}><, {bytes_down} bytes>",
	[EVENT_PACKAGE_DENY] =
		"{verdict}< {package}>< ({action})>< from {host}><: {reason}>< [{rule}]>",
	[EVENT_PUBLISH_ALLOW] = "{verdict} {action}< of {package}>< at {host}>< [{rule}]>",
	[EVENT_PUBLISH_DENY] =
		"{verdict} {action}< of {package}>< at {host}><: {reason}>< [{rule}]>",
	[EVENT_EGRESS_READY] = "egress is ready<, level {level}>< without {missing}>",
	[EVENT_EGRESS_FAILED] = "egress failed<, status {exit}><, signal {signal}>: {reason}",
	[EVENT_LOCKFILE_CHANGE] =
		"<{verdict}: >{file}: {change}< {package}>< from {from}>< ({host})>",
	[EVENT_LOCKFILE_FINDING] = "<{verdict}: >{file}<: {package}>: {reason}< ({host})>",
	[EVENT_LOCKFILE_UNREAD] = "<{verdict}: >{file}: {reason}",
	[EVENT_BUILD_CHANGE] = "{file}: {change}<: {reason}>",
	[EVENT_PACKAGE_UNTRACKED] =
		"<{verdict}: >untracked<: {package}>< in {file}><: {count}>, {reason}",
	[EVENT_INVENTORY_FAILED] = "the inventory failed: {reason}",
	[EVENT_LOG_SEAL] = "sealed with key {key}",
	[EVENT_FILE_HIDDEN] = "hid {path}<: {reason}>",
	[EVENT_FILE_PROTECTED] = "protected {path} again<: {reason}>",
	[EVENT_FILE_UNWATCHED] = "new files in {count} directories are not noticed<: {reason}>",
	[EVENT_FILE_NEW] = "new: {path}<, {reason}>",
};
static_assert(LEN(lines) == N_EVENT_KINDS, "a line for each kind");

static const char *const verdicts[] = { "denied", "allowed", "held back" };

struct line {
	const struct event *ev;
	const struct event_rules *rules;
};

static bool add_rule(const struct line *line, uint64_t index, struct buf *out)
{
	char space[EVENT_TEXT_ONE + 1];
	struct buf where = BUF(space);

	if (index == EVENT_NO_RULE || !line->rules)
		return false;
	line->rules->where(line->rules->of, index, &where);
	quote_term(out, (struct str){ where.p, where.n });
	return where.n != 0;
}

/* As in a URL: an IPv6 address in brackets. */
static bool add_target(const struct line *line, struct buf *out)
{
	bool literal = false;
	struct str where;
	uint64_t port;

	if (event_get_text(line->ev, FIELD_HOST, &where) < 0) {
		if (event_get_text(line->ev, FIELD_ADDRESS, &where) < 0)
			return false;
		literal = where.n && memchr(where.p, ':', where.n);
	}
	buf_puts(out, literal ? "[" : "");
	quote_term(out, where);
	buf_puts(out, literal ? "]" : "");
	if (event_get_num(line->ev, FIELD_PORT, &port) == 0)
		buf_printf(out, ":%" PRIu64, port);
	return true;
}

static bool add_field(const struct line *line, enum field field, struct buf *out)
{
	struct str text;
	uint64_t number;

	if (event_get_text(line->ev, field, &text) == 0) {
		quote_term(out, text);
		return true;
	}
	if (event_get_num(line->ev, field, &number) < 0)
		return false;
	if (event_field(field)->type == TYPE_RULE)
		return add_rule(line, number, out);
	if (event_field(field)->type == TYPE_VERDICT)
		buf_puts(out, verdicts[number]);
	else
		buf_printf(out, "%" PRIu64, number);
	return true;
}

static bool add_named(const struct line *line, struct str name, struct buf *out)
{
	if (str_is(name, "target"))
		return add_target(line, out);
	for (enum field field = FIELD_NONE + 1; field < N_FIELDS; field++)
		if (str_is(name, event_field(field)->name))
			return add_field(line, field, out);
	assert(!"a template names a field that is not in the table");
	return false;
}

/* Adds @form, whose fields are all there; else false, and what was added has to be taken back. */
static bool add_form(const struct line *line, struct str form, struct buf *out)
{
	struct str text, name;

	while (str_cut(form, '{', &text, &form)) {
		bool closed = str_cut(form, '}', &name, &form);

		assert(closed);
		buf_str(out, text);
		if (!add_named(line, name, out))
			return false;
	}
	buf_str(out, text);
	return true;
}

void event_line(const struct event *ev, const struct event_rules *rules, struct buf *out)
{
	const struct line line = { ev, rules };
	struct str rest = str_of(lines[ev->kind]), always, group;

	while (str_cut(rest, '<', &always, &rest)) {
		bool closed = str_cut(rest, '>', &group, &rest);
		size_t start;

		assert(closed);
		(void)add_form(&line, always, out);
		start = out->n;
		if (!add_form(&line, group, out)) {
			out->n = start;
			out->p[start] = '\0';
		}
	}
	(void)add_form(&line, always, out);
}
