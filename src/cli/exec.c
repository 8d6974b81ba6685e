/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/task.h"
#include "supervise/supervisor.h"

static const char usage[] =
	"usage: agentbox exec [OPTION]... [--] COMMAND [ARGUMENT]...\n\n"
	"Runs COMMAND in a box around the repository that the current directory is in.\n\n"
	"  -p, --profile=NAME      profile to run under: \"default\" without this option;\n"
	"                          the path of a file if NAME has a slash\n"
	"  -w, --workspace=DIR     directory that the box is made around\n"
	"  -e, --env=NAME[=VALUE]  set a variable in the box, or pass the caller's\n"
	"  -q, --quiet             nothing of agentbox's own on stderr but errors\n"
	"      --head-fd=FD        write the log's last hash and the task's id to FD\n\n"
	"Exit status: the command's own; 128+n if signal n ended it; 122 this machine\n"
	"cannot make the box; 123 finished, but a policy gate failed; 124 its deadline\n"
	"passed; 125 the box was not started; 126 the command cannot be executed;\n"
	"127 it was not found; 2 usage.\n";

static int run(char **argv);

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

/*
 * A program that the box lacks and the caller has: those of a home are the first that one misses.
 */
static void explain_missing(const char *name)
{
	const char *list = getenv("PATH");
	struct str left = str_of(list && !strchr(name, '/') ? list : ""), dir;
	char path[PATH_MAX];

	while (left.n) {
		str_cut(left, ':', &dir, &left);
		snprintf(path, sizeof(path), "%.*s/%s", (int)dir.n, dir.p, name);
		if (access(path, X_OK) < 0)
			continue;
		fprintf(stderr,
			"agentbox: outside of the box it is %s: [filesystem] read= can show it, "
			"and "
			"[environment] set=PATH= have it found\n",
			path);
		return;
	}
}

static const char *take_descriptor(void *of, const char *text)
{
	unsigned long fd;

	if (str_to_ulong(str_of(text), INT_MAX, &fd) < 0 || fd == 0 || fcntl((int)fd, F_GETFD) < 0)
		return "an open descriptor";
	*(int *)of = (int)fd;
	return NULL;
}

static int run(char **argv)
{
	struct task_setup setup = { 0 };
	struct spaces spaces = SPACES_NONE;
	struct task task = {
		.policy = &setup.policy,
		.host = &setup.host,
		.plan = &setup.plan,
		.spaces = &spaces,
		.state_dir = setup.state_dir,
		.parent = parent_task(),
		.reload = task_reload,
		.of = &setup,
	};
	const struct verb_option options[] = {
		TASK_OPTIONS(&setup),
		TASK_ENV(&setup),
		{ "quiet", 'q', .set = &task.quiet },
		{ "head-fd", .take = take_descriptor, .of = &task.head_fd },
		{ 0 },
	};
	struct err e = { 0 };
	int status;

	status = task_parse(&setup, &verb_exec, options, argv);
	if (status == 0 && open_standard(&e) < 0)
		status = EXIT_BOX;
	if (status == 0) {
		spaces_begin(&spaces);
		status = task_load(&setup, &e);
	}
	if (status == 0)
		status = supervise(&task, &e);
	if (e.text[0])
		verb_failed(&e);
	if (status == EXIT_NOTFOUND && e.code == -ENOENT)
		explain_missing(setup.argv[0]);
	spaces_end(&spaces);
	task_fini(&setup);
	return status;
}
