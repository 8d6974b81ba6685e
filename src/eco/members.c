/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/members.h"

#include <string.h>

bool members_read(struct json *j, const struct member_row *rows, size_t n, void *of)
{
	struct json_value v;
	unsigned seen = 0;
	bool good = true;

	if (!json_enter(j, JSON_OBJECT))
		return false;
	while (json_next(j, &v)) {
		for (size_t i = 0; i < n; i++) {
			if (!json_is(v.key, rows[i].key))
				continue;
			good &= !(seen >> i & 1);
			good &= rows[i].read(of, j, &v);
			seen |= 1U << i;
			break;
		}
	}
	return good;
}

struct str member_text(const struct json_value *v)
{
	if (v->type != JSON_STRING || !v->text.n || memchr(v->text.p, '\\', v->text.n))
		return (struct str){ 0 };
	return v->text;
}
