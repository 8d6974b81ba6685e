/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "wire/host.h"

/*
 * The addresses of a box's network. Every name that the box asks for becomes one address of a pool,
 * so a connection to it has a name, whatever its protocol. The ranges are ones where nobody lives:
 * 198.18.0.0/15 is kept for benchmarks (RFC 2544, C.2.2), fd00::/8 is for local use (RFC 4193).
 */
#define POOL_DNS4                                                                                  \
	"198.18.0.1"	       /* for resolv.conf: like every address, it leads to the listeners   \
				*/
#define POOL_OWN4 "198.18.0.2" /* the box's own: the source of what it sends */
#define POOL_OWN6 "fd00:a9e::2"

/* As many as fit behind 198.18.1.0 in the range, and no name is ever forgotten within a task. */
enum { POOL_MAX = 65536 };

/* The two addresses of the name with that index: 198.18.1.0 + index, fd00:a9e::1:0:0 + index. */
struct addr pool_addr4(uint32_t index);
struct addr pool_addr6(uint32_t index);

/* The index behind an address, or -1 if the pool does not have that address. */
int32_t pool_index(const struct addr *a);
