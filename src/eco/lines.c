/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/lines.h"

#include <string.h>

struct str lines_at(struct str lines, size_t at)
{
	struct str line, rest;

	str_cut((struct str){ lines.p + at, lines.n - at }, '\n', &line, &rest);
	return line;
}

/* Where the line begins that has the byte at @at in it. */
static size_t line_around(struct str lines, size_t at)
{
	const char *before = memrchr(lines.p, '\n', at);

	return before ? (size_t)(before - lines.p) + 1 : 0;
}

size_t lines_find(struct str lines, struct str key)
{
	/* lines before @low are below, those from @high on are not */
	size_t low = 0, high = lines.n;

	while (low < high) {
		const size_t at = line_around(lines, low + (high - low) / 2);
		const struct str line = lines_at(lines, at);

		if (str_compare(line, key) < 0)
			low = at + line.n + 1;
		else
			high = at;
	}
	return low;
}
