/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/options.h"
#include "supervise/audit.h"
#include "supervise/control.h"
#include "supervise/record.h"

static const char usage[] =
	"usage: agentbox policy reload TASK\n\n"
	"Has a task that runs read its profile again: connections that begin from then\n"
	"on are judged by it. Only rules about the network can change; if anything else\n"
	"differs, or the profile is wrong, nothing changes. TASK is the beginning of a\n"
	"task's id, or \"latest\".\n\n"
	"Exit status: 0; 1 nothing changed, and it was said why; 2 usage.\n";

static int run(char **argv);

const struct verb verb_policy = {
	.name = "policy",
	.summary = "have a task that runs read its profile again",
	.usage = usage,
	.run = run,
};

static int reload(const char *name, struct err *e)
{
	char dir[PATH_MAX], task[TASK_ID_MAX];
	int r = audit_state_dir(dir, e);

	if (r == 0)
		r = record_find(dir, name, task, e);
	if (r == 0)
		r = control_say(task, CONTROL_RELOAD, e);
	return r == -ECONNREFUSED ? err_say(e, r, "task %s does not run", task) : r;
}

static int run(char **argv)
{
	const struct verb_option none[] = { { 0 } };
	struct err e = { 0 };
	char *task[2];
	int r;

	if (!argv[1])
		return verb_misused(&verb_policy, "policy needs a word: reload");
	if (strcmp(argv[1], "reload") != 0)
		return verb_misused(&verb_policy, "there is no \"policy %s\"", argv[1]);
	r = options_words(&verb_policy, none, argv + 1, task, 1);
	if (r == 0 && !task[0])
		r = verb_misused(&verb_policy, "policy reload needs a task");
	if (r != 0)
		return r;
	if (reload(task[0], &e) < 0)
		return verb_failed(&e);
	puts(e.text);
	return 0;
}
