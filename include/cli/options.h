/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#include "cli/verb.h"

/*
 * An option of a verb, and what comes of it: one of @set, @text and @take. An array of them ends
 * with an empty row. Options end at the first word that is none, or behind "--".
 */
struct verb_option {
	const char *name;				  /* without its dashes */
	char letter;					  /* or 0 */
	bool *set;					  /* it takes no value, and sets this */
	const char **text;				  /* its value goes there as it is */
	const char *(*take)(void *of, const char *value); /* NULL, or what it takes instead */
	void *of;
};

/*
 * Reads the options in @argv, which begins with the name of the verb, and moves @argv to what
 * follows them. Returns 0, or what the verb has to return: VERB_HELP, or EXIT_USAGE: it was said
 * why.
 */
int options_read(const struct verb *verb, const struct verb_option *options, char ***argv);

/*
 * The same for a verb whose other words are at most @n, wherever they stand among the options. They
 * go to @word, NULL behind them.
 */
int options_words(const struct verb *verb, const struct verb_option *options, char **argv,
		  char **word, size_t n);
