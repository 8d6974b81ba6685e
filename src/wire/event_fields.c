/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an event can say: a row for each member, whichever kinds have it (event_table.c). The manual
 * and the JSON Schema follow from these rows; tests/unit/test-event.c compares the manual with them.
 */
#include "wire/event.h"

#include <assert.h>

static const char *const verdict_names[] = { "deny", "allow", "ask" };

static const struct field_row fields[] = {
	[FIELD_NONE] = { 0 },
	[FIELD_VERDICT] = { "verdict", TYPE_VERDICT, LEN(verdict_names) - 1,
			    "what was decided: deny, allow, or ask (denied until somebody "
			    "answers)" },
	[FIELD_RULE] = { "rule", TYPE_RULE, UINT64_MAX,
			 "file:line of the rule that decided; null when none matched" },
	[FIELD_PORT] = { "port", TYPE_NUMBER, UINT16_MAX,
			 "port that the box asked for, or that it serves" },
	[FIELD_HOST_PORT] = { "host_port", TYPE_NUMBER, UINT16_MAX,
			      "port of the host's loopback that leads to it" },
	[FIELD_FLOW] = { "flow", TYPE_NUMBER, EVENT_NUMBER_MAX,
			 "number of the connection within the task" },
	[FIELD_BYTES_UP] = { "bytes_up", TYPE_NUMBER, EVENT_NUMBER_MAX, "bytes from the box" },
	[FIELD_BYTES_DOWN] = { "bytes_down", TYPE_NUMBER, EVENT_NUMBER_MAX, "bytes to the box" },
	[FIELD_MS] = { "ms", TYPE_NUMBER, EVENT_NUMBER_MAX, "duration in milliseconds" },
	[FIELD_EXIT] = { "exit", TYPE_NUMBER, 255,
			 "status that agentbox or, where it failed, the egress process exited "
			 "with" },
	[FIELD_SIGNAL] = { "signal", TYPE_NUMBER, 64,
			   "signal that ended the command or, where it failed, the egress "
			   "process" },
	[FIELD_COUNT] = { "count", TYPE_NUMBER, EVENT_NUMBER_MAX, "how many" },
	[FIELD_PID] = { "pid", TYPE_NUMBER, EVENT_NUMBER_MAX, "process, as the host numbers it" },
	[FIELD_USED] = { "used", TYPE_NUMBER, EVENT_NUMBER_MAX,
			 "how much there was of what is limited: bytes or seconds" },
	[FIELD_MAX] = { "max", TYPE_NUMBER, EVENT_NUMBER_MAX, "how much there may be" },
	[FIELD_STATUS] = { "status", TYPE_NUMBER, 999, "status of the HTTP answer" },
	[FIELD_HOST] = { "host", TYPE_TEXT, 0, "name that the box asked for" },
	[FIELD_ADDRESS] = { "address", TYPE_TEXT, 0, "literal address, asked for or connected to" },
	[FIELD_PROTOCOL] = { "protocol", TYPE_TEXT, 0, "tls, http, tcp, udp, dns or another" },
	[FIELD_METHOD] = { "method", TYPE_TEXT, 0, "HTTP method" },
	[FIELD_PATH] = { "path", TYPE_TEXT, 0,
			 "path of the URL, without its query; of a file, within the workspace" },
	[FIELD_REASON] = { "reason", TYPE_TEXT, 0, "why, for a person" },
	[FIELD_HINT] = { "hint", TYPE_TEXT, 0,
			 "line of the profile's section [egress] that would allow it" },
	[FIELD_LEVEL] = { "level", TYPE_TEXT, 0, "level of enforcement reached" },
	[FIELD_MISSING] = { "missing", TYPE_TEXT, 0, "what the level lacks on this machine" },
	[FIELD_LIMIT] = { "limit", TYPE_TEXT, 0, "key of the profile: memory or deadline" },
	[FIELD_MEMORY] = { "memory", TYPE_TEXT, 0,
			   "how memory= is kept: cgroup (by the kernel) or watched (by the "
			   "supervisor)" },
	[FIELD_PROFILE] = { "profile", TYPE_TEXT, 0, "name of the profile" },
	[FIELD_POLICY] = { "policy", TYPE_TEXT, 0,
			   "SHA-256 of the policy's canonical text, hexadecimal" },
	[FIELD_WORKSPACE] = { "workspace", TYPE_TEXT, 0, "directory that the task works in" },
	[FIELD_COMMAND] = { "command", TYPE_TEXT, 0, "what was run" },
	[FIELD_VERSION] = { "version", TYPE_TEXT, 0, "of agentbox" },
	[FIELD_FILE] = { "file", TYPE_TEXT, 0, "path of a file, below the workspace" },
	[FIELD_CHANGE] = { "change", TYPE_TEXT, 0,
			   "add, remove, upgrade, downgrade, version (nobody can say which is "
			   "newer), "
			   "entry (the same version, described otherwise), content or locked "
			   "(lock files name it)" },
	[FIELD_PACKAGE] = { "package", TYPE_TEXT, 0, "package URL (ECMA-427)" },
	[FIELD_FROM] = { "from", TYPE_TEXT, 0, "version before the change" },
	[FIELD_ACTION] = { "action", TYPE_TEXT, 0,
			   "what was asked of the registry: metadata, artifact, publish" },
	[FIELD_DIGEST] = { "digest", TYPE_TEXT, 0,
			   "of the bytes that came, with its algorithm, hexadecimal" },
	[FIELD_PUBLISHED] = { "published", TYPE_TEXT, 0, "when the version was published" },
	[FIELD_TIME_SOURCE] = { "time_source", TYPE_TEXT, 0,
				"who says so: server (the registry) or author" },
	[FIELD_PARENT] = { "parent", TYPE_TEXT, 0,
			   "id of the task in whose box this one was started" },
	[FIELD_KEY] = { "key", TYPE_TEXT, 0, "public key, Ed25519, hexadecimal" },
	[FIELD_SIGNATURE] = { "signature", TYPE_TEXT, 0,
			      "over the hash of the line before, hexadecimal" },
	[FIELD_EXE] = { "exe", TYPE_TEXT, 0, "program of the process that asked, in the box" },
	[FIELD_ARGV] = { "argv", TYPE_TEXT, 0,
			 "what that process says it was called with; *** stands for what may be a "
			 "secret" },
	[FIELD_PARENTS] = { "parents", TYPE_TEXT, 0,
			    "names of the processes that it descends from, with their numbers" },
};
static_assert(LEN(fields) == N_FIELDS, "a row for each field");
static_assert(N_FIELDS <= 64, "a set of fields is a word");

const struct field_row *event_field(enum field field)
{
	assert(field < N_FIELDS);
	return &fields[field];
}

const char *event_verdict_name(uint64_t verdict)
{
	assert(verdict < LEN(verdict_names));
	return verdict_names[verdict];
}
