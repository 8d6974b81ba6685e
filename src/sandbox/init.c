/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/init.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "os/ends.h"
#include "os/handover.h"
#include "os/sys.h"
#include "sandbox/confine.h"
#include "sandbox/identity.h"
#include "sandbox/later.h"
#include "sandbox/launch.h"
#include "sandbox/mount.h"
#include "sandbox/net.h"
#include "sandbox/pid1.h"

/*
 * Theory of operation
 *
 * init is a fork of the launcher, the first process in the new namespaces and pid 1 of the box.
 * It walks the plan: the steps before STEP_LANDLOCK build the box around init itself; those after
 * it confine the command and are walked by the child that becomes it. A step that fails ends
 * everything: the sentence goes up the channel, and the command has not run.
 *
 * With the box built, init reports BOX_READY. The command is executed only when the supervisor has
 * written the first event to the log and said so, which it most often did before. The end of the
 * channel, at any moment, means that the supervisor is gone, and init ends; when pid 1 ends, the
 * kernel kills what is left in the pid namespace. PR_SET_PDEATHSIG says the same faster, and while
 * init is busy.
 *
 * init keeps nothing that the box could take from it: its memory is not dumpable, so that not even
 * the same uid can read the environment or descriptors it inherited through /proc, its capabilities
 * are dropped, and it holds the channel and nothing else, once the task's authority is where the
 * box looks for it (later.c).
 */

struct init {
	struct plan *plan;
	struct spaces *spaces;
	const struct box_egress *egress;
	int channel;
	struct listener listeners[LISTENERS_MAX];
	size_t n_listeners;
	struct later later;
	int terminal, master;	 /* of the box, or -1 */
	const struct step *step; /* the last one that was tried */
	unsigned said;		 /* a bit for each enum box_word that was */
	struct mount_last last;
	mode_t umask; /* the caller's: modes in a plan are exact */
};

/* Of the namespaces that init is made in: spaces.c. */
static int run_done(struct init *init, const struct step *step, struct err *e)
{
	(void)init;
	(void)step;
	(void)e;
	return 0;
}

static int run_hostname(struct init *init, const struct step *step, struct err *e)
{
	(void)init;
	return identity_hostname(step, e);
}

static int run_pid_max(struct init *init, const struct step *step, struct err *e)
{
	(void)init;
	return identity_pid_max(step, e);
}

static int run_inotify(struct init *init, const struct step *step, struct err *e)
{
	(void)init;
	return identity_inotify(step, e);
}

static int run_loopback(struct init *init, const struct step *step, struct err *e)
{
	(void)init;
	return step->n ? net_loopback(true, e) : 0; /* it is up already: spaces.c */
}

static int run_listen(struct init *init, const struct step *step, struct err *e)
{
	return net_listen((enum listener_kind)step->m, (uint16_t)step->n, init->listeners,
			  &init->n_listeners, e);
}

static int run_pivot(struct init *init, const struct step *step, struct err *e)
{
	int r = later_open(&init->later, e);

	return r < 0 ? r : mount_pivot(step, e);
}

/*
 * init leads the session of the terminal and the command is a job in it, as under a shell: a
 * process group whose parents are all in other sessions could not be stopped (setpgid(2)).
 */
static int run_terminal(struct init *init, const struct step *step, struct err *e)
{
	int locked = 0;

	(void)step;
	init->master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (init->master < 0 || ioctl(init->master, TIOCSPTLCK, &locked) < 0)
		return err_set(e, -errno, "make a terminal");
	init->terminal = ioctl(init->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (init->terminal < 0 || setsid() < 0 || ioctl(init->terminal, TIOCSCTTY, 0) < 0)
		return err_set(e, -errno, "take the terminal");
	return 0;
}

static int run_workdir(struct init *init, const struct step *step, struct err *e)
{
	(void)init;
	return chdir(step->dst) < 0 ? err_set(e, -errno, "enter %s", step->dst) : 0;
}

static int run_landlock(struct init *init, const struct step *step, struct err *e)
{
	(void)step;
	return confine_landlock(&init->plan->landlock, e);
}

static int run_limit(struct init *init, const struct step *step, struct err *e)
{
	(void)init;
	return confine_limit(step, e);
}

static int run_drop(struct init *init, const struct step *step, struct err *e)
{
	(void)init;
	(void)step;
	return confine_drop(e);
}

static int run_seccomp(struct init *init, const struct step *step, struct err *e)
{
	(void)step;
	return confine_seccomp(&init->plan->filter, e);
}

static int run_protect(struct init *init, const struct step *step, struct err *e)
{
	return mount_protect(step, &init->last, e);
}

static int run_hide(struct init *init, const struct step *step, struct err *e)
{
	return mount_hide(step, &init->last, e);
}

/* Those outside do not wait for each other: what was said already is remembered. */
static bool wait_for(struct init *init, enum box_word word)
{
	unsigned char said;

	while (!(init->said & 1U << word)) {
		if (read(init->channel, &said, 1) != 1 || said > BOX_GO)
			return false;
		init->said |= 1U << said;
	}
	return true;
}

/* All of them are made at once, meanwhile. */
static int run_placeholder(struct init *init, const struct step *step, struct err *e)
{
	if (!wait_for(init, BOX_HELD))
		return err_say(e, -ECANCELED, "nothing was made at %s", step->dst);
	return mount_protect(step, &init->last, e);
}

static int run_exec(struct init *init, const struct step *step, struct err *e)
{
	sigset_t none;

	if (!wait_for(init, BOX_GO))
		_exit(EXIT_FAILURE); /* nobody is there who could hear */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	umask(init->umask);
	environ = init->plan->environment;
	execvp(init->plan->argv[0], init->plan->argv);
	return err_set(e, -errno, "run %s", step->text);
}

#define MOUNT_STEP(name)                                                                           \
	static int run_##name(struct init *init, const struct step *step, struct err *e)           \
	{                                                                                          \
		(void)init;                                                                        \
		return mount_##name(step, e);                                                      \
	}
MOUNT_STEP(reopen)
MOUNT_STEP(root)
MOUNT_STEP(dir)
MOUNT_STEP(file)
MOUNT_STEP(link)
MOUNT_STEP(tmpfs)
MOUNT_STEP(overlay)
MOUNT_STEP(bind)
MOUNT_STEP(proc)
MOUNT_STEP(devpts)

static int (*const runners[N_STEP_KINDS])(struct init *, const struct step *, struct err *) = {
	[STEP_ID_MAP] = run_done,
	[STEP_HOSTNAME] = run_hostname,
	[STEP_LOOPBACK] = run_loopback,
	[STEP_LISTEN] = run_listen,
	[STEP_REOPEN] = run_reopen,
	[STEP_ROOT] = run_root,
	[STEP_DIR] = run_dir,
	[STEP_FILE] = run_file,
	[STEP_LINK] = run_link,
	[STEP_TMPFS] = run_tmpfs,
	[STEP_OVERLAY] = run_overlay,
	[STEP_BIND] = run_bind,
	[STEP_PLACEHOLDER] = run_placeholder,
	[STEP_PROTECT] = run_protect,
	[STEP_HIDE] = run_hide,
	[STEP_COVER] = run_hide,
	[STEP_PROC] = run_proc,
	[STEP_PID_MAX] = run_pid_max,
	[STEP_INOTIFY] = run_inotify,
	[STEP_DEVPTS] = run_devpts,
	[STEP_PIVOT] = run_pivot,
	[STEP_TERMINAL] = run_terminal,
	[STEP_WORKDIR] = run_workdir,
	[STEP_LIMIT] = run_limit,
	[STEP_DROP] = run_drop,
	[STEP_LANDLOCK] = run_landlock,
	[STEP_SECCOMP] = run_seccomp,
	[STEP_EXEC] = run_exec,
};

/* Walks the steps of the kinds from @first to @last, which stand together in a plan. */
static int walk(struct init *init, enum step_kind first, enum step_kind last, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < init->plan->n && r == 0; i++) {
		const struct step *step = &init->plan->step[i];

		assert(step->kind > STEP_NONE && step->kind < N_STEP_KINDS);
		if (step->kind < first || step->kind > last)
			continue;
		init->step = step;
		r = runners[step->kind](init, step, e);
	}
	return r;
}

/* The command is a job of the box's terminal, or alone in a session without one. */
static int join_session(const struct init *init)
{
	if (init->terminal < 0)
		return setsid() < 0 ? -errno : 0;
	if (setpgid(0, 0) < 0 || tcsetpgrp(init->terminal, getpid()) < 0)
		return -errno;
	for (int fd = 0; fd <= 2; fd++)
		if ((fd < 2 || isatty(fd)) && dup2(init->terminal, fd) < 0)
			return -errno;
	return 0;
}

static _Noreturn void fail(const struct init *init, const struct err *e)
{
	pid1_report(init->channel, BOX_FAILED,
		    init->step ? (int)(init->step - init->plan->step) : -1, e);
	_exit(EXIT_FAILURE);
}

static _Noreturn void workload_main(struct init *init)
{
	struct err e = { 0 };
	int r = join_session(init);

	if (r < 0)
		err_set(&e, r, "start a session");
	else if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		err_set(&e, -errno, "close inherited descriptors");
	else
		walk(init, STEP_LANDLOCK, STEP_EXEC, &e);
	if (!init->step || init->step->kind != STEP_EXEC)
		fail(init, &e);
	pid1_report(init->channel, BOX_EXEC_FAILED, 0, &e);
	_exit(EXIT_FAILURE);
}

/* What the launcher knew is not for the box: not even init's own copy of it. */
static int shed(struct err *e)
{
	for (char **at = environ; *at; at++)
		explicit_bzero(*at, strlen(*at));
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_set(e, -errno, "make init undumpable");
	return 0;
}

/* Closes all but the standard descriptors and those that init uses. */
static int close_the_rest(const struct init *init, struct err *e)
{
	const int kept[] = { init->channel, init->terminal, init->master, init->later.trust,
			     init->later.tree };
	int r = fds_keep(kept, LEN(kept));

	return r < 0 ? err_set(e, r, "close inherited descriptors") : 0;
}

/* What fails here is its first step. */
static int enter_network(struct init *init, struct err *e)
{
	const struct plan *plan = init->plan;

	init->step = NULL;
	for (size_t i = 0; i < plan->n; i++)
		if (plan->step[i].kind == STEP_LOOPBACK)
			init->step = &plan->step[i];
	return spaces_enter_network(init->spaces, e);
}

/* At last, for it takes the longest until there is one. */
static int build_network(struct init *init, struct err *e)
{
	int r = enter_network(init, e);

	if (r == 0)
		r = walk(init, STEP_LOOPBACK, STEP_LISTEN, e);
	if (r == 0 && init->egress->listeners >= 0)
		r = handover_send(init->egress->listeners, init->listeners, init->n_listeners, e);
	return r;
}

static int hold_later(struct init *init, struct err *e)
{
	int r = later_hold(&init->later, e);

	if (r <= 0)
		return r;
	pid1_report(init->channel, BOX_WANTED, 0, NULL);
	return later_complete(&init->later, e);
}

static int build(struct init *init, struct err *e)
{
	int r;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return err_set(e, -errno, "set the parent-death signal");
	r = walk(init, STEP_ID_MAP, STEP_HOSTNAME, e);
	if (r == 0)
		r = walk(init, STEP_REOPEN, STEP_WORKDIR, e);
	if (r == 0)
		r = build_network(init, e);
	if (r == 0)
		r = shed(e);
	if (r == 0)
		r = close_the_rest(init, e);
	if (r == 0)
		r = hold_later(init, e);
	if (r == 0)
		r = walk(init, STEP_DROP, STEP_DROP, e);
	return r;
}

/*
 * Whoever watches the memory of the box looks at what its tmpfs hold; who publishes its ports
 * enters its network; who tells its clients apart searches its sockets.
 */
static int report_ready(const struct init *init, struct err *e)
{
	int handed[N_BOX_HANDED] = {
		[BOX_TERMINAL] = init->master,
		[BOX_ROOT] = -1,
		[BOX_NET] = -1,
		[BOX_SEARCH] = -1,
		[BOX_USER] = -1,
		[BOX_MNT] = -1,
	};
	int r;

	if (plan_has(init->plan, STEP_MEMORY))
		handed[BOX_ROOT] = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (plan_has(init->plan, STEP_PUBLISH))
		handed[BOX_NET] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (plan_has(init->plan, STEP_LISTEN))
		handed[BOX_SEARCH] = ends_open();
	r = pid1_hand(init->channel, BOX_READY, handed);
	for (size_t i = 0; i < N_BOX_HANDED; i++)
		close_indirect(&handed[i]);
	return r < 0 ? err_set(e, r, "say that the box is ready") : 0;
}

_Noreturn void init_main(struct plan *plan, struct spaces *spaces, const struct box_egress *egress,
			 int channel)
{
	struct init init = {
		.plan = plan,
		.spaces = spaces,
		.egress = egress,
		.channel = channel,
		.later = LATER_NONE,
		.terminal = -1,
		.master = -1,
		.last = MOUNT_LAST_NONE,
	};
	struct err e = { 0 };
	sigset_t all;
	pid_t command;

	init.later.plan = plan;
	init.later.machine = egress->machine;
	init.later.trust = egress->trust;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	init.umask = umask(0);
	if (build(&init, &e) < 0 || report_ready(&init, &e) < 0)
		fail(&init, &e);
	/* It shares our memory until it is the command, and only writes what nobody reads any more.
	 */
	command = vfork();
	if (command == 0)
		workload_main(&init);
	if (command < 0) {
		err_set(&e, -errno, "start the command");
		fail(&init, &e);
	}
	close_range(0, 2, 0);
	pid1_serve(init.channel, command, &init.later);
	_exit(EXIT_SUCCESS);
}
