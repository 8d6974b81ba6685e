/* SPDX-License-Identifier: Apache-2.0 */
/* The Elastic Common Schema, 8.11. What it has no field for is in `agentbox`. */
#include "supervise/format.h"

#include <string.h>

/* event.category and event.type of each kind; a connection is allowed or denied, too. */
static const struct category {
	const char *prefix, *category, *type;
} categories[] = {
	{ "task.start", "\"process\"", "\"start\"" },
	{ "task.end", "\"process\"", "\"end\"" },
	{ "limit.", "\"process\"", "\"end\"" },
	{ "net.close", "\"network\"", "\"connection\",\"end\"" },
	{ "net.", "\"network\"", "\"connection\"" },
	{ "dns.", "\"network\"", "\"protocol\"" },
	{ "http.", "\"network\"", "\"protocol\"" },
	{ "package.", "\"package\"", "\"access\"" },
	{ "publish.", "\"package\"", "\"access\"" },
	{ "lockfile.", "\"file\"", "\"change\"" },
	{ "build.", "\"file\"", "\"change\"" },
	{ "", "\"process\"", "\"info\"" },
};

static bool get_time(const struct projected *p, struct buf *out)
{
	quote_json(out, p->entry->head.time);
	return true;
}

static bool get_ecs_version(const struct projected *p, struct buf *out)
{
	(void)p;
	return format_text(out, "8.11.0");
}

static bool get_event_kind(const struct projected *p, struct buf *out)
{
	return format_text(out, event_severity(&p->entry->ev) >= SEVERITY_HIGH ? "alert" : "event");
}

static bool get_category(const struct projected *p, struct buf *out)
{
	const struct category *category = FORMAT_KIND(categories, p);

	buf_printf(out, "[%s]", category->category);
	return true;
}

static bool get_type(const struct projected *p, struct buf *out)
{
	static const char *const verdicts[] = { ",\"denied\"", ",\"allowed\"", "" };
	const struct category *category = FORMAT_KIND(categories, p);
	uint64_t verdict;

	buf_printf(out, "[%s", category->type);
	if (!strcmp(category->category, "\"network\"") &&
	    event_get_num(&p->entry->ev, FIELD_VERDICT, &verdict) == 0)
		buf_puts(out, verdicts[verdict]);
	buf_puts(out, "]");
	return true;
}

static bool get_outcome(const struct projected *p, struct buf *out)
{
	static const char *const outcomes[] = { "failure", "success", "unknown" };
	uint64_t verdict;

	return event_get_num(&p->entry->ev, FIELD_VERDICT, &verdict) == 0 &&
	       format_text(out, outcomes[verdict]);
}

static bool get_duration(const struct projected *p, struct buf *out)
{
	uint64_t ms;

	return event_get_num(&p->entry->ev, FIELD_MS, &ms) == 0 && ms < UINT64_MAX / 1000000 &&
	       format_number(out, ms * 1000000);
}

static const struct format_row rows[] = {
	{ "@timestamp", 0, get_time, NULL },
	{ "ecs.version", 0, get_ecs_version, NULL },
	{ "message", 0, projected_message, NULL },
	{ "event.kind", 0, get_event_kind, NULL },
	{ "event.category", 0, get_category, NULL },
	{ "event.type", 0, get_type, NULL },
	{ "event.action", 0, projected_kind, NULL },
	{ "event.outcome", FIELD_VERDICT, get_outcome, NULL },
	{ "event.reason", FIELD_REASON, NULL, NULL },
	{ "event.severity", 0, projected_severity, NULL },
	{ "event.sequence", 0, projected_seq, NULL },
	{ "event.id", 0, projected_uid, NULL },
	{ "event.duration", FIELD_MS, get_duration, NULL },
	{ "event.module", 0, projected_product, NULL },
	{ "event.provider", 0, projected_product, NULL },
	{ "rule.name", FIELD_RULE, NULL, NULL },
	{ "destination.domain", FIELD_HOST, NULL, NULL },
	{ "destination.ip", FIELD_ADDRESS, NULL, NULL },
	{ "destination.port", FIELD_PORT, NULL, NULL },
	{ "destination.bytes", FIELD_BYTES_DOWN, NULL, NULL },
	{ "source.bytes", FIELD_BYTES_UP, NULL, NULL },
	{ "network.protocol", FIELD_PROTOCOL, NULL, NULL },
	{ "http.request.method", FIELD_METHOD, NULL, NULL },
	{ "http.response.status_code", FIELD_STATUS, NULL, NULL },
	{ "url.path", FIELD_PATH, NULL, NULL },
	{ "file.path", FIELD_FILE, NULL, NULL },
	{ "package.reference", FIELD_PACKAGE, NULL, NULL },
	{ "process.pid", FIELD_PID, NULL, NULL },
	{ "process.exit_code", FIELD_EXIT, NULL, NULL },
	{ "process.executable", FIELD_EXE, NULL, NULL },
	{ "process.command_line", FIELD_COMMAND, NULL, NULL },
	{ "process.command_line", FIELD_ARGV, NULL, NULL },
	{ "process.working_directory", FIELD_WORKSPACE, NULL, NULL },
	{ "observer.product", 0, projected_product, NULL },
	{ "observer.version", FIELD_VERSION, projected_version, NULL },
	{ "tags", 0, projected_labels, NULL },
	{ "labels.task", 0, projected_task, NULL },
	{ "labels.parent", FIELD_PARENT, projected_parent, NULL },
	{ "labels.policy", FIELD_POLICY, projected_policy, NULL },
	{ "labels.profile", FIELD_PROFILE, projected_profile, NULL },
	{ "labels.stage", 0, projected_stage, NULL },
};

static void add(const struct projected *p, struct buf *out)
{
	format_json(p, rows, LEN(rows), "agentbox", out);
}

const struct format format_ecs = { "ecs", add };
