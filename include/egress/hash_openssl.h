/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "egress/hash.h"

extern const struct hash_ops hash_openssl;

/* Loads what they need. False: it is not there. */
bool hash_openssl_init(void);
