/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

/*
 * Calls @one for each number below @n, in no order, on two processors if there are many. What it
 * does for one must not touch what it does for another, and must not allocate from an arena.
 */
void parallel_each(size_t n, void (*one)(void *of, size_t i), void *of);
