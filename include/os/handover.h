/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "policy/plan.h"

/*
 * Listeners are made in the box's network namespace and served from outside: they cross once, over
 * a SOCK_SEQPACKET pair, as SCM_RIGHTS. A socket stays in the namespace it was made in, so whoever
 * holds one accepts what the box connects to.
 */
struct listener {
	enum listener_kind kind;
	uint16_t port;
	int fd;
};

enum { LISTENERS_MAX = 128 };

/* What else the one who serves them is given while it does: a byte, with a descriptor. */
enum { SAY_POLICY = 'p', SAY_LOCKED = 'l' };

/* Sends all of them and an end mark. The descriptors remain the caller's. Returns 0 or -errno. */
int handover_send(int sock, const struct listener *listeners, size_t n, struct err *e);

/*
 * A descriptor that can be read as soon as somebody has connected to one of the listeners that wait
 * to be received from @sock, or sent it anything. -1: there are none or more than 15, or the kernel
 * does not tell.
 */
int handover_wanted(int sock);

/* Whether there are, and nobody has. */
bool handover_quiet(int sock);

/*
 * Receives until the end mark. The descriptors are the caller's to close, also those received
 * before an error. Returns 0 or -errno (-EPROTO: not what handover_send() sends).
 */
int handover_receive(int sock, struct listener listeners[LISTENERS_MAX], size_t *n, struct err *e);
