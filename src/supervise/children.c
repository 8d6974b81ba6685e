/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/children.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/outside.h"
#include "os/sys.h"
#include "os/trust.h"
#include "supervise/publish.h"
#include "wire/event.h"

enum { FINISH_MS = 3000 };

static int read_roots(struct children *c, struct plan *plan, struct err *e)
{
	int r = trust_read_machine(&plan->arena, &c->machine, e);

	if (r == 0)
		r = outside_read_ca(plan->policy, &plan->arena, &c->machine, e);
	c->roots = c->machine;
	return r < 0 ? r : outside_read_registry_ca(plan->policy, &plan->arena, &c->roots, e);
}

/* Its first line says when it was made. */
static void warn_of_stale(const struct children *c, const struct policy *policy, int advisories)
{
	const struct package_terms *terms = &policy->packages.terms;
	char head[256], line[100];
	struct buf text = BUF(line);
	struct advisories db;
	const int64_t now = date_ms();
	ssize_t n = advisories < 0 ? 0 : pread(advisories, head, sizeof(head), 0);
	const char *end = n > 0 ? memchr(head, '\n', (size_t)n) : NULL;

	if (!end || terms->advisories_stale != VERDICT_ALLOW ||
	    advisories_open((struct str){ head, (size_t)(end - head) + 1 }, &db))
		return;
	if (!advisories_are_stale(terms, &db, now))
		return;
	buf_printf(&text, "the database of advisories is %lld days old",
		   (long long)(now - db.built) / (86400 * 1000));
	teller_say(c->teller, (struct str){ text.p, text.n });
}

static int prepare_egress(struct children *c, const struct task *task, struct str policy,
			  const char *digest, struct err *e)
{
	struct egress_start start = {
		.policy = task->policy, .text = policy, .digest = digest, .roots = c->roots
	};
	_cleanup_fd_ int advisories = -1;
	int r = outside_read_credentials(task->policy, &task->plan->arena, &start.credentials, e);

	if (r == 0)
		r = outside_open_advisories(task->policy, &advisories, e);
	if (r < 0)
		return r;
	warn_of_stale(c, task->policy, advisories);
	start.advisories = advisories;
	return egress_child_prepare(&c->egress, &start, e);
}

int children_connect(struct children *c, const struct task *task, struct err *e)
{
	const bool opens_tls = rules_open_tls(&task->policy->rules);
	int r = publish_open(task->plan, c->published, &c->n_published, e);

	if (r == 0 && policy_has_egress(task->policy))
		r = egress_child_connect(&c->egress, opens_tls, e);
	return r == 0 && opens_tls ? read_roots(c, task->plan, e) : r;
}

int children_prepare(struct children *c, const struct task *task, struct str policy,
		     const char *digest, struct err *e)
{
	return c->egress.receiver < 0 ? 0 : prepare_egress(c, task, policy, digest, e);
}

static bool is_prepared(const struct egress_child *child)
{
	return child->pid == 0 && child->events >= 0;
}

void children_listen(struct children *c)
{
	if (is_prepared(&c->egress))
		egress_child_listen(&c->egress);
}

int children_start(struct children *c, struct err *e)
{
	return is_prepared(&c->egress) ? egress_child_start(&c->egress, e) : 0;
}

static void close_published(struct children *c)
{
	for (size_t i = 0; i < c->n_published; i++)
		close(c->published[i].fd);
	c->n_published = 0;
}

int children_publish(struct children *c, int net, struct err *e)
{
	int r = 0;

	if (c->n_published) {
		r = egress_child_publish(&c->publisher, net, e);
		if (r == 0)
			r = handover_send(c->publisher.listeners, c->published, c->n_published, e);
	}
	close_published(c);
	return r;
}

/*
 * A refusal is told on stderr as well, so that whoever started the task need not read the log, and
 * so are versions that were hidden and hosts that cannot be reached.
 */
static bool is_told(const struct event *ev)
{
	uint64_t hidden;

	return event_is_refusal(ev) || ev->kind == EVENT_NET_FAILED ||
	       (ev->kind == EVENT_PACKAGE_RESOLVE && event_get_num(ev, FIELD_COUNT, &hidden) == 0);
}

void children_tell(struct children *c, const struct event *ev)
{
	char space[EVENT_LINE];
	struct buf line = BUF(space);

	summary_note(&c->summary, ev);
	if (!is_told(ev))
		return;
	event_line(ev, c->rules, &line);
	teller_say(c->teller, (struct str){ line.p, line.n });
}

/* Reads one event. Returns 1, 0 at the end, or a negative errno. */
static int take_event(struct children *c, const struct egress_child *child, struct err *e)
{
	union {
		struct event ev;
		struct client_note note;
	} message;
	struct event *ev = &message.ev;
	ssize_t n;
	int r;

	n = recv(child->events, &message, sizeof(message), 0);
	if (n < 0 && errno == EINTR)
		return 1;
	if (n <= 0)
		return 0;
	if (client_note_valid(&message.note, (size_t)n)) {
		clients_learn(&c->clients, &message.note);
		egress_child_searched(child, c->clients.n_learned);
		return 1;
	}
	if (!event_valid(ev, (size_t)n))
		return err_say(e, -EPROTO,
			       "the egress process sent something that is not an event");
	known_select(c->known, ev);
	clients_add(&c->clients, ev);
	r = audit_take(c->audit, ev, e);
	children_tell(c, ev);
	c->heard(c, ev);
	return r < 0 ? r : 1;
}

static void add_end(struct event *ev, uint64_t pid, int status)
{
	event_num(ev, FIELD_PID, pid);
	if (WIFSIGNALED(status))
		event_num(ev, FIELD_SIGNAL, (uint64_t)WTERMSIG(status));
	else
		event_num(ev, FIELD_EXIT, (uint64_t)WEXITSTATUS(status));
}

/* Without the egress process the box is not what it was meant to be; without the other it is. */
static int lost(struct children *c, struct egress_child *child, struct err *e)
{
	const bool egress = child == &c->egress;
	struct event ev = event_new(egress ? EVENT_EGRESS_FAILED : EVENT_NET_PUBLISH);
	const uint64_t pid = (uint64_t)child->pid;
	const int status = egress_child_end(child);

	event_text(&ev, FIELD_REASON,
		   egress ? STR("the egress process ended before the task")
			  : STR("the process that publishes ended before the task"));
	if (egress)
		add_end(&ev, pid, status);
	c->gate |= egress;
	teller_say(c->teller,
		   egress ? STR("the egress process ended: the box has no network")
			  : STR("the process that publishes ended: no port of the box is reached"));
	return audit_write(c->audit, &ev, e);
}

int children_take(struct children *c, struct egress_child *child, struct err *e)
{
	int r = take_event(c, child, e);

	return r == 0 ? lost(c, child, e) : r < 0 ? r : 0;
}

static int finish(struct children *c, struct egress_child *child, struct err *e)
{
	int64_t deadline = now_ms() + FINISH_MS;
	int r = 1;

	if (child->pid == 0)
		return 0;
	while (r > 0) {
		struct pollfd fd = { .fd = child->events, .events = POLLIN };
		int64_t left = deadline - now_ms();

		if (left <= 0 || poll(&fd, 1, (int)left) == 0)
			return lost(c, child, e);
		r = take_event(c, child, e);
	}
	if (r == 0)
		egress_child_leave(child);
	return r;
}

static int stop(struct egress_child *child, struct err *e)
{
	int r = 0;

	if (child->events < 0 || egress_child_dismiss(child))
		return 0;
	if (is_prepared(child))
		r = egress_child_start(child, e);
	shutdown(child->events, SHUT_WR);
	return r;
}

int children_stop(struct children *c, struct err *e)
{
	int r = stop(&c->publisher, e);

	return r == 0 ? stop(&c->egress, e) : r;
}

int children_finish(struct children *c, struct err *e)
{
	int r = finish(c, &c->publisher, e);

	return r == 0 ? finish(c, &c->egress, e) : r;
}

void children_end(struct children *c)
{
	close_published(c);
	clients_end(&c->clients);
	egress_child_end(&c->publisher);
	egress_child_end(&c->egress);
	inventory_child_end(&c->lister);
}
