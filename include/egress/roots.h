/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <openssl/x509_vfy.h>

#include "base/err.h"
#include "base/mem.h"

/*
 * The authorities that hosts outside are verified against: those of this machine. Certificates are
 * parsed when a chain leads to them, because parsing all of them takes longer than starting a box.
 */
struct root {
	unsigned char *der;
	long n;
	X509_NAME *subject; /* NULL until somebody looked for a root */
};

struct roots {
	struct root *root;
	size_t n;
	bool named; /* the subjects were read */
};

/*
 * Takes the certificates out of @pem, a bundle as ca-certificates(8) has them. What is none is
 * skipped, as all readers of bundles do. Returns 0 or -errno; without any, nothing can be verified,
 * but that is no error here. Never freed.
 */
int roots_init(struct roots *roots, struct str pem, struct err *e);

/* A store that finds them in @roots, which has to outlive it. NULL: no memory. */
X509_STORE *roots_store(struct roots *roots);

/* Bytes that roots_write_jks() needs room for, at most. */
size_t roots_jks_size(const struct roots *roots);

/*
 * Adds them and @ca as a key store of Java (JKS) with its usual password, "changeit". Java reads no
 * bundle. If there is no room, @out is full.
 */
void roots_write_jks(const struct roots *roots, X509 *ca, int64_t now, struct buf *out);
