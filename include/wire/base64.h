/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/mem.h"

/* Base 64 (RFC 4648, 4). */

void base64_write(struct str bytes, struct buf *out);

/*
 * Adds what @text stands for, which may be broken by blanks and line ends as PEM is. Returns 0, or
 * -1: it is none, or padded where it is not at its end.
 */
int base64_read(struct str text, struct buf *out);
