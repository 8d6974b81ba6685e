/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * An attack is something that a command in a box might try. It says whether it got through; tests
 * run it in a box, where it must not, and outside, where it should: see tests/run/escape.sh.
 */
enum outcome { GOT_THROUGH = 0, REFUSED = 1, CANNOT_TRY = 77 };

/* Who gets through outside of a box, which shows that the attack is one. */
enum control { BY_ANYBODY, BY_ROOT, BY_NOBODY };

/* An attack that is one system call has its number and arguments instead of a function. */
struct attack {
	const char *name, *gain;
	enum outcome (*run)(void);
	enum control control;
	const char *why; /* others do not get through */
	long nr;
	unsigned long arg[6];
	int seen; /* errno of the call when the kernel has looked at it, 0: it succeeds */
};

struct attacks {
	const char *about;
	const struct attack *row;
	size_t n;
};

extern const struct attacks attacks_files, attacks_mounts, attacks_workspace, attacks_processes,
	attacks_kernel, attacks_namespaces, attacks_sockets, attacks_network;

/* Serves what the attacks aim at; prints where it is, a shell assignment a line. */
int targets_main(const char *dir);

/* The name under which a key is in the session's keyring. */
#define TARGET_KEY "agentbox-attack-target"
/* What is secret in the environment of the caller. */
#define TARGET_TOKEN "agentbox-attack-token"

/* The value of a variable TARGET_*; without it the attack cannot be tried. */
const char *target(const char *name);
long target_number(const char *name);
/* @suffix below the directory that TARGET_@name names. */
const char *target_path(const char *name, const char *suffix);

/* Says on stderr why @r, the result of a system call, was refused if it was. */
enum outcome outcome_of(long r, const char *what);
enum outcome refused(const char *what);
enum outcome cannot_try(const char *what);

enum outcome reads(const char *path);
enum outcome writes(const char *path);
enum outcome lists(const char *path);

/*
 * Becomes root of a user namespace of its own if the caller may, and of namespaces of these kinds;
 * without any right to do so it goes on with what it has.
 */
void take_namespaces(int flags);
