/* SPDX-License-Identifier: Apache-2.0 */
#include "os/processes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/sys.h"
#include "wire/client.h"

/*
 * Theory of operation
 *
 * In a pid namespace every process descends from init: who loses its parent is given to init. So
 * the list of children that /proc keeps for each thread (proc(5), CONFIG_PROC_CHILDREN) leads from
 * init to all of them, and reading it finds none but those of this box. A process that is handed
 * over while we look can be missed once; the next look, a moment later, finds it.
 *
 * The box's user namespace is a child of ours and belongs to us, which is what ptrace(2) wants of
 * who looks at descriptors; only a process that made itself undumpable shows them to root alone.
 */

enum { ARGV_READ = 4096, PARENTS = 8 };

void processes_free(struct processes *processes)
{
	free(processes->pid);
	*processes = (struct processes){ 0 };
}

/* Without memory for the list, what is in it counts. */
static void push(struct processes *list, pid_t pid)
{
	if (list->n == list->cap) {
		size_t cap = list->cap ? 2 * list->cap : 64;
		pid_t *grown = reallocarray(list->pid, cap, sizeof(*grown));

		if (!grown)
			return;
		list->pid = grown;
		list->cap = cap;
	}
	list->pid[list->n++] = pid;
}

/* The numbers of a file, which are separated by blanks; one may lie across the end of what was
 * read.
 */
static int push_numbers(struct processes *list, const char *path)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	pid_t number = 0;
	char text[4096];
	ssize_t n;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, text, sizeof(text))) > 0)
		for (ssize_t i = 0; i < n; i++) {
			if (text[i] >= '0' && text[i] <= '9') {
				number = 10 * number + (text[i] - '0');
				continue;
			}
			if (number > 0)
				push(list, number);
			number = 0;
		}
	return 0;
}

static DIR *open_dir(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return opendir(path);
}

static int push_children(struct processes *list, pid_t pid)
{
	DIR *threads = open_dir(pid, "task");
	char path[64];
	int r = 0;

	for (struct dirent *entry; threads && (entry = readdir(threads));) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%.10s/children", (int)pid,
			 entry->d_name);
		r = push_numbers(list, path);
	}
	if (threads)
		closedir(threads);
	return r;
}

int processes_below(pid_t top, size_t max, struct processes *out)
{
	int r;

	*out = (struct processes){ 0 };
	push(out, top);
	r = push_children(out, top);
	for (size_t i = 1; i < out->n && out->n < max; i++)
		push_children(out, out->pid[i]);
	return r;
}

ssize_t process_read(pid_t pid, const char *file, char *text, size_t cap)
{
	char path[64];
	_cleanup_fd_ int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, cap - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	return n;
}

bool process_has_socket(pid_t pid, uint32_t inode, size_t *left)
{
	char want[32], link[32];
	const int length = snprintf(want, sizeof(want), "socket:[%u]", inode);
	DIR *fds = open_dir(pid, "fd");
	bool found = false;

	for (struct dirent *entry; fds && !found && *left && (entry = readdir(fds)); --*left)
		found = readlinkat(dirfd(fds), entry->d_name, link, sizeof(link)) == length &&
			memcmp(link, want, (size_t)length) == 0;
	if (fds)
		closedir(fds);
	return found;
}

void process_add_exe(pid_t pid, struct buf *out)
{
	char path[64], exe[256];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	n = readlink(path, exe, sizeof(exe));
	if (n > 0 && (size_t)n < sizeof(exe))
		buf_add(out, exe, (size_t)n);
}

void process_add_argv(pid_t pid, struct buf *out)
{
	char text[ARGV_READ];
	const ssize_t n = process_read(pid, "cmdline", text, sizeof(text));

	if (n > 0)
		client_argv((struct str){ text, (size_t)n }, out);
}

/*
 * "PID (NAME) STATE PARENT ...", in which the name may have any character. Returns the parent or 0.
 */
static pid_t read_parent(pid_t pid, struct str *name, char *text, size_t cap)
{
	char *open, *close;
	int parent = 0;

	if (process_read(pid, "stat", text, cap) < 0)
		return 0;
	open = strchr(text, '(');
	close = strrchr(text, ')');
	if (!open || !close || close < open || sscanf(close + 1, " %*c %d", &parent) != 1)
		return 0;
	*name = (struct str){ open + 1, (size_t)(close - open) - 1 };
	return parent;
}

/* Whatever a process calls itself, the list can be taken apart again. */
static void add_name(struct str name, pid_t pid, struct buf *out)
{
	buf_puts(out, out->n ? " " : "");
	for (size_t i = 0; i < name.n; i++) {
		const bool plain = name.p[i] > ' ' && name.p[i] <= '~' && name.p[i] != '[';

		buf_add(out, plain ? &name.p[i] : "?", 1);
	}
	buf_printf(out, "[%d]", (int)pid);
}

void process_add_parents(pid_t pid, pid_t top, struct buf *out)
{
	struct str name;
	char text[1024];

	pid = read_parent(pid, &name, text, sizeof(text));
	for (int i = 0; i < PARENTS && pid > 0 && pid != top; i++) {
		const pid_t parent = read_parent(pid, &name, text, sizeof(text));

		if (parent == 0)
			return;
		add_name(name, pid, out);
		pid = parent;
	}
}
