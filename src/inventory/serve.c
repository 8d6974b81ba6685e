/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory/serve.h"

#include <errno.h>
#include <sys/socket.h>

#include "inventory/compare.h"
#include "inventory/components.h"
#include "os/sys.h"

enum { POLICY_MAX = 1 << 20 };

struct sender {
	struct reporter reporter;
	int socket, failed;
};

static void send_event(struct reporter *r, const struct event *ev)
{
	struct sender *s = (struct sender *)(void *)r;
	ssize_t n;

	if (s->failed)
		return;
	do
		n = send(s->socket, ev, event_size(ev), MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		s->failed = -errno;
}

static int read_policy(int fd, struct policy *policy, struct arena *arena, struct err *e)
{
	char space[256];
	struct complaints complaints = { .text = BUF(space) };
	struct str text;
	int r = read_whole(fd, POLICY_MAX, arena, &text);

	if (r < 0)
		return err_set(e, r, "read the policy");
	return policy_parse(policy, text, &complaints) < 0
		       ? err_say(e, -EINVAL, "the policy: %s", space)
		       : 0;
}

static int write_components(struct snapshot *before, struct snapshot *after, int fd)
{
	struct components all = { .arena = after->arena };

	components_add(&all, before, COMPONENT_BEFORE);
	components_add(&all, after, COMPONENT_AFTER);
	components_sort(&all);
	return components_write(&all, fd);
}

int inventory_serve(const struct inventory_fds *fds, struct err *e)
{
	struct arena arena = { 0 }; /* until the process ends */
	struct snapshot before = { .arena = &arena }, after = { .arena = &arena };
	struct sender sender = { { send_event }, fds->events, 0 };
	struct policy policy = { 0 };
	int r = inventory_confine(fds->workspace, e);

	if (r == 0)
		r = read_policy(fds->policy, &policy, &arena, e);
	if (r == 0)
		r = snapshot_read(&before, fds->baseline, e);
	if (r == 0)
		r = snapshot_walk(&after, fds->workspace, &policy, e);
	if (r < 0)
		return r;
	compare_report(&policy, &before, &after, &sender.reporter);
	r = write_components(&before, &after, fds->result);
	if (r < 0)
		return err_set(e, r, "write the inventory");
	return sender.failed ? err_set(e, sender.failed, "report changes") : 0;
}
