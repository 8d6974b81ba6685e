/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "os/cgroup.h"
#include "os/landlock.h"
#include "os/netlink.h"
#include "os/sys.h"
#include "sandbox/confine.h"
#include "sandbox/identity.h"
#include "sandbox/launch.h"
#include "supervise/egress_child.h"
#include "wire/event.h"
#include "wire/pool.h"

/*
 * Theory of operation
 *
 * What the steps of a plan do is tried by carrying out a plan that has those steps and no others,
 * with the same code as for a box: it comes as far as the moment before the command would run. Who
 * reports that the trial's own step failed has an answer; where an earlier one failed, the trial
 * was not made, and the earlier one's trial says why.
 *
 * The rest is done by a function in a child in new namespaces, which reports through a pipe.
 * Nothing here is left behind: mounts and interfaces go with their namespaces, and no file is made
 * outside.
 */

#define IDS                                                                                        \
	{                                                                                          \
		.kind = STEP_ID_MAP                                                                \
	}
#define END                                                                                        \
	{                                                                                          \
		.kind = STEP_NONE                                                                  \
	}
#define ROOT                                                                                       \
	{                                                                                          \
		.kind = STEP_ROOT, .n = 1 << 20                                                    \
	}
#define LISTEN(listener, port)                                                                     \
	{                                                                                          \
		.kind = STEP_LISTEN, .m = LISTENER_##listener, .n = (port)                         \
	}

static const struct step ids[] = { IDS, END };
static const struct step hostname[] = { IDS, { .kind = STEP_HOSTNAME, .text = "agentbox" }, END };
static const struct step loopback[] = { IDS, { .kind = STEP_LOOPBACK, .n = 1 }, END };
static const struct step listeners[] = {
	IDS,
	{ .kind = STEP_LOOPBACK, .n = 1 },
	LISTEN(DNS_UDP, 53),
	LISTEN(DNS_TCP, 53),
	LISTEN(TCP, 80),
	LISTEN(TCP, 443),
	END,
};
static const struct step watch[] = {
	IDS,
	{ .kind = STEP_LOOPBACK, .n = 1 },
	LISTEN(WATCH, 0),
	END,
};
static const struct step root[] = { IDS, ROOT, END };
static const struct step bind_mount[] = {
	IDS,
	ROOT,
	{ .kind = STEP_BIND, .src = "/usr", .dst = "/usr", .flags = STEP_READONLY },
	END,
};
static const struct step proc[] = { IDS, ROOT, { .kind = STEP_PROC, .dst = "/proc" }, END };
static const struct step devpts[] = { IDS, ROOT, { .kind = STEP_DEVPTS, .dst = "/dev/pts" }, END };
static const struct step pivot[] = { IDS, ROOT, { .kind = STEP_PIVOT }, END };
static const struct step terminal[] = {
	IDS,
	ROOT,
	{ .kind = STEP_DEVPTS, .dst = "/dev/pts" },
	{ .kind = STEP_LINK, .dst = "/dev/ptmx", .text = "pts/ptmx" },
	{ .kind = STEP_PIVOT },
	{ .kind = STEP_TERMINAL },
	END,
};
static const struct step drop[] = { IDS, { .kind = STEP_DROP }, END };

/* The filter of a policy that says nothing: it has the size of any other. */
static int try_seccomp(struct err *e)
{
	struct policy policy = { 0 };
	struct arena arena = { 0 };
	struct filter filter;
	int r = syscalls_compile(&policy, arch_native, &arena, &filter, e);

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return r < 0 ? r : confine_seccomp(&filter, e);
}

/* What a box refuses behind its mounts, and that it is refused. */
static int try_landlock(struct err *e)
{
	const int version = landlock_version();
	const struct landlock_abi known = landlock_known(version);
	const struct landlock writing = { .rights = LANDLOCK_WRITE_FILE, .scopes = known.scopes };
	_cleanup_fd_ int fd = -1;
	int r;

	if (version < 0)
		return err_set(e, version, "ask for Landlock");
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	r = confine_landlock(&writing, e);
	if (r < 0)
		return r;
	fd = open("/proc/self/comm", O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		return err_say(e, -EPROTO, "Landlock let a file be written");
	return err_say(e, 0, "version %d%s", version,
		       known.scopes ? "" : ", without signals and abstract sockets (Linux 6.12)");
}

static int try_notify(struct err *e)
{
	struct sock_filter allow[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	struct sock_fprog program = { .len = LEN(allow), .filter = allow };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
		    &program) < 0)
		return err_set(e, -errno, "make a listener");
	return 0;
}

/* As for memory=, which is watched where it is refused. */
static int try_cgroup(struct err *e)
{
	struct cgroup cg;
	int r = cgroup_make(&cg, 1 << 30, 0, e);
	pid_t pid = r < 0 ? -1 : box_fork(0, cg.dir, NULL);

	if (r == 0 && pid < 0)
		r = err_set(e, pid, "start a process in a cgroup");
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	cgroup_remove(&cg);
	return r;
}

static int try_children(struct err *e)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	if (access(path, R_OK) < 0)
		return err_set(e, -errno, "read the children of a process");
	return 0;
}

static int try_overlay(struct err *e)
{
	static const char *const dirs[] = { "/tmp/lower", "/tmp/upper", "/tmp/work", "/tmp/all" };

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/tmp", "tmpfs", 0, "size=1m") < 0)
		return 1;
	for (size_t i = 0; i < LEN(dirs); i++)
		if (mkdir(dirs[i], 0700) < 0)
			return err_set(e, -errno, "make a directory");
	if (mount("overlay", "/tmp/all", "overlay", 0,
		  "lowerdir=/tmp/lower,upperdir=/tmp/upper,workdir=/tmp/work,userxattr") < 0)
		return err_set(e, -errno, "mount an overlay");
	return 0;
}

static int try_ipv6(struct err *e)
{
	_cleanup_(netlink_fini) struct netlink nl;
	struct addr own;
	int r = netlink_init(&nl);

	if (r < 0)
		return err_set(e, r, "open rtnetlink");
	if (addr_parse(str_of(POOL_OWN6), &own) < 0)
		return -EINVAL;
	netlink_link_up(&nl, 1);
	netlink_addr_add(&nl, 1, &own);
	netlink_any_local(&nl, 1, &own);
	r = netlink_commit(&nl);
	return r < 0 ? err_set(e, r, "set up addresses and routes") : 0;
}

/* Says whether programs of one terminal can type into it: a fact about everything but the box. */
static int try_typing(struct err *e)
{
	_cleanup_fd_ int master = -1, slave = -1;

	signal(SIGHUP, SIG_IGN); /* comes when the terminal goes */
	if (openpty(&master, &slave, NULL, NULL, NULL) < 0 || setsid() < 0 ||
	    ioctl(slave, TIOCSCTTY, 0) < 0)
		return err_set(e, -errno, "take a terminal");
	return err_say(e, 0, "%s",
		       ioctl(slave, TIOCSTI, "") < 0
			       ? "refused by the kernel"
			       : "possible outside of boxes (dev.tty.legacy_tiocsti=1)");
}

/* Waits for the first event, which says that the egress process serves. */
static int await_egress(struct egress_child *egress, struct err *e)
{
	struct pollfd fd = { .fd = egress->events, .events = POLLIN };
	struct event ev;
	struct str reason = STR("it ended");
	ssize_t n;

	if (poll(&fd, 1, 3000) == 0)
		return err_set(e, -ETIMEDOUT, "wait for the egress process");
	n = recv(egress->events, &ev, sizeof(ev), 0);
	if (n > 0 && event_valid(&ev, (size_t)n)) {
		if (ev.kind == EVENT_EGRESS_READY)
			return 0;
		event_get_text(&ev, FIELD_REASON, &reason);
	}
	return err_say(e, -EPROTO, "start the egress process: %.*s", (int)reason.n, reason.p);
}

/* Carries @steps out. Returns 0, or a negative errno with the stage that failed. */
static int carry_out(const struct step *steps, int handover, enum stage *failed, struct err *e)
{
	const struct box_egress egress = { .listeners = handover, .trust = -1 };
	struct spaces spaces = SPACES_NONE;
	struct plan plan = { 0 };
	struct box_report report;
	struct box box;
	int r;

	for (; steps->kind != STEP_NONE; steps++)
		*arena_push(&plan.arena, plan.step, plan.n) = *steps;
	r = box_launch(&box, &plan, &spaces, &egress, -1, e);
	*failed = r < 0 ? spaces.stage : STAGE_NONE;
	if (r == 0 && box_receive(&box, &report) <= 0)
		r = err_say(e, -EIO, "init died");
	else if (r == 0 && report.message != BOX_READY) {
		*e = report.err;
		r = e->code;
		if (report.status >= 0)
			*failed = stage_of(&plan.step[report.status]);
	}
	box_end(&box);
	spaces_end(&spaces);
	arena_fini(&plan.arena);
	return r;
}

static int try_egress(struct err *e)
{
	static const char policy[] = "[egress]\nallow = example.test\n";
	enum stage failed;
	struct egress_child egress;
	int r = egress_child_connect(&egress, false, e);

	if (r == 0)
		r = egress_child_prepare(&egress, &(struct egress_start){ .text = STR(policy) }, e);
	if (r == 0)
		r = egress_child_start(&egress, e);
	if (r < 0)
		return r;
	if (carry_out(listeners, egress.listeners, &failed, e) < 0)
		r = 1;
	else
		r = await_egress(&egress, e);
	egress_child_end(&egress);
	return r;
}

#define NEEDS(text, id, ...)                                                                       \
	{                                                                                          \
		.name = text, .stage = STAGE_##id, .needed = true, __VA_ARGS__                     \
	}
#define LIKES(text, id, ...)                                                                       \
	{                                                                                          \
		.name = text, .stage = STAGE_##id, __VA_ARGS__                                     \
	}
#define NAMESPACE(name, flag)                                                                      \
	NEEDS(name " namespace", NAMESPACE, .namespaces = CLONE_NEWUSER | (flag))

const struct trial trials[] = {
	NEEDS("user namespace", USER_NAMESPACE, .namespaces = CLONE_NEWUSER),
	NAMESPACE("mount", CLONE_NEWNS),
	NAMESPACE("pid", CLONE_NEWPID),
	NAMESPACE("network", CLONE_NEWNET),
	NAMESPACE("ipc", CLONE_NEWIPC),
	NAMESPACE("uts", CLONE_NEWUTS),
	NAMESPACE("cgroup", CLONE_NEWCGROUP),
	NEEDS("id maps", IDS, .steps = ids),
	NEEDS("host name", HOSTNAME, .steps = hostname),
	NEEDS("loopback and routes", LOOPBACK, .steps = loopback),
	NEEDS("listeners", LISTEN, .steps = listeners),
	NEEDS("watch socket", WATCH, .steps = watch),
	NEEDS("tmpfs", ROOT, .steps = root),
	NEEDS("bind mounts", BIND, .steps = bind_mount),
	NEEDS("fresh /proc", PROC, .steps = proc),
	NEEDS("terminals", DEVPTS, .steps = devpts),
	NEEDS("private root", PIVOT, .steps = pivot),
	NEEDS("own terminal", TERMINAL, .steps = terminal),
	NEEDS("no capabilities", DROP, .steps = drop),
	NEEDS("system call filter", SECCOMP, .run = try_seccomp),
	NEEDS("egress process", EGRESS, .run = try_egress, .here = true),
	LIKES("Landlock", LANDLOCK, .run = try_landlock),
	LIKES("memory cgroup", CGROUP, .run = try_cgroup, .here = true),
	LIKES("list of children", CHILDREN, .run = try_children),
	LIKES("IPv6", IPV6, .namespaces = CLONE_NEWUSER | CLONE_NEWNET, .run = try_ipv6),
	LIKES("overlay", OVERLAY, .namespaces = CLONE_NEWUSER | CLONE_NEWNS, .run = try_overlay),
	LIKES("system call listener", NOTIFY, .run = try_notify),
	LIKES("typing into terminals", NONE, .run = try_typing),
};
const size_t n_trials = LEN(trials);

static void run_steps(const struct trial *trial, struct trial_report *report)
{
	enum stage failed;
	int r = carry_out(trial->steps, -1, &failed, &report->err);

	if (r == 0)
		report->result = TRIAL_OK;
	else if (failed != trial->stage)
		*report = (struct trial_report){ .result = TRIAL_UNTRIED };
}

/* Without a user namespace there is no other one, and what wants one says nothing about itself. */
static bool namespaces_are_to_blame(const struct trial *trial)
{
	pid_t pid;

	if (trial->stage == STAGE_USER_NAMESPACE)
		return false;
	pid = trial->stage == STAGE_NAMESPACE ? box_fork(CLONE_NEWUSER, -1, NULL) : -1;
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return pid < 0;
}

static enum trial_result result_of(int r)
{
	return r < 0 ? TRIAL_FAILED : r > 0 ? TRIAL_UNTRIED : TRIAL_OK;
}

/* What a child in the new namespaces has to say. */
static void find_out(const struct trial *trial, const struct step *self, struct err *found)
{
	if (!trial->run)
		return;
	if (trial->namespaces && identity_map(self, found) < 0)
		found->code = 1;
	else
		found->code = trial->run(found);
}

/* In a child, which sends what it has to say through a pipe: its end without that is a failure. */
static void run_apart(const struct trial *trial, struct trial_report *report)
{
	const struct step self = { .n = getuid(), .m = getgid() };
	struct err found = { 0 };
	int pair[2];
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC) < 0) {
		err_set(&report->err, -errno, "make a pipe");
		return;
	}
	pid = box_fork(trial->namespaces, -1, NULL);
	if (pid == 0) {
		alarm(10);
		find_out(trial, &self, &found);
		_exit(write(pair[1], &found, sizeof(found)) < 0);
	}
	close(pair[1]);
	if (pid < 0 && namespaces_are_to_blame(trial))
		report->result = TRIAL_UNTRIED;
	else if (pid < 0)
		err_set(&report->err, pid, "make the namespaces");
	else if (read(pair[0], &report->err, sizeof(report->err)) != sizeof(report->err))
		err_say(&report->err, -EIO, "the trial did not come to its end");
	else
		report->result = result_of(report->err.code);
	close(pair[0]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

void trial_run(const struct trial *trial, struct trial_report *report)
{
	*report = (struct trial_report){ 0 };
	if (trial->steps)
		run_steps(trial, report);
	else if (trial->here)
		report->result = result_of(trial->run(&report->err));
	else
		run_apart(trial, report);
}
