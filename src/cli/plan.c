/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "cli/task.h"
#include "cli/verb.h"

static const char usage[] =
	"usage: agentbox plan [OPTION]... [--] COMMAND [ARGUMENT]...\n\n"
	"Prints every step that agentbox exec would take, and takes none.\n\n"
	"  -p, --profile=NAME       profile to run under (default: default); a path if it has a "
	"slash\n"
	"  -w, --workspace=DIR      directory that the box is made around\n"
	"  -e, --env=NAME[=VALUE]   set a variable in the box, or pass one of the caller's\n"
	"      --json               one JSON object\n";

static int run(int argc, char **argv);

const struct verb verb_plan = {
	.name = "plan",
	.summary = "print what exec would do",
	.usage = usage,
	.run = run,
};

enum { TEXT_MAX = 4 << 20 };

static int run(int argc, char **argv)
{
	struct task_setup setup = { 0 };
	struct err e = { 0 };
	struct buf out = { .p = arena_alloc(&setup.arena, TEXT_MAX), .cap = TEXT_MAX };
	int status = task_parse(&setup, &verb_plan, argc, argv);

	if (status == 0)
		status = task_load(&setup, &e);
	if (status == 0) {
		if (setup.json)
			plan_json(&setup.plan, &out);
		else
			plan_print(&setup.plan, &out);
		fwrite(out.p, 1, out.n, stdout);
	}
	if (out.full) {
		err_say(&e, -EFBIG, "the plan is longer than %d bytes", TEXT_MAX);
		status = EXIT_BOX;
	}
	if (e.text[0])
		fprintf(stderr, "agentbox: %s\n", e.text);
	task_fini(&setup);
	return status;
}
