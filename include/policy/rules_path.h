/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "base/mem.h"

/*
 * The path of a rule: a path in canonical form (wire/url.h) in which '*' stands for any characters
 * of a segment, also none, and a segment "**" for any number of segments, also none: "/a" and
 * below it is "/a" and all below it. "%2A" is a star that stands for itself.
 */

/* Adds the canonical form of @text to @out. Returns NULL, or what is wrong with it. */
const char *glob_read(struct str text, struct buf *out);

/*
 * Whether @glob covers @path, both canonical. Origins do not agree on what a path means: some take
 * "%2F" for a slash, ignore the case of letters, cut parameters off. So who denies asks @anyhow: is
 * there an origin that could read it so? Who allows asks the opposite: do all that take it apart at
 * the slashes, encoded or not?
 */
bool glob_covers(const char *glob, struct str path, bool anyhow);

/* How many characters of @glob stand for themselves. */
size_t glob_literal(const char *glob);
