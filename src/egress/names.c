/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/names.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "wire/pool.h"

enum { SLOTS = 2 * POOL_MAX }; /* at most half full: a chain of taken slots stays short */

/* One mapping for the three tables. */
int names_init(struct names *names, struct err *e)
{
	const size_t n_offset = POOL_MAX * sizeof(*names->offset);
	const size_t n_slot = SLOTS * sizeof(*names->slot);
	char *map = mmap(NULL, n_offset + n_slot + NAMES_TEXT, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	*names = (struct names){ 0 };
	if (map == MAP_FAILED)
		return err_set(e, -errno, "reserve memory for names");
	if (getrandom(&names->seed, sizeof(names->seed), 0) < 0)
		return err_set(e, -errno, "getrandom");
	names->offset = (void *)map;
	names->slot = (void *)(map + n_offset);
	names->text = map + n_offset + n_slot;
	return 0;
}

/* FNV-1a from a secret start, so that names which all fall into one slot cannot be prepared. */
static uint32_t hash(const struct names *names, const char *host)
{
	uint64_t h = names->seed;

	for (; *host; host++)
		h = (h ^ (unsigned char)*host) * 0x100000001b3;
	return (uint32_t)((h ^ h >> 32) % SLOTS);
}

/* The slot that has @host, or the empty one where it would go. */
static uint32_t find(const struct names *names, const char *host)
{
	uint32_t i = hash(names, host);

	while (names->slot[i] && strcmp(names->text + names->offset[names->slot[i] - 1], host) != 0)
		i = (i + 1) % SLOTS;
	return i;
}

int32_t names_find(const struct names *names, const char *host)
{
	return (int32_t)names->slot[find(names, host)] - 1;
}

int32_t names_add(struct names *names, const char *host, bool allowed)
{
	const size_t size = strlen(host) + 1, share = allowed ? 1 : 2;

	if (names->n >= POOL_MAX / share || names->used + size > NAMES_TEXT / share)
		return -1;
	memcpy(names->text + names->used, host, size);
	names->offset[names->n] = (uint32_t)names->used;
	names->used += size;
	names->slot[find(names, host)] = names->n + 1;
	return (int32_t)names->n++;
}

const char *names_text(const struct names *names, int32_t index)
{
	if (index < 0 || (uint32_t)index >= names->n)
		return NULL;
	return names->text + names->offset[index];
}
