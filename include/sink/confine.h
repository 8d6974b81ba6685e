/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

/*
 * The process that hears what receivers answer: it opens no file, executes nothing, connects, and
 * reads and writes what is open. Returns 0 or -errno.
 */
int sink_confine(struct err *e);
