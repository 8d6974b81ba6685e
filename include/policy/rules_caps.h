/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "policy/rules.h"

/*
 * Takes the caps off the end of @text and reads them into rule->caps. Returns NULL, or what is
 * wrong with one of them.
 */
const char *caps_read(struct str *text, struct arena *arena, struct caps *caps);

/* What is wrong with the caps of a rule whose other members are filled in, or NULL. */
const char *caps_check(const struct rule *rule);

/* Adds them as they stand in a rule, each with a space before it. */
void caps_write(const struct caps *caps, struct buf *out);
