/* SPDX-License-Identifier: Apache-2.0 */
#include "os/scan.h"
#include "supervise/guard.h"
#include "supervise/inventory.h"
#include "supervise/start.h"

struct telling {
	struct supervisor *s;
	int r;
	struct err *e;
};

static void tell_change(void *of, const struct event *ev)
{
	struct telling *t = of;

	if (t->r == 0)
		t->r = record_change(t->s, ev, t->e);
}

/* Whether what is new is told here: not where the keeper has guarded the box. */
static bool tells_new(const struct supervisor *s)
{
	return plan_has(s->task->plan, STEP_GUARD) && !s->guarded;
}

void sweep_look(const struct supervisor *s, struct sweep *sweep)
{
	const struct task *task = s->task;
	struct err unsaid;

	if (tells_new(s) || policy_watches(task->policy))
		sweep->failed = scan_again(task->host, task->policy, &sweep->now, &unsaid);
}

int sweep_tell(struct supervisor *s, const struct sweep *sweep, struct err *e)
{
	const struct task *task = s->task;
	struct telling telling = { .s = s, .e = e };

	if (tells_new(s))
		guard_report(task->plan, task->host, &sweep->now, sweep->failed,
			     (struct listening){ tell_change, &telling });
	if (telling.r == 0 && policy_watches(task->policy))
		telling.r = inventory_record(
			&s->children, &s->before,
			sweep->failed < 0 || !baseline_holds(&s->baseline, task->host, &sweep->now),
			task, &(struct patience){ limits_until(&s->limits), s->ending }, e);
	return telling.r;
}
