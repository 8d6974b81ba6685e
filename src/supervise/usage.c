/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/usage.h"

#include <stdlib.h>
#include <string.h>

#include "os/processes.h"

/* The value of the line "NAME:   123 kB" in bytes, or 0. */
static uint64_t bytes_of(const char *text, const char *name)
{
	const char *line = strstr(text, name);

	return line ? strtoull(line + strlen(name), NULL, 10) << 10 : 0;
}

/* A share of what is shared. Whose page tables may not be read, init's and those of a process that
 * is about to become another one, counts as before. */
static bool add_exact(pid_t pid, struct usage *usage)
{
	char text[4096];

	if (process_read(pid, "smaps_rollup", text, sizeof(text)) < 0)
		return false;
	usage->own += bytes_of(text, "\nPss_Anon:") + bytes_of(text, "\nSwapPss:");
	usage->shared += bytes_of(text, "\nPss_Shmem:");
	return true;
}

static void add_process(pid_t pid, bool exact, struct usage *usage)
{
	char text[4096];

	usage->processes++;
	if ((exact && add_exact(pid, usage)) || process_read(pid, "status", text, sizeof(text)) < 0)
		return;
	usage->own += bytes_of(text, "\nRssAnon:") + bytes_of(text, "\nVmSwap:");
	usage->shared += bytes_of(text, "\nRssShmem:");
}

int usage_of(pid_t top, bool exact, struct usage *usage)
{
	_cleanup_(processes_free) struct processes all;
	const int r = processes_below(top, SIZE_MAX, &all);

	*usage = (struct usage){ 0 };
	for (size_t i = 0; i < all.n; i++)
		add_process(all.pid[i], exact, usage);
	return r;
}
