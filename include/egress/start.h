/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "egress/tls.h"
#include "policy/policy.h"

/*
 * Makes what opens TLS for @policy, before the process is confined: hosts are verified against the
 * certificates that are read from @roots; -1: those of this machine and of @policy. What the box
 * needs to know of the authority made for it is written to @trust, if not -1. Returns 0 or -errno.
 */
typedef int make_terminator_fn(const struct policy *policy, int roots, int trust,
			       struct terminator **out, struct err *e);

/* main() of the programs. @make: NULL where there is none. */
int egress_main(int argc, char **argv, make_terminator_fn *make);
