/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/teller.h"

#include <stdio.h>
#include <string.h>

/* FNV-1a. A collision costs a line on stderr, never one in the log. */
static uint64_t hash(struct str line)
{
	uint64_t h = 14695981039346656037U;

	for (size_t i = 0; i < line.n; i++)
		h = (h ^ (unsigned char)line.p[i]) * 1099511628211U;
	return h;
}

static bool said_before(struct teller *t, struct str line)
{
	uint64_t h = hash(line);

	for (size_t i = 0; i < LEN(t->seen); i++)
		if (t->seen[i] == h)
			return true;
	t->seen[t->next++ % LEN(t->seen)] = h;
	return false;
}

static void hold(struct teller *t, struct str line)
{
	if (line.n + 1 > sizeof(t->held) - t->n_held) {
		t->dropped++;
		return;
	}
	memcpy(t->held + t->n_held, line.p, line.n);
	t->held[t->n_held + line.n] = '\0';
	t->n_held += line.n + 1;
}

void teller_say(struct teller *t, struct str line)
{
	if (t->quiet || said_before(t, line))
		return;
	if (t->hold)
		hold(t, line);
	else
		fprintf(stderr, "agentbox: %.*s\n", (int)line.n, line.p);
}

void teller_release(struct teller *t)
{
	for (size_t at = 0; at < t->n_held; at += strlen(t->held + at) + 1)
		fprintf(stderr, "agentbox: %s\n", t->held + at);
	if (t->dropped)
		fprintf(stderr, "agentbox: the log has %u more line%s\n", t->dropped,
			plural(t->dropped));
	t->n_held = 0;
	t->dropped = 0;
	t->hold = false;
}
