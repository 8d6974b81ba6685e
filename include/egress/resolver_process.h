/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "wire/host.h"

/*
 * The process that turns names into addresses, as the host does it: by the C library and what
 * nsswitch.conf(5) has it load. Questions and answers are messages of a SOCK_SEQPACKET pair.
 */

enum { RESOLVER_ADDRS = 32 }; /* of one name; one that has more is refused, not cut */

struct resolver_question {
	uint32_t id;
	char host[HOST_MAX + 1];
};

enum resolver_status {
	RESOLVER_FAILED, /* crashed, or took too long */
	RESOLVER_FOUND,
	RESOLVER_UNKNOWN,     /* there is no such name, or it has no address */
	RESOLVER_UNREACHABLE, /* the host's name servers do not answer */
	RESOLVER_TOO_MANY,
	N_RESOLVER_STATUS
};

struct resolver_answer {
	uint32_t id;
	uint32_t status; /* enum resolver_status */
	uint32_t n;
	struct addr addr[RESOLVER_ADDRS];
};

/*
 * Starts the process, which must happen before the caller confines itself; it ends with its parent.
 * Returns the socket to it, or -errno.
 */
int resolver_process_start(struct err *e);
