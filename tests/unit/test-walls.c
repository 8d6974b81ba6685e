/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each wall alone: what a box shows read-only is tried to be changed with both walls up, with
 * Landlock alone (every mount was made writable), with the mounts alone (no Landlock), and, so that
 * each attempt is known to be one, with neither.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "os/landlock.h"
#include "os/probe.h"
#include "os/sys.h"
#include "policy/plan.h"
#include "sandbox/confine.h"
#include "sandbox/launch.h"
#include "box.h"

enum wall { BOTH, LANDLOCK_ALONE, MOUNTS_ALONE, NEITHER, N_WALLS };

/* Lines of shell. The mounts alone refuse what policy/plan_landlock.c says they have to. */
static const struct {
	const char *name, *line;
	bool mounts_only;
} attempts[] = {
	{ "append", "echo x >>/there/f" },
	{ "overwrite", ": >/there/f" },
	{ "create", ": >/there/new" },
	{ "make a directory", "mkdir /there/new-dir" },
	{ "make a link", "ln -s f /there/new-link" },
	{ "make a hard link", "ln /there/f /there/new-name" },
	{ "make a fifo", "mkfifo /there/new-fifo" },
	{ "make a socket", "perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0); "
			   "bind(S, sockaddr_un(\"/there/new-socket\")) or die'" },
	{ "remove", "rm -f /there/removed" },
	{ "remove a directory", "rmdir /there/empty" },
	{ "rename", "mv -T /there/renamed /there/new-renamed" },
	{ "replace", "mv -T /there/replacing /there/replaced" },
	{ "move into another directory", "mv -T /there/moved /there/dir/moved" },
	{ "move out", "mv -T /there/out /tmp/out" },
	{ "move in", ": >/tmp/in; mv -T /tmp/in /there/in" },
	{ "truncate", "perl -e 'truncate \"/there/f\", 0 or die'", true },
	{ "change the mode", "chmod 600 /there/f", true },
	{ "change the time", "touch -d 2001-01-01 /there/f", true },
};

static const char make_tree[] =
	"rm -rf work there && mkdir -p work there/dir there/empty && cd there &&"
	"touch f removed renamed replacing replaced moved out";

static char top[] = "/tmp/walls.XXXXXX";

/* The plan that a profile with read= gives, with the tree where no writable directory is around it.
 */
static void make_plan(struct plan *plan, struct policy *policy, struct host *host,
		      char *const *argv)
{
	struct complaints complaints = { .text = { .p = (char[1024]){ 0 }, .cap = 1024 } };
	struct arena *a = &host->arena;
	const char *work = arena_printf(a, "%s/work", top),
		   *there = arena_printf(a, "%s/there", top);
	const char *text =
		arena_printf(a, "[workspace]\naccess = write\n[filesystem]\nread = %s\n", there);
	struct err e = { 0 };

	ck_assert_msg(policy_parse(policy, str_of(text), &complaints) == 0, "%s",
		      complaints.text.p);
	host->task = "test";
	ck_assert_msg(probe_host(host, policy, work, &e) == 0, "%s", e.text);
	host->terminal = false;
	ck_assert_msg(plan_build(plan, policy, host, argv, &e) == 0, "%s", e.text);
	for (size_t i = 0; i < plan->n; i++)
		if (plan->step[i].kind == STEP_BIND && !strcmp(plan->step[i].src, there))
			plan->step[i].dst = "/there";
}

static void take_down(struct plan *plan, enum wall wall)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n; i++) {
		struct step step = plan->step[i];

		if ((wall == LANDLOCK_ALONE || wall == NEITHER) && step.kind == STEP_BIND &&
		    !strcmp(step.dst, "/there"))
			step.flags &= ~(unsigned)STEP_READONLY;
		if ((wall == MOUNTS_ALONE || wall == NEITHER) && step.kind == STEP_LANDLOCK)
			continue;
		plan->step[n++] = step;
	}
	plan->n = n;
}

static int wait_for(struct box *box, enum box_message wanted)
{
	struct box_report report;

	ck_assert_int_eq(box_receive(box, &report), 1);
	ck_assert_msg(report.message == wanted, "%s", report.err.text);
	return report.status;
}

/* Runs the plan with its output in a file, and returns the status of its command. */
static int carry_out(struct plan *plan, int output)
{
	int saved = dup(STDOUT_FILENO), status;
	struct spaces spaces = SPACES_NONE;
	struct err e = { 0 };
	struct box box;

	dup2(output, STDOUT_FILENO);
	ck_assert_msg(box_launch(&box, plan, &spaces, &BOX_EGRESS_NONE, -1, &e) == 0, "%s", e.text);
	wait_for(&box, BOX_READY);
	spaces_end(&spaces);
	ck_assert_int_eq(box_say(&box, BOX_GO), 0);
	status = wait_for(&box, BOX_EXITED);
	box_end(&box);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	return status;
}

START_TEST(test_wall)
{
	enum wall wall = (enum wall)_i;
	char script[8192], found[1024] = "";
	struct buf s = BUF(script);
	char *argv[] = { (char[]){ "/bin/sh" }, (char[]){ "-c" }, script, NULL };
	struct policy policy = { 0 };
	struct host host = { 0 };
	struct plan plan = { 0 };
	int output = memfd_create("output", 0);

	ck_assert_int_eq(chdir(top), 0);
	ck_assert_int_eq(system(make_tree), 0);
	for (size_t i = 0; i < LEN(attempts); i++)
		buf_printf(&s, "( %s ) 2>/dev/null </dev/null && printf '%zu '\n", attempts[i].line,
			   i);
	buf_puts(&s, ": >written && : >/tmp/x && cat /there/f && exit 0");
	ck_assert(!s.full);
	make_plan(&plan, &policy, &host, argv);
	if (host.landlock == 0 && wall == LANDLOCK_ALONE)
		return;
	take_down(&plan, wall);
	ck_assert_int_eq(carry_out(&plan, output), 0);
	ck_assert_int_ge(pread(output, found, sizeof(found) - 1, 0), 0);
	for (size_t i = 0; i < LEN(attempts); i++) {
		char word[16];
		bool done, want = wall == NEITHER ||
				  (wall == LANDLOCK_ALONE && attempts[i].mounts_only);

		snprintf(word, sizeof(word), " %zu ", i);
		done = !strncmp(found, word + 1, strlen(word + 1)) || strstr(found, word);
		ck_assert_msg(done == want, "%s: %s", attempts[i].name, done ? "done" : "refused");
	}
	plan_fini(&plan);
	policy_fini(&policy);
	host_fini(&host);
}
END_TEST

static struct sockaddr_un abstract(pid_t of)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	snprintf(sa.sun_path + 1, sizeof(sa.sun_path) - 1, "agentbox-walls-%d", of);
	return sa;
}

/* Without the namespaces that keep others out of sight: 0, or what has to be refused but is not. */
static int reach_outside(void)
{
	const struct landlock_abi known = landlock_known(landlock_version());
	const struct landlock rules = { .rights = LANDLOCK_MAKE_REG, .scopes = known.scopes };
	const struct sockaddr_un sa = abstract(getppid());
	int outside = socket(AF_UNIX, SOCK_STREAM, 0);
	struct err e;

	if (kill(getppid(), 0) < 0 ||
	    connect(outside, (const struct sockaddr *)&sa, sizeof(sa)) < 0)
		return 1;
	close(outside);
	outside = socket(AF_UNIX, SOCK_STREAM, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (confine_landlock(&rules, &e) < 0)
		return 2;
	if (kill(getppid(), 0) == 0 || errno != EPERM)
		return 3;
	if (connect(outside, (const struct sockaddr *)&sa, sizeof(sa)) == 0 || errno != EPERM)
		return 4;
	return kill(getpid(), 0) < 0 ? 5 : 0;
}

START_TEST(test_scopes)
{
	const struct sockaddr_un sa = abstract(getpid());
	int status, listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t pid;

	if (!landlock_known(landlock_version()).scopes)
		return;
	ck_assert_int_eq(bind(listener, (const struct sockaddr *)&sa, sizeof(sa)), 0);
	ck_assert_int_eq(listen(listener, 4), 0);
	pid = fork();
	if (pid == 0)
		_exit(reach_outside());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_wall, 0, N_WALLS);
	tcase_add_test(tc, test_scopes);
}

int main(void)
{
	char command[64];
	int failed;

	if (!mkdtemp(top))
		return 1;
	failed = box_run("walls", add);
	snprintf(command, sizeof(command), "rm -rf %s", top);
	return system(command) != 0 || failed;
}
