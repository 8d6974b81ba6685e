/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "policy/match.h"

/* What stands for something that may not be made: see placeholder.c. */
enum placeholder {
	PLACEHOLDER_NONE,
	PLACEHOLDER_SOCKET,
	PLACEHOLDER_FILE, /* empty */
	PLACEHOLDER_COMMONDIR,
	PLACEHOLDER_DIR,
	N_PLACEHOLDERS
};

/* The content of PLACEHOLDER_COMMONDIR. */
extern const char placeholder_commondir[];

/* The kind for @path, of which @pattern protects it or something below it. */
enum placeholder placeholder_for(const char *path, const struct pattern *pattern);

/* Type and permissions. */
mode_t placeholder_mode(enum placeholder kind);

/* Whether a file of this mode and size looks like that kind. Of a directory that says little. */
bool placeholder_is(enum placeholder kind, mode_t mode, uint64_t size);

/* Its name in a plan. */
const char *placeholder_name(enum placeholder kind);
