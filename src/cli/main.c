/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/verb.h"
#include "cli/version.h"

#define VERB(name) extern const struct verb verb_##name;
#define PROGRAM(name, summary)
#include "verbs.h"
#undef VERB
#undef PROGRAM

static const struct verb *const verbs[] = {
#define VERB(name) &verb_##name,
#define PROGRAM(name, summary) &(const struct verb){ name, NULL, summary, NULL, NULL },
#include "verbs.h"
#undef VERB
#undef PROGRAM
};

static void print_help(FILE *out)
{
	fputs("usage: agentbox VERB [OPTION]...\n\n"
	      "Runs a command that an AI agent chose in a sandbox around one repository.\n\n",
	      out);
	for (size_t i = 0; i < LEN(verbs); i++)
		fprintf(out, "  %-11s %s\n", verbs[i]->name, verbs[i]->summary);
	fputs("\nagentbox VERB --help explains a verb; agentbox --version names libraries and "
	      "features.\n",
	      out);
}

static const struct verb *find(const char *name)
{
	for (size_t i = 0; i < LEN(verbs); i++)
		if (!strcmp(name, verbs[i]->name) ||
		    (verbs[i]->alias && !strcmp(name, verbs[i]->alias)))
			return verbs[i];
	return NULL;
}

/* A verb that needs more libraries than a launcher should load is a program of its own. */
static int run_program(const struct verb *verb, char **argv)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), LIBEXECDIR "/agentbox-%s", verb->name);
	execv(path, argv);
	fprintf(stderr, "agentbox: run %s: %s\n", path, strerror(errno));
	return errno == ENOENT ? EXIT_NOTFOUND : EXIT_NOEXEC;
}

int main(int argc, char **argv)
{
	static char help[] = "--help";
	const struct verb *verb;

	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "help") && argc > 2) { /* is VERB --help */
		argv[1] = argv[2];
		argv[2] = help;
	}
	if (!strcmp(argv[1], "help") || verb_asks_help(argv[1])) {
		print_help(stdout);
		return 0;
	}
	if (!strcmp(argv[1], "--version")) {
		version_print(stdout);
		return 0;
	}
	verb = find(argv[1]);
	if (!verb) {
		fprintf(stderr, "agentbox: there is no verb \"%s\"; see agentbox --help\n",
			argv[1]);
		return EXIT_USAGE;
	}
	if (!verb->run)
		return run_program(verb, argv + 1);
	return verb_run(verb, argv + 1);
}
