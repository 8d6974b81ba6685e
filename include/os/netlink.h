/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "wire/host.h"

/*
 * Requests to rtnetlink(7), collected and sent at once: the kernel takes them in their order, and
 * two system calls make a whole loopback interface.
 */
struct netlink {
	int fd;
	uint32_t sequence; /* of the last request */
	size_t n, last;	   /* bytes in use; where the last request starts */
	_Alignas(8) char bytes[512];
};

/* Returns 0 or -errno. Close with netlink_fini(). */
int netlink_init(struct netlink *nl);
void netlink_fini(struct netlink *nl);

void netlink_link_up(struct netlink *nl, unsigned interface);

/* Adds one address alone, not its network; without looking for a duplicate first (RFC 4862, 5.4).
 */
void netlink_addr_add(struct netlink *nl, unsigned interface, const struct addr *addr);

/*
 * Makes every address of @source's family a local one, reached from @source: `ip route add local
 * default dev INTERFACE src SOURCE`. Without a source the kernel would take the destination itself,
 * and now and then connect a socket to itself.
 */
void netlink_any_local(struct netlink *nl, unsigned interface, const struct addr *source);

/* Sends what was collected. Returns 0, or the negative errno of the first request that failed. */
int netlink_commit(struct netlink *nl);
