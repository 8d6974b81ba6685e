/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/verb.h"
#include "supervise/audit.h"
#include "supervise/control.h"
#include "supervise/record.h"

static const char usage[] =
	"usage: agentbox policy reload TASK\n\n"
	"Has a task that runs read its profile again: connections that begin from then on are "
	"judged\n"
	"by it. Only rules about the network can change; if anything else differs, or the profile "
	"is\n"
	"wrong, nothing changes. TASK is an id or its beginning, or \"latest\".\n\n"
	"Exit status: 0; 1 nothing changed: it was said why; 2 usage.\n";

static int run(int argc, char **argv);

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

static int run(int argc, char **argv)
{
	struct err e = { 0 };

	if (argc < 2)
		return verb_misused(&verb_policy, "policy reload?");
	if (strcmp(argv[1], "reload") != 0)
		return verb_misused(&verb_policy, "there is no \"policy %s\"", argv[1]);
	if (argc != 3)
		return verb_misused(&verb_policy, argc < 3 ? "policy reload of which task?"
							   : "one argument too many");
	if (reload(argv[2], &e) < 0) {
		fprintf(stderr, "agentbox: %s\n", e.text);
		return 1;
	}
	printf("%s\n", e.text);
	return 0;
}
