/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

/* The calls of landlock(7), which libc does not have. Rights and scopes: policy/landlock.h. */

/* Version of the interface, from 1 on, or a negative errno: no Landlock in this kernel, or off. */
int landlock_version(void);

/* A set of rules that refuses @rights everywhere and all of @scopes. Returns a descriptor or
 * -errno.
 */
int landlock_open(uint64_t rights, uint64_t scopes);

/*
 * Allows @rights, all of which the set refuses, at what @fd (O_PATH will do) stands for and below.
 * For what is no directory they are only those of files. Returns 0 or -errno: -EBADFD for what has
 * no path, as a pipe, which Landlock lets pass anyway.
 */
int landlock_allow(int rules, int fd, uint64_t rights);

/* Puts this thread and its children to come under the rules, for good. Wants no_new_privs. */
int landlock_enforce(int rules);
