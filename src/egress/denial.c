/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/denial.h"

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

static void rule(const struct decision *decision, const struct rules *rules, struct buf *out)
{
	const struct rule *by;

	if (decision->rule == RULE_NONE) {
		buf_puts(out, "rule: none\n");
		return;
	}
	by = &rules->rule[decision->rule];
	buf_printf(out, "rule: %s:%u: %s = %s\n", by->where.file, by->where.line,
		   verdict_name(by->verdict), by->text);
}

bool denial_hint(const struct request *request, const struct decision *decision, struct buf *out)
{
	const struct request literal = { .addr = request->addr, .port = request->port };

	if (decision->verdict == VERDICT_ALLOW || decision->rule != RULE_NONE)
		return false;
	rules_hint(decision->special ? &literal : request, out);
	return true;
}

static void body(unsigned status, const struct request *request, const struct decision *decision,
		 const struct rules *rules, struct buf *out)
{
	char space[RULES_HINT_MAX];
	struct buf line = BUF(space);

	buf_puts(out, status == 403 ? "agentbox denied " : "agentbox could not serve ");
	target(request, out);
	buf_printf(out, ": %s\n", decision->reason);
	if (status != 403)
		return;
	rule(decision, rules, out);
	if (denial_hint(request, decision, &line))
		buf_printf(out, "to allow it, add to the profile:\n[egress]\n%s\n", line.p);
}

void denial_http(unsigned status, const struct request *request, const struct decision *decision,
		 const struct rules *rules, bool with_body, struct buf *out)
{
	char space[DENIAL_MAX / 2];
	struct buf text = BUF(space);

	body(status, request, decision, rules, &text);
	buf_printf(out,
		   "HTTP/1.1 %u agentbox: %s\r\n"
		   "Content-Type: text/plain; charset=utf-8\r\n"
		   "Content-Length: %zu\r\n"
		   "Cache-Control: no-store\r\n"
		   "Connection: close\r\n\r\n",
		   status, decision->reason, text.n);
	if (with_body)
		buf_add(out, text.p, text.n);
}
