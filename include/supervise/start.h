/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "policy/cause.h"
#include "sandbox/launch.h"
#include "supervise/audit.h"
#include "supervise/inventory.h"
#include "supervise/children.h"
#include "supervise/control.h"
#include "supervise/keeper.h"
#include "supervise/limits.h"
#include "supervise/sinks.h"
#include "supervise/supervisor.h"
#include "supervise/teller.h"
#include "supervise/terminal.h"

/* What supervisor.c, start.c, sweep.c and conclude.c share: a task that is being run. */
struct supervisor {
	const struct task *task;
	struct audit audit;
	struct box box;
	struct keeper keeper;
	struct baseline baseline;
	struct inventory_child before; /* reads what is installed while the command starts */
	struct children children;
	struct terminal terminal;
	struct limits limits;
	struct teller teller;
	struct event_rules rules;
	struct known known;
	struct control control;
	struct sinks sinks;
	int signals;	 /* signalfd(2): all that a command may want to hear of, */
	int ending;	 /* and those that are meant to end a task, while nobody reads the other */
	int interrupted; /* the one that has ended its start; 0: none */
	int64_t began;	 /* now_ms(), when the command did */
	int status;	 /* to exit with; -1 while the command runs */
	int signal;	 /* that ended the command; 0: none */
	bool over;
	bool empty;	   /* of the box only init is left, and that is ending */
	bool guarded;	   /* the keeper does that, and says what is new */
	int64_t guard_at;  /* when the keeper begins to guard the box; 0: not, or it does already */
	int64_t egress_at; /* the same of the egress process, which is started */
	unsigned n_new;	   /* EVENT_FILE_NEW: only the first ones are said */
};

/*
 * Starts everything, the command at last. Returns 0 or a negative errno; what was started is in @s
 * in either case.
 */
int start_task(struct supervisor *s, struct err *e);

/* After BOX_FAILED: takes over what init said. Returns its negative errno. */
int start_failed(struct supervisor *s, const struct box_report *report, struct err *e);

/* Something was done to the workspace: for the log, and for who started the task. 0 or -errno. */
int record_change(struct supervisor *s, const struct event *ev, struct err *e);

/* What there is in the workspace that the box has left. */
struct sweep {
	struct host now;
	int failed; /* or 0: all of it was seen */
};

/*
 * Looks at it, while the keeper removes its placeholders and the egress process comes to its end.
 */
void sweep_look(const struct supervisor *s, struct sweep *sweep);

/*
 * Tells what is new, if nobody watched, and whether lock files have changed. Returns 0 or -errno.
 */
int sweep_tell(struct supervisor *s, const struct sweep *sweep, struct err *e);

/* Tells whoever started the task what there were too many of for a line each, and the sums. */
void tell_end(struct supervisor *s);

/* Judges the gates and writes the last lines of the log. Returns 0 or -errno. */
int conclude(struct supervisor *s, struct err *e);

/* Nothing more goes to the log: closes it, and what it was sent to. */
void end_log(struct supervisor *s);
