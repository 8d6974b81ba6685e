/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/inventory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "os/sys.h"
#include "supervise/record.h"

/* A repository with tens of thousands of lock entries takes a second, and has as many events. */
enum { SILENCE_MS = 30 * 1000, EVENTS_MAX = 100 * 1000 };

static int open_in(const char *dir, const char *name, int flags, struct err *e)
{
	char path[PATH_MAX + 32];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, flags | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? err_set(e, -errno, "open %s", path) : fd;
}

static int make_in(const char *dir, const char *name, struct err *e)
{
	return open_in(dir, name, O_WRONLY | O_CREAT | O_EXCL, e);
}

static int write_policy(const char *task_dir, struct str policy, struct err *e)
{
	_cleanup_fd_ int fd = make_in(task_dir, "policy.ini", e);
	int r = fd < 0 ? fd : write_all(fd, policy.p, policy.n);

	return fd >= 0 && r < 0 ? err_set(e, r, "keep the policy") : r;
}

static int rewound(int fd, int r, struct err *e)
{
	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	return r < 0 ? err_set(e, r, "write to memory") : 0;
}

/* What installed_before() reads. */
static int list_trees(const struct baseline *baseline, const struct host *host, int workspace,
		      struct err *e)
{
	_cleanup_fd_ int fd = memfd_create("trees", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : 0;
	char line[PATH_MAX + 32];
	struct stat st;

	if (r == 0 && dprintf(fd, "%lld%c", (long long)baseline->began, '\0') < 0)
		r = -errno;
	for (size_t i = 0; i < host->n_trees && r == 0; i++)
		if (fstatat(workspace, host->trees[i], &st, AT_SYMLINK_NOFOLLOW) == 0)
			r = write_all(fd, line,
				      (size_t)snprintf(line, sizeof(line), "%llu %s",
						       (unsigned long long)st.st_ino,
						       host->trees[i]) +
					      1);
	r = rewound(fd, r, e);
	return r < 0 ? r : fd_steal(&fd);
}

int inventory_begin(struct inventory_child *before, const struct baseline *baseline,
		    const struct host *host, struct str policy, const char *task_dir, struct err *e)
{
	_cleanup_(inventory_fds_close) struct inventory_fds fds = INVENTORY_FDS_NONE;
	int r = write_policy(task_dir, policy, e);

	if (r < 0 || host->n_trees == 0)
		return r;
	fds.workspace = open_in(host->workspace, ".", O_RDONLY | O_DIRECTORY, e);
	if (fds.workspace >= 0)
		fds.result = make_in(task_dir, "installed.json", e);
	if (fds.result >= 0)
		fds.trees = list_trees(baseline, host, fds.workspace, e);
	return fds.trees < 0 ? e->code : inventory_child_start(before, &fds, e);
}

int inventory_tell(struct children *c, struct err *e)
{
	_cleanup_(inventory_fds_close) struct inventory_fds fds = INVENTORY_FDS_NONE;
	_cleanup_fd_ int reader = -1;
	struct err why = { 0 };
	int ends[2], r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(e, -errno, "make a pipe");
	reader = ends[0];
	fds.locked = ends[1];
	r = egress_child_tell_locked(&c->egress, reader, e);
	if (r < 0)
		return r;
	fds.baseline = open_in(c->audit->dir, "baseline.tar", O_RDONLY, &why);
	if (fds.baseline >= 0)
		(void)inventory_child_start(&c->lister, &fds, &why);
	return 0;
}

static bool tells_of_fetch(struct str line)
{
	static const char event[] = "\"event\":\"package.fetch\"";

	return memmem(line.p, line.n, event, strlen(event)) != NULL;
}

/* The lines of the log that tell of packages, in memory. */
static int open_fetched(const char *state_dir, const char *task, struct err *e)
{
	_cleanup_free_ struct record *record = calloc(1, sizeof(*record));
	_cleanup_fd_ int fd = memfd_create("fetched", MFD_CLOEXEC);
	int r = record && fd >= 0 ? record_open(record, state_dir, task, e)
				  : err_set(e, -ENOMEM, "read the log");
	struct str line;

	while (r == 0 && record_next(record, false, &line, e) > 0)
		if (tells_of_fetch(line)) {
			r = write_all(fd, line.p, line.n);
			r = r == 0 ? write_all(fd, "\n", 1) : r;
		}
	if (record)
		record_close(record);
	r = rewound(fd, r, e);
	return r < 0 ? r : fd_steal(&fd);
}

int inventory_open(struct inventory_fds *fds, const char *state_dir, const char *task,
		   const char *workspace, struct err *e)
{
	char dir[PATH_MAX];
	struct err none = { 0 };

	*fds = INVENTORY_FDS_NONE;
	snprintf(dir, sizeof(dir), "%s/tasks/%s", state_dir, task);
	fds->workspace = open_in(workspace, ".", O_RDONLY | O_DIRECTORY, e);
	if (fds->workspace >= 0)
		fds->baseline = open_in(dir, "baseline.tar", O_RDONLY, e);
	if (fds->baseline >= 0)
		fds->policy = open_in(dir, "policy.ini", O_RDONLY, e);
	if (fds->policy >= 0)
		fds->fetched = open_fetched(state_dir, task, e);
	if (fds->fetched < 0)
		return e->code;
	fds->installed = open_in(dir, "installed.json", O_RDONLY, &none);
	return fds->installed < 0 && none.code != -ENOENT ? err_set(e, none.code, "open %s", dir)
							  : 0;
}

static bool may_say(const struct event *ev)
{
	return ev->kind == EVENT_LOCKFILE_CHANGE || ev->kind == EVENT_LOCKFILE_FINDING ||
	       ev->kind == EVENT_LOCKFILE_UNREAD || ev->kind == EVENT_BUILD_CHANGE ||
	       ev->kind == EVENT_PACKAGE_UNTRACKED;
}

/* Waits until it says something. Returns NULL, or why that is not waited for any longer. */
static const char *await_event(const struct inventory_child *child, const struct patience *patience)
{
	struct pollfd fds[] = {
		{ .fd = patience->ending, .events = POLLIN },
		{ .fd = child->events, .events = POLLIN },
	};
	int64_t left;
	int r;

	do {
		left = patience->until - now_ms();
		r = left <= 0 ? 0 : poll(fds, LEN(fds), left < SILENCE_MS ? (int)left : SILENCE_MS);
	} while (r < 0 && errno == EINTR);
	return r > 0 && !fds[0].revents ? NULL : r > 0 ? "it was interrupted" : "it took too long";
}

/*
 * Reads one event. Returns 1, 0 at the end, or a negative errno; *@wrong is what went wrong there.
 */
static int take_event(struct children *c, const struct inventory_child *child,
		      const struct patience *patience, const char **wrong, struct err *e)
{
	struct event ev;
	uint64_t verdict;
	ssize_t n;
	int r;

	*wrong = await_event(child, patience);
	if (*wrong)
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

/*
 * Takes what it says until it ends. Returns 0 or a negative errno; *@wrong is what went wrong
 * there.
 */
static int listen_to(struct children *c, struct inventory_child *child,
		     const struct patience *patience, const char **wrong, struct err *e)
{
	int r = 1;

	for (size_t n = 0; r > 0 && n < EVENTS_MAX; n++)
		r = take_event(c, child, patience, wrong, e);
	if (r > 0)
		*wrong = "it said too much";
	if (inventory_child_end(child) != 0 && !*wrong)
		*wrong = "its process ended badly";
	return r < 0 ? r : 0;
}

static int look_after(struct children *c, const struct task *task, const struct patience *patience,
		      struct err *e)
{
	_cleanup_(inventory_fds_close) struct inventory_fds fds = INVENTORY_FDS_NONE;
	struct inventory_child child;
	const char *wrong = NULL;
	struct err why = { 0 };
	int r;

	if (inventory_open(&fds, task->state_dir, task->host->task, task->host->workspace, &why) <
	    0)
		return failed(c, why.text, e);
	fds.result = make_in(c->audit->dir, "inventory.json", &why);
	if (fds.result < 0 || inventory_child_start(&child, &fds, &why) < 0)
		return failed(c, why.text, e);
	inventory_fds_close(&fds);
	r = listen_to(c, &child, patience, &wrong, e);
	return r < 0 ? r : wrong ? failed(c, wrong, e) : 0;
}

int inventory_record(struct children *c, struct inventory_child *before, bool changed,
		     const struct task *task, const struct patience *patience, struct err *e)
{
	const char *wrong = NULL;
	int r = 0;

	if (!changed) {
		inventory_child_leave(before);
		return 0;
	}
	if (before->pid > 0)
		r = listen_to(c, before, patience, &wrong, e);
	if (r < 0)
		return r;
	return wrong ? failed(c, wrong, e) : look_after(c, task, patience, e);
}
