/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the log can say: a row for each kind of event, and for each concern that kinds share; their
 * members are in event_fields.c. The manual, the JSON Schema and the projections to other formats
 * follow from these rows; tests/unit/test-event.c compares the manual with them.
 */
#include "wire/event.h"

#include <assert.h>

static const char *const severities[] = { NULL, "info", "low", "medium", "high", "critical" };
static_assert(LEN(severities) == N_SEVERITIES, "every severity has a word");

static const char *const stages[] = { NULL, "planning", "tooling", "execution" };
static_assert(LEN(stages) == N_EVENT_STAGES, "every stage has a word");

/*
 * What a control is for, in the terms of OWASP's Top 10 for Agentic Applications 2026 (ASI), the
 * MAESTRO layers of the Cloud Security Alliance, NIST's AI RMF 1.0 and CSF 2.0.
 */
static const struct concern_row concerns[] = {
	[CONCERN_NONE] = { 0 },
	[CONCERN_FETCH] = { "fetch",
			    { "ASI02", "ASI04", "MAESTRO:L4", "MAESTRO:L7", "AIRMF:MAP-4.1",
			      "AIRMF:MANAGE-3.1", "CSF:GV.SC-05", "CSF:GV.SC-07", "CSF:ID.RA-09",
			      "CSF:PR.PS-05" } },
	[CONCERN_INVENTORY] = { "inventory",
				{ "ASI04", "MAESTRO:L5", "AIRMF:GOVERN-1.6", "AIRMF:MAP-4.1",
				  "CSF:ID.AM-02", "CSF:ID.AM-08" } },
	[CONCERN_IDENTITY] = { "identity",
			       { "ASI03", "MAESTRO:L6", "AIRMF:GOVERN-2.1", "CSF:PR.AA-01",
				 "CSF:PR.AA-05" } },
	[CONCERN_EXECUTION] = { "execution",
				{ "ASI05", "MAESTRO:L3", "MAESTRO:L4", "CSF:PR.PS-05",
				  "CSF:DE.CM-09" } },
	[CONCERN_RECORD] = { "record",
			     { "ASI08", "ASI10", "MAESTRO:L5", "AIRMF:MANAGE-4.1", "CSF:PR.PS-04",
			       "CSF:DE.CM-01", "CSF:DE.CM-09", "CSF:RS.AN-06" } },
	[CONCERN_APPROVAL] = { "approval",
			       { "ASI01", "ASI09", "AIRMF:GOVERN-3.2", "CSF:GV.RR-02" } },
	[CONCERN_RESPONSE] = { "response",
			       { "ASI08", "ASI10", "AIRMF:MANAGE-2.4", "CSF:RS.MI-01",
				 "CSF:RS.MI-02", "CSF:RC.RP-01" } },
};
static_assert(LEN(concerns) == N_CONCERNS, "a row for each concern");

#define F(name) ((uint64_t)1 << FIELD_##name)
/* What was asked for, by which rule it was judged, why, and what would allow it. */
#define JUDGED                                                                                     \
	(F(RULE) | F(PORT) | F(FLOW) | F(HOST) | F(ADDRESS) | F(PROTOCOL) | F(REASON) | F(HINT) |  \
	 F(POLICY))
#define REGISTRY (F(PORT) | F(FLOW) | F(HOST) | F(ACTION) | F(POLICY))
#define PACKAGES (REGISTRY | F(RULE) | F(REASON))
/* Who asked, when the kernel says so. */
#define CLIENT (F(PID) | F(EXE) | F(ARGV) | F(PARENTS))
#define TRAFFIC (F(BYTES_UP) | F(BYTES_DOWN) | F(MS))

static const struct event_row kinds[] = {
	[EVENT_NONE] = { 0 },
	[EVENT_TASK_START] = {
		.name = "task.start",
		.must = F(LEVEL) | F(POLICY),
		.may = F(PROFILE) | F(WORKSPACE) | F(MISSING) | F(MEMORY) | F(COMMAND) |
		       F(VERSION) | F(PARENT),
		.severity = SEVERITY_INFO,
		.stage = EVENT_PLANNING,
		.concern = CONCERN_RECORD,
		.text = "the first event, written before the command runs",
	},
	[EVENT_TASK_END] = {
		.name = "task.end",
		.must = F(EXIT),
		.may = F(SIGNAL) | F(REASON) | F(MS),
		.severity = SEVERITY_INFO,
		.stage = EVENT_EXECUTION,
		.concern = CONCERN_RECORD,
		.text = "the end; a log without it was cut, or its task was killed or still runs",
	},
	[EVENT_POLICY_RELOAD] = {
		.name = "policy.reload",
		.must = F(POLICY),
		.may = F(PROFILE),
		.severity = SEVERITY_MEDIUM,
		.stage = EVENT_PLANNING,
		.concern = CONCERN_RECORD,
		.text = "the profile was read again; from the next egress.ready on, new "
			"connections are judged by it",
	},
	[EVENT_LIMIT_EXCEEDED] = {
		.name = "limit.exceeded",
		.must = F(LIMIT) | F(USED) | F(MAX),
		.severity = SEVERITY_HIGH,
		.stage = EVENT_EXECUTION,
		.concern = CONCERN_RESPONSE,
		.text = "the box was killed because it used more than its profile allows",
	},
	[EVENT_DNS_QUERY] = {
		.name = "dns.query",
		.foreign = true,
		.must = F(VERDICT) | F(HOST),
		.may = F(RULE) | F(REASON) | F(HINT) | F(POLICY),
		.severity = SEVERITY_INFO,
		.denied = SEVERITY_LOW,
		.stage = EVENT_TOOLING,
		.concern = CONCERN_FETCH,
		.text = "a name was asked for and refused; other names show up when they are used",
	},
	[EVENT_NET_CONNECT] = {
		.name = "net.connect",
		.foreign = true,
		.must = F(VERDICT),
		.may = JUDGED | CLIENT,
		.own = CLIENT,
		.severity = SEVERITY_INFO,
		.denied = SEVERITY_MEDIUM,
		.stage = EVENT_TOOLING,
		.concern = CONCERN_FETCH,
		.text = "a connection was judged",
	},
	[EVENT_NET_FAILED] = {
		.name = "net.failed",
		.foreign = true,
		.must = F(FLOW) | F(REASON),
		.may = F(PORT) | F(HOST) | F(ADDRESS) | F(POLICY),
		.severity = SEVERITY_INFO,
		.stage = EVENT_TOOLING,
		.concern = CONCERN_FETCH,
		.text = "an allowed connection could not be made",
	},
	[EVENT_NET_CLOSE] = {
		.name = "net.close",
		.foreign = true,
		.must = F(FLOW),
		.may = F(VERDICT) | F(RULE) | F(PORT) | F(HOST) | F(ADDRESS) | F(REASON) |
		       F(POLICY) | TRAFFIC,
		.severity = SEVERITY_INFO,
		.denied = SEVERITY_MEDIUM,
		.stage = EVENT_TOOLING,
		.concern = CONCERN_FETCH,
		.text = "an allowed connection ended; with a verdict: a cap of its rule cut it",
	},
	[EVENT_NET_REFUSED] = {
		.name = "net.refused",
		.foreign = true,
		.must = F(VERDICT),
		.may = JUDGED & ~F(FLOW),
		.severity = SEVERITY_INFO,
		.denied = SEVERITY_LOW,
		.stage = EVENT_TOOLING,
		.concern = CONCERN_FETCH,
		.text = "a packet went to a port or over a protocol that nothing serves",
	},
	[EVENT_NET_PUBLISH] = {
		.name = "net.publish",
		.foreign = true,
		.may = F(HOST_PORT) | F(PORT) | F(REASON),
		.severity = SEVERITY_INFO,
		.stage = EVENT_EXECUTION,
		.concern = CONCERN_EXECUTION,
		.text = "a port of the box can be reached from the host's loopback; with a "
			"reason: none of them can",
	},
	[EVENT_NET_VISIT] = {
		.name = "net.visit",
		.foreign = true,
		.must = F(HOST_PORT) | F(PORT),
		.may = TRAFFIC | F(REASON),
		.severity = SEVERITY_INFO,
		.stage = EVENT_EXECUTION,
		.concern = CONCERN_EXECUTION,
		.text = "a connection of the host to a published port ended",
	},
	[EVENT_NET_LOST] = {
		.name = "net.lost",
		.foreign = true,
		.must = F(COUNT),
		.may = F(REASON),
		.severity = SEVERITY_MEDIUM,
		.stage = EVENT_TOOLING,
		.concern = CONCERN_RECORD,
		.text = "events came too fast to be recorded one by one",
	},
	[EVENT_HTTP_REQUEST] = {
		.name = "http.request",
		.foreign = true,
		.must = F(VERDICT),
		.may = JUDGED | F(METHOD) | F(PATH) | F(STATUS) | F(ACTION) | TRAFFIC | CLIENT,
		.own = CLIENT,
		.severity = SEVERITY_INFO,
		.denied = SEVERITY_MEDIUM,
		.stage = EVENT_TOOLING,
		.concern = CONCERN_FETCH,
		.text = "an HTTP request was refused, or is over",
	},
	[EVENT_PACKAGE_RESOLVE] = {
		.name = "package.resolve",
		.foreign = true,
		.must = F(VERDICT) | F(PACKAGE),
		.may = PACKAGES | F(COUNT) | CLIENT,
		.own = CLIENT,
		.severity = SEVERITY_INFO,
		.stage = EVENT_TOOLING,
		.concern = CONCERN_FETCH,
		.text = "the versions of a package were asked for; count of them, if any, were "
			"hidden",
	},
	[EVENT_PACKAGE_FETCH] = {
		.name = "package.fetch",
		.foreign = true,
		.must = F(VERDICT) | F(PACKAGE),
		.may = REGISTRY | F(DIGEST) | F(PUBLISHED) | F(TIME_SOURCE) | F(CHANGE) |
		       F(BYTES_DOWN) | CLIENT,
		.own = CLIENT,
		.severity = SEVERITY_INFO,
		.stage = EVENT_TOOLING,
		.concern = CONCERN_FETCH,
		.text = "a package came, with the digest that its registry promised",
	},
	[EVENT_PACKAGE_DENY] = {
		.name = "package.deny",
		.foreign = true,
		.must = F(VERDICT),
		.may = PACKAGES | F(PACKAGE) | F(PUBLISHED) | F(TIME_SOURCE) | F(CHANGE) | CLIENT,
		.own = CLIENT,
		.severity = SEVERITY_HIGH,
		.stage = EVENT_TOOLING,
		.concern = CONCERN_FETCH,
		.text = "a package, or another request to a registry, was refused",
	},
	[EVENT_PUBLISH_ALLOW] = {
		.name = "publish.allow",
		.foreign = true,
		.must = F(VERDICT) | F(ACTION),
		.may = REGISTRY | F(RULE) | F(PACKAGE) | CLIENT,
		.own = CLIENT,
		.severity = SEVERITY_MEDIUM,
		.stage = EVENT_EXECUTION,
		.concern = CONCERN_IDENTITY,
		.text = "something that changes what others get, or needs a login, was let through",
	},
	[EVENT_PUBLISH_DENY] = {
		.name = "publish.deny",
		.foreign = true,
		.must = F(VERDICT) | F(ACTION),
		.may = PACKAGES | F(PACKAGE) | CLIENT,
		.own = CLIENT,
		.severity = SEVERITY_HIGH,
		.stage = EVENT_EXECUTION,
		.concern = CONCERN_IDENTITY,
		.text = "the same, refused",
	},
	[EVENT_EGRESS_READY] = {
		.name = "egress.ready",
		.foreign = true,
		.may = F(LEVEL) | F(MISSING) | F(POLICY),
		.severity = SEVERITY_INFO,
		.stage = EVENT_TOOLING,
		.concern = CONCERN_FETCH,
		.text = "the egress process serves the box, unless that was over before",
	},
	[EVENT_EGRESS_FAILED] = {
		.name = "egress.failed",
		.foreign = true,
		.must = F(REASON),
		.may = F(EXIT) | F(SIGNAL) | F(PID),
		.own = F(EXIT) | F(SIGNAL) | F(PID),
		.severity = SEVERITY_HIGH,
		.stage = EVENT_TOOLING,
		.concern = CONCERN_FETCH,
		.text = "the egress process is gone: the box has no network any more",
	},
	[EVENT_LOCKFILE_CHANGE] = {
		.name = "lockfile.change",
		.foreign = true,
		.must = F(FILE) | F(CHANGE),
		.may = F(VERDICT) | F(PACKAGE) | F(FROM) | F(HOST),
		.severity = SEVERITY_INFO,
		.denied = SEVERITY_HIGH,
		.stage = EVENT_TOOLING,
		.concern = CONCERN_INVENTORY,
		.text = "a package in a lock file or, without one, the file itself was changed",
	},
	[EVENT_LOCKFILE_FINDING] = {
		.name = "lockfile.finding",
		.foreign = true,
		.must = F(FILE) | F(REASON),
		.may = F(VERDICT) | F(PACKAGE) | F(FROM) | F(HOST),
		.severity = SEVERITY_MEDIUM,
		.denied = SEVERITY_HIGH,
		.stage = EVENT_TOOLING,
		.concern = CONCERN_INVENTORY,
		.text = "a change of a lock file that attackers make, too",
	},
	[EVENT_LOCKFILE_UNREAD] = {
		.name = "lockfile.unread",
		.foreign = true,
		.must = F(FILE) | F(REASON),
		.may = F(VERDICT),
		.severity = SEVERITY_MEDIUM,
		.stage = EVENT_TOOLING,
		.concern = CONCERN_INVENTORY,
		.text = "a lock file was changed, and what it says is not known",
	},
	[EVENT_BUILD_CHANGE] = {
		.name = "build.change",
		.foreign = true,
		.must = F(FILE) | F(CHANGE),
		.may = F(REASON),
		.severity = SEVERITY_MEDIUM,
		.stage = EVENT_EXECUTION,
		.concern = CONCERN_EXECUTION,
		.text = "a file that decides what is installed, built or run was changed",
	},
	[EVENT_PACKAGE_UNTRACKED] = {
		.name = "package.untracked",
		.foreign = true,
		.must = F(REASON),
		.may = F(VERDICT) | F(PACKAGE) | F(FILE) | F(COUNT),
		.severity = SEVERITY_MEDIUM,
		.denied = SEVERITY_HIGH,
		.stage = EVENT_TOOLING,
		.concern = CONCERN_INVENTORY,
		.text = "a package is installed that neither was there before nor was fetched; "
			"without its name: so many more",
	},
	[EVENT_INVENTORY_FAILED] = {
		.name = "inventory.failed",
		.must = F(REASON),
		.severity = SEVERITY_HIGH,
		.stage = EVENT_TOOLING,
		.concern = CONCERN_INVENTORY,
		.text = "what has changed in lock files could not be found out",
	},
	[EVENT_LOG_SEAL] = {
		.name = "log.seal",
		.must = F(KEY) | F(SIGNATURE),
		.severity = SEVERITY_INFO,
		.stage = EVENT_EXECUTION,
		.concern = CONCERN_RECORD,
		.text = "the last line: whoever was not given the key cannot have changed any",
	},
	[EVENT_FILE_HIDDEN] = {
		.name = "file.hidden",
		.must = F(PATH),
		.may = F(REASON),
		.severity = SEVERITY_MEDIUM,
		.stage = EVENT_EXECUTION,
		.concern = CONCERN_EXECUTION,
		.text = "a file that hide= names came into being, or was replaced, and was covered",
	},
	[EVENT_FILE_PROTECTED] = {
		.name = "file.protected",
		.must = F(PATH),
		.may = F(REASON),
		.severity = SEVERITY_MEDIUM,
		.stage = EVENT_EXECUTION,
		.concern = CONCERN_EXECUTION,
		.text = "a file that protect= names was replaced, and was protected again",
	},
	[EVENT_FILE_UNWATCHED] = {
		.name = "file.unwatched",
		.must = F(COUNT),
		.may = F(REASON),
		.severity = SEVERITY_HIGH,
		.stage = EVENT_EXECUTION,
		.concern = CONCERN_EXECUTION,
		.text = "directories in which new files are not noticed",
	},
	[EVENT_FILE_NEW] = {
		.name = "file.new",
		.must = F(PATH),
		.may = F(REASON) | F(COUNT),
		.severity = SEVERITY_MEDIUM,
		.stage = EVENT_EXECUTION,
		.concern = CONCERN_EXECUTION,
		.text = "at the end of the task: something new that programs outside run or obey",
	},
};
static_assert(LEN(kinds) == N_EVENT_KINDS, "a row for each kind");

const struct event_row *event_row(enum event_kind kind)
{
	assert(kind < N_EVENT_KINDS);
	return &kinds[kind];
}

const char *event_kind_name(enum event_kind kind)
{
	return event_row(kind)->name;
}

enum event_kind event_kind_of(struct str name)
{
	for (enum event_kind kind = EVENT_NONE + 1; kind < N_EVENT_KINDS; kind++)
		if (str_is(name, kinds[kind].name))
			return kind;
	return EVENT_NONE;
}

const char *event_severity_name(enum severity severity)
{
	assert(severity > SEVERITY_NONE && severity < N_SEVERITIES);
	return severities[severity];
}

const char *event_stage_name(enum event_stage stage)
{
	assert(stage > EVENT_NO_STAGE && stage < N_EVENT_STAGES);
	return stages[stage];
}

const struct concern_row *event_concern(enum concern concern)
{
	assert(concern < N_CONCERNS);
	return &concerns[concern];
}
