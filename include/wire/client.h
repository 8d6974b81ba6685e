/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "base/mem.h"
#include "wire/event.h"
#include "wire/host.h"

/* The two ends of a TCP connection of the box, as the box has them. */
struct ends {
	struct addr client, server;
	uint16_t client_port, server_port;
};

/*
 * What egress tells the supervisor between its events: the ends of a connection whose client is
 * worth knowing. Only who sees the box's processes can find it.
 */
struct client_note {
	uint16_t kind; /* EVENT_NONE: it is no event */
	struct ends ends;
	uint64_t flow; /* as FIELD_FLOW has it */
};

static inline bool client_note_valid(const struct client_note *note, size_t n)
{
	return n == sizeof(*note) && note->kind == EVENT_NONE;
}

enum { CLIENT_ARGV = 512 }; /* room that is wanted: what does not fit is "..." */

/*
 * Adds the arguments of a command, each of which ends with a NUL, as they may be written down: with
 * a space between them, and "***" for each that may have a secret in it, as do the values of
 * options such as --token, the user of a URL, what looks like a key, and whatever has blanks or is
 * long.
 */
void client_argv(struct str arguments, struct buf *out);
