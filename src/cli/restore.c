/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/options.h"
#include "cli/report.h"
#include "eco/watch.h"
#include "os/sys.h"
#include "wire/quote.h"
#include "wire/tar.h"

/*
 * Theory of operation
 *
 * What a task found in lock files and in what builds obey lies in its baseline.tar, byte for byte.
 * A file that differs is written anew beside its place, and moved there in one step: whoever reads
 * it sees one or the other. Every path is walked from the workspace without following a link, for
 * the task may have left one: where a link or a file stands in the place of a directory, nothing is
 * written and the person is told. What the task has added is removed only on demand: somebody may
 * have gone on to work with it.
 */

static const char usage[] =
	"usage: agentbox restore [OPTION]... TASK\n\n"
	"Puts lock files, and what builds obey, back to what they were before a task.\n"
	"TASK is the beginning of a task's id, or \"latest\".\n\n"
	"  -n, --dry-run           say what would be done\n"
	"      --remove            remove those, too, that the task has added\n\n"
	"Exit status: 0; 1 no such task, it still runs, or not all of it could be done;\n"
	"2 usage.\n";

static int run(char **argv);

const struct verb verb_restore = { .name = "restore", .usage = usage, .run = run };

enum { TAR_MAX = 400 << 20 };

struct restore {
	bool dry_run, remove;
	int workspace;
	bool failed;
	struct str baseline; /* the whole of it */
	struct arena arena;
};

static void say(const char *what, const char *path, const char *why)
{
	char space[4 * PATH_MAX];
	struct buf quoted = BUF(space);

	quote_term(&quoted, str_of(path));
	printf("%s %s%s%s\n", what, quoted.p, why ? ": " : "", why ? why : "");
}

static void fail(struct restore *r, const char *path, int code)
{
	r->failed = true;
	say("not restored:", path,
	    code == -ELOOP			  ? "a symbolic link is in the way"
	    : code == -EEXIST || code == -ENOTDIR ? "something that is no directory is in the way"
						  : strerror(-code));
}

/* Opens @path below @dir without following a link anywhere: a descriptor or a negative errno. */
static int open_below(int dir, const char *path, uint64_t flags)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	int fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

/* The directory that @path lies in, open; what is missing on the way is made. @name is the rest. */
static int open_parent(const struct restore *r, const char *path, bool make, const char **name)
{
	int dir = fcntl(r->workspace, F_DUPFD_CLOEXEC, 3);
	const char *slash;

	for (*name = path; dir >= 0 && (slash = strchr(*name, '/')); *name = slash + 1) {
		_cleanup_fd_ int parent = dir;
		const char *part = strndupa(*name, (size_t)(slash - *name));

		dir = open_below(parent, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
		if (dir == -ENOENT && make && mkdirat(parent, part, 0755) == 0)
			dir = open_below(parent, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	}
	return dir;
}

static bool is_as_it_was(struct restore *r, const struct tar_entry *entry, struct str content,
			 const char *path)
{
	_cleanup_fd_ int fd = open_below(r->workspace, path,
					 entry->target.n ? O_PATH | O_NOFOLLOW
							 : O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	struct arena arena = { 0 };
	char target[PATH_MAX];
	struct str text = { target, 0 };
	struct stat st;
	bool same;

	if (fd < 0 || fstat(fd, &st) < 0)
		return false;
	if (entry->target.n) {
		const ssize_t n = readlinkat(fd, "", target, sizeof(target));

		text.n = n > 0 ? (size_t)n : 0;
		return S_ISLNK(st.st_mode) && str_eq(text, entry->target);
	}
	same = S_ISREG(st.st_mode) && (st.st_mode & 07777) == entry->mode &&
	       (uint64_t)st.st_size == entry->size &&
	       read_whole(fd, content.n, &arena, &text) == 0 && str_eq(text, content);
	arena_fini(&arena);
	return same;
}

/* Root works for somebody else: what it makes belongs to whom the directory does. */
static int give(int fd, int dir, const struct tar_entry *entry)
{
	struct stat st;

	if (geteuid() == 0 && (fstat(dir, &st) < 0 || fchown(fd, st.st_uid, st.st_gid) < 0))
		return -errno;
	return fchmod(fd, entry->mode) < 0 ? -errno : 0;
}

static int write_file(int dir, const char *name, const struct tar_entry *entry, struct str content)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_NOW },
					   { .tv_sec = (time_t)entry->mtime } };
	_cleanup_fd_ int fd =
		openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r = fd < 0 ? -errno : write_all(fd, content.p, content.n);

	if (r == 0)
		r = give(fd, dir, entry);
	if (r == 0 && (futimens(fd, times) < 0 || fsync(fd) < 0))
		r = -errno;
	return r;
}

static int put(const struct restore *r, const struct tar_entry *entry, struct str content,
	       const char *path)
{
	char temporary[64];
	const char *name;
	_cleanup_fd_ int dir = open_parent(r, path, true, &name);
	int code;

	if (dir < 0)
		return dir;
	snprintf(temporary, sizeof(temporary), ".agentbox-restore.%d", (int)getpid());
	if (entry->target.n)
		code = symlinkat(strndupa(entry->target.p, entry->target.n), dir, temporary) < 0
			       ? -errno
			       : 0;
	else
		code = write_file(dir, temporary, entry, content);
	if (code == 0 && renameat(dir, temporary, dir, name) < 0)
		code = -errno;
	if (code < 0 && code != -EEXIST)
		unlinkat(dir, temporary, 0);
	return code;
}

static void restore_entry(struct restore *r, const struct tar_entry *entry, struct str content)
{
	const char *path = arena_strndup(&r->arena, entry->path.p, entry->path.n);
	int code;

	if (is_as_it_was(r, entry, content, path))
		return;
	if (r->dry_run) {
		say("would restore", path, NULL);
		return;
	}
	code = put(r, entry, content, path);
	if (code < 0)
		fail(r, path, code);
	else
		say("restored", path, NULL);
}

/* The log cuts a name that is too long, and has U+FFFD for what is no text. */
static bool is_whole(const char *path)
{
	return strlen(path) < EVENT_TEXT_ONE && !strstr(path, "\xef\xbf\xbd");
}

/* Whatever the log says, only what is watched is removed, and nothing that was there before. */
static bool is_added(const struct restore *r, const char *path)
{
	const char *slash = strrchr(path, '/');
	const struct str dir = { path, slash ? (size_t)(slash - path) : 0 };
	struct watch_index names;
	struct tar_entry entry;
	struct str rest = r->baseline, content;

	watch_index(&names);
	if (!watch_find(&names, dir, str_of(slash ? slash + 1 : path)))
		return false;
	while (tar_next(&rest, &entry, &content) == 0)
		if (str_is(entry.path, path))
			return false;
	return true;
}

static void remove_added(struct restore *r, const char *path)
{
	const char *name;
	_cleanup_fd_ int dir = open_parent(r, path, false, &name);
	struct stat st;

	if (!is_whole(path))
		say("left, for the log has not its whole name:", path, NULL);
	else if (!is_added(r, path) || dir < 0 || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	else if (r->dry_run || !r->remove)
		say(r->remove ? "would remove" : "left, though the task has added it:", path, NULL);
	else if (unlinkat(dir, name, 0) < 0)
		fail(r, path, -errno);
	else
		say("removed", path, NULL);
}

/* Files as a whole that the log says are new. */
static void remove_all_added(struct restore *r, const struct report *report)
{
	for (size_t i = 0; i < report->n; i++) {
		const struct report_line *line = &report->line[i];
		const char *change = line->value[FIELD_CHANGE];

		if ((line->kind == EVENT_LOCKFILE_CHANGE || line->kind == EVENT_BUILD_CHANGE) &&
		    !line->value[FIELD_PACKAGE] && change && !strcmp(change, "add"))
			remove_added(r, line->value[FIELD_FILE]);
	}
}

static int restore_all(struct restore *r, const char *state, const struct report *report,
		       struct err *e)
{
	const char *path = arena_printf(&r->arena, "%s/tasks/%s/baseline.tar", state, report->task);
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct str rest, content;
	struct tar_entry entry;
	int code = fd < 0 ? -errno : read_whole(fd, TAR_MAX, &r->arena, &r->baseline);

	if (code < 0)
		return code == -ENOENT
			       ? err_say(e, code,
					 "task %s has no baseline: it could not write to its "
					 "workspace, or [lockfiles] mode was allow",
					 report->task)
			       : err_set(e, code, "read %s", path);
	rest = r->baseline;
	while ((code = tar_next(&rest, &entry, &content)) == 0)
		restore_entry(r, &entry, content);
	if (code != TAR_E_END)
		return err_say(e, -EPROTO, "%s is damaged", path);
	remove_all_added(r, report);
	return 0;
}

static int restore(struct restore *r, const char *name, struct err *e)
{
	char state[PATH_MAX], id[TASK_ID_MAX];
	struct report report = { 0 };
	const char *workspace;
	int code = audit_state_dir(state, e);

	if (code == 0)
		code = record_find(state, name, id, e);
	if (code == 0)
		code = report_collect(&report, state, id, e);
	workspace = code == 0 && report.start ? report.start->value[FIELD_WORKSPACE] : NULL;
	if (code == 0 && (report.verified.running || report.verified.bad || !workspace))
		code = err_say(e, -EBUSY, "task %s %s", id,
			       report.verified.running ? "still runs" : "has no intact log");
	if (code == 0) {
		r->workspace = open(workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		code = r->workspace < 0 ? err_set(e, -errno, "open %s", workspace)
					: restore_all(r, state, &report, e);
	}
	close_indirect(&r->workspace);
	report_fini(&report);
	return code;
}

static int run(char **argv)
{
	struct restore r = { .workspace = -1 };
	const struct verb_option options[] = {
		{ "dry-run", 'n', .set = &r.dry_run },
		{ "remove", .set = &r.remove },
		{ 0 },
	};
	struct err e = { 0 };
	char *task[2];
	int code = options_words(&verb_restore, options, argv, task, 1);

	if (code == 0 && !task[0])
		code = verb_misused(&verb_restore, "restore needs a task");
	if (code != 0)
		return code;
	code = restore(&r, task[0], &e);
	if (code < 0)
		verb_failed(&e);
	arena_fini(&r.arena);
	return code < 0 || r.failed;
}
