/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/mem.h"

/* A value of a profile, read. */
struct value {
	uint64_t number;  /* of a count, size or duration (0: none); the index of a word */
	const char *text; /* canonical: what means the same reads the same */
};

/*
 * A kind of value: how it is read, and its name as `profile keys` and the manual show it. A type
 * that has @words is one of them.
 */
struct value_type {
	const char *name;
	const char *(*read)(struct str in, struct arena *arena, struct value *out);
	const char *const *words; /* NULL-ended, indexed by the enum of the member */
	bool number;		  /* the member is a uint64_t */
};

/* Returns NULL, or what is wrong with @in, which has at least one byte and is printable UTF-8. */
const char *value_read(const struct value_type *type, struct str in, struct arena *arena,
		       struct value *out);

extern const struct value_type value_text, value_count, value_size, value_duration;
extern const struct value_type value_profile, value_pattern, value_path, value_absolute;
extern const struct value_type value_variable, value_assignment;
extern const struct value_type value_rule, value_denial, value_host;
extern const struct value_type value_port, value_publish, value_proxy;
extern const struct value_type value_upstream, value_credentials, value_cache;
extern const struct value_type value_sink;
extern const struct value_type value_syscall_denied, value_syscall_allowed;
extern const struct value_type value_ecosystem, value_registry, value_url, value_scope, value_purl,
	value_exempt; /* value_packages.c */

/* What a value_publish that was read says. */
struct published {
	uint16_t host_port, port;
};

struct published value_published(const char *text);

/*
 * How much of two values of a list has to agree for them to be one: of NAME=VALUE the name, of a
 * rule all but its caps.
 */
bool value_same(const struct value_type *type, const char *a, const char *b);
