/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/exit.h"

/* What @run returns when it was asked for help. */
enum { VERB_HELP = -1 };

/*
 * A verb of the command line: one file in src/cli, `const struct verb verb_NAME`, its name in the
 * list of meson. @run reads its own options (cli/options.h), with argv[0] the name of the verb, and
 * returns the exit status, or VERB_HELP. Without @run it is a program, LIBEXECDIR/agentbox-NAME,
 * which takes the place of this one.
 */
struct verb {
	const char *name;
	const char *alias;   /* or NULL */
	const char *summary; /* one line, for `agentbox --help`; of a program: in src/meson.build */
	const char *usage;   /* the whole of `agentbox NAME --help` */
	int (*run)(char **argv);
};

/* Prints "agentbox: " and the sentence, and says where help is. Returns EXIT_USAGE. */
int verb_misused(const struct verb *verb, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

bool verb_asks_help(const char *word);

/* Prints "agentbox: " and the sentence of @e. Returns 1, which most verbs then exit with. */
int verb_failed(const struct err *e);

/* Runs it, or prints its usage. Returns the exit status: not 0 if not all could be written. */
int verb_run(const struct verb *verb, char **argv);
