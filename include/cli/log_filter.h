/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "supervise/entry.h"

/* Which events are shown; all-zero: all of them. Patterns are those of fnmatch(3). */
struct filter {
	const char *kind, *host, *package;
	bool by_verdict;
	uint64_t verdict;
	enum severity severity;
	int64_t since; /* milliseconds since 1970 */
};

/* Each changes a struct filter. Returns NULL, or what the text should have been. */
const char *filter_verdict(void *filter, const char *text);
const char *filter_severity(void *filter, const char *text);
const char *filter_since(void *filter, const char *text);

bool filter_admits(const struct filter *f, const struct entry *entry);
