/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "policy/host.h"

/* A watched file as it was copied. */
struct stamp {
	uint64_t inode, size;
	int64_t changed; /* 0: not known */
};

struct baseline {
	int64_t began;	     /* ns since 1970, of the clock that file systems go by */
	struct stamp *stamp; /* of host->watched, in its order */
	struct arena arena;
};

/*
 * Copies what host->watched names into @task_dir/baseline.tar, before the command can change it.
 * What cannot be read, is no file or link, or is larger than BASELINE_FILE_MAX is left out, and so
 * is what comes after BASELINE_MAX bytes. Returns 0, or a negative errno: the copy cannot be
 * written.
 */
enum { BASELINE_FILE_MAX = 64 << 20, BASELINE_MAX = 256 << 20 };

int baseline_take(struct baseline *b, const struct host *host, const char *task_dir, struct err *e);

/*
 * Whether nothing that is watched or installed can have changed since: all of it is as it was
 * copied, another look at the workspace, @now, has found no more, and no tree of packages has
 * changed. False when in doubt.
 */
bool baseline_holds(const struct baseline *b, const struct host *host, const struct host *now);

void baseline_fini(struct baseline *b);
