/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "inventory/snapshot.h"
#include "wire/event.h"

/* Where an event goes. */
struct reporter {
	void (*report)(struct reporter *r, const struct event *ev);
};

/* Reports what differs between two snapshots: lockfile.* and build.change of agentbox-events(5). */
void compare_report(const struct policy *policy, struct snapshot *before, struct snapshot *after,
		    struct reporter *reporter);

/* Adds the package URL of an entry to @out; nothing if it has none. */
void compare_purl(const struct lock_entry *entry, struct buf *out);
