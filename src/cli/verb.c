/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int verb_misused(const struct verb *verb, const char *fmt, ...)
{
	va_list ap;

	fputs("agentbox: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "; see agentbox %s --help\n", verb->name);
	return EXIT_USAGE;
}

bool verb_asks_help(const char *word)
{
	return !strcmp(word, "--help") || !strcmp(word, "-h");
}

int verb_failed(const struct err *e)
{
	fprintf(stderr, "agentbox: %s\n", e->text);
	return 1;
}

int verb_run(const struct verb *verb, char **argv)
{
	int status = argv[1] && verb_asks_help(argv[1]) ? VERB_HELP : verb->run(argv);

	if (status == VERB_HELP) {
		fputs(verb->usage, stdout);
		status = 0;
	}
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	perror("agentbox: write to standard output");
	return status ? status : 1;
}
