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

int verb_run(const struct verb *verb, int argc, char **argv)
{
	int status = 0;

	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")))
		fputs(verb->usage, stdout);
	else
		status = verb->run(argc, argv);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	perror("agentbox: write to standard output");
	return status ? status : 1;
}
