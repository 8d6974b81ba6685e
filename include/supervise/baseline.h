/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "policy/host.h"

/*
 * Copies what host->watched names into @task_dir/baseline.tar, before the command can change it.
 * What cannot be read, is no file or link, or is larger than BASELINE_FILE_MAX is left out, and so
 * is what comes after BASELINE_MAX bytes. Returns 0, or a negative errno: the copy cannot be
 * written.
 */
enum { BASELINE_FILE_MAX = 64 << 20, BASELINE_MAX = 256 << 20 };

int baseline_take(const struct host *host, const char *task_dir, struct err *e);
