/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "wire/event.h"

enum { SUMMARY_HOSTS = 256, SUMMARY_FILES = 8 };

/* What a task did, in numbers, for the line at its end. All-zero: nothing yet. */
struct summary {
	size_t kinds[N_EVENT_KINDS], denied;
	size_t added, removed, changed; /* packages in lock files */
	struct summary_host {
		uint64_t hash;
		size_t n; /* connections that were allowed, and did not fail */
	} host[SUMMARY_HOSTS];
	size_t n_hosts;
	char files[SUMMARY_FILES][64]; /* lock files that changed; long names are cut */
	size_t n_files;
};

void summary_note(struct summary *s, const struct event *ev);

/* Adds the line, without its end; nothing if nothing happened that a person would want to know. */
void summary_print(const struct summary *s, const char *task, struct buf *out);
