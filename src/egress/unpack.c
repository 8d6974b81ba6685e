/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/unpack.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

#define ZLIB_CONST
#include <zlib.h>

enum { GZIP_ALONE = 16 + MAX_WBITS }; /* zlib.h, inflateInit2() */

struct unpack_stream {
	struct unpack face;
	z_stream z;
};

static struct unpack_stream *of(struct unpack *unpack)
{
	return (struct unpack_stream *)(void *)unpack;
}

static struct unpack *begin(void)
{
	struct unpack_stream *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->face.ops = &unpack_zlib;
	if (inflateInit2(&u->z, GZIP_ALONE) == Z_OK)
		return &u->face;
	free(u);
	return NULL;
}

static unsigned at_most(size_t n)
{
	return n < UINT_MAX ? (unsigned)n : UINT_MAX;
}

static ssize_t go_on(struct unpack *unpack, struct str *in, char *out, size_t max, bool *end)
{
	z_stream *z = &of(unpack)->z;
	const unsigned room = at_most(max);
	int r;

	z->next_in = (const Bytef *)in->p;
	z->avail_in = at_most(in->n);
	z->next_out = (Bytef *)out;
	z->avail_out = room;
	r = inflate(z, Z_NO_FLUSH);
	*in = str_skip(*in, (size_t)((const char *)z->next_in - in->p));
	*end = r == Z_STREAM_END;
	return r == Z_OK || r == Z_STREAM_END ? (ssize_t)(room - z->avail_out) : -EPROTO;
}

static void end(struct unpack *unpack)
{
	inflateEnd(&of(unpack)->z);
	free(unpack);
}

const struct unpack_ops unpack_zlib = { begin, go_on, end };
