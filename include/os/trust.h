/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/mem.h"

/*
 * The public part of a task's authority, as the process that holds its key tells it to the one that
 * builds the box: over a pipe, once. Who is told closes its end when the box trusts it.
 */
struct trust {
	char hash[9];	/* of the CA's name, eight hexadecimal digits (openssl-rehash) */
	struct str ca;	/* its certificate, PEM */
	struct str jks; /* the same, with the machine's authorities, for Java */
};

enum { TRUST_PEM_MAX = 256 * 1024, TRUST_JKS_MAX = 16 << 20 };

/* Writes it to @fd. Returns 0, also when the box is over already, or -errno. */
int trust_send(int fd, const struct trust *trust);

/* Waits until the box trusts it, or is over, and closes @fd. */
void trust_await(int fd);

/* Waits for all of it, on the clock of now_ms(); texts are in @arena. Returns 0 or -errno. */
int trust_receive(int fd, int64_t until, struct arena *arena, struct trust *trust, struct err *e);

/*
 * Reads the authorities that the caller's programs trust, PEM: those of SSL_CERT_FILE and
 * SSL_CERT_DIR as openssl(1) has it, or the distribution's. None at all is no error.
 */
int trust_read_machine(struct arena *arena, struct str *pem, struct err *e);
