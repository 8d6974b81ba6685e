/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/start.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/exit.h"
#include "os/facts.h"
#include "os/sys.h"
#include "supervise/inventory.h"
#include "supervise/publish.h"
#include "wire/event.h"

/*
 * A machine that refuses a part of the box is no fault of the task: that has an exit status and a
 * remedy of its own.
 */
static void refused(struct supervisor *s, enum stage stage, struct err *e)
{
	const struct cause *cause = cause_find(stage, e->code, facts_read());
	struct err refusal = *e;

	if (!cause)
		return;
	s->status = EXIT_LEVEL;
	err_say(e, refusal.code, "%s: %s; remedy: %s; agentbox doctor tries every part",
		refusal.text, cause->text, cause->remedy);
}

int start_failed(struct supervisor *s, const struct box_report *report, struct err *e)
{
	const struct plan *plan = s->task->plan;

	*e = report->err;
	if (report->status >= 0 && (size_t)report->status < plan->n)
		refused(s, stage_of(&plan->step[report->status]), e);
	return e->code;
}

static void add_signals(sigset_t *set, const int *signals, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sigaddset(set, signals[i]);
}

/*
 * What the caller ignores, as nohup(1) has it, is blocked all the same, and so would be heard of.
 */
static bool is_heeded(int signal)
{
	struct sigaction was;

	return sigaction(signal, NULL, &was) < 0 || was.sa_handler != SIG_IGN;
}

/*
 * A closed pipe or a file-size limit is an error for the task to end with, not our death. And a
 * caller that ignores SIGCHLD must not have the kernel reap in our stead, or in init's.
 */
static int block_signals(struct supervisor *s, struct err *e)
{
	static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	static const int forwarded[] = { SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH };
	static const int deadly[] = { SIGPIPE, SIGXFSZ };
	sigset_t set;

	sigemptyset(&set);
	add_signals(&set, deadly, LEN(deadly));
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigemptyset(&set);
	for (size_t i = 0; i < LEN(ending); i++)
		if (is_heeded(ending[i]))
			sigaddset(&set, ending[i]);
	s->ending = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	add_signals(&set, ending, LEN(ending));
	add_signals(&set, forwarded, LEN(forwarded));
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGCHLD,
	       SIG_DFL); /* ignored by the caller, it would leave init nothing to wait for */
	s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signals < 0 || s->ending < 0 ? err_set(e, -errno, "receive signals") : 0;
}

static int interrupted(struct supervisor *s, struct err *e)
{
	struct signalfd_siginfo si;
	const bool known = read(s->ending, &si, sizeof(si)) == sizeof(si);

	s->interrupted = known ? (int)si.ssi_signo : SIGTERM;
	return err_say(e, -EINTR, "SIG%s came before the command could run",
		       sigabbrev_np(s->interrupted));
}

/* What init has to say of the box. Returns 0 when it is built, 1: not yet, or -errno. */
static int hear_of_box(struct supervisor *s, struct err *e)
{
	struct pollfd fds[] = {
		{ .fd = s->box.channel, .events = POLLIN },
		{ .fd = s->keeper.socket, .events = POLLIN },
		{ .fd = s->ending, .events = POLLIN },
	};
	struct box_report report;
	struct event ev;
	int r;

	while (poll(fds, LEN(fds), -1) < 0)
		if (errno != EINTR)
			return err_set(e, -errno, "wait for the box");
	if (fds[2].revents)
		return interrupted(s, e);
	/* That init failed is why the keeper did, and not the other way round: it would wait. */
	if (fds[0].revents && box_receive(&s->box, &report) <= 0)
		return err_say(e, -EIO, "init died while it built the box");
	if (fds[0].revents && report.message == BOX_WANTED) {
		r = children_start(&s->children, e);
		return r < 0 ? r : 1;
	}
	if (fds[0].revents)
		return report.message == BOX_READY ? 0 : start_failed(s, &report, e);
	r = keeper_receive(&s->keeper, &ev, e);
	return r < 0 ? r : keeper_lost(e);
}

/* Nothing is said of a command that cannot have run: init says before that the box is built. */
static void take_back(struct supervisor *s)
{
	struct box_report report = { 0 };

	kill(s->box.pid, SIGKILL);
	while (report.message != BOX_READY && box_receive(&s->box, &report) > 0)
		;
	if (report.message != BOX_READY)
		audit_withdraw(&s->audit);
}

/* Waits until the box is built. */
static int await_box(struct supervisor *s, struct err *e)
{
	int r;

	do
		r = hear_of_box(s, e);
	while (r > 0);
	if (r < 0)
		take_back(s);
	return r;
}

static int record_start(struct supervisor *s, struct err *e)
{
	struct event ev = event_new(EVENT_TASK_START);
	const struct task *task = s->task;

	event_text(&ev, FIELD_PROFILE, str_of(task->policy->name));
	event_text(&ev, FIELD_POLICY, str_of(known_latest(&s->known)));
	event_text(&ev, FIELD_LEVEL, str_of(task->plan->level));
	if (task->plan->missing)
		event_text(&ev, FIELD_MISSING, str_of(task->plan->missing));
	if (limits_means(&s->limits))
		event_text(&ev, FIELD_MEMORY, str_of(limits_means(&s->limits)));
	event_text(&ev, FIELD_WORKSPACE, str_of(task->host->workspace));
	event_text(&ev, FIELD_COMMAND, str_of(task->plan->argv[0]));
	event_text(&ev, FIELD_VERSION, str_of(VERSION));
	if (task->parent)
		event_text(&ev, FIELD_PARENT, str_of(task->parent));
	return audit_write(&s->audit, &ev, e);
}

/* The log is the first to know. Why init is not there to hear it, its report says. */
static int let_go(struct supervisor *s, struct err *e)
{
	int r = record_start(s, e);

	if (r == 0)
		r = publish_record(s->task->plan, &s->audit, e);
	if (r == 0)
		r = limits_start(&s->limits, e);
	if (r == 0 && box_say(&s->box, BOX_GO) < 0)
		kill(s->box.pid, SIGKILL); /* it would wait */
	return r;
}

/* The canonical text of the policy, and its digest, which is known from then on. */
static int name_policy(struct supervisor *s, struct str *text, struct err *e)
{
	static char space[128 * 1024]; /* on the stack all of it would be cleared */
	char digest[CHAIN_HEX];
	struct buf policy;

	if (text->n)
		return 0;
	policy = BUF(space);
	policy_print(s->task->policy, false, &policy);
	if (policy.full)
		return err_say(e, -E2BIG, "the profile is too large");
	*text = (struct str){ policy.p, policy.n };
	audit_digest(*text, digest);
	known_add(&s->known, s->task->policy, digest);
	return 0;
}

static int launch(struct supervisor *s, struct err *e)
{
	const struct task *task = s->task;
	struct egress_child *child = &s->children.egress;
	const struct box_egress egress = { child->listeners, child->trust, s->children.machine };
	int r = box_launch(&s->box, task->plan, task->spaces, &egress, s->limits.cgroup.dir, e);

	if (r < 0)
		refused(s, task->spaces->stage, e);
	close_indirect(&child->listeners);
	close_indirect(&child->trust);
	child->listeners = child->trust = -1;
	return r;
}

/* Starts the box and what it needs; what can be done while it is built is not done before. */
static int start_box(struct supervisor *s, struct str *policy, struct err *e)
{
	const struct task *task = s->task;
	int r;

	if (plan_has(task->plan, STEP_MEMORY))
		spaces_end(task->spaces); /* in the cgroup that is divided nobody may be */
	r = limits_prepare(&s->limits, task->plan, e);
	if (r < 0)
		refused(s, STAGE_CHILDREN, e);
	if (r == 0)
		r = children_connect(&s->children, task, e);
	if (r == 0)
		r = launch(s, e);
	if (r == 0) /* init waits for it */
		r = keeper_start(&s->keeper, task->plan, task->host, task->state_dir, &s->box, e);
	if (r == 0)
		r = name_policy(s, policy, e);
	if (r == 0)
		r = children_prepare(&s->children, task, *policy, known_latest(&s->known), e);
	return r;
}

/* Opens the log, and keeps what there is before the command. */
static int open_log(struct supervisor *s, struct str policy, struct err *e)
{
	const struct task *task = s->task;
	int r = audit_open(&s->audit, task->host->task, task->state_dir, task->policy->audit_file,
			   e);

	if (r < 0)
		return r;
	audit_rules(&s->audit, &s->rules);
	s->audit.dispensable = task->policy->audit_on_error == ON_ERROR_CONTINUE;
	if (policy_copies(task->policy))
		r = baseline_take(&s->baseline, task->host, s->audit.dir, e);
	if (r == 0 && packages_need_locked(&task->policy->packages))
		r = inventory_tell(&s->children, e);
	if (r == 0 && policy_watches(task->policy))
		r = inventory_begin(&s->before, &s->baseline, task->host, policy, s->audit.dir, e);
	return r;
}

/*
 * Whether the command may run as soon as the box is built: nobody outside has to do anything with
 * that before, and if it never is, what the log says of it can be taken back.
 */
static bool goes_by_itself(const struct task *task)
{
	return !plan_has(task->plan, STEP_MEMORY) && !plan_has(task->plan, STEP_PUBLISH) &&
	       !plan_has(task->plan, STEP_TERMINAL) && !task->policy->audit_file;
}

int start_task(struct supervisor *s, struct err *e)
{
	const struct task *task = s->task;
	const bool early = goes_by_itself(task);
	struct str policy = { 0 };
	int r = sinks_check(task->policy, e);

	if (r == 0)
		r = block_signals(s, e);
	if (r == 0)
		r = start_box(s, &policy, e);
	if (r == 0)
		r = open_log(s, policy, e);
	if (r == 0 && early)
		r = let_go(s, e);
	if (r == 0)
		r = await_box(s, e);
	spaces_end(task->spaces);
	if (r == 0)
		r = limits_open(&s->limits, task->plan, s->box.root, e);
	if (r == 0)
		r = children_publish(&s->children, s->box.net, e);
	if (r < 0)
		return r;
	children_listen(&s->children);
	clients_start(&s->children.clients, s->box.search, s->box.pid);
	if (s->box.terminal >= 0) {
		s->teller.hold = isatty(STDERR_FILENO);
		r = terminal_start(&s->terminal, fd_steal(&s->box.terminal), e);
	}
	return r == 0 && !early ? let_go(s, e) : r;
}
