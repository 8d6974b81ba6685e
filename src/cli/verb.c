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
	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(verb->usage, stdout);
		return 0;
	}
	return verb->run(argc, argv);
}
