/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/mem.h"

/*
 * What undoes gzip (RFC 1952), as those see it who only use it: agentbox-egress-tls has zlib, and
 * all that reads packages is there.
 */
struct unpack {
	const struct unpack_ops *ops;
};

enum { UNPACK_TRAILER = 8 }; /* bytes: a checksum and the size, little endian */

struct unpack_ops {
	struct unpack *(*begin)(void); /* NULL: no memory */
	/*
	 * Takes what it can off @in, and writes at most @max bytes of what that becomes, which
	 * returns how many; *@end: that was all. Returns -EPROTO if it is not gzip.
	 */
	ssize_t (*go_on)(struct unpack *unpack, struct str *in, char *out, size_t max, bool *end);
	void (*free)(struct unpack *unpack);
};

extern const struct unpack_ops unpack_zlib;
