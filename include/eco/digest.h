/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "eco/eco.h"

/* How documents write digests. False, with @out untouched: it is none of that form. */

bool digest_read_hex(enum digest_kind kind, struct str in, struct digest *out);

/* "sha512-BASE64 sha1-BASE64?options": Subresource Integrity; the strongest of them counts. */
bool digest_read_sri(struct str in, struct digest *out);

/* Adds "sha512:HEX"; nothing for none. */
void digest_print(const struct digest *digest, struct buf *out);
