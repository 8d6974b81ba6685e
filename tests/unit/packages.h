/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "policy/policy.h"
#include "suite.h"

/* A policy whose section [packages] has ECOSYSTEMS and @lines. */
#ifndef ECOSYSTEMS
#define ECOSYSTEMS "ecosystem = npm\n"
#endif

static void load(struct policy *p, const char *lines)
{
	char space[2000], errors[1000];
	struct buf text = BUF(space);
	struct complaints c = { .text = BUF(errors) };

	buf_printf(&text, "[packages]\n" ECOSYSTEMS "%s\n", lines);
	ck_assert_msg(policy_parse(p, (struct str){ text.p, text.n }, &c) == 0, "%s", errors);
}
