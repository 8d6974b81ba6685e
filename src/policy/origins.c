/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "policy/policy.h"
#include "wire/quote.h"

/*
 * Where in the profiles the rules of a policy stand. The egress process is given canonical text, so
 * it is told beside it, in comments: a line of origin for each rule, in their order.
 */

struct where policy_rule_where(const struct policy *p, uint64_t index)
{
	if (index < p->rules.n)
		return p->rules.rule[index].where;
	index -= p->rules.n;
	return index < p->packages.n_lines ? p->packages.line[index].where : (struct where){ 0 };
}

static const char origin_mark[] = "# at ";

void policy_print_origins(const struct policy *p, struct buf *out)
{
	for (uint64_t i = 0; i < p->rules.n + p->packages.n_lines; i++) {
		const struct where at = policy_rule_where(p, i);
		const char *slash = at.file ? strrchr(at.file, '/') : NULL;

		buf_puts(out, origin_mark);
		quote_term(out, str_of(slash ? slash + 1 : at.file ? at.file : "built in"));
		buf_printf(out, ":%u\n", at.line);
	}
}

/* "# at FILE:LINE" */
static bool read_origin(struct policy *p, struct str line, struct where *out)
{
	const char *colon = line.n ? memrchr(line.p, ':', line.n) : NULL;
	const size_t n = strlen(origin_mark);
	unsigned long number;
	struct str digits;

	if (!colon || !str_starts(line, origin_mark) || colon < line.p + n)
		return false;
	digits = (struct str){ colon + 1, (size_t)(line.p + line.n - colon) - 1 };
	if (str_to_ulong(digits, UINT32_MAX, &number) < 0)
		return false;
	out->file = arena_strndup(&p->arena, line.p + n, (size_t)(colon - line.p) - n);
	out->line = (unsigned)number;
	return true;
}

void policy_take_origins(struct policy *p, struct str text)
{
	struct rule *rule = (struct rule *)(uintptr_t)p->rules.rule; /* ours, in the arena */
	struct str line;

	for (uint64_t i = 0; i < p->rules.n + p->packages.n_lines && text.n;) {
		struct where at;

		str_cut(text, '\n', &line, &text);
		if (!str_starts(line, "#"))
			return;
		if (!read_origin(p, line, &at))
			continue;
		if (i < p->rules.n)
			rule[i].where = at;
		else
			p->packages.line[i - p->rules.n].where = at;
		i++;
	}
}
