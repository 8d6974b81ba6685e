/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/log_filter.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "os/sys.h"
#include "wire/rfc3339.h"

const char *filter_verdict(void *filter, const char *text)
{
	struct filter *f = filter;

	f->by_verdict = true;
	for (f->verdict = 0; f->verdict <= event_field(FIELD_VERDICT)->max; f->verdict++)
		if (!strcmp(text, event_verdict_name(f->verdict)))
			return NULL;
	return "deny, allow or ask";
}

const char *filter_severity(void *filter, const char *text)
{
	struct filter *f = filter;

	for (f->severity = SEVERITY_INFO; f->severity < N_SEVERITIES; f->severity++)
		if (!strcmp(text, event_severity_name(f->severity)))
			return NULL;
	return "info, low, medium, high or critical";
}

/* "90s", "10m", "2h", "7d": so long ago. */
static bool read_ago(const char *text, int64_t *ms)
{
	static const struct {
		char unit;
		int64_t ms;
	} units[] = { { 's', 1000 }, { 'm', 60000 }, { 'h', 3600000 }, { 'd', 86400000 } };
	size_t digits = strspn(text, "0123456789");
	unsigned long n;

	if (str_to_ulong((struct str){ text, digits }, 1000000, &n) < 0 ||
	    strlen(text) != digits + 1)
		return false;
	for (size_t i = 0; i < LEN(units); i++) {
		if (text[digits] != units[i].unit)
			continue;
		*ms = date_ms() - (int64_t)n * units[i].ms;
		return true;
	}
	return false;
}

const char *filter_since(void *filter, const char *text)
{
	struct filter *f = filter;
	char space[40];
	struct buf whole = BUF(space);

	buf_puts(&whole, text);
	if (strlen(text) == strlen("2026-11-23"))
		buf_puts(&whole, "T00:00:00Z");
	if (read_ago(text, &f->since) ||
	    rfc3339_parse((struct str){ whole.p, whole.n }, &f->since) == 0)
		return NULL;
	return "a time: 2026-11-23, 2026-11-23T10:00:00Z, or 90s, 10m, 2h, 7d ago";
}

static bool is_like(const struct event *ev, enum field field, const char *pattern)
{
	char text[EVENT_TEXT_ONE + 1];
	struct str value;

	if (event_get_text(ev, field, &value) < 0)
		return false;
	memcpy(text, value.p, value.n);
	text[value.n] = '\0';
	return fnmatch(pattern, text, FNM_CASEFOLD) == 0;
}

bool filter_admits(const struct filter *f, const struct entry *entry)
{
	const struct event *ev = &entry->ev;
	uint64_t verdict;
	int64_t ms;

	if (f->kind && fnmatch(f->kind, event_kind_name((enum event_kind)ev->kind), 0) != 0)
		return false;
	if (f->by_verdict &&
	    (event_get_num(ev, FIELD_VERDICT, &verdict) < 0 || verdict != f->verdict))
		return false;
	if (event_severity(ev) < f->severity)
		return false;
	if (f->host && !is_like(ev, FIELD_HOST, f->host) && !is_like(ev, FIELD_ADDRESS, f->host))
		return false;
	if (f->package && !is_like(ev, FIELD_PACKAGE, f->package))
		return false;
	return !f->since || (rfc3339_parse(entry->head.time, &ms) == 0 && ms >= f->since);
}
