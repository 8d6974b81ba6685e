/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/mem.h"

enum { PEM_DER_MAX = 16 * 1024 }; /* bytes of one certificate */

/*
 * Whether @text is certificates, PEM (RFC 7468), at least one, each whole: what is between its
 * lines is one DER element. Other text around them is none of ours, other blocks are wrong here.
 * Returns NULL or what is wrong: static text for a person.
 */
const char *pem_check(struct str text);
