/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "wire/json.h"

/* Objects of JSON, read by a table of the members that matter. */

struct member_row {
	const char *key;
	/* @v is the value that json_next() just returned. Is it as it has to be? */
	bool (*read)(void *of, struct json *j, const struct json_value *v);
};

/*
 * Reads the value that json_next() just returned. False, but read to its end: it is no object; one
 * of the members is not as it has to be; or one comes twice, of which readers take the one or the
 * other.
 */
bool members_read(struct json *j, const struct member_row *rows, size_t n, void *of);

/* A text that has no escapes, which what identifies a package or file never needs; else empty. */
struct str member_text(const struct json_value *v);
