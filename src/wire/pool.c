/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/pool.h"

#include <assert.h>
#include <string.h>

static const struct addr first4 = { { [10] = 0xff, 0xff, 198, 18, 1, 0 } };
static const struct addr first6 = { { 0xfd, 0x00, 0x0a, 0x9e, [11] = 1 } };

static uint32_t low(const struct addr *a)
{
	return (uint32_t)a->b[12] << 24 | (uint32_t)a->b[13] << 16 | (uint32_t)a->b[14] << 8 |
	       a->b[15];
}

static struct addr plus(const struct addr *first, uint32_t index)
{
	struct addr a = *first;
	uint32_t sum = low(first) + index;

	assert(index < POOL_MAX);
	for (unsigned i = 0; i < 4; i++)
		a.b[12 + i] = (uint8_t)(sum >> (24 - 8 * i));
	return a;
}

struct addr pool_addr4(uint32_t index)
{
	return plus(&first4, index);
}

struct addr pool_addr6(uint32_t index)
{
	return plus(&first6, index);
}

int32_t pool_index(const struct addr *a)
{
	const struct addr *first = addr_is_v4(a) ? &first4 : &first6;
	uint32_t index = low(a) - low(first);

	if (memcmp(a->b, first->b, 12) != 0 || index >= POOL_MAX)
		return -1;
	return (int32_t)index;
}
