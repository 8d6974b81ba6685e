/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Open Cybersecurity Schema Framework, 1.3.0 (schema.ocsf.io). What its classes have no place
 * for is in `unmapped`, which every class has.
 */
#include "supervise/format.h"

/* The class of each kind, and what it does there: allowed, or denied. */
static const struct class
{
	const char *prefix;
	unsigned class, activity, denied;
} classes[] = {
	{ "task.start", 6002, 3, 3 }, /* Application Lifecycle: Start */
	{ "task.end", 6002, 4, 4 },   /* Stop */
	{ "egress.ready", 6002, 3, 3 },
	{ "egress.failed", 6002, 4, 4 },
	{ "dns.", 4003, 1, 1 },	       /* DNS Activity: Query */
	{ "net.connect", 4001, 1, 5 }, /* Network Activity: Open, Refuse */
	{ "net.failed", 4001, 4, 4 },  /* Fail */
	{ "net.close", 4001, 2, 2 },   /* Close */
	{ "net.refused", 4001, 5, 5 },
	{ "http.", 4002, 99, 99 },	   /* HTTP Activity: see methods */
	{ "lockfile.change", 1001, 3, 3 }, /* File System Activity: Update */
	{ "build.change", 1001, 3, 3 },
	{ "lockfile.", 2004, 1, 1 }, /* Detection Finding: Create */
	{ "limit.", 2004, 1, 1 },
	{ "package.", 6003, 2, 2 }, /* API Activity: Read */
	{ "publish.", 6003, 1, 1 }, /* Create */
	{ "", 6002, 99, 99 },	    /* Other */
};

static const struct {
	const char *method;
	unsigned activity;
} methods[] = {
	{ "CONNECT", 1 }, { "DELETE", 2 }, { "GET", 3 }, { "HEAD", 4 },
	{ "OPTIONS", 5 }, { "POST", 6 },   { "PUT", 7 }, { "TRACE", 8 },
};

enum { OTHER = 99 };

static const struct class *class_of(const struct projected *p)
{
	return FORMAT_KIND(classes, p);
}

static bool verdict_of(const struct projected *p, uint64_t *verdict)
{
	return event_get_num(&p->entry->ev, FIELD_VERDICT, verdict) == 0;
}

static unsigned activity_of(const struct projected *p)
{
	const struct class *class = class_of(p);
	uint64_t verdict;
	struct str method;

	for (size_t i = 0; i < LEN(methods); i++)
		if (event_get_text(&p->entry->ev, FIELD_METHOD, &method) == 0 &&
		    str_is(method, methods[i].method))
			return methods[i].activity;
	return verdict_of(p, &verdict) && verdict == 0 ? class->denied : class->activity;
}

static bool get_activity(const struct projected *p, struct buf *out)
{
	return format_number(out, activity_of(p));
}

static bool get_category(const struct projected *p, struct buf *out)
{
	return format_number(out, class_of(p)->class / 1000);
}

static bool get_class(const struct projected *p, struct buf *out)
{
	return format_number(out, class_of(p)->class);
}

static bool get_type(const struct projected *p, struct buf *out)
{
	return format_number(out, class_of(p)->class * 100 + activity_of(p));
}

static bool get_time(const struct projected *p, struct buf *out)
{
	return format_number(out, (uint64_t)projected_ms(p));
}

/* Allowed is 1 and denied 2, as an action and as a disposition; what is asked for waits: 0. */
static bool get_action(const struct projected *p, struct buf *out)
{
	static const unsigned actions[] = { 2, 1, 0 };
	uint64_t verdict;

	return verdict_of(p, &verdict) && format_number(out, actions[verdict]);
}

static bool get_ocsf_version(const struct projected *p, struct buf *out)
{
	(void)p;
	return format_text(out, "1.3.0");
}

static bool get_direction(const struct projected *p, struct buf *out)
{
	(void)p;
	return format_number(out, 2); /* Outbound */
}

static bool get_profiles(const struct projected *p, struct buf *out)
{
	(void)p;
	buf_puts(out, "[\"security_control\"]");
	return true;
}

static bool get_box(const struct projected *p, struct buf *out)
{
	(void)p;
	return format_text(out, "sandbox");
}

static bool get_other(const struct projected *p, struct buf *out)
{
	(void)p;
	return format_number(out, OTHER);
}

static bool get_file_type(const struct projected *p, struct buf *out)
{
	(void)p;
	return format_number(out, 1); /* Regular File */
}

static bool is_network(const struct projected *p)
{
	return class_of(p)->class / 1000 == 4;
}

static bool is_dns(const struct projected *p)
{
	return class_of(p)->class == 4003;
}

static bool is_api(const struct projected *p)
{
	return class_of(p)->class == 6003;
}

/* What is reached from the box, which is the other end. */
static bool has_ends(const struct projected *p)
{
	return is_network(p) || is_api(p);
}

static bool is_reached(const struct projected *p)
{
	return has_ends(p) && !is_dns(p);
}

static bool is_file(const struct projected *p)
{
	return class_of(p)->class == 1001;
}

static bool is_finding(const struct projected *p)
{
	return class_of(p)->class == 2004;
}

/* The classes that want to know who did it. */
static bool has_actor(const struct projected *p)
{
	return is_file(p) || is_api(p);
}

static bool is_other(const struct projected *p)
{
	return activity_of(p) == OTHER;
}

static bool is_judged(const struct projected *p)
{
	uint64_t verdict;

	return verdict_of(p, &verdict);
}

static bool is_application(const struct projected *p)
{
	return class_of(p)->class == 6002;
}

static bool has_client(const struct projected *p)
{
	struct str exe;

	return event_get_text(&p->entry->ev, FIELD_EXE, &exe) == 0;
}

static const struct format_row rows[] = {
	{ "activity_id", 0, get_activity, NULL },
	{ "activity_name", 0, projected_kind, is_other },
	{ "category_uid", 0, get_category, NULL },
	{ "class_uid", 0, get_class, NULL },
	{ "type_uid", 0, get_type, NULL },
	{ "severity_id", 0, projected_severity, NULL },
	{ "time", 0, get_time, NULL },
	{ "action_id", FIELD_VERDICT, get_action, NULL },
	{ "disposition_id", 0, get_action, NULL },
	{ "message", 0, projected_message, NULL },
	{ "duration", FIELD_MS, NULL, NULL },
	{ "metadata.version", 0, get_ocsf_version, NULL },
	{ "metadata.product.name", 0, projected_product, NULL },
	{ "metadata.product.vendor_name", 0, projected_product, NULL },
	{ "metadata.product.version", FIELD_VERSION, projected_version, NULL },
	{ "metadata.uid", 0, projected_uid, NULL },
	{ "metadata.sequence", 0, projected_seq, NULL },
	{ "metadata.correlation_uid", 0, projected_task, NULL },
	{ "metadata.event_code", 0, projected_kind, NULL },
	{ "metadata.labels", 0, projected_labels, NULL },
	{ "metadata.profiles", 0, get_profiles, is_judged },
	{ "actor.app_name", 0, projected_product, has_actor },
	{ "actor.app_uid", 0, projected_task, has_actor },
	{ "actor.process.pid", FIELD_PID, NULL, has_client },
	{ "actor.process.cmd_line", FIELD_ARGV, NULL, has_client },
	{ "app.name", 0, projected_product, is_application },
	{ "app.vendor_name", 0, projected_product, is_application },
	{ "app.version", 0, projected_version, is_application },
	{ "device.uid", 0, projected_task, is_file },
	{ "device.type_id", 0, get_other, is_file },
	{ "device.type", 0, get_box, is_file },
	{ "api.operation", 0, projected_kind, is_api },
	{ "finding_info.title", 0, projected_message, is_finding },
	{ "finding_info.uid", 0, projected_uid, is_finding },
	{ "query.hostname", FIELD_HOST, NULL, is_dns },
	{ "src_endpoint.uid", 0, projected_task, has_ends },
	{ "dst_endpoint.hostname", FIELD_HOST, NULL, is_reached },
	{ "dst_endpoint.ip", FIELD_ADDRESS, NULL, is_reached },
	{ "dst_endpoint.port", FIELD_PORT, NULL, is_reached },
	{ "connection_info.direction_id", 0, get_direction, is_network },
	{ "connection_info.protocol_name", FIELD_PROTOCOL, NULL, is_network },
	{ "traffic.bytes_out", FIELD_BYTES_UP, NULL, is_network },
	{ "traffic.bytes_in", FIELD_BYTES_DOWN, NULL, is_network },
	{ "http_request.http_method", FIELD_METHOD, NULL, is_network },
	{ "http_request.url.path", FIELD_PATH, NULL, is_network },
	{ "http_response.code", FIELD_STATUS, NULL, is_network },
	{ "file.path", FIELD_FILE, NULL, is_file },
	{ "file.type_id", 0, get_file_type, is_file },
	{ "firewall_rule.name", FIELD_RULE, NULL, is_network },
	{ "unmapped.stage", 0, projected_stage, NULL },
	{ "unmapped.parent", FIELD_PARENT, projected_parent, NULL },
	{ "unmapped.policy", FIELD_POLICY, projected_policy, NULL },
	{ "unmapped.profile", FIELD_PROFILE, projected_profile, NULL },
};

static void add(const struct projected *p, struct buf *out)
{
	format_json(p, rows, LEN(rows), "unmapped", out);
}

const struct format format_ocsf = { "ocsf", add };
