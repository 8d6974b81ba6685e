/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * The walls that a process of agentbox puts around itself before it reads what others wrote: see
 * landlock(7) and seccomp(2).
 */

/* No core dumps, no ptrace, no new privileges, no capabilities. */
int wall_process(struct err *e);

/*
 * Nothing of the file system but reading below @paths, which ends with NULL or is NULL, and below
 * the directory @fd, unless it is -1. Returns 0, -errno, or WALL_MISSING: there is no Landlock.
 */
enum { WALL_MISSING = 1 };
int wall_files(const char *const *paths, int fd, struct err *e);

/* A filter of system calls, being written. */
enum { CALLS_MAX = 128 };

struct calls {
	struct sock_filter insn[CALLS_MAX];
	unsigned short n;
};

/* Kills what is not of this architecture, and loads the number of the call. */
void calls_start(struct calls *f);
void calls_put(struct calls *f, struct sock_filter insn);
void calls_load(struct calls *f, size_t offset);
void calls_return(struct calls *f, uint32_t action);

/* Skips the next @n instructions unless what was loaded is @value. */
void calls_unless(struct calls *f, uint32_t value, uint8_t n);

/* The calls of a table get @listed, others go on. */
void calls_list(struct calls *f, const int *calls, size_t n, uint32_t listed);

/* Of what is left, the calls of a table and mmap(2) without PROT_EXEC; any other kills. */
void calls_only(struct calls *f, const int *calls, size_t n);

/* Returns 0, -errno, or WALL_MISSING: nothing is filtered, see WALL_SANITIZED. */
int calls_enforce(const struct calls *f, struct err *e);

/* A sanitizer makes calls that no filter of ours knows. */
#if defined(__SANITIZE_ADDRESS__)
#define WALL_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(undefined_behavior_sanitizer)
#define WALL_SANITIZED 1
#endif
#endif
#ifndef WALL_SANITIZED
#define WALL_SANITIZED 0
#endif
