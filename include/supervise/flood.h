/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Keeps the box from filling the disk with events: FLOOD_BURST at once and FLOOD_RATE a second are
 * recorded, what is beyond is counted. A task that installs a thousand packages stays far below.
 * All-zero: nothing happened yet.
 */
enum {
	FLOOD_BURST = 4096,
	FLOOD_RATE = 100,
};

struct flood {
	uint64_t paid_until; /* in nanoseconds: every admitted event moves it by 1 / FLOOD_RATE */
	uint64_t lost;	     /* since whoever records them reset it */
};

/* Whether an event at @now (nanoseconds of a monotonic clock) is to be recorded. */
bool flood_admit(struct flood *flood, uint64_t now);
