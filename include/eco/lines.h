/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/mem.h"

/* Text whose lines are sorted as bytes, searched where it lies. Each line ends in a line feed. */

/* The line that begins at @at, without its end. */
struct str lines_at(struct str lines, size_t at);

/* Where the first line is that is not below @key; lines.n: there is none. */
size_t lines_find(struct str lines, struct str key);
