/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "cli/task.h"

static const char usage[] =
	"usage: agentbox plan [OPTION]... [--] COMMAND [ARGUMENT]...\n\n"
	"Prints every step that agentbox exec would take, and takes none.\n\n"
	"  -p, --profile=NAME      profile to run under: \"default\" without this option;\n"
	"                          the path of a file if NAME has a slash\n"
	"  -w, --workspace=DIR     directory that the box is made around\n"
	"  -e, --env=NAME[=VALUE]  set a variable in the box, or pass the caller's\n"
	"      --json              one JSON object\n\n"
	"Exit status: 0; 125 such a box would not be started; 2 usage.\n";

static int run(char **argv);

const struct verb verb_plan = {
	.name = "plan",
	.summary = "print what exec would do",
	.usage = usage,
	.run = run,
};

enum { TEXT_MAX = 4 << 20 };

static int run(char **argv)
{
	struct task_setup setup = { 0 };
	struct err e = { 0 };
	struct buf out = buf_over(arena_alloc(&setup.arena, TEXT_MAX), TEXT_MAX);
	bool json = false;
	const struct verb_option options[] = {
		TASK_OPTIONS(&setup),
		TASK_ENV(&setup),
		{ "json", .set = &json },
		{ 0 },
	};
	int status = task_parse(&setup, &verb_plan, options, argv);

	if (status == 0)
		status = task_load(&setup, &e);
	if (status == 0) {
		(json ? plan_json : plan_print)(&setup.plan, &out);
		fwrite(out.p, 1, out.n, stdout);
	}
	if (out.full) {
		err_say(&e, -EFBIG, "the plan is longer than %d bytes", TEXT_MAX);
		status = EXIT_BOX;
	}
	if (e.text[0])
		verb_failed(&e);
	task_fini(&setup);
	return status;
}
