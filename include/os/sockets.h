/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/mem.h"

/* The files of the sockets that are bound in this network namespace: unix(7), sock_diag(7). */
struct sockets {
	bool asked, known; /* known: the kernel says which */
	uint32_t *inode;
	size_t n;
	struct arena arena;
};

void sockets_forget(struct sockets *s);

/* Whether the file is one of them; asks the kernel once, until sockets_forget(). */
bool sockets_has(struct sockets *s, const struct stat *st);

/*
 * Whether somebody listens at @name in the directory @dir, in whatever namespace: connects to it.
 * True when in doubt.
 */
bool sockets_answers(int dir, const char *name);
