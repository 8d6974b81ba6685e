/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/mem.h"
#include "policy/rules.h"

/*
 * TLS that ends here, as those see it who only use it. agentbox-egress-tls has a terminator, which
 * makes it; agentbox-egress is the same program without one, and without the libraries.
 */
struct tls {
	const struct tls_ops *ops;
	bool wants_room;    /* what returned -EAGAIN waits to write, not to read */
	const char *failed; /* why the handshake did: static text for a person */
};

/* All return -EAGAIN when nothing can be done now, or another -errno. */
struct tls_ops {
	int (*handshake)(struct tls *tls);
	/* See stream.h. */
	ssize_t (*peek)(struct tls *tls, size_t max, struct str *in);
	int (*more)(struct tls *tls);
	void (*take)(struct tls *tls, size_t n);
	ssize_t (*read)(struct tls *tls, void *into, size_t max);
	ssize_t (*write)(struct tls *tls, struct str bytes);
	void (*end)(struct tls *tls);
	bool (*holds)(const struct tls *tls);
	void (*free)(struct tls *tls);
};

struct hash_ops;
struct unpack_ops;

struct terminator {
	/* To the box: answers as the host of @to, with a certificate of the task's own authority.
	 */
	struct tls *(*serve)(struct terminator *t, int fd, const struct request *to);
	/* To the host, which has to prove that it is the one of @to. Both NULL: no memory. */
	struct tls *(*call)(struct terminator *t, int fd, const struct request *to);
	const struct hash_ops *hash;
	const struct unpack_ops *unpack;
};
