/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/mem.h"

/*
 * Points in time as registries write them (RFC 3339), in milliseconds since 1970-01-01T00:00:00Z.
 */

/*
 * With an offset or Z, and up to nine digits of a second, of which those after the third do not
 * count. What has no offset is no point in time. Returns 0 or -1.
 */
int rfc3339_parse(struct str in, int64_t *ms);

/* Adds it in UTC: "2015-03-24T00:12:24.039Z". Returns 0, or -1 for a year outside of 0 to 9999. */
int rfc3339_print(int64_t ms, struct buf *out);
