/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

/*
 * Serves listeners of the host, which come on the socket @listeners, with servers of the box whose
 * network namespace @box is, and tells @events of it, until @events is shut down. Returns 0 or
 * -errno.
 */
int publish_run(int box, int listeners, int events, struct err *e);
