/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/inventory.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervise/inventory_child.h"

/* A repository with tens of thousands of lock entries takes a second, and has as many events. */
enum { SILENCE_MS = 30 * 1000, EVENTS_MAX = 100 * 1000 };

static bool may_say(const struct event *ev)
{
	return ev->kind == EVENT_LOCKFILE_CHANGE || ev->kind == EVENT_LOCKFILE_FINDING ||
	       ev->kind == EVENT_LOCKFILE_UNREAD || ev->kind == EVENT_BUILD_CHANGE;
}

/* Reads one event. Returns 1, 0 at the end, or a negative errno; *@wrong is what went wrong there. */
static int take_event(struct children *c, const struct inventory_child *child, const char **wrong,
		      struct err *e)
{
	struct pollfd fd = { .fd = child->events, .events = POLLIN };
	struct event ev;
	uint64_t verdict;
	ssize_t n;
	int r = poll(&fd, 1, SILENCE_MS);

	if (r < 0 && errno == EINTR)
		return 1;
	*wrong = r == 0 ? "it took too long" : NULL;
	if (r <= 0)
		return 0;
	n = recv(child->events, &ev, sizeof(ev), 0);
	if (n <= 0)
		return n < 0 && errno == EINTR;
	if (!event_valid(&ev, (size_t)n) || !may_say(&ev)) {
		*wrong = "it said something that it may not say";
		return 0;
	}
	if (event_get_num(&ev, FIELD_VERDICT, &verdict) == 0 && verdict == VERDICT_DENY)
		c->gate = true;
	r = audit_write(c->audit, &ev, e);
	children_tell(c, &ev);
	return r < 0 ? r : 1;
}

static int failed(struct children *c, const char *why, struct err *e)
{
	struct event ev = event_new(EVENT_INVENTORY_FAILED);

	event_text(&ev, FIELD_REASON, str_of(why));
	c->gate = true;
	teller_say(c->teller, STR("what the command changed in lock files is not known: the "
				  "inventory failed"));
	return audit_write(c->audit, &ev, e);
}

int inventory_tell(struct children *c, struct err *e)
{
	struct err why = { 0 };
	int ends[2], r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(e, -errno, "make a pipe");
	r = egress_child_tell_locked(&c->egress, ends[0], e);
	close(ends[0]);
	if (r < 0)
		close(ends[1]);
	else
		(void)inventory_child_list(&c->lister, c->audit->dir, ends[1], &why);
	return r;
}

int inventory_record(struct children *c, const struct task *task, struct err *e)
{
	char space[128 * 1024];
	struct buf policy = BUF(space);
	struct inventory_child child;
	struct err why = { 0 };
	const char *wrong = NULL;
	int r = 1;

	policy_print(task->policy, false, &policy);
	if (inventory_child_start(&child, task->host->workspace, c->audit->dir,
				  (struct str){ policy.p, policy.n }, &why) < 0)
		return failed(c, why.text, e);
	for (size_t n = 0; r > 0 && n < EVENTS_MAX; n++)
		r = take_event(c, &child, &wrong, e);
	if (r > 0)
		wrong = "it said too much";
	if (wrong || r < 0)
		kill(child.pid, SIGKILL);
	if (inventory_child_end(&child) != 0 && !wrong)
		wrong = "its process ended badly";
	return r < 0 ? r : wrong ? failed(c, wrong, e) : 0;
}
