/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/mem.h"

/*
 * The files of the sockets of this network namespace at which something may listen: unix(7),
 * sock_diag(7).
 */
struct sockets {
	bool asked, known; /* known: the kernel says which */
	int error;	   /* a negative errno: not even their names are known */
	struct socket_file {
		uint32_t inode;	  /* the kernel says no more of it; 0: not even that */
		const char *name; /* by which it was bound, as it was given */
	} * file;
	size_t n;
	struct arena arena;
};

void sockets_forget(struct sockets *s);

/*
 * Asks the kernel, once until sockets_forget(). One that does not answer (CONFIG_UNIX_DIAG) has
 * names in /proc/net/unix. Returns 0 or -errno: there are none either.
 */
int sockets_load(struct sockets *s);

/*
 * Where @file is today, as a canonical path in @path of @size bytes, if its name is relative to
 * @dir.
 */
bool sockets_find(const struct socket_file *file, const char *dir, char *path, size_t size);

/* Whether the file is one of them. True when the kernel does not say which there are. */
bool sockets_has(struct sockets *s, const struct stat *st);

/*
 * Whether somebody listens at @name in the directory @dir, in whatever namespace: connects to it.
 * True when in doubt.
 */
bool sockets_answers(int dir, const char *name);
