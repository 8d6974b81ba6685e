/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <errno.h>
#include <stdio.h>

#include "policy/policy.h"
#include "suite.h"

/* Profiles by name, in place of directories. */
struct files {
	const char *name, *text;
};

static inline int read_files(const struct policy_source *source, const char *name,
			     struct arena *arena, const char **file, struct str *text,
			     struct err *e)
{
	for (const struct files *at = source->of; at->name; at++)
		if (!strcmp(at->name, name)) {
			*file = arena_printf(arena, "%s.ini", name);
			*text = guarded(at->text);
			return 0;
		}
	return err_say(e, -ENOENT, "there is no profile \"%s\"", name);
}

static char complaints_space[64 * 1024];
static char text_space[256 * 1024];

static inline struct complaints load(struct policy *p, struct files *files, const char *name)
{
	struct complaints c = { .text = BUF(complaints_space) };
	struct policy_source source = { read_files, files };
	int r;

	complaints_space[0] = '\0';
	*p = (struct policy){ 0 };
	r = policy_load(p, name, &source, &c);
	ck_assert_int_eq(r, c.n ? -EINVAL : 0);
	return c;
}

static inline const char *print(const struct policy *p, bool origin)
{
	struct buf out = BUF(text_space);

	text_space[0] = '\0';
	policy_print(p, origin, &out);
	ck_assert(!out.full);
	return text_space;
}
