/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "os/sys.h"
#include "supervise/entry.h"

static void closedir_indirect(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static int no_task(const char *state_dir, const char *name, struct err *e)
{
	if (name)
		return err_say(e, -ENOENT, "there is no task \"%s\" in %s/tasks", name, state_dir);
	return err_say(e, -ENOENT, "no task was recorded yet in %s/tasks", state_dir);
}

int record_find(const char *state_dir, const char *name, char task[TASK_ID_MAX], struct err *e)
{
	_cleanup_(closedir_indirect) DIR *dir = NULL;
	bool latest = !name || !strcmp(name, "latest");
	char path[PATH_MAX];
	size_t found = 0;

	task[0] = '\0';
	snprintf(path, sizeof(path), "%s/tasks", state_dir);
	dir = opendir(path);
	if (!dir && errno != ENOENT)
		return err_set(e, -errno, "open %s", path);
	for (struct dirent *entry = NULL; dir && (entry = readdir(dir));) {
		if (!audit_is_id(entry->d_name) ||
		    (!latest && strncmp(entry->d_name, name, strlen(name)) != 0))
			continue;
		found++;
		if (strcmp(entry->d_name, task) > 0)
			snprintf(task, TASK_ID_MAX, "%.*s", TASK_ID_MAX - 1, entry->d_name);
	}
	if (found == 0)
		return no_task(state_dir, latest ? NULL : name, e);
	if (found > 1 && !latest)
		return err_say(e, -EINVAL, "%zu tasks begin with \"%s\"", found, name);
	return 0;
}

int record_open(struct record *r, const char *state_dir, const char *task, struct err *e)
{
	char path[PATH_MAX];

	*r = (struct record){ .fd = -1 };
	snprintf(r->task, sizeof(r->task), "%s", task);
	if (snprintf(path, sizeof(path), "%s/tasks/%s/events.jsonl", state_dir, task) >=
	    (int)sizeof(path))
		return err_set(e, -ENAMETOOLONG, "log of task %s", task);
	r->fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (r->fd < 0 && errno == ELOOP) {
		r->shared = true;
		r->fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	}
	return r->fd < 0 ? err_set(e, -errno, "open %s", path) : 0;
}

bool record_running(const struct record *r)
{
	struct flock whole = { .l_type = F_RDLCK, .l_whence = SEEK_SET };

	return fcntl(r->fd, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
}

void record_close(struct record *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
}

static int fill(struct record *r, struct err *e)
{
	ssize_t n;

	memmove(r->bytes, r->bytes + r->start, r->n);
	r->start = 0;
	do
		n = read(r->fd, r->bytes + r->n, sizeof(r->bytes) - r->n);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_set(e, -errno, "read the log of task %s", r->task);
	r->n += (size_t)n;
	return n > 0;
}

static void give(struct record *r, size_t n, struct str *line)
{
	*line = (struct str){ r->bytes + r->start, n };
	r->number++;
	r->start += n;
	r->n -= n;
}

/* Any line of the file. What is longer than a line can be is given in pieces, none of them good. */
static int next_line(struct record *r, bool tail, struct str *line, struct err *e)
{
	size_t searched = 0;
	int got = 1;

	while (got > 0) {
		char *from = r->bytes + r->start, *end;

		end = memchr(from + searched, '\n', r->n - searched);
		r->torn = false;
		if (end) {
			give(r, (size_t)(end - from) + 1, line);
			line->n--;
			return 1;
		}
		searched = r->n;
		if (r->n == sizeof(r->bytes))
			break;
		got = fill(r, e);
	}
	if (got < 0)
		return got;
	if (got == 0 && (!tail || r->n == 0))
		return 0;
	r->torn = got == 0;
	give(r, r->n, line);
	return 1;
}

off_t record_tell(const struct record *r)
{
	return lseek(r->fd, 0, SEEK_CUR) - (off_t)r->n;
}

void record_seek(struct record *r, off_t at)
{
	lseek(r->fd, at, SEEK_SET);
	r->start = r->n = 0;
}

static bool is_ours(const struct record *r, struct str line, struct line_head *head,
		    struct str *event)
{
	return line_parse(line, head, event) == 0 && str_is(head->task, r->task);
}

int record_next(struct record *r, bool tail, struct str *line, struct err *e)
{
	struct line_head head;
	struct str event;
	int got;

	while ((got = next_line(r, tail, line, e)) > 0 && r->shared) {
		if (is_ours(r, *line, &head, &event))
			break;
	}
	return got;
}

/* Whether @line is the sound first one of some task. */
static bool starts_task(struct str line)
{
	struct line_head head;
	struct chain chain;
	struct str event;

	if (line_parse(line, &head, &event) < 0 || head.seq != 1)
		return false;
	chain_start(&chain, head.task);
	return line_check(&chain, line) == LINE_GOOD;
}

__attribute__((format(printf, 2, 3))) static void find(struct verification *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(v->what, sizeof(v->what), fmt, ap);
	va_end(ap);
}

/* A line that is whole in itself, but is not the next one. */
static void misplaced(struct verification *v, uint64_t seq)
{
	uint64_t due = v->lines + 1;

	if (seq > due)
		find(v, "%" PRIu64 " missing before it", seq - due);
	else if (seq < due)
		find(v, "inserted or moved: it has number %" PRIu64 " where %" PRIu64 " is due",
		     seq, due);
	else
		find(v, "does not continue the line before: one of the two was altered together "
			"with its hash");
}

/* The last line of all, after @before: it says who vouches for those before it. */
static void judge_seal(struct verification *v, const struct chain *before, struct str line)
{
	struct str key = { 0 }, signature = { 0 };
	struct entry entry;

	if (entry_read(&entry, line) == 0) {
		(void)event_get_text(&entry.ev, FIELD_KEY, &key);
		(void)event_get_text(&entry.ev, FIELD_SIGNATURE, &signature);
	}
	if (!seal_fits(before, key, signature)) {
		find(v, "forged: the signature is not that of its key over the lines before");
		return;
	}
	v->sealed = true;
	memcpy(v->key, key.p, key.n);
}

/* What comes in its place, whole and unaltered. */
static void judge_event(struct verification *v, const struct chain *before, struct str line,
			struct str event)
{
	bool seal = str_is(event, event_kind_name(EVENT_LOG_SEAL));

	if (v->sealed)
		find(v, "inserted: it comes after the seal");
	else if (v->ended && !seal)
		find(v, "inserted: it comes after the end of the task");
	else if (seal && !v->ended)
		find(v, "inserted: a seal before the end of the task");
	else if (seal)
		judge_seal(v, before, line);
	else
		v->ended = str_is(event, event_kind_name(EVENT_TASK_END));
}

/* What is wrong with the next line, or good. */
static void judge(const struct record *r, struct verification *v, struct chain *chain,
		  struct str line)
{
	const struct chain before = *chain;
	enum line_fault fault = line_check(chain, line);
	struct line_head head = { 0 };
	struct str event;
	bool ours = is_ours(r, line, &head, &event);

	if (r->torn)
		find(v, "torn: it has no end");
	else if (fault == LINE_E_FORM)
		find(v, "altered: it has not the form of a line");
	else if (fault == LINE_E_HASH)
		find(v, "altered: its bytes are not those that were hashed");
	else if (!ours)
		find(v, "inserted: it is not of this task");
	else if (fault == LINE_E_PREV || head.seq != v->lines + 1)
		misplaced(v, head.seq);
	else
		judge_event(v, &before, line, event);
}

/* In a file of many tasks ours ends where the next one begins. */
static bool is_beyond(const struct record *r, const struct verification *v, struct str line)
{
	struct line_head head;
	struct str event;

	if (!r->shared || is_ours(r, line, &head, &event))
		return false;
	return v->ended || starts_task(line);
}

int record_verify(struct record *r, struct verification *v, struct err *e)
{
	bool running = record_running(r), begun = !r->shared;
	struct chain chain;
	struct line_head head;
	struct str line, event;
	int got;

	*v = (struct verification){ 0 };
	chain_start(&chain, str_of(r->task));
	while ((got = next_line(r, !running, &line, e)) > 0) {
		begun = begun || is_ours(r, line, &head, &event);
		if (!begun)
			continue;
		if (is_beyond(r, v, line)) {
			running = false;
			break;
		}
		judge(r, v, &chain, line);
		if (v->what[0]) {
			v->bad = r->number;
			break;
		}
		v->lines++;
	}
	v->running = running && !v->sealed;
	chain_head(&chain, v->head);
	return got < 0 ? got : 0;
}
