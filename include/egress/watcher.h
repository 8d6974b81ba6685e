/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "egress/events.h"
#include "egress/names.h"
#include "os/loop.h"
#include "policy/rules.h"

enum {
	WATCHER_TARGETS = 256, /* remembered, to report each once in a while */
	WATCHER_AGAIN_MS = 10000,
	WATCHER_BURST = 100, /* reports in that time */
};

struct watcher_target {
	struct addr addr;
	uint16_t port;
	uint8_t family; /* 4 or 6 */
	uint8_t protocol;
	int64_t told; /* ms */
};

/* Reports what the box sent to where nobody listens; the kernel has refused it already. */
struct watcher {
	struct loop *loop;
	const struct rules *rules;
	const struct names *names;
	struct events *events;

	struct watch watch;
	struct timers period;
	struct deadline deadline;
	uint64_t lost;	 /* packets that were not reported one by one */
	unsigned n_told; /* reports in this period */
	struct watcher_target target[WATCHER_TARGETS];
};

/* Starts on the packet socket, made by net_listen(). The members above are set. Returns 0 or
 * -errno. */
int watcher_start(struct watcher *w, int fd);

/* Reports what is queued, and how much was lost: the task is over. */
void watcher_finish(struct watcher *w);
