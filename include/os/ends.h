/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "wire/client.h"

/* A socket that finds TCP sockets of the network namespace in which it is made; or -errno. */
int ends_open(void);

/* The inode of the socket at the client's end of a connection. 0: it is not there any more. */
uint32_t ends_find(int fd, const struct ends *ends);

/*
 * One end of a connected TCP socket: its own, or its peer's. Returns 0, or -errno: it has none, or
 * none any more.
 */
int ends_read(int fd, bool peer, struct addr *addr, uint16_t *port);
