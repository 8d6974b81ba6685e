/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "egress/gate.h"

/*
 * Whether @url, which metadata has for an artifact and which may be relative to that, leads to what
 * @gate is about, as its registry or another one of the profile has it: the same package, and, if
 * @version has one, that version.
 */
bool redirect_link_is_own(const struct gate *gate, struct str url, struct str version);

/*
 * Where registries have led to for artifacts, with paths that do not say of what. The oldest is
 * forgotten first: who comes later asks the registry again.
 */
enum { LEADS = 32 };

struct leads {
	struct lead {
		const struct ecosystem *ecosystem;
		char *path;
		struct package_request request;
	} lead[LEADS];
	size_t next;
};

/* A request for what is stored at @path becomes one for the artifact that this is. */
void redirect_recall(struct gate *gate, struct str path);

/*
 * The answer to a request about packages leads elsewhere: it may where that will be judged as the
 * same. Returns 0, or -EPROTO: it was refused.
 */
int redirect_judge(struct flow *f, const struct http_response *res);
