/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/mem.h"
#include "sink/channel.h"
#include "supervise/format.h"

/* What is sent of one line of the log. */
struct message {
	struct str line; /* as it was written: it can be verified wherever it comes to */
	struct projected event;
	const char *host; /* name of this machine */
};

/* Lines that wait for being sent, in the words of the receiver. All-zero but for @out: none. */
struct batch {
	struct buf out;
	unsigned n;
	uint64_t refused; /* by the receiver, for good */
};

enum {
	FORM_BATCH = 256,	   /* messages between two confirmations */
	FORM_ROOM = 256 * 1024,	   /* more than any message takes */
	FORM_BYTES = 4 * FORM_ROOM /* of a batch */
};

/*
 * A protocol. Both return 0 or -errno: then everything since the last confirmation is sent again.
 */
struct form {
	int (*add)(const struct message *m, struct batch *b, struct channel *c, struct err *e);
	/* Sends what waits, and returns when the receiver has all of it. */
	int (*confirm)(struct batch *b, struct channel *c, struct err *e);
};

extern const struct form form_journald, form_syslog, form_otlp;

/* What a protocol makes of one message; for tests. */
void journald_write(const struct message *m, struct buf *out);
void syslog_write(const struct message *m, struct buf *out);
void otlp_write(const struct message *m, struct buf *out);

/* For form.confirm: what the receiver's socket has taken is confirmed. */
int form_drained(struct batch *b, struct channel *c, struct err *e);

enum { FORM_AUDIT = 13 }; /* facility of syslog: RFC 5424, 6.2.1 */

/* The priorities of syslog(3), by enum severity. */
unsigned form_priority(const struct message *m);

/* The text of a field as it is, without quotes; false: the event has none. */
bool form_field(const struct message *m, enum field field, struct buf *out);
