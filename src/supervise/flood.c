/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/flood.h"

static const uint64_t cost = 1000000000 / FLOOD_RATE;

/*
 * Once events were lost, a second's worth has to be saved before the next one passes: otherwise a
 * steady flood would yield a line about losses for each event that passes.
 */
bool flood_admit(struct flood *flood, uint64_t now)
{
	uint64_t ahead = flood->paid_until > now ? flood->paid_until - now : 0;
	uint64_t saved = flood->lost ? FLOOD_RATE : 1;

	if (ahead > (FLOOD_BURST - saved) * cost) {
		flood->lost++;
		return false;
	}
	flood->paid_until = now + ahead + cost;
	return true;
}
