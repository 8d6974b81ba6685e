/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "wire/quote.h"

/*
 * An event is what the log records. Its kinds are rows of event_table.c, its fields rows of
 * event_fields.c; the struct is a message without pointers, so that the processes which read foreign
 * bytes can hand one to the supervisor, which checks it and trusts nothing in it but its bounds.
 */

enum event_kind {
	EVENT_NONE,
	EVENT_TASK_START, /* profile, policy digest, workspace, level: before the command runs */
	EVENT_TASK_END,
	EVENT_POLICY_RELOAD,  /* the profile was read again */
	EVENT_LIMIT_EXCEEDED, /* the box was killed for it */
	EVENT_DNS_QUERY,      /* a name was asked for; only denied ones are recorded */
	EVENT_NET_CONNECT,    /* a connection was judged */
	EVENT_NET_FAILED,     /* an allowed connection could not be made */
	EVENT_NET_CLOSE,      /* an allowed connection ended: bytes each way */
	EVENT_NET_REFUSED,    /* a packet to a port nobody serves: other ports, other protocols */
	EVENT_NET_PUBLISH,    /* a port of the box can be reached from the host's loopback */
	EVENT_NET_VISIT,      /* a connection of the host to such a port ended */
	EVENT_NET_LOST,	      /* events that came too fast to be recorded one by one */
	EVENT_HTTP_REQUEST,
	EVENT_PACKAGE_RESOLVE, /* what versions there are was asked for, and sent without some */
	EVENT_PACKAGE_FETCH,   /* an artifact came, and was what was promised */
	EVENT_PACKAGE_DENY,    /* a request about packages was refused */
	EVENT_PUBLISH_ALLOW,   /* something that changes what others get was let through */
	EVENT_PUBLISH_DENY,    /* or refused */
	EVENT_EGRESS_READY,
	EVENT_EGRESS_FAILED,
	EVENT_LOCKFILE_CHANGE,	 /* a package in a lock file, or the file itself */
	EVENT_LOCKFILE_FINDING,	 /* something remarkable about such a change */
	EVENT_LOCKFILE_UNREAD,	 /* what a changed lock file says is not known */
	EVENT_BUILD_CHANGE,	 /* a file that decides what is built or run has changed */
	EVENT_PACKAGE_UNTRACKED, /* it is installed, and nobody knows from where */
	EVENT_INVENTORY_FAILED,
	EVENT_LOG_SEAL,	      /* the signature over all that was recorded */
	EVENT_FILE_HIDDEN,    /* while the box ran */
	EVENT_FILE_PROTECTED, /* again */
	EVENT_FILE_UNWATCHED, /* directories */
	EVENT_FILE_NEW,	      /* at the end: something that is run or obeyed outside */
	N_EVENT_KINDS
};

enum field {
	FIELD_NONE,
	/* numbers */
	FIELD_VERDICT, /* enum verdict of policy/rules.h, shown as its word */
	FIELD_RULE, /* index into policy->rules, shown as file:line; EVENT_NO_RULE: none matched */
	FIELD_PORT,
	FIELD_HOST_PORT, /* of the host's loopback */
	FIELD_FLOW,	 /* number of the connection within the task */
	FIELD_BYTES_UP,	 /* from the box */
	FIELD_BYTES_DOWN,
	FIELD_MS,
	FIELD_EXIT, /* the status agentbox exits with */
	FIELD_SIGNAL,
	FIELD_COUNT,
	FIELD_PID,
	FIELD_STATUS,
	FIELD_USED, /* of what is limited: bytes, seconds */
	FIELD_MAX,
	/* texts */
	FIELD_HOST,
	FIELD_ADDRESS,	/* literal address: asked for, or connected to */
	FIELD_PROTOCOL, /* tls, http, tcp, udp, dns ... */
	FIELD_METHOD,
	FIELD_PATH,   /* without its query */
	FIELD_REASON, /* why, for a person */
	FIELD_HINT,   /* the profile line that would allow it */
	FIELD_LEVEL,
	FIELD_MISSING, /* what the level lacks on this machine */
	FIELD_LIMIT,   /* the key of the profile: memory, deadline */
	FIELD_MEMORY,  /* how memory= is kept: cgroup, watched */
	FIELD_PROFILE,
	FIELD_POLICY, /* SHA-256 of the canonical policy, hex */
	FIELD_WORKSPACE,
	FIELD_COMMAND,
	FIELD_VERSION,
	FIELD_FILE,    /* below the workspace */
	FIELD_CHANGE,  /* add, remove, upgrade ... */
	FIELD_PACKAGE, /* package URL */
	FIELD_FROM,    /* version before the change */
	FIELD_ACTION,  /* of a registry: metadata, artifact, publish ... */
	FIELD_DIGEST,  /* of an artifact */
	FIELD_PUBLISHED,
	FIELD_TIME_SOURCE,
	FIELD_PARENT, /* task in whose box this one was started */
	FIELD_KEY,
	FIELD_SIGNATURE,
	FIELD_EXE, /* of the process that asked */
	FIELD_ARGV,
	FIELD_PARENTS,
	N_FIELDS
};

enum {
	EVENT_SLOTS = 24,
	EVENT_TEXT = 1600,
	EVENT_TEXT_ONE = 1024,	/* longest single text: the others still find room */
	EVENT_JSON = 24 * 1024, /* event_json() never adds more */
	EVENT_LINE = 12 * 1024, /* event_line() neither */
	EVENT_SCHEMA = 64 * 1024,
};
#define EVENT_NO_RULE UINT64_MAX
#define EVENT_NUMBER_MAX (((uint64_t)1 << 53) - 1) /* RFC 7493, 2.2: exact in every JSON reader */

struct event {
	uint16_t kind;
	uint16_t n_text; /* bytes of text in use */
	uint8_t n_slots;
	uint8_t cut; /* a text did not fit and was cut */
	uint8_t field[EVENT_SLOTS];
	uint64_t value[EVENT_SLOTS]; /* a number, or offset << 16 | length of a text */
	char text[EVENT_TEXT];
};

/*
 * A field is added once, and only one that the kind may have: anything else is a mistake of ours.
 * A text that is too long is cut, and the event says so.
 */
struct event event_new(enum event_kind kind);
void event_num(struct event *ev, enum field field, uint64_t value);
void event_text(struct event *ev, enum field field, struct str value);

/* Bytes of @ev that have to be sent. */
size_t event_size(const struct event *ev);

/*
 * Whether a message of @n bytes from another process is a well-formed event of a kind that other
 * processes may report: the start and the end of a task are for the supervisor alone to tell.
 */
bool event_valid(const struct event *ev, size_t n);

/* The same for one from a process that may report any kind. */
bool event_sound(const struct event *ev, size_t n);

/* Returns 0, or -1 without that field. */
int event_get_num(const struct event *ev, enum field field, uint64_t *value);
int event_get_text(const struct event *ev, enum field field, struct str *value);

const char *event_kind_name(enum event_kind kind);
enum event_kind event_kind_of(struct str name);

/* How to show FIELD_RULE: adds "file:line" for rule @index, which is to be checked, to @out. */
struct event_rules {
	void (*where)(const void *of, uint64_t index, struct buf *out);
	const void *of;
};

/*
 * Adds `"event":"net.connect","host":...`: the members of a log line, in the order of the table.
 * @rules may be NULL: the index is shown.
 */
void event_json(const struct event *ev, const struct event_rules *rules, struct buf *out);

/* Adds the JSON of one value. Returns false without that field. */
bool event_value(const struct event *ev, enum field field, const struct event_rules *rules,
		 struct buf *out);

/*
 * Adds the JSON Schema (2020-12) of a line of the log, as the tables have it; EVENT_SCHEMA bytes
 * are enough. What is not on the line but follows from the kind, is in x-severity and the like.
 */
void event_schema(struct buf *out);

/*
 * Adds one line for people, safe for a terminal, without its end: `denied example.com:443 (tls): no
 * rule allows it; to allow: [egress] allow = example.com`.
 */
void event_line(const struct event *ev, const struct event_rules *rules, struct buf *out);

/* The tables, for the manual and for readers of the log. */
enum field_type { TYPE_NUMBER, TYPE_VERDICT, TYPE_RULE, TYPE_TEXT };

struct field_row {
	const char *name;
	enum field_type type;
	uint64_t max; /* of a number */
	const char *text;
};

/* How much it should worry a person; the order and the numbers are those of OCSF. */
enum severity {
	SEVERITY_NONE,
	SEVERITY_INFO,
	SEVERITY_LOW,
	SEVERITY_MEDIUM,
	SEVERITY_HIGH,
	SEVERITY_CRITICAL,
	N_SEVERITIES
};

/* Which part of an agent's work it belongs to: choosing, fetching, or running something. */
enum event_stage { EVENT_NO_STAGE, EVENT_PLANNING, EVENT_TOOLING, EVENT_EXECUTION, N_EVENT_STAGES };

/* What the control behind it is for. */
enum concern {
	CONCERN_NONE,
	CONCERN_FETCH,	   /* what is installed or fetched, and from where */
	CONCERN_INVENTORY, /* what is there */
	CONCERN_IDENTITY,  /* who acts, with which secret */
	CONCERN_EXECUTION, /* what is run */
	CONCERN_RECORD,	   /* that it can be told afterwards */
	CONCERN_APPROVAL,  /* that a person was asked */
	CONCERN_RESPONSE,  /* that it was stopped or undone */
	N_CONCERNS
};

enum { CONCERN_TAGS = 12 };

struct concern_row {
	const char *name;
	const char *tags[CONCERN_TAGS]; /* of frameworks; the rest is NULL */
};

struct event_row {
	const char *name;
	bool foreign;		/* other processes may report it */
	uint64_t must, may;	/* fields, as 1 << field; */
	uint64_t own;		/* of these, what only the supervisor can say */
	enum severity severity; /* but of a denial: */
	enum severity denied;	/* SEVERITY_NONE: the same */
	enum event_stage stage;
	enum concern concern;
	const char *text;
};

const struct field_row *event_field(enum field field);
const struct event_row *event_row(enum event_kind kind);
const struct concern_row *event_concern(enum concern concern);
const char *event_verdict_name(uint64_t verdict);
const char *event_severity_name(enum severity severity);
const char *event_stage_name(enum event_stage stage);

/* Of this event: its row's, as it was denied or not. */
enum severity event_severity(const struct event *ev);

/* Whether it has a verdict that is not to allow. */
bool event_is_denied(const struct event *ev);

/*
 * Whether it counts as a request that was refused. A refused name gets an address, and what is
 * tried there is refused again; what a registry's gate refuses is told as a package, and as a
 * request with the same action: each of these counts once.
 */
bool event_is_refusal(const struct event *ev);
