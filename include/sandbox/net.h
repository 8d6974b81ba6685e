/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "os/handover.h"

/*
 * The network of a box: one loopback interface to which, if @any, every address of the world is
 * local, and listeners on it that are served from outside. To be called in the new network
 * namespace, by who has CAP_NET_ADMIN, CAP_NET_BIND_SERVICE and CAP_NET_RAW there. Return 0 or
 * -errno.
 */
int net_loopback(bool any, struct err *e);

/*
 * Opens one listener and appends it to @listeners; the descriptors are the caller's. LISTENER_WATCH
 * (its @port is 0) comes last: it is told which ports the others serve, and reports the rest.
 */
int net_listen(enum listener_kind kind, uint16_t port, struct listener listeners[LISTENERS_MAX],
	       size_t *n, struct err *e);
