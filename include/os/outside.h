/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/mem.h"
#include "policy/policy.h"

/*
 * Files that a profile names and that stay outside of the box, read when a task starts. What is
 * wrong with one is told with the line of the profile. Each returns 0 or -errno; what it reads is
 * in @arena.
 */

/* Adds the certificates of [egress] ca= to @pem. */
int outside_read_ca(const struct policy *policy, struct arena *arena, struct str *pem,
		    struct err *e);

/*
 * Adds those of [registry NAME] ca=: after a line that begins with OUTSIDE_REGISTRY and ends with
 * the name, all that count for this one alone.
 */
#define OUTSIDE_REGISTRY "#agentbox registry "
int outside_read_registry_ca(const struct policy *policy, struct arena *arena, struct str *pem,
			     struct err *e);

/* Opens [packages] advisories=; without it, *@fd is -1. */
int outside_open_advisories(const struct policy *policy, int *fd, struct err *e);

/*
 * The headers of the file that a sink names (policy/sink.h), as lines of a request. Returns NULL,
 * or what is wrong, which lasts until the next call. Refused is a file as below.
 */
enum { OUTSIDE_HEADERS_MAX = 4096 };
const char *outside_read_headers(const char *path, struct arena *arena, struct str *lines);

/*
 * The value of Proxy-Authorization that [egress] upstream-proxy-auth= stands for, or "" without it.
 * Refused is a file that anybody but its owner, root or us, can read.
 */
int outside_read_credentials(const struct policy *policy, struct arena *arena, struct str *value,
			     struct err *e);
