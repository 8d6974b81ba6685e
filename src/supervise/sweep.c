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

int sweep(struct supervisor *s, struct err *e)
{
	const struct task *task = s->task;
	const bool report = plan_has(task->plan, STEP_GUARD) && !s->guarded,
		   watches = policy_watches(task->policy);
	struct telling telling = { .s = s, .e = e };
	struct host now;
	struct err why;
	int r;

	if (!report && !watches)
		return 0;
	r = scan_again(task->host, task->policy, &now, &why);
	if (report)
		guard_report(task->plan, task->host, &now, r,
			     (struct listening){ tell_change, &telling });
	if (telling.r == 0 && watches)
		telling.r = inventory_record(
			&s->children, &s->before,
			r < 0 || !baseline_holds(&s->baseline, task->host, &now), task,
			&(struct patience){ limits_until(&s->limits), s->ending }, e);
	arena_fini(&now.arena);
	return telling.r;
}
