/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/known.h"

#include <assert.h>
#include <string.h>

void known_add(struct known *known, const struct policy *policy, const char *digest)
{
	assert(known->n < KNOWN_MAX && strlen(digest) < CHAIN_HEX);
	known->at[known->n].policy = policy;
	memcpy(known->at[known->n].digest, digest, strlen(digest) + 1);
	known->shown = known->n++;
}

const char *known_latest(const struct known *known)
{
	return known->n ? known->at[known->n - 1].digest : NULL;
}

void known_select(struct known *known, const struct event *ev)
{
	struct str digest;

	if (event_get_text(ev, FIELD_POLICY, &digest) < 0)
		return;
	for (size_t i = 0; i < known->n; i++)
		if (str_is(digest, known->at[i].digest))
			known->shown = i;
}

void known_where(const void *of, uint64_t index, struct buf *out)
{
	const struct known *known = of;
	struct where where = { 0 };

	if (known->n)
		where = policy_rule_where(known->at[known->shown].policy, index);
	if (where.file)
		buf_printf(out, "%s:%u", where.file, where.line);
	else if (known->n)
		buf_puts(out, "built in");
}
