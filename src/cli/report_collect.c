/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "supervise/entry.h"
#include "wire/rfc3339.h"

/*
 * A report tells what the log has, and no more: so it can be made again at any time, and whoever
 * trusts the log can trust it. Every format shows the same sections, which are rows of one table;
 * what is added up are hosts.
 */

#define K(name) ((uint64_t)1 << EVENT_##name)

const struct section report_sections[] = {
	{ "denied",
	  "Refused",
	  "Requests that no line of the profile allows, and the line that would",
	  0,
	  true,
	  true,
	  { { FIELD_HINT, "to allow" } } },
	{ "failed",
	  "Not reached",
	  "Connections that were allowed, and could not be made",
	  K(NET_FAILED),
	  false,
	  false,
	  { { FIELD_HOST, "host" }, { FIELD_REASON, "why" } } },
	{ "findings",
	  "Findings in lock files",
	  "Changes that attackers make, too",
	  K(LOCKFILE_FINDING) | K(LOCKFILE_UNREAD) | K(INVENTORY_FAILED),
	  false,
	  true,
	  { { FIELD_FILE, "file" },
	    { FIELD_PACKAGE, "package" },
	    { FIELD_REASON, "what" },
	    { FIELD_HOST, "host" } } },
	{ "untracked",
	  "Packages that nobody fetched",
	  "They are installed, were not there before, and came from no registry",
	  K(PACKAGE_UNTRACKED),
	  false,
	  true,
	  { { FIELD_PACKAGE, "package" },
	    { FIELD_FILE, "where" },
	    { FIELD_COUNT, "more" },
	    { FIELD_REASON, "why" } } },
	{ "build",
	  "Files that others execute or obey",
	  "Changed in this task: look at them before you build or push",
	  K(BUILD_CHANGE) | K(FILE_NEW),
	  false,
	  true,
	  { { FIELD_FILE, "file" },
	    { FIELD_PATH, "path" },
	    { FIELD_CHANGE, "change" },
	    { FIELD_REASON, "part" } } },
	{ "packages",
	  "Packages",
	  "What registries were asked for; ages are those at the time of the task",
	  K(PACKAGE_FETCH) | K(PACKAGE_DENY) | K(PACKAGE_RESOLVE),
	  false,
	  false,
	  { { FIELD_PACKAGE, "package" },
	    { FIELD_VERDICT, "verdict" },
	    { FIELD_PUBLISHED, "published" },
	    { FIELD_HOST, "from" },
	    { FIELD_DIGEST, "digest" },
	    { FIELD_REASON, "why" } } },
	{ "lockfiles",
	  "Lock files",
	  "Before the task and after it",
	  K(LOCKFILE_CHANGE),
	  false,
	  false,
	  { { FIELD_FILE, "file" },
	    { FIELD_CHANGE, "change" },
	    { FIELD_PACKAGE, "package" },
	    { FIELD_FROM, "before" },
	    { FIELD_HOST, "from" } } },
	{ "publish",
	  "Publishing",
	  "What would have changed what others get",
	  K(PUBLISH_ALLOW) | K(PUBLISH_DENY),
	  false,
	  false,
	  { { FIELD_ACTION, "action" },
	    { FIELD_PACKAGE, "package" },
	    { FIELD_VERDICT, "verdict" },
	    { FIELD_HOST, "host" } } },
};

size_t report_n_sections(void)
{
	return LEN(report_sections);
}

/* Versions were asked for, and all that there are were told. */
static bool is_plain_question(const struct report_line *line)
{
	return line->kind == EVENT_PACKAGE_RESOLVE && !line->value[FIELD_COUNT];
}

bool section_has(const struct section *section, const struct report_line *line)
{
	if (is_plain_question(line))
		return false;
	return section->denied ? line->refusal : section->kinds >> line->kind & 1;
}

size_t section_count(const struct section *section, const struct report *report)
{
	size_t n = 0;

	for (size_t i = 0; i < report->n; i++)
		n += section_has(section, &report->line[i]);
	return n;
}

bool report_is_problem(const struct report_line *line)
{
	return line->refusal || (!line->denied && line->severity >= SEVERITY_MEDIUM);
}

static const char *keep(struct report *report, struct str text)
{
	return arena_strndup(&report->arena, text.p, text.n);
}

static const char *value_of(struct report *report, const struct entry *entry, enum field field)
{
	struct str text;
	uint64_t number;

	if (event_get_text(&entry->ev, field, &text) == 0)
		return keep(report, text);
	if (event_get_num(&entry->ev, field, &number) < 0)
		return NULL;
	switch (event_field(field)->type) {
	case TYPE_RULE:
		return keep(report, str_of(entry->rule));
	case TYPE_VERDICT:
		return event_verdict_name(number);
	case TYPE_NUMBER:
	case TYPE_TEXT:
		break;
	}
	return arena_printf(&report->arena, "%" PRIu64, number);
}

/* The host that an event is about, by its name or address. */
static struct report_host *host_of(struct report *report, const struct entry *entry)
{
	struct str name;

	if (event_get_text(&entry->ev, FIELD_HOST, &name) < 0 &&
	    event_get_text(&entry->ev, FIELD_ADDRESS, &name) < 0)
		return NULL;
	for (size_t i = 0; i < report->n_hosts; i++)
		if (str_is(name, report->host[i].name))
			return &report->host[i];
	arena_push(&report->arena, report->host, report->n_hosts)->name = keep(report, name);
	return &report->host[report->n_hosts - 1];
}

static void count_host(struct report *report, const struct entry *entry, bool denied)
{
	const uint64_t kinds =
		K(DNS_QUERY) | K(NET_CONNECT) | K(NET_FAILED) | K(NET_CLOSE) | K(NET_REFUSED);
	struct report_host *host;
	uint64_t up = 0, down = 0;

	if (!(kinds >> entry->ev.kind & 1))
		return;
	host = host_of(report, entry);
	if (!host)
		return;
	host->connections += entry->ev.kind == EVENT_NET_CONNECT && !denied;
	host->connections -= entry->ev.kind == EVENT_NET_FAILED && host->connections;
	host->denied += denied;
	if (event_get_num(&entry->ev, FIELD_BYTES_UP, &up) == 0)
		host->up += up;
	if (event_get_num(&entry->ev, FIELD_BYTES_DOWN, &down) == 0)
		host->down += down;
}

static void take_entry(struct report *report, const struct entry *entry)
{
	char space[EVENT_LINE];
	struct buf text = BUF(space);
	struct report_line *line;
	const bool denied = event_is_denied(&entry->ev);

	report->counts[entry->ev.kind]++;
	report->denied += event_is_refusal(&entry->ev);
	count_host(report, entry, denied);
	if (report->n == REPORT_LINES && entry->ev.kind != EVENT_TASK_END) {
		report->dropped++;
		return;
	}
	entry_line(entry, &text);
	line = arena_push(&report->arena, report->line, report->n);
	line->time = keep(report, entry->head.time);
	line->kind = (enum event_kind)entry->ev.kind;
	line->severity = event_severity(&entry->ev);
	line->denied = denied;
	line->refusal = event_is_refusal(&entry->ev);
	line->text = keep(report, (struct str){ text.p, text.n });
	for (enum field field = FIELD_NONE + 1; field < N_FIELDS; field++)
		line->value[field] = value_of(report, entry, field);
}

static int by_name(const void *a, const void *b)
{
	const struct report_host *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int read_lines(struct report *report, struct record *record, struct err *e)
{
	_cleanup_free_ struct entry *entry = calloc(1, sizeof(*entry));
	struct str line;
	int got;

	if (!entry)
		return err_set(e, -ENOMEM, "read the log");
	while ((got = record_next(record, !record_running(record), &line, e)) > 0)
		if (entry_read(entry, line) == 0)
			take_entry(report, entry);
	return got;
}

int report_collect(struct report *report, const char *state_dir, const char *task, struct err *e)
{
	_cleanup_free_ struct record *record = calloc(1, sizeof(*record));
	int r;

	*report = (struct report){ 0 };
	memcpy(report->task, task, strlen(task));
	if (!record)
		return err_set(e, -ENOMEM, "read the log");
	r = record_open(record, state_dir, task, e);
	if (r == 0)
		r = read_lines(report, record, e);
	record_close(record);
	if (r < 0)
		return r;
	r = record_open(record, state_dir, task, e);
	if (r == 0)
		r = record_verify(record, &report->verified, e);
	record_close(record);
	if (!report->verified.bad && !report->verified.sealed && !report->verified.running)
		strcpy(report->verified.what, "the end is missing");
	for (size_t i = 0; i < report->n; i++) {
		if (report->line[i].kind == EVENT_TASK_START)
			report->start = &report->line[i];
		if (report->line[i].kind == EVENT_TASK_END)
			report->end = &report->line[i];
	}
	if (report->n_hosts)
		qsort(report->host, report->n_hosts, sizeof(*report->host), by_name);
	return r;
}

void report_fini(struct report *report)
{
	arena_fini(&report->arena);
}

/* "2020-01-01, 6 years old" */
static void add_age(const struct report_line *line, struct buf *out)
{
	static const struct {
		int64_t ms;
		const char *one;
	} units[] = {
		{ 365LL * 24 * 3600 * 1000, "year" },
		{ 30LL * 24 * 3600 * 1000, "month" },
		{ 24LL * 3600 * 1000, "day" },
		{ 3600LL * 1000, "hour" },
		{ 60LL * 1000, "minute" },
		{ 1, NULL },
	};
	const char *published = line->value[FIELD_PUBLISHED];
	int64_t from, to;
	size_t i = 0;

	buf_printf(out, "%.10s", published);
	if (rfc3339_parse(str_of(published), &from) < 0 ||
	    rfc3339_parse(str_of(line->time), &to) < 0 || from > to)
		return;
	while (units[i].one && to - from < units[i].ms)
		i++;
	from = (to - from) / units[i].ms;
	if (units[i].one)
		buf_printf(out, ", %" PRIi64 " %s%s old", from, units[i].one, plural((size_t)from));
	else
		buf_puts(out, ", less than a minute old");
}

void report_cell(const struct report_line *line, enum field field, struct buf *out)
{
	const char *value = line->value[field];

	if (field == FIELD_PUBLISHED && value)
		add_age(line, out);
	else if (field == FIELD_DIGEST && value)
		buf_printf(out, "%.20s%s", value, strlen(value) > 20 ? "\xe2\x80\xa6" : "");
	else if (field == FIELD_VERDICT && line->kind == EVENT_PACKAGE_RESOLVE)
		buf_printf(out, "%s hidden", line->value[FIELD_COUNT]);
	else if (field == FIELD_VERDICT && line->kind == EVENT_PACKAGE_FETCH)
		buf_puts(out, "fetched");
	else if (value)
		buf_puts(out, value);
}

void report_bytes(uint64_t bytes, struct buf *out)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
	double value = (double)bytes;
	size_t unit = 0;

	for (; value >= 1000 && unit + 1 < LEN(units); unit++)
		value /= 1000;
	buf_printf(out, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
}

static const struct {
	enum event_kind kind;
	const char *one, *many;
} headlines[] = {
	{ EVENT_PACKAGE_FETCH, "package fetched", "packages fetched" },
	{ EVENT_PACKAGE_UNTRACKED, "package that nobody fetched", "packages that nobody fetched" },
	{ EVENT_LOCKFILE_CHANGE, "change of lock files", "changes of lock files" },
	{ EVENT_LOCKFILE_FINDING, "finding in lock files", "findings in lock files" },
	{ EVENT_BUILD_CHANGE, "file changed that others execute or obey",
	  "files changed that others execute or obey" },
};

static size_t hosts_reached(const struct report *report)
{
	size_t n = 0;

	for (size_t i = 0; i < report->n_hosts; i++)
		n += report->host[i].connections > 0;
	return n;
}

const char *report_headline(const struct report *report, size_t i, struct buf *out)
{
	size_t n;

	out->n = 0;
	if (i == 0) {
		n = hosts_reached(report);
		buf_printf(out, "%zu host%s reached", n, plural(n));
	} else if (i == 1) {
		buf_printf(out, "%zu request%s refused", report->denied, plural(report->denied));
	} else if (i - 2 < LEN(headlines)) {
		n = report->counts[headlines[i - 2].kind];
		buf_printf(out, "%zu %s", n, n == 1 ? headlines[i - 2].one : headlines[i - 2].many);
	} else {
		return "";
	}
	return out->p;
}
