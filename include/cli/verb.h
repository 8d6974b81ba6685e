/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/exit.h"

/*
 * A verb of the command line: one file in src/cli, `const struct verb verb_NAME`, its name in the
 * list of meson. @run parses its own options (getopt with a leading '+'), with argv[0] the name of
 * the verb, and returns the exit status. Without @run it is a program, LIBEXECDIR/agentbox-NAME,
 * which takes the place of this one.
 */
struct verb {
	const char *name;
	const char *alias;   /* or NULL */
	const char *summary; /* one line, for `agentbox --help`; of a program: in src/meson.build */
	const char *usage;   /* the whole of `agentbox NAME --help` */
	int (*run)(int argc, char **argv);
};

/* Prints "agentbox: " and the sentence, and says where help is. Returns EXIT_USAGE. */
int verb_misused(const struct verb *verb, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Answers --help, or runs it. Returns the exit status: not 0 if not all could be written. */
int verb_run(const struct verb *verb, int argc, char **argv);
