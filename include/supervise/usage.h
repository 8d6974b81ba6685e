/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What a process and all that descend from it hold, in bytes. */
struct usage {
	size_t processes;
	uint64_t own;	 /* anonymous memory, in swap or not */
	uint64_t shared; /* of memfds, tmpfs files and the like, as far as it is mapped */
};

/*
 * Sums it up over the tree below @top. Memory that several share is counted for each of them,
 * unless
 * @exact: that walks page tables, and takes milliseconds for each gigabyte. Who ends meanwhile
 * is left out. Returns 0 or a negative errno: this kernel does not list children.
 */
int usage_of(pid_t top, bool exact, struct usage *usage);
