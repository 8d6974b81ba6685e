/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/caps.h"

#include <errno.h>
#include <stdlib.h>

#include "wire/http.h"

/*
 * Theory of operation
 *
 * A rule may cap what it allows. The caps of the rule that explains a decision hold, and no other
 * rule's: who wants an exception writes a rule that is more specific.
 *
 * What can be known from the head of a request is judged with it, and nothing of the request is
 * sent to anybody: that there are too many of them, that its body is too large, or larger than what
 * is left of bytes=. A body in chunks is counted as it passes and cut before the first byte too
 * many; so is what several connections move at the same time, by the meter that they share
 * (relay.h). Of requests, as many times are remembered as may pass, so that whichever minute one
 * looks at, there are no more of them in it.
 *
 * In mode=audit all is counted, and written down as it would have been judged.
 */

enum { SECOND = 1000 };

const char caps_no_upload[] = "its body is larger than max-upload= of its rule";
const char caps_no_bytes[] = "bytes= of its rule is used up";
static const char no_requests[] = "there were too many of them for requests= of its rule";

/* What was counted for the same rule so far, or NULL. */
static struct cap_use *find(const struct caps_used *used, const struct rule *rule)
{
	for (size_t i = 0; used && i < used->rules->n; i++)
		if (used->of[i] && str_eq(rule_bare(str_of(used->rules->rule[i].text)),
					  rule_bare(str_of(rule->text))))
			return used->of[i];
	return NULL;
}

/* Makes room for other caps, and keeps the latest of what was counted. */
static int load_requests(struct cap_use *use, const struct caps *caps)
{
	const uint32_t max = caps->set & CAP_REQUESTS ? caps->requests : 0;
	int64_t *again = max ? calloc(max, sizeof(*again)) : NULL;
	const uint32_t kept = use->max < max ? use->max : max;

	if (max && !again)
		return -ENOMEM;
	for (uint32_t i = 0; i < kept; i++)
		again[i] = use->again[(use->next + use->max - kept + i) % use->max];
	free(use->again);
	use->again = again;
	use->max = max;
	use->next = max ? kept % max : 0;
	use->span = (int64_t)caps->per * SECOND;
	return 0;
}

static int load(struct cap_use **of, const struct caps_used *used, const struct rules *rules)
{
	for (size_t i = 0; i < rules->n; i++) {
		if (!rules->rule[i].caps.set)
			continue;
		of[i] = find(used, &rules->rule[i]);
		if (!of[i])
			of[i] = calloc(1, sizeof(*of[i]));
		if (!of[i] || load_requests(of[i], &rules->rule[i].caps) < 0)
			return -ENOMEM;
	}
	return 0;
}

int caps_load(struct caps_used *used, const struct caps_used *before, const struct rules *rules,
	      struct err *e)
{
	struct cap_use **of = calloc(rules->n + 1, sizeof(struct cap_use *));

	if (!of || load(of, before, rules) < 0) {
		free(of);
		return err_set(e, -ENOMEM, "make room for what is counted");
	}
	for (size_t i = 0; i < rules->n; i++) {
		if (!of[i])
			continue;
		of[i]->meter.max = rules->rule[i].caps.bytes;
		of[i]->meter.soft = rules->audit;
	}
	*used = (struct caps_used){ rules, of };
	return 0;
}

void caps_fini(struct caps_used *used)
{
	free(used->of);
	*used = (struct caps_used){ 0 };
}

static const struct caps *caps_of(const struct caps_used *used, int rule)
{
	static const struct caps none;

	return rule == RULE_NONE ? &none : &used->rules->rule[rule].caps;
}

struct meter *caps_meter(struct caps_used *used, int rule)
{
	return caps_of(used, rule)->set & CAP_BYTES ? &used->of[rule]->meter : NULL;
}

static bool has_left(const struct caps_used *used, int rule, uint64_t n)
{
	uint64_t left;

	if (!(caps_of(used, rule)->set & CAP_BYTES))
		return true;
	left = meter_left(&used->of[rule]->meter);
	return left && n <= left;
}

/* Milliseconds until the next request may pass; 0 or less: it may now. */
static int64_t wait_of(const struct caps_used *used, int rule, int64_t now)
{
	const struct cap_use *use = used->of[rule];

	return use && use->max ? use->again[use->next] - now : 0;
}

static void deny(const struct caps_used *used, struct decision *d, const char *reason)
{
	d->verdict = VERDICT_DENY;
	d->reason = reason;
	d->pass = used->rules->audit;
}

void caps_judge(const struct caps_used *used, struct decision *d)
{
	if (d->pass && !has_left(used, d->rule, 0))
		deny(used, d, caps_no_bytes);
}

unsigned caps_judge_request(const struct caps_used *used, const struct http_request *req,
			    int64_t now, struct decision *d, unsigned *wait)
{
	const uint64_t length = req->head.framing == HTTP_LENGTH ? req->head.length : 0;
	int64_t ms;

	if (!d->pass || d->rule == RULE_NONE)
		return 0;
	if (length > caps_upload(used, d->rule)) {
		deny(used, d, caps_no_upload);
		return 413;
	}
	if (!has_left(used, d->rule, length)) {
		deny(used, d, caps_no_bytes);
		return 403;
	}
	ms = wait_of(used, d->rule, now);
	if (ms <= 0)
		return 0;
	*wait = (unsigned)((ms + SECOND - 1) / SECOND);
	deny(used, d, no_requests);
	return 429;
}

void caps_count(struct caps_used *used, int rule, int64_t now)
{
	struct cap_use *use = rule == RULE_NONE ? NULL : used->of[rule];

	if (!use || !use->max)
		return;
	use->again[use->next] = now + use->span;
	use->next = (use->next + 1) % use->max;
}

uint64_t caps_upload(const struct caps_used *used, int rule)
{
	const struct caps *caps = caps_of(used, rule);

	return caps->set & CAP_UPLOAD ? caps->max_upload : UINT64_MAX;
}
