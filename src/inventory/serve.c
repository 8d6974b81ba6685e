/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory/serve.h"

#include <errno.h>
#include <sys/socket.h>

#include "inventory/installed.h"
#include "os/sys.h"

enum { POLICY_MAX = 1 << 20, INSTALLED_MAX = 256 << 20 };

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

/* What was installed before; without a file, nothing was. */
static int read_installed(struct components *all, int fd, struct err *e)
{
	struct str text;
	int r = fd < 0 ? 0 : read_whole(fd, INSTALLED_MAX, all->arena, &text);

	if (r < 0)
		return err_set(e, r, "read what was installed");
	if (fd >= 0 && text.n == 0)
		return err_say(e, -EAGAIN,
			       "what was installed before is still being read: try again");
	return fd < 0 ? 0 : components_read(all, text, e);
}

static int read_packages(const struct inventory_fds *fds, struct snapshot *before,
			 struct snapshot *after, struct components *all, struct err *e)
{
	int r = read_installed(all, fds->installed, e);

	if (r == 0 && fds->fetched >= 0)
		r = installed_fetched(all, fds->fetched, e);
	if (r < 0)
		return r;
	components_add(all, before, COMPONENT_BEFORE, COMPONENT_BEFORE);
	components_add(all, after, COMPONENT_NAMED, COMPONENT_INSTALLED);
	installed_after(all, after, fds->workspace);
	components_sort(all);
	return 0;
}

int inventory_look(const struct inventory_fds *fds, struct reporter *reporter,
		   struct components *all, struct err *e)
{
	struct snapshot before = { .arena = all->arena }, after = { .arena = all->arena };
	struct policy policy = { 0 }; /* until the process ends */
	int r = inventory_confine(fds->workspace, e);

	if (r == 0)
		r = read_policy(fds->policy, &policy, all->arena, e);
	if (r == 0)
		r = snapshot_read(&before, fds->baseline, e);
	if (r == 0)
		r = snapshot_walk(&after, fds->workspace, &policy, e);
	if (r == 0)
		r = read_packages(fds, &before, &after, all, e);
	if (r < 0)
		return r;
	compare_report(&policy, &before, &after, reporter);
	installed_judge(all, &policy, reporter);
	return 0;
}

/* What is installed when a command begins: nobody waits for it. */
static int look_before(const struct inventory_fds *fds, struct components *all, struct err *e)
{
	int r = inventory_confine(fds->workspace, e);

	if (r == 0)
		r = installed_before(all, fds->workspace, fds->trees, e);
	if (r == 0)
		components_sort(all);
	return r;
}

int inventory_serve(const struct inventory_fds *fds, struct err *e)
{
	struct arena arena = { 0 }; /* until the process ends */
	struct components all = { .arena = &arena };
	struct sender sender = { { send_event }, fds->events, 0 };
	int r = fds->trees >= 0 ? look_before(fds, &all, e)
				: inventory_look(fds, &sender.reporter, &all, e);

	if (r < 0)
		return r;
	r = components_write(&all, fds->result);
	if (r < 0)
		return err_set(e, r, "write the inventory");
	return sender.failed ? err_set(e, sender.failed, "report changes") : 0;
}
