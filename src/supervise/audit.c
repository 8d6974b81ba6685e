/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation
 *
 * The supervisor alone writes the log, through a descriptor it opened before the box was made; the
 * box sees neither the file nor its directory. One event is one line and one write(2). The kernel
 * keeps what was written when the supervisor is killed, so nothing is buffered here and nothing is
 * synced: the log survives kill -9, not a power cut. A kill in the midst of a write may tear the
 * line: the kernel looks for one before each page. Readers recognise a line without its end.
 *
 * When a write fails half-way (full disk, quota, file size limit), the file is cut back to its last
 * whole line, and the log stays closed: a chain that went on would hide that an event is missing.
 * The caller ends the task, unless its profile says that the log is dispensable. What then lacks is
 * the event task.end, and verification says so.
 *
 * A task writes to tasks/ID/events.jsonl, which nobody had before. With [audit] file= it appends to
 * that file, and events.jsonl is a link to it. One task at a time: a lock is held from open to
 * close, and a second task is refused rather than mixed in, for its profile can name another file.
 * Every task has a chain of its own. The lock is an OFD lock: readers can ask, without taking it,
 * whether the task still runs. It belongs to the open file, so a child that kept the descriptor
 * would keep the lock.
 *
 * What the box causes others to report is limited in number (flood.h), or it could fill the disk.
 *
 * Refused are directories and files that somebody else owns or may write, and a file with a second
 * name, which may lie where the box can reach it.
 */
#include "supervise/audit.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "os/sys.h"
#include "supervise/seal.h"
#include "wire/rfc3339.h"

#define ID_LETTERS "abcdefghijklmnopqrstuvwxyz234567"

enum {
	LINE_MORE = 512, /* line_begin() and line_seal() add less */
};

int audit_state_dir(char dir[PATH_MAX], struct err *e)
{
	const char *base = getenv("XDG_STATE_HOME"), *below = "";

	/* XDG Base Directory Specification: a relative path is as good as none. */
	if (!base || base[0] != '/') {
		base = getenv("HOME");
		below = "/.local/state";
	}
	if (!base || base[0] != '/')
		return err_say(e, -ENOENT,
			       "neither XDG_STATE_HOME nor HOME is an absolute path: no place for "
			       "the log");
	if (snprintf(dir, PATH_MAX, "%s%s/agentbox", base, below) >= PATH_MAX)
		return err_set(e, -ENAMETOOLONG, "state directory below %s", base);
	return 0;
}

/* Only we may have written what is there, and only we may from now on. */
static int check_ours(int fd, const char *path, struct stat *st, struct err *e)
{
	if (fstat(fd, st) < 0)
		return err_set(e, -errno, "look at %s", path);
	if (st->st_uid != geteuid())
		return err_say(e, -EPERM, "%s belongs to uid %u, not to you (uid %u)", path,
			       st->st_uid, geteuid());
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return err_say(e, -EPERM, "%s can be written by others: chmod go-w it", path);
	return 0;
}

/* Makes the directories that @path is missing, all but itself readable to nobody else. */
static int make_path(const char *path, struct err *e)
{
	char part[PATH_MAX];

	if (snprintf(part, sizeof(part), "%s", path) >= (int)sizeof(part))
		return err_set(e, -ENAMETOOLONG, "make %s", path);
	for (char *slash = part; slash;) {
		slash = strchr(slash + 1, '/');
		if (slash)
			*slash = '\0';
		if (mkdir(part, 0700) < 0 && errno != EEXIST)
			return err_set(e, -errno, "make %s", part);
		if (slash)
			*slash = '/';
	}
	return 0;
}

int audit_open_state(const char *state_dir, const char *name, struct err *e)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	_cleanup_fd_ int state = -1, dir = -1;
	struct stat st;

	state = open(state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (state < 0 && errno == ENOENT) {
		if (make_path(state_dir, e) < 0)
			return e->code;
		state = open(state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	if (state < 0)
		return err_set(e, -errno, "open %s", state_dir);
	if (check_ours(state, state_dir, &st, e) < 0)
		return e->code;
	dir = openat(state, name, flags);
	if (dir < 0 && errno == ENOENT) {
		if (mkdirat(state, name, 0700) < 0 && errno != EEXIST)
			return err_set(e, -errno, "make %s/%s", state_dir, name);
		dir = openat(state, name, flags);
	}
	if (dir < 0)
		return err_set(e, -errno, "open %s/%s", state_dir, name);
	if (check_ours(dir, name, &st, e) < 0)
		return e->code;
	return fd_steal(&dir);
}

void audit_new_id(char id[TASK_ID_MAX])
{
	char text[sizeof("2026-11-23T07:41:00.123Z")];
	struct buf out = buf_over(id, TASK_ID_MAX), now = BUF(text);
	unsigned char random[6];

	/* getrandom(2): up to 256 bytes are always given whole */
	while (getrandom(random, sizeof(random), 0) != sizeof(random))
		assert(errno == EINTR);
	rfc3339_print(date_ms(), &now);
	for (const char *at = text; *at; at++)
		if (*at != '-' && *at != ':')
			buf_add(&out, at, 1);
	buf_puts(&out, "-");
	for (size_t i = 0; i < sizeof(random); i++)
		buf_printf(&out, "%c", ID_LETTERS[random[i] % 32]);
	assert(!out.full);
}

bool audit_is_id(const char *text)
{
	static const char form[] = "00000000T000000.000Z-xxxxxx";

	for (size_t i = 0; i < sizeof(form); i++)
		if (form[i] == '0'   ? text[i] < '0' || text[i] > '9'
		    : form[i] == 'x' ? !text[i] || !strchr(ID_LETTERS, text[i])
				     : text[i] != form[i])
			return false;
	return true;
}

/* Held until the last descriptor of this open file is closed: fcntl(2), open file description
 * locks. */
static int lock(int fd, const char *file, struct err *e)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_OFD_SETLK, &whole) == 0)
		return 0;
	if (errno == EAGAIN || errno == EACCES)
		return err_say(e, -EBUSY, "another task is writing %s", file);
	return err_set(e, -errno, "lock %s", file);
}

static int open_new(struct audit *a, int tasks, const char *name, struct err *e)
{
	a->fd = openat(tasks, name, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		       0600);
	if (a->fd < 0)
		return err_set(e, -errno, "make %s", a->path);
	return lock(a->fd, a->path, e);
}

/* A crash of the machine may have left half a line: it ends here, so that ours begins a line. */
static int end_torn_line(struct audit *a, struct err *e)
{
	char last = '\n';

	if (a->size && pread(a->fd, &last, 1, (off_t)a->size - 1) != 1)
		return err_set(e, -errno, "read %s", a->path);
	if (last == '\n')
		return 0;
	if (write_all(a->fd, "\n", 1) < 0)
		return err_set(e, -errno, "write %s", a->path);
	a->size++;
	return 0;
}

static int open_named(struct audit *a, struct err *e)
{
	const char *file = a->path;
	struct stat st;

	if (file[0] != '/')
		return err_say(e, -EINVAL, "%s is not an absolute path", file);
	a->fd = open(file,
		     O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		     0600);
	if (a->fd < 0)
		return err_set(e, -errno, "open %s", file);
	if (check_ours(a->fd, file, &st, e) < 0)
		return e->code;
	if (!S_ISREG(st.st_mode))
		return err_say(e, -EINVAL, "%s is not a regular file", file);
	if (st.st_nlink != 1)
		return err_say(e, -EINVAL, "%s has a second name (hard link)", file);
	if (lock(a->fd, file, e) < 0)
		return e->code;
	if (fstat(a->fd, &st) < 0)
		return err_set(e, -errno, "look at %s", file);
	a->size = (uint64_t)st.st_size;
	return end_torn_line(a, e);
}

/* A task's lines are found by its directory, wherever they are. */
static int link_named(const struct audit *a, int tasks, const char *name, struct err *e)
{
	if (symlinkat(a->path, tasks, name) < 0)
		return err_set(e, -errno, "link %s to %s", name, a->path);
	return 0;
}

/* A file that may be refused is opened before the task gets a directory. */
static int open_log(struct audit *a, int tasks, bool named, struct err *e)
{
	char name[TASK_ID_MAX + sizeof("/events.jsonl")];

	if (named && open_named(a, e) < 0)
		return e->code;
	if (mkdirat(tasks, a->task, 0700) < 0)
		return err_set(e, -errno, "make %s", a->dir);
	a->made = true;
	snprintf(name, sizeof(name), "%s/events.jsonl", a->task);
	return named ? link_named(a, tasks, name, e) : open_new(a, tasks, name, e);
}

static int set_paths(struct audit *a, const char *state_dir, const char *file)
{
	int n = snprintf(a->dir, sizeof(a->dir), "%s/tasks/%s", state_dir, a->task);
	int m = snprintf(a->path, sizeof(a->path), "%s%s", file ? file : a->dir,
			 file ? "" : "/events.jsonl");

	return n < (int)sizeof(a->dir) && m < (int)sizeof(a->path) ? 0 : -ENAMETOOLONG;
}

int audit_open(struct audit *a, const char *task, const char *state_dir, const char *file,
	       struct err *e)
{
	_cleanup_fd_ int tasks = -1;

	*a = (struct audit){ .fd = -1, .seq = 1 };
	assert(task[0] && strlen(task) < sizeof(a->task) && !strchr(task, '/'));
	memcpy(a->task, task, strlen(task));
	chain_start(&a->chain, str_of(task));
	if (set_paths(a, state_dir, file) < 0)
		return err_set(e, -ENAMETOOLONG, "audit log %s", file ? file : state_dir);
	tasks = audit_open_state(state_dir, "tasks", e);
	if (tasks < 0 || open_log(a, tasks, file != NULL, e) < 0)
		return err_wrap(e, "audit log");
	return 0;
}

void audit_rules(struct audit *a, const struct event_rules *rules)
{
	a->rules = *rules;
}

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* One line, as far as the event goes. */
static void print_line(const struct audit *a, const struct event *ev, struct buf *line)
{
	char text[sizeof("2026-11-23T07:41:00.123Z")];
	struct buf time = BUF(text);
	struct line_head head = {
		.seq = a->seq,
		.task = str_of(a->task),
		.mono_ns = monotonic_ns(),
	};

	rfc3339_print(date_ms(), &time);
	head.time = (struct str){ time.p, time.n };
	line_begin(&head, line);
	event_json(ev, a->rules.where ? &a->rules : NULL, line);
}

/* Back to the last whole line. If not even that succeeds, half a line stays and is recognised. */
static int give_up(struct audit *a, int code, struct err *e)
{
	a->failed = code;
	err_set(e, code, "write %s", a->path);
	if (ftruncate(a->fd, (off_t)a->size) < 0)
		err_wrap(e, "cut %s: %s; before that", a->path, strerror(errno));
	return err_wrap(e, "audit log");
}

static int append_line(struct audit *a, const struct event *ev, struct err *e)
{
	char text[EVENT_JSON + LINE_MORE];
	struct buf line = BUF(text);
	struct chain next = a->chain;
	int r;

	print_line(a, ev, &line);
	line_seal(&next, &line);
	assert(!line.full);
	r = write_all(a->fd, line.p, line.n);
	if (r < 0)
		return give_up(a, r, e);
	a->size += line.n;
	a->seq++;
	a->chain = next;
	return 0;
}

static int append(struct audit *a, const struct event *ev, struct err *e)
{
	struct err unsaid;

	if (!a->failed)
		append_line(a, ev, a->dispensable ? &unsaid : e);
	else if (!a->dispensable)
		err_set(e, a->failed, "audit log: %s is closed since", a->path);
	return a->dispensable ? 0 : a->failed;
}

int audit_write(struct audit *a, const struct event *ev, struct err *e)
{
	if (a->flood.lost) {
		struct event lost = event_new(EVENT_NET_LOST);

		event_num(&lost, FIELD_COUNT, a->flood.lost);
		event_text(&lost, FIELD_REASON, STR("too many events at once"));
		if (append(a, &lost, e) < 0)
			return e->code;
		a->flood.lost = 0;
	}
	return append(a, ev, e);
}

int audit_take(struct audit *a, const struct event *ev, struct err *e)
{
	if (!flood_admit(&a->flood, monotonic_ns()))
		return 0;
	return audit_write(a, ev, e);
}

int audit_seal(struct audit *a, const char *state_dir, struct err *e)
{
	struct event ev = event_new(EVENT_LOG_SEAL);
	char public[SEAL_PUBLIC_HEX], signature[SEAL_SIGNATURE_HEX];
	struct seal_key key;

	if (a->failed)
		return err_set(e, a->failed, "the log ends before the task did");
	if (seal_key_open(&key, state_dir, e) < 0)
		return err_wrap(e, "the log is not sealed");
	seal_key_public(&key, public);
	seal_sign(&key, &a->chain, signature);
	seal_key_forget(&key);
	event_text(&ev, FIELD_KEY, str_of(public));
	event_text(&ev, FIELD_SIGNATURE, str_of(signature));
	return append(a, &ev, e);
}

void audit_head(const struct audit *a, char hex[CHAIN_HEX])
{
	chain_head(&a->chain, hex);
}

static void remove_task(const struct audit *a)
{
	static const char *const files[] = { "events.jsonl", "baseline.tar", "installed.json",
					     "policy.ini" };
	char name[PATH_MAX + sizeof("/events.jsonl")];

	for (size_t i = 0; i < LEN(files); i++) {
		snprintf(name, sizeof(name), "%s/%s", a->dir, files[i]);
		unlink(name);
	}
	rmdir(a->dir);
}

void audit_withdraw(struct audit *a)
{
	a->withdrawn = true;
}

void audit_close(struct audit *a)
{
	if (a->made && (a->seq == 1 || a->withdrawn))
		remove_task(a);
	if (a->task[0] && a->fd >= 0)
		close(a->fd);
	*a = (struct audit){ .fd = -1 };
}

void audit_digest(struct str canonical, char hex[CHAIN_HEX])
{
	chain_digest(canonical, hex);
}
