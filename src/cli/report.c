/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report.h"

#include <limits.h>
#include <string.h>

#include "cli/options.h"

static const char usage[] =
	"usage: agentbox report [--format=FORMAT] [TASK]\n\n"
	"Tells what a task did: what was refused, packages, lock files, hosts. TASK is\n"
	"the beginning of a task's id, or \"latest\", which is the default.\n\n"
	"      --format=FORMAT     text (the default), json, markdown, html (one page,\n"
	"                          without scripts), sarif (2.1.0) or junit\n\n"
	"Exit status: 0; 1 no such task; 2 usage.\n";

static int run(char **argv);

const struct verb verb_report = { .name = "report", .usage = usage, .run = run };

static const struct {
	const char *name;
	void (*write)(const struct report *report, FILE *out);
} formats[] = {
	{ "text", report_text }, { "json", report_json },   { "markdown", report_markdown },
	{ "html", report_html }, { "sarif", report_sarif }, { "junit", report_junit },
};

static const char *take_format(void *of, const char *name)
{
	size_t *format = of;

	for (*format = 0; *format < LEN(formats); (*format)++)
		if (!strcmp(formats[*format].name, name))
			return NULL;
	return "text, json, markdown, html, sarif or junit";
}

static int run(char **argv)
{
	char state[PATH_MAX], id[TASK_ID_MAX];
	struct report report = { 0 };
	char *task[2];
	struct err e = { 0 };
	size_t format = 0;
	const struct verb_option options[] = {
		{ "format", .take = take_format, .of = &format },
		{ 0 },
	};
	int r = options_words(&verb_report, options, argv, task, 1);

	if (r != 0)
		return r;
	r = audit_state_dir(state, &e);
	if (r == 0)
		r = record_find(state, task[0], id, &e);
	if (r == 0)
		r = report_collect(&report, state, id, &e);
	if (r == 0)
		formats[format].write(&report, stdout);
	else
		verb_failed(&e);
	report_fini(&report);
	return r != 0;
}
