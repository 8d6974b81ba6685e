/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/socks.h"

#include <stdlib.h>

#include "fuzz.h"

typedef int read_fn(struct socks *s, struct str in);

/* In a block of its own size, so that reading past a prefix is seen too. */
static int read_prefix(read_fn *read, struct socks *s, const uint8_t *data, size_t n)
{
	char *copy = malloc(n ? n : 1);
	int ret;

	assert(copy);
	if (n)
		memcpy(copy, data, n);
	ret = read(s, (struct str){ copy, n });
	free(copy);
	return ret;
}

/* What a prefix yields, the whole yields, unless it was too little. */
static void check(read_fn *read, const uint8_t *data, size_t size, size_t max)
{
	struct socks whole, part;
	int ret = read_prefix(read, &whole, data, size);

	assert((ret == SOCKS_E_BAD) == (whole.reason != NULL));
	assert(ret != SOCKS_E_MORE || size < max);
	assert(whole.size <= size && whole.size <= max);
	for (size_t n = 0; n < size && n <= max; n++) {
		int so_far = read_prefix(read, &part, data, n);

		if (so_far == SOCKS_E_MORE) {
			assert(ret != 0 || n < whole.size);
			continue;
		}
		assert(so_far == ret && part.reason == whole.reason && part.size == whole.size);
		assert(ret != 0 || (url_same_host(&part.authority, &whole.authority) &&
				    part.authority.port == whole.authority.port));
	}
}

/* A name that was taken is canonical, or there is none and an address. */
static void check_request(const uint8_t *data, size_t size)
{
	char name[HOST_MAX + 1];
	struct socks s;

	if (read_prefix(socks_read_request, &s, data, size) != 0)
		return;
	assert(s.authority.port != 0);
	if (s.authority.host[0]) {
		assert(host_canon(str_of(s.authority.host), name) == 0);
		assert(strcmp(name, s.authority.host) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(socks_read_greeting, data, size, SOCKS_GREETING_MAX);
	check(socks_read_request, data, size, SOCKS_REQUEST_MAX);
	check_request(data, size);
	return 0;
}
