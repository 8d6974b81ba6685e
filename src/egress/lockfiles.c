/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/lockfiles.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "egress/egress.h"

enum { STEP = 64 * 1024, KEY_MAX = PACKAGE_NAME_MAX + 32 };

static struct lockfiles *all(const struct gate *gate)
{
	return &gate->flow->egress->lockfiles;
}

static void end(struct lockfiles *l, bool whole)
{
	loop_forget(l->loop, &l->watch);
	close(l->watch.fd);
	l->over = true;
	l->known = whole && !locked_open((struct str){ l->text, l->n }, &l->locked);
	while (l->waiting)
		gate_resume(l->waiting);
}

/* Some of it, so that others have their turn. */
static void ready(struct watch *w, uint32_t events)
{
	struct lockfiles *l = container_of(w, struct lockfiles, watch);
	ssize_t n;

	(void)events;
	if (l->cap - l->n < STEP) {
		l->cap = 2 * l->cap + STEP;
		l->text = realloc(l->text, l->cap);
		if (!l->text)
			abort();
	}
	n = read(w->fd, l->text + l->n, STEP);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		l->n += (size_t)n;
	if (n <= 0 || l->n > LOCKED_MAX)
		end(l, n == 0);
}

int lockfiles_read(struct lockfiles *l, struct loop *loop, int fd)
{
	if (l->loop || fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
		close(fd);
		return -EINVAL;
	}
	l->loop = loop;
	l->watch = (struct watch){ .fd = fd, .ready = ready };
	return loop_set(loop, &l->watch, EPOLLIN);
}

bool lockfiles_await(struct gate *gate, bool first)
{
	struct lockfiles *l = all(gate);

	if (l->over || !packages_need_locked(&gate->flow->edition->policy.packages))
		return false;
	if (!first)
		gate_wait(gate, &gate->flow->relay.up, &l->waiting);
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void write_key(const struct gate *gate, char key[KEY_MAX])
{
	snprintf(key, KEY_MAX, "%s %s", gate->registry->ecosystem->name, gate->request.name);
}

bool lockfiles_counted(const struct gate *gate)
{
	char key[KEY_MAX];

	write_key(gate, key);
	return tfind(key, &all(gate)->counted, by_name);
}

bool lockfiles_count(struct gate *gate)
{
	char key[KEY_MAX], *copy;

	if (lockfiles_counted(gate))
		return false;
	write_key(gate, key);
	copy = strdup(key);
	if (!copy || !tsearch(copy, &all(gate)->counted, by_name))
		abort();
	return true;
}
