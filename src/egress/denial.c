/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/denial.h"

#include "wire/quote.h"

static void target(const struct request *request, struct buf *out)
{
	char address[ADDR_TEXT_MAX];

	if (request->host) {
		buf_puts(out, request->host);
	} else {
		addr_text(&request->addr, address);
		buf_printf(out, addr_is_v4(&request->addr) ? "%s" : "[%s]", address);
	}
	if (request->port)
		buf_printf(out, ":%u", request->port);
}

static void rule_line(struct where at, const char *key, const char *text, struct buf *out)
{
	buf_printf(out, "rule: %s", at.file);
	if (at.line)
		buf_printf(out, ":%u", at.line);
	buf_printf(out, ": %s = %s\n", key, text);
}

static void rule(const struct decision *decision, const struct policy *policy, struct buf *out)
{
	const struct package_line *line;
	const struct rule *by;

	if (decision->rule == RULE_NONE) {
		buf_puts(out, "rule: none\n");
	} else if (decision->package) {
		line = &policy->packages.line[(size_t)decision->rule - policy->rules.n];
		rule_line(line->where, line->key, line->text, out);
	} else {
		by = &policy->rules.rule[decision->rule];
		rule_line(by->where, verdict_name(by->verdict), by->text, out);
	}
}

bool denial_hint(const struct request *request, const struct decision *decision, struct buf *out)
{
	const struct request literal = { .addr = request->addr, .port = request->port };

	if (decision->verdict == VERDICT_ALLOW || decision->rule != RULE_NONE || decision->package)
		return false;
	rules_hint(decision->special ? &literal : request, out);
	return true;
}

/* By a rule, or for want of one. */
static bool judged(const struct denial *denial)
{
	return denial->status == 403 || denial->status == 413 || denial->status == 429;
}

static void write_text(const struct denial *denial, struct buf *out)
{
	const struct decision *decision = denial->decision;
	char space[RULES_HINT_MAX];
	struct buf line = BUF(space);

	buf_puts(out, judged(denial) ? "agentbox denied " : "agentbox could not serve ");
	target(denial->request, out);
	buf_printf(out, ": %s\n", decision->reason);
	if (!judged(denial))
		return;
	rule(decision, denial->policy, out);
	if (denial_hint(denial->request, decision, &line))
		buf_printf(out, "to allow it, add to the profile:\n[egress]\n%s\n", line.p);
}

/*
 * npm shows the member "error", and the field npm-notice in any answer. Quoted, a text may be eight
 * times as long: then its first line has to do, or less.
 */
static void write_json(struct str text, struct buf *out)
{
	struct str tries[] = { text, text, STR("agentbox refused this") }, rest;

	str_cut(text, '\n', &tries[1], &rest);
	for (size_t i = 0; i < LEN(tries); i++) {
		*out = buf_over(out->p, out->cap);
		buf_puts(out, "{\"error\":");
		quote_json(out, tries[i]);
		buf_puts(out, "}\n");
		if (!out->full)
			return;
	}
}

void denial_http(const struct denial *denial, struct buf *out)
{
	char space[DENIAL_MAX / 4], space_json[DENIAL_MAX / 2];
	struct buf text = BUF(space), json = BUF(space_json);
	const struct buf *body = denial->json ? &json : &text;

	write_text(denial, &text);
	write_json(str_trim((struct str){ text.p, text.n }), &json);
	buf_printf(out,
		   "HTTP/1.1 %u agentbox: %s\r\n"
		   "Content-Type: %s\r\n"
		   "Content-Length: %zu\r\n"
		   "Cache-Control: no-store\r\n"
		   "Connection: close\r\n",
		   denial->status, denial->decision->reason,
		   denial->json ? "application/json" : "text/plain; charset=utf-8", body->n);
	if (denial->json)
		buf_printf(out, "npm-notice: agentbox: %s\r\n", denial->decision->reason);
	if (denial->status == 429)
		buf_printf(out, "Retry-After: %u\r\n", denial->wait);
	buf_puts(out, "\r\n");
	if (!denial->head)
		buf_add(out, body->p, body->n);
}
