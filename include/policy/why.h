/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "policy/plan.h"

/* What a task may do to one thing, and because of what: for `agentbox why`. Texts are static or in
 * the arena that was given. */
struct answer {
	bool open;	     /* it can be read, reached, called */
	const char *verdict; /* "writable", "hidden", "deny", "EPERM" ... */
	const char *reason;
	const char *step;   /* of the plan, that makes it so, or NULL */
	struct where where; /* of the profile line that does, if one does */
	const char *walls;  /* against writing a file: "mounts", "mounts, Landlock"; or NULL */
	const char *hint;   /* profile line that would change it, or NULL */
};

/* About @path, absolute and without "." and "..": what the box finds there. */
void why_path(const struct plan *plan, const struct host *host, const char *path,
	      struct arena *arena, struct answer *answer);

/*
 * About a host or a request, as a rule names it: "example.com", "example.com:8443",
 * "[2001:db8::1]", "POST https://example.com/path". Without a port it is 443, or the one of the
 * scheme. Returns NULL or what is wrong with @text.
 */
const char *why_host(const struct policy *policy, struct str text, struct arena *arena,
		     struct answer *answer);

/*
 * About a package, as a purl with or without a version: whether its name lets it in. Returns NULL or
 * what is wrong with @text.
 */
const char *why_package(const struct policy *policy, struct str text, struct arena *arena,
			struct answer *answer);

/* About a request that the rules let pass: changes the answer if it is one to a registry. */
void why_registry(const struct policy *policy, const struct request *request, struct arena *arena,
		  struct answer *answer);

/* About a system call, or a group of them: "@mount". Returns false when there is none of that name.
 */
bool why_syscall(const struct policy *policy, struct str name, struct arena *arena,
		 struct answer *answer);
