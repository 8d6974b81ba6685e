/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/mem.h"

/*
 * What happens first, before a foreign byte is read: ends with its parent, leaves no core dump, is
 * not traced, holds no capability and gets none.
 */
int confine_process(struct err *e);

/*
 * The process that reads what the box and the internet send: no file, no new program, no signal to
 * others, and only the system calls it makes by design; any other kills it. Adds to @missing what
 * this kernel does not have. Returns 0 or -errno.
 */
int confine_egress(struct buf *missing, struct err *e);

/* The process that resolves names: reads the system's configuration, writes and executes nothing.
 */
int confine_resolver(struct err *e);
