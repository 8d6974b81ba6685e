/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/task.h"
#include "cli/verb.h"
#include "os/sys.h"
#include "supervise/supervisor.h"

static const char usage[] =
	"usage: agentbox exec [OPTION]... [--] COMMAND [ARGUMENT]...\n\n"
	"Runs COMMAND in a box around the repository that the current directory lies in.\n\n"
	"  -p, --profile=NAME       profile to run under (default: default); a path if it has a "
	"slash\n"
	"  -w, --workspace=DIR      directory that the box is made around\n"
	"  -e, --env=NAME[=VALUE]   set a variable in the box, or pass one of the caller's\n"
	"  -q, --quiet              no lines of agentbox's on stderr but errors\n"
	"      --head-fd=FD         write the last hash of the log and the task's id to FD\n\n"
	"Exit status: the command's own; 128+n if signal n ended it; 122 this machine cannot make\n"
	"the box; 123 finished, but a policy gate failed; 124 its deadline passed; 125 the box "
	"was\n"
	"not started; 126 the command cannot be executed; 127 it was not found; 2 usage.\n";

static int run(int argc, char **argv);

const struct verb verb_exec = {
	.name = "exec",
	.alias = "run",
	.summary = "run a command in a box",
	.usage = usage,
	.run = run,
};

/*
 * Descriptors 0, 1 and 2 exist from here on, so that nothing of ours takes their place. The box
 * gets them: a directory among them would be a way out, for ".." leads up from it.
 */
static int open_standard(struct err *e)
{
	struct stat st;

	for (int fd = 0; fd <= 2; fd++) {
		int r = fstat(fd, &st) < 0 ? -errno : 0;

		if (r == -EBADF && open("/dev/null", O_RDWR) < 0)
			return err_set(e, -errno, "open /dev/null as descriptor %d", fd);
		if (r < 0 && r != -EBADF)
			return err_set(e, r, "look at descriptor %d", fd);
		if (r == 0 && S_ISDIR(st.st_mode))
			return err_say(e, -EISDIR, "descriptor %d is a directory; redirect it", fd);
	}
	if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return err_set(e, -errno, "close inherited descriptors");
	return 0;
}

/* The task in whose box we run, if what the environment says can be one. */
static const char *parent_task(void)
{
	const char *task = getenv("AGENTBOX_TASK");

	return task && audit_is_id(task) ? task : NULL;
}

static int run(int argc, char **argv)
{
	struct task_setup setup = { 0 };
	struct err e = { 0 };
	int status;

	status = task_parse(&setup, &verb_exec, argc, argv);
	if (status == 0 && open_standard(&e) < 0)
		status = EXIT_BOX;
	if (status == 0)
		status = task_load(&setup, &e);
	if (status == 0) {
		struct task task = {
			.policy = &setup.policy,
			.host = &setup.host,
			.plan = &setup.plan,
			.state_dir = setup.state_dir,
			.parent = parent_task(),
			.quiet = setup.quiet,
			.head_fd = setup.head_fd,
			.reload = task_reload,
			.of = &setup,
		};
		status = supervise(&task, &e);
	}
	if (e.text[0])
		fprintf(stderr, "agentbox: %s\n", e.text);
	task_fini(&setup);
	return status;
}
