/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/mem.h"

/* Processes as proc(5) shows them. All-zero: none. */
struct processes {
	pid_t *pid;
	size_t n, cap;
};

/*
 * Finds @top and what descends from it, parents before their children, until there are @max. Who
 * ends meanwhile, or is handed to another parent, can be missed. Returns 0, or -errno: this kernel
 * does not list children. processes_free() it in either case.
 */
int processes_below(pid_t top, size_t max, struct processes *out);
void processes_free(struct processes *processes);

/* Reads the start of a file of /proc/PID; @text is terminated. Returns its length or -errno. */
ssize_t process_read(pid_t pid, const char *file, char *text, size_t cap);

/*
 * Whether the process has that socket open. *@left is how many descriptors may be looked at yet.
 * False where this may not be known: of one that has made itself undumpable, for an ordinary user.
 */
bool process_has_socket(pid_t pid, uint32_t inode, size_t *left);

/*
 * Adds the path of the program, as its own root has it; what the process says it was called with,
 * see client_argv(); and the names of those it descends from, up to @top: "sh[12] make[11]". None
 * is more than the process itself, or its program, says; each is left out if it is not known.
 */
void process_add_exe(pid_t pid, struct buf *out);
void process_add_argv(pid_t pid, struct buf *out);
void process_add_parents(pid_t pid, pid_t top, struct buf *out);
