/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#include "base/err.h"
#include "os/handover.h"

/*
 * Takes listeners from the environment (sd_listen_fds(3)): LISTEN_PID, LISTEN_FDS and, in
 * LISTEN_FDNAMES, what each of them is: "tcp-PORT", "dns-udp", "dns-tcp", "watch" or "proxy".
 * Returns 0 or -errno.
 */
int listen_from_environment(struct listener listeners[LISTENERS_MAX], size_t *n, struct err *e);
