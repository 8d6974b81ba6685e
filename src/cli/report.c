/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report.h"

#include <getopt.h>
#include <limits.h>
#include <string.h>

#include "cli/verb.h"

static const char usage[] = "usage: agentbox report [--format=FORMAT] [TASK]\n\n"
			    "Tells what a task did: what was refused, packages, lock files, hosts. "
			    "TASK is the beginning "
			    "of a\n"
			    "task's id, or \"latest\", which is the default.\n\n"
			    "  --format=FORMAT   text (the default), json, markdown, html (one "
			    "page, without scripts),\n"
			    "                    sarif (2.1.0) or junit\n\n"
			    "Exit status: 0; 1 no such task; 2 usage.\n";

static int run(int argc, char **argv);

const struct verb verb_report = { .name = "report", .usage = usage, .run = run };

static const struct {
	const char *name;
	void (*write)(const struct report *report, FILE *out);
} formats[] = {
	{ "text", report_text }, { "json", report_json },   { "markdown", report_markdown },
	{ "html", report_html }, { "sarif", report_sarif }, { "junit", report_junit },
};

static const struct option options[] = {
	{ "format", required_argument, NULL, 'f' },
	{ 0 },
};

static int find_format(const char *name, size_t *format)
{
	for (*format = 0; *format < LEN(formats); (*format)++)
		if (!strcmp(formats[*format].name, name))
			return 0;
	return verb_misused(&verb_report, "there is no format \"%s\"", name);
}

/* Returns 0, or the status to exit with. */
static int parse(int argc, char **argv, size_t *format, const char **task)
{
	int option, r = 0;

	optind = 0;
	opterr = 0;
	while (r == 0 && (option = getopt_long(argc, argv, "+:", options, NULL)) != -1) {
		if (option == 'f')
			r = find_format(optarg, format);
		else if (option == ':')
			r = verb_misused(&verb_report, "option %s needs a value", argv[optind - 1]);
		else
			r = verb_misused(&verb_report, "there is no option %s", argv[optind - 1]);
	}
	if (r == 0 && argc - optind > 1)
		r = verb_misused(&verb_report, "one task at a time");
	*task = argv[optind];
	return r;
}

static int run(int argc, char **argv)
{
	char state[PATH_MAX], id[TASK_ID_MAX];
	struct report report = { 0 };
	const char *task = NULL;
	struct err e = { 0 };
	size_t format = 0;
	int r = parse(argc, argv, &format, &task);

	if (r != 0)
		return r;
	r = audit_state_dir(state, &e);
	if (r == 0)
		r = record_find(state, task, id, &e);
	if (r == 0)
		r = report_collect(&report, state, id, &e);
	if (r == 0)
		formats[format].write(&report, stdout);
	else
		fprintf(stderr, "agentbox: %s\n", e.text);
	report_fini(&report);
	return r != 0;
}
