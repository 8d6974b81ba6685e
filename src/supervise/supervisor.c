/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/exit.h"
#include "os/loop.h"
#include "os/sys.h"
#include "supervise/reload.h"
#include "supervise/start.h"

/*
 * Theory of operation
 *
 * The supervisor is the launcher itself, in the host's namespaces. It starts the box and makes ready
 * what the egress process is given, opens the log and writes the first event, and lets the command
 * run. From then on it waits: for events of the egress process, which it checks and writes to the
 * log; for init's report of how the command ended; for signals, which it passes on;
 * and for its own user, who may want the profile read again (control.c, reload.c).
 *
 * It reads only messages of fixed size. Whatever ends badly ends the task: a log that cannot be
 * written kills the box, and an egress process that dies leaves the box without a network and the
 * task with EXIT_GATE; without its keeper it does not go on. When init says that the command has
 * ended, it has killed the rest of the box already, and ends while all else is tidied up; the
 * egress process is told by shutting its event socket down, reports what it still has, and is
 * waited for, so that the last event in the log is the end of the task; unless it does not serve
 * yet, or was not even started, and nobody has asked.
 */

/*
 * Milliseconds after the command, at which most commands are over: the guard begins, whose watch
 * takes the kernel 10 ms to end (it waits for readers of its lists), and the egress process is
 * started, unless somebody has connected before: he waits as for any server that did not accept yet.
 */
enum { GUARD_MS = 50, EGRESS_MS = 5 };

static void killed(struct supervisor *s, int signal)
{
	s->signal = signal;
	s->status = 128 + signal;
}

static void exited(struct supervisor *s, int wait_status)
{
	if (WIFSIGNALED(wait_status))
		killed(s, WTERMSIG(wait_status));
	else
		s->status = WEXITSTATUS(wait_status);
}

static int status_of_exec(const struct err *e)
{
	return e->code == -ENOENT || e->code == -ENOTDIR ? EXIT_NOTFOUND : EXIT_NOEXEC;
}

/*
 * The command is a job of the box's terminal; when it stops, the job of the caller's shell that we
 * are stops too. SIGCONT, which ends that, is passed on like any other signal. While nobody here
 * keeps the deadline and the limits, nothing else in the box goes on either.
 */
static void stop_with_command(struct supervisor *s)
{
	if (s->terminal.master < 0)
		return;
	terminal_suspend(&s->terminal);
	if (box_say(&s->box, BOX_FREEZE) == 0)
		raise(SIGSTOP);
	box_say(&s->box, BOX_THAW);
	terminal_resume(&s->terminal);
}

static int ms_to_next(const struct supervisor *s)
{
	const int64_t guard = s->guard_at, egress = s->egress_at,
		      next = egress && (!guard || egress < guard) ? egress : guard;

	return next ? ms_until(next) : -1;
}

static bool is_due(int64_t at)
{
	return at && ms_until(at) == 0;
}

/* What begins a moment after the command. */
static int begin_next(struct supervisor *s, struct err *e)
{
	if (is_due(s->guard_at))
		s->guard_at = box_say(&s->box, BOX_ASK) < 0 ? now_ms() + GUARD_MS : 0;
	if (!is_due(s->egress_at))
		return 0;
	s->egress_at = 0;
	return children_start(&s->children, e);
}

static int begin_guard(struct supervisor *s, struct err *e)
{
	int r = keeper_watch(&s->keeper, &s->box, e);

	s->guarded = r == 0;
	close_indirect(&s->box.user);
	close_indirect(&s->box.mnt);
	s->box.user = s->box.mnt = -1;
	return r;
}

/* Reads what init has to say. */
static int take_report(struct supervisor *s, struct err *e)
{
	struct box_report report;
	int r = box_receive(&s->box, &report);

	if (r < 0)
		return err_set(e, r, "hear from init");
	if (r > 0 && report.message == BOX_STOPPED) {
		stop_with_command(s);
		return 0;
	}
	if (r > 0 && report.message == BOX_NAMESPACES)
		return begin_guard(s, e);
	if (r > 0 && report.message == BOX_WANTED)
		return children_start(&s->children, e);
	s->over = true;
	if (r == 0) {
		killed(s, SIGKILL);
		err_say(e, 0, "the box ended before its command: its first process was killed");
		return 0;
	}
	switch (report.message) {
	case BOX_EXITED:
		s->empty = true;
		exited(s, report.status);
		return 0;
	case BOX_EXEC_FAILED:
		s->status = status_of_exec(&report.err);
		*e = report.err;
		return 0;
	case BOX_FAILED:
		s->status = EXIT_BOX;
		return start_failed(s, &report, e);
	case BOX_NOTHING:
	case BOX_READY:
	case BOX_NAMESPACES:
	case BOX_WANTED:
	case BOX_STOPPED:
		break;
	}
	return err_say(e, -EPROTO, "init sent something unexpected");
}

static int take_signal(struct supervisor *s)
{
	struct signalfd_siginfo si;

	if (read(s->signals, &si, sizeof(si)) != sizeof(si))
		return 0;
	if (si.ssi_signo == SIGWINCH && s->terminal.master >= 0)
		terminal_resize(&s->terminal);
	else
		kill(s->box.pid, (int)si.ssi_signo);
	return 0;
}

/* The log says why the box is killed, before it is, and so do we. */
static int exceeded(struct supervisor *s, const char *key, const struct step *limit, uint64_t used,
		    struct err *e)
{
	struct event ev = event_new(EVENT_LIMIT_EXCEEDED);

	event_text(&ev, FIELD_LIMIT, str_of(key));
	event_num(&ev, FIELD_USED, used);
	event_num(&ev, FIELD_MAX, limit->n);
	s->over = true;
	err_say(e, 0, "the box was killed: it exceeded %s= of %s:%u", key, limit->where.file,
		limit->where.line);
	return audit_write(&s->audit, &ev, e);
}

static int exceeded_deadline(struct supervisor *s, struct err *e)
{
	killed(s, SIGKILL);
	s->status = EXIT_DEADLINE;
	return exceeded(s, "deadline", s->limits.deadline, s->limits.deadline->n, e);
}

static int exceeded_memory(struct supervisor *s, uint64_t used, struct err *e)
{
	killed(s, SIGKILL);
	return exceeded(s, "memory", s->limits.memory, used, e);
}

/* What the keeper did, or that it cannot go on. Returns 1, 0 at its end, or -errno. */
static int take_news(struct supervisor *s, struct err *e)
{
	struct event ev;
	int r = keeper_receive(&s->keeper, &ev, e);

	if (r <= 0)
		return r;
	r = record_change(s, &ev, e);
	return r < 0 ? r : 1;
}

/* The box is gone: the keeper has said what it had to say, and undoes what is left. */
static int finish_keeper(struct supervisor *s, struct err *e)
{
	int r = s->keeper.pid > 0;

	while (r > 0)
		r = take_news(s, e);
	return r;
}

/* Who may have something for us while the command runs. */
enum source {
	FROM_WANTED,
	FROM_EGRESS,
	FROM_PUBLISHER,
	FROM_KEEPER,
	FROM_MASTER,
	FROM_INPUT,
	FROM_SIGNALS,
	FROM_BOX,
	FROM_TIMER,
	FROM_TICKER,
	FROM_CLIENT,
	FROM_LISTENER,
	N_SOURCES
};

/* What the egress processes and the keeper saw comes into the log before the end of the command. */
static int take(struct supervisor *s, const struct pollfd fds[N_SOURCES], struct err *e)
{
	int r = 0;

	if (fds[FROM_WANTED].revents)
		r = children_start(&s->children, e);
	if (fds[FROM_EGRESS].revents && r >= 0)
		r = children_take(&s->children, &s->children.egress, e);
	if (fds[FROM_PUBLISHER].revents && r >= 0)
		r = children_take(&s->children, &s->children.publisher, e);
	if (fds[FROM_KEEPER].revents && r >= 0) {
		r = take_news(s, e);
		r = r == 0 ? keeper_lost(e) : r;
	}
	if (fds[FROM_MASTER].revents)
		terminal_take_master(&s->terminal, fds[FROM_MASTER].revents);
	if (fds[FROM_INPUT].revents)
		terminal_take_input(&s->terminal);
	if (fds[FROM_SIGNALS].revents && r >= 0)
		r = take_signal(s);
	if (fds[FROM_BOX].revents && r >= 0)
		r = take_report(s, e);
	if (fds[FROM_TIMER].revents && r >= 0 && !s->over)
		r = exceeded_deadline(s, e);
	if (fds[FROM_TICKER].revents && r >= 0 && !s->over &&
	    limits_too_large(&s->limits, s->box.pid))
		r = exceeded_memory(s, s->limits.used, e);
	if (fds[FROM_CLIENT].revents && r >= 0)
		r = reload_take(s, e);
	if (fds[FROM_LISTENER].revents)
		control_accept(&s->control);
	return r;
}

/* Waits for the command to end. Returns 0, or a negative errno when the task cannot go on. */
static int watch(struct supervisor *s, struct err *e)
{
	const struct children *c = &s->children;
	int r = 0;

	while (!s->over && r >= 0) {
		const bool input = terminal_wants_input(&s->terminal);
		struct pollfd fds[N_SOURCES] = {
			[FROM_WANTED] = { c->egress.wanted, POLLIN, 0 },
			[FROM_EGRESS] = { c->egress.events, POLLIN, 0 },
			[FROM_PUBLISHER] = { c->publisher.events, POLLIN, 0 },
			[FROM_KEEPER] = { s->keeper.socket, POLLIN, 0 },
			[FROM_MASTER] = { s->terminal.master, terminal_wants_master(&s->terminal),
					  0 },
			[FROM_INPUT] = { input ? STDIN_FILENO : -1, POLLIN, 0 },
			[FROM_SIGNALS] = { s->signals, POLLIN, 0 },
			[FROM_BOX] = { s->box.channel, POLLIN, 0 },
			[FROM_TIMER] = { s->limits.timer, POLLIN, 0 },
			[FROM_TICKER] = { s->limits.ticker, POLLIN, 0 },
			[FROM_CLIENT] = { s->control.client, POLLIN, 0 },
			[FROM_LISTENER] = { s->control.listener, POLLIN, 0 },
		};

		if (poll(fds, N_SOURCES, ms_to_next(s)) < 0 && errno != EINTR)
			return err_set(e, -errno, "wait for the box");
		r = take(s, fds, e);
		if (r >= 0 && !s->over)
			r = begin_next(s, e);
	}
	return r < 0 ? r : 0;
}

/* The command does not wait for them; and a task that does not start leaves nothing behind. */
static int start_sinks(struct supervisor *s, struct err *e)
{
	const struct items *sinks = &s->task->policy->sinks;
	int r = 0;

	for (size_t i = 0; i < sinks->n && r == 0; i++)
		r = sinks_start(&s->sinks, (unsigned)i, sinks->item[i].text, e);
	return r;
}

/* The task did not start, or could not go on. */
static void give_up(struct supervisor *s, int code, struct err *e)
{
	if (s->interrupted)
		s->status = 128 + s->interrupted;
	else if (s->status != EXIT_LEVEL)
		s->status = EXIT_BOX;
	if (!e->text[0])
		err_set(e, code, "carry out the task");
}

static void heard(struct children *c, const struct event *ev)
{
	reload_confirm(container_of(c, struct supervisor, children), ev);
}

static void init(struct supervisor *s, const struct task *task)
{
	*s = (struct supervisor){
		.task = task,
		.box = BOX_NONE,
		.keeper = KEEPER_NONE,
		.children = { .audit = &s->audit,
			      .teller = &s->teller,
			      .rules = &s->rules,
			      .known = &s->known,
			      .heard = heard,
			      .egress = EGRESS_CHILD_NONE,
			      .publisher = EGRESS_CHILD_NONE,
			      .lister = INVENTORY_CHILD_NONE,
			      .clients = CLIENTS_NONE },
		.rules = { .where = known_where, .of = &s->known },
		.terminal = TERMINAL_NONE,
		.limits = LIMITS_NONE,
		.teller = { .quiet = task->quiet },
		.control = CONTROL_NONE,
		.before = INVENTORY_CHILD_NONE,
		.sinks = { .state_dir = task->state_dir, .task = task->host->task },
		.signals = -1,
		.ending = -1,
		.status = EXIT_BOX,
	};
}

/* Up to the moment at which the command runs. */
static int begin(struct supervisor *s, struct err *e)
{
	int r = start_task(s, e);

	s->began = now_ms();
	if (r == 0)
		r = start_sinks(s, e);
	if (plan_has(s->task->plan, STEP_GUARD))
		s->guard_at = now_ms() + GUARD_MS;
	if (policy_has_egress(s->task->policy))
		s->egress_at = now_ms() + EGRESS_MS;
	if (r == 0)
		control_open(&s->control, s->task->host->task);
	return r;
}

/* The box goes, and the terminal is the caller's again. */
static void end_box(struct supervisor *s)
{
	control_close(&s->control);
	if (!s->empty)
		box_end(&s->box);
	terminal_end(&s->terminal);
	teller_release(&s->teller);
}

/*
 * What those beside the box have to say yet, and what it has left in the workspace: nobody waits
 * for the other.
 */
static int hear_out(struct supervisor *s, struct err *e)
{
	struct sweep sweep = { 0 };
	int r = keeper_finish(&s->keeper, &s->box, e);

	if (r < 0)
		return r;
	r = children_stop(&s->children, e);
	sweep_look(s, &sweep);
	if (r == 0)
		r = children_finish(&s->children, e);
	children_end(&s->children);
	if (r == 0)
		r = sweep_tell(s, &sweep, e);
	if (r == 0)
		r = finish_keeper(s, e);
	arena_fini(&sweep.now.arena);
	return r;
}

/* Whatever happened: nothing of the task remains but its log. */
static void tidy(struct supervisor *s)
{
	children_end(&s->children);
	end_log(s);
	close_indirect(&s->signals);
	close_indirect(&s->ending);
	box_end(&s->box);
	keeper_wait(&s->keeper);
	limits_end(&s->limits);
	inventory_child_end(&s->before);
	baseline_fini(&s->baseline);
	reload_end(s);
}

int supervise(const struct task *task, struct err *e)
{
	struct supervisor s;
	int r;

	init(&s, task);
	r = begin(&s, e);
	if (r == 0)
		r = watch(&s, e);
	if (r == 0 && cgroup_ran_out(&s.limits.cgroup))
		r = exceeded_memory(&s, s.limits.memory->n, e);
	end_box(&s);
	if (r == 0)
		r = hear_out(&s, e);
	tell_end(&s);
	if (r == 0)
		r = conclude(&s, e);
	if (r < 0)
		give_up(&s, r, e);
	tidy(&s);
	return s.status;
}
